//! Maps out of maps and lists: `merge`, `zipmap`.

use std::collections::BTreeMap;
use std::sync::Arc;

use cty::{Type, Value};
use hcl::function::{CallCx, Param};
use hcl::{Function, FunctionError};

use super::args::{Result, elements, value, wanted};

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::new("merge", Type::Dynamic, merge)
            .doc("One map or object with the entries of all; of entries with the same key the last is taken. Nulls are skipped.")
            .variadic(Param::new("maps", Type::Dynamic).allow_null().allow_dynamic())
            .returns(merge_type)
            .examples(&[(r#"jsonencode(merge({ a = 1, b = 1 }, { b = "two" }))"#, r#"{"a":1,"b":"two"}"#)]),
        Function::new("zipmap", Type::Dynamic, zipmap)
            .doc("A map or object with these keys and the values beside them.")
            .param("keys", Type::list(Type::String))
            .takes(Param::new("values", Type::Dynamic))
            .returns(zipmap_type)
            .examples(&[(r#"jsonencode(zipmap(["a", "b"], [1, "two"]))"#, r#"{"a":1,"b":"two"}"#)]),
    ]
}

/// Not told beforehand when anything has no type, as a bare null has none: then the result is an object of whatever there is.
fn merge_type(args: &[Value]) -> Result<Type> {
    let mut attributes = BTreeMap::new();
    let mut open = false;
    for arg in args {
        match arg.ty() {
            Type::Dynamic => return Ok(Type::Dynamic),
            Type::Map(_) => match arg.entries() {
                Some(entries) => {
                    attributes.extend(entries.iter().map(|(key, v)| (Arc::clone(key), v.ty().clone())))
                }
                None => open |= !arg.is_known(),
            },
            Type::Object(object) if !arg.is_null() => {
                attributes.extend(object.attributes.iter().map(|(name, ty)| (Arc::clone(name), ty.clone())));
            }
            Type::Object(_) => {}
            _ => return Err(unmergeable(arg)),
        }
    }
    Ok(match args.split_first() {
        Some((first, rest))
            if matches!(first.ty(), Type::Map(_)) && rest.iter().all(|arg| arg.ty() == first.ty()) =>
        {
            first.ty().clone()
        }
        _ if open => Type::Dynamic,
        _ => Type::object(attributes),
    })
}

fn unmergeable(arg: &Value) -> FunctionError {
    FunctionError::call(wanted("a map or object", arg))
}

fn merge(args: &[Value], _: &CallCx<'_>) -> Result<Value> {
    let mut merged = BTreeMap::new();
    for arg in args.iter().filter(|arg| !arg.is_null()) {
        let entries = arg.entries().ok_or_else(|| unmergeable(arg))?;
        merged.extend(entries.iter().map(|(key, value)| (Arc::clone(key), value.clone())));
    }
    Ok(match merge_type(args)? {
        Type::Map(element) => Value::map(Type::clone(&element), merged),
        _ => Value::object(merged),
    })
}

fn zipmap_type(args: &[Value]) -> Result<Type> {
    let values = value(args, 1)?;
    match values.ty() {
        Type::List(element) => Ok(Type::map(Type::clone(element))),
        Type::Tuple(types) => {
            let Some(keys) = known_keys(value(args, 0)?) else { return Ok(Type::Dynamic) };
            let keys = keys?;
            check_lengths(keys.len(), types.len())?;
            Ok(Type::object(keys.into_iter().zip(types.iter().cloned())))
        }
        _ => Err(FunctionError::call(wanted("a list or tuple", values))),
    }
}

/// The keys, if all are known.
fn known_keys(keys: &Value) -> Option<Result<Vec<Arc<str>>>> {
    let elements = keys.elements().filter(|elements| elements.iter().all(Value::is_known))?;
    let keys = elements.iter().enumerate().map(|(index, key)| {
        key.as_str().map(Arc::from).ok_or_else(|| FunctionError::call(format!("key {index} is null")))
    });
    Some(keys.collect())
}

fn check_lengths(keys: usize, values: usize) -> Result<()> {
    if keys == values {
        return Ok(());
    }
    Err(FunctionError::call(format!("there are {keys} keys, but {values} values")))
}

fn zipmap(args: &[Value], _: &CallCx<'_>) -> Result<Value> {
    let values = elements(args, 1)?;
    let Some(keys) = known_keys(value(args, 0)?) else {
        return Ok(Value::unknown_not_null(zipmap_type(args)?));
    };
    let keys = keys?;
    check_lengths(keys.len(), values.len())?;
    let entries = keys.into_iter().zip(values.iter().cloned()).collect();
    Ok(match value(args, 1)?.ty() {
        Type::List(element) => Value::map(Type::clone(element), entries),
        _ => Value::object(entries),
    })
}
