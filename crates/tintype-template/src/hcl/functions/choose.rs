//! One out of several: the first that is there, and whether all or any of a list are true.

use cty::{Type, Value, convert, unify};
use hcl::function::{CallCx, Param};
use hcl::{Function, FunctionError};

use super::args::{Result, elements, wanted};

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::new("coalesce", Type::Dynamic, coalesce)
            .doc("The first value that is neither null nor an empty string. All are converted to one type.")
            .variadic(Param::new("values", Type::Dynamic).allow_null().allow_unknown().allow_dynamic())
            .returns(coalesce_type)
            .examples(&[(r#"coalesce("", null, "c")"#, "c"), (r#"coalesce(1, "a")"#, "1")]),
        Function::new("coalescelist", Type::Dynamic, coalescelist)
            .doc("The first list or tuple that is not empty.")
            .variadic(Param::new("lists", Type::Dynamic).allow_null().allow_unknown().allow_dynamic())
            .examples(&[(r#"coalescelist([], ["a"])[0]"#, "a")]),
        Function::new("alltrue", Type::Bool, |args, _| decide(elements(args, 0)?, false))
            .doc("Whether all elements are true. Null is not.")
            .param("list", Type::list(Type::Bool))
            .examples(&[("alltrue([true, false])", "false"), ("alltrue([])", "true")]),
        Function::new("anytrue", Type::Bool, |args, _| decide(elements(args, 0)?, true))
            .doc("Whether an element is true.")
            .param("list", Type::list(Type::Bool))
            .examples(&[("anytrue([false, true])", "true"), ("anytrue([])", "false")]),
    ]
}

/// The type all of them have in common. What is not typed yet leaves it open.
fn coalesce_type(args: &[Value]) -> Result<Type> {
    if args.is_empty() {
        return Err(FunctionError::call("at least one value is required"));
    }
    let types: Vec<Type> = args.iter().map(|arg| arg.ty().clone()).collect();
    match unify(&types) {
        Some(common) => Ok(common),
        None if types.iter().any(Type::is_dynamic) => Ok(Type::Dynamic),
        None => Err(FunctionError::call("the values have no type in common")),
    }
}

fn coalesce(args: &[Value], _: &CallCx<'_>) -> Result<Value> {
    let ty = coalesce_type(args)?;
    for (index, arg) in args.iter().enumerate() {
        let value = convert(arg, &ty).map_err(|error| FunctionError::argument(index, error.to_string()))?;
        if !value.is_known() {
            return Ok(Value::unknown(ty));
        }
        if !value.is_null() && value.as_str() != Some("") {
            return Ok(value);
        }
    }
    Err(FunctionError::call("all values are null or empty"))
}

fn coalescelist(args: &[Value], _: &CallCx<'_>) -> Result<Value> {
    if args.is_empty() {
        return Err(FunctionError::call("at least one list is required"));
    }
    // What comes after a list that is not known is not looked at.
    for arg in args.iter().take_while(|arg| arg.is_known()) {
        if arg.is_null() && arg.ty().is_dynamic() {
            return Err(FunctionError::call("a list or tuple is required, not null"));
        }
        if !matches!(arg.ty(), Type::List(_) | Type::Tuple(_)) {
            return Err(FunctionError::call(wanted("a list or tuple", arg)));
        }
    }
    for arg in args {
        match arg.elements() {
            Some([]) => {}
            Some(_) => return Ok(arg.clone()),
            None if arg.is_null() => {}
            None => return Ok(Value::dynamic()),
        }
    }
    Err(FunctionError::call("all lists are empty"))
}

/// `decisive` if an element is that, else the opposite. Null is false.
fn decide(elements: &[Value], decisive: bool) -> Result<Value> {
    let mut open = false;
    for element in elements {
        match if element.is_null() { Some(false) } else { element.as_bool() } {
            Some(value) if value == decisive => return Ok(Value::bool(decisive)),
            Some(_) => {}
            None => open = true,
        }
    }
    Ok(if open { Value::unknown_not_null(Type::Bool) } else { Value::bool(!decisive) })
}
