//! How much there is, and which of it: `length`, `element`, `index`, `contains`, `keys`, `values`, `lookup`.

use cty::{Type, Value, convert};
use hcl::function::{CallCx, Param};
use hcl::{Function, FunctionError};

use super::args::{Result, number, text, value, wanted, whole};
use super::graphemes::graphemes;

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::new("length", Type::Number, length)
            .doc("How many elements a list, set, tuple, map or object has, or how many characters a string.")
            .takes(Param::new("value", Type::Dynamic).allow_unknown().allow_dynamic())
            .examples(&[("length([1, [2, 3]])", "2"), (r#"length("👨‍👩‍👧‍👦")"#, "1"), ("length({ a = 1 })", "1")]),
        Function::new("element", Type::Dynamic, element)
            .doc("The element at an index, counted around: after the last comes the first again.")
            .takes(Param::new("list", Type::Dynamic))
            .param("index", Type::Number)
            .returns(element_type)
            .may_return_null()
            .examples(&[(r#"element(["a", "b", "c"], 4)"#, "b")]),
        Function::new("index", Type::Number, index)
            .doc("The index of the first element that equals the value.")
            .takes(Param::new("list", Type::Dynamic))
            .takes(Param::new("value", Type::Dynamic))
            .examples(&[(r#"index(["x", "y", "z"], "z")"#, "2")]),
        Function::new("contains", Type::Bool, contains)
            .doc("Whether an element of the list, set or tuple equals the value. Nothing is converted: 1 does not equal \"1\".")
            .takes(Param::new("list", Type::Dynamic))
            .takes(Param::new("value", Type::Dynamic))
            .examples(&[(r#"contains(["a", "b"], "b")"#, "true"), (r#"contains([1, 2], "1")"#, "false")]),
        Function::new("keys", Type::Dynamic, keys)
            .doc("The keys of a map or object, sorted.")
            .takes(Param::new("map", Type::Dynamic).allow_unknown())
            .returns(keys_type)
            .examples(&[(r#"join(",", keys({ b = 1, a = 2, C = 3 }))"#, "C,a,b")]),
        Function::new("values", Type::Dynamic, |args, _| Ok(in_order_of_keys(value(args, 0)?)))
            .doc("The values of a map or object, in the order of their keys.")
            .takes(Param::new("map", Type::Dynamic))
            .returns(values_type)
            .examples(&[(r#"values({ b = 1, a = "x" })[0]"#, "x")]),
        Function::new("lookup", Type::Dynamic, lookup)
            .doc("The value of a key of a map or object, or the default if it does not have that key.")
            .takes(Param::new("map", Type::Dynamic))
            .param("key", Type::String)
            .takes(Param::new("default", Type::Dynamic))
            .returns(lookup_type)
            .may_return_null()
            .examples(&[(r#"lookup({ a = "x" }, "a", "d")"#, "x"), (r#"lookup({ a = "x" }, "b", "d")"#, "d")]),
    ]
}

fn length(args: &[Value], _: &CallCx<'_>) -> Result<Value> {
    let whole = value(args, 0)?;
    match whole.ty() {
        Type::Tuple(elements) => return Ok(Value::number(elements.len())),
        Type::Object(object) => return Ok(Value::number(object.attributes.len())),
        Type::String | Type::Dynamic | Type::List(_) | Type::Set(_) | Type::Map(_) => {}
        _ => {
            return Err(FunctionError::call(wanted("a string, list, set, tuple, map or object", whole)));
        }
    }
    // Elements of a set that are not known yet may turn out to be the same.
    let open = matches!(whole.ty(), Type::Set(_)) && !whole.is_wholly_known();
    if !whole.is_known() || open {
        return Ok(Value::unknown_not_null(Type::Number));
    }
    let characters = || whole.as_str().map(|text| graphemes(text).count());
    let count =
        whole.elements().map(<[Value]>::len).or(whole.entries().map(|map| map.len())).or_else(characters);
    Ok(Value::number(count.unwrap_or(0)))
}

/// The index of `element`, counted around. None if it is not known.
fn position(args: &[Value], length: usize) -> Result<Option<usize>> {
    if !value(args, 1)?.is_known() {
        return Ok(None);
    }
    if number(args, 1)?.is_negative() {
        return Err(FunctionError::call("the index must not be negative"));
    }
    let index = whole(args, 1)?;
    if length == 0 {
        return Err(FunctionError::call("an empty list has no elements"));
    }
    Ok(usize::try_from(index).ok().map(|index| index % length))
}

fn element_type(args: &[Value]) -> Result<Type> {
    let list = value(args, 0)?;
    match list.ty() {
        Type::List(element) => Ok(Type::clone(element)),
        Type::Tuple(types) => {
            let position = position(args, types.len())?;
            Ok(position.and_then(|position| types.get(position)).cloned().unwrap_or(Type::Dynamic))
        }
        _ => Err(FunctionError::call(wanted("a list or tuple", list))),
    }
}

fn element(args: &[Value], _: &CallCx<'_>) -> Result<Value> {
    let elements = super::args::elements(args, 0)?;
    let element = position(args, elements.len())?.and_then(|position| elements.get(position));
    Ok(element.cloned().unwrap_or_else(Value::dynamic))
}

fn index(args: &[Value], _: &CallCx<'_>) -> Result<Value> {
    let (list, wanted_value) = (value(args, 0)?, value(args, 1)?);
    if !matches!(list.ty(), Type::List(_) | Type::Tuple(_)) {
        return Err(FunctionError::call(wanted("a list or tuple", list)));
    }
    let elements = super::args::elements(args, 0)?;
    for (position, element) in elements.iter().enumerate() {
        match element.equals(wanted_value).as_bool() {
            Some(true) => return Ok(Value::number(position)),
            Some(false) => {}
            None => return Ok(Value::unknown_not_null(Type::Number)),
        }
    }
    Err(FunctionError::call(if elements.is_empty() {
        "an empty list has no elements"
    } else {
        "the list does not have this element; values of different types are never equal"
    }))
}

fn contains(args: &[Value], _: &CallCx<'_>) -> Result<Value> {
    let (list, wanted_value) = (value(args, 0)?, value(args, 1)?);
    let Some(elements) = list.elements() else {
        return Err(FunctionError::call(wanted("a list, set or tuple", list)));
    };
    let mut open = false;
    for element in elements {
        match element.equals(wanted_value).as_bool() {
            Some(true) => return Ok(Value::bool(true)),
            Some(false) => {}
            None => open = true,
        }
    }
    Ok(if open { Value::unknown_not_null(Type::Bool) } else { Value::bool(false) })
}

fn keys_type(args: &[Value]) -> Result<Type> {
    let map = value(args, 0)?;
    match map.ty() {
        Type::Map(_) => Ok(Type::list(Type::String)),
        Type::Object(object) => Ok(Type::tuple(object.attributes.keys().map(|_| Type::String))),
        _ => Err(FunctionError::argument(0, wanted("a map or object", map))),
    }
}

fn keys(args: &[Value], _: &CallCx<'_>) -> Result<Value> {
    let map = value(args, 0)?;
    // An object's type says its attributes even before they are known.
    if let Type::Object(object) = map.ty() {
        return Ok(Value::tuple(object.attributes.keys().map(Value::string).collect()));
    }
    Ok(match map.entries() {
        Some(entries) => Value::list(Type::String, entries.keys().map(Value::string).collect()),
        None => Value::unknown_not_null(Type::list(Type::String)),
    })
}

fn values_type(args: &[Value]) -> Result<Type> {
    let map = value(args, 0)?;
    match map.ty() {
        Type::Map(element) => Ok(Type::list(Type::clone(element))),
        Type::Object(object) => Ok(Type::tuple(object.attributes.values().cloned())),
        _ => Err(FunctionError::call(wanted("a map or object", map))),
    }
}

fn in_order_of_keys(map: &Value) -> Value {
    let values = map.entries().map(|entries| entries.values().cloned().collect()).unwrap_or_default();
    match map.ty() {
        Type::Map(element) => Value::list(Type::clone(element), values),
        _ => Value::tuple(values),
    }
}

fn lookup_type(args: &[Value]) -> Result<Type> {
    let (map, default) = (value(args, 0)?, value(args, 2)?);
    match map.ty() {
        Type::Map(element) => {
            convert(default, element).map_err(|error| {
                FunctionError::argument(
                    2,
                    format!("it does not suit the type of the map's elements: {error}"),
                )
            })?;
            Ok(Type::clone(element))
        }
        Type::Object(object) => Ok(match value(args, 1)?.as_str() {
            Some(key) => object.attributes.get(key).unwrap_or(default.ty()).clone(),
            None => Type::Dynamic,
        }),
        _ => Err(FunctionError::argument(0, wanted("a map or object", map))),
    }
}

fn lookup(args: &[Value], _: &CallCx<'_>) -> Result<Value> {
    let (map, default) = (value(args, 0)?, value(args, 2)?);
    if !map.is_wholly_known() {
        return Ok(Value::unknown(lookup_type(args)?));
    }
    if let Some(found) = map.entries().and_then(|entries| entries.get(text(args, 1).ok()?)) {
        return Ok(found.clone());
    }
    match map.ty() {
        Type::Map(element) => {
            convert(default, element).map_err(|error| FunctionError::argument(2, error.to_string()))
        }
        _ => Ok(default.clone()),
    }
}
