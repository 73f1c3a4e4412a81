//! Sets against each other, and every combination of their elements.

use cty::{Type, Value, convert, unify};
use hcl::function::{CallCx, Param};
use hcl::{Function, FunctionError};

use super::args::{Result, elements, wanted};

pub(super) fn functions() -> Vec<Function> {
    vec![
        of_sets("setunion", |a, b| a.iter().chain(b).cloned().collect())
            .doc("The elements that are in any of the sets.")
            .examples(&[(r#"join("", setunion(["b", "a"], ["b", "c"]))"#, "abc")]),
        of_sets("setintersection", |a, b| a.iter().filter(|element| b.contains(element)).cloned().collect())
            .doc("The elements that are in all of the sets.")
            .examples(&[(r#"join("", setintersection(["a", "b", "c"], ["b", "c", "d"]))"#, "bc")]),
        Function::new("setproduct", Type::Dynamic, setproduct)
            .doc("Every combination of one element of each of two or more sets or lists, as tuples.")
            .variadic(Param::new("sets", Type::Dynamic))
            .returns(|args| product_type(&factors(args)?))
            .examples(&[(
                r#"jsonencode(setproduct(["a", "b"], [1, 2]))"#,
                r#"[["a",1],["a",2],["b",1],["b",2]]"#,
            )]),
    ]
}

/// A function that makes one set of two at a time.
fn of_sets(name: &'static str, combine: fn(&[Value], &[Value]) -> Vec<Value>) -> Function {
    let param = || Param::new("sets", Type::set(Type::Dynamic));
    let body = move |args: &[Value], _: &CallCx<'_>| -> Result<Value> {
        let ty = common_set(args)?;
        let element = ty.element().cloned().unwrap_or(Type::Dynamic);
        let mut result: Option<Vec<Value>> = None;
        for (index, arg) in args.iter().enumerate() {
            let set = convert(arg, &ty).map_err(|error| FunctionError::argument(index, error.to_string()))?;
            if !set.is_wholly_known() {
                return Ok(Value::unknown_not_null(ty));
            }
            let elements = set.elements().unwrap_or_default();
            result = Some(match result {
                None => elements.to_vec(),
                Some(result) => combine(&result, elements),
            });
        }
        Ok(Value::set(element, result.unwrap_or_default()))
    };
    Function::new(name, Type::Dynamic, body).takes(param()).variadic(param()).returns(common_set)
}

fn common_set(args: &[Value]) -> Result<Type> {
    let types: Vec<Type> = args.iter().filter_map(|arg| arg.ty().element().cloned()).collect();
    match unify(&types) {
        Some(element) => Ok(Type::set(element)),
        None => Err(FunctionError::call("the elements of the sets have no type in common")),
    }
}

/// The sets and lists, each with elements of one type.
fn factors(args: &[Value]) -> Result<Vec<Value>> {
    if args.len() < 2 {
        return Err(FunctionError::call("at least two sets or lists are required"));
    }
    let mut factors = Vec::new();
    for (index, arg) in args.iter().enumerate() {
        factors.push(match arg.ty() {
            Type::Set(_) | Type::List(_) => arg.clone(),
            Type::Tuple(_) => convert(arg, &Type::list(Type::Dynamic))
                .map_err(|error| FunctionError::argument(index, error.to_string()))?,
            _ => return Err(FunctionError::argument(index, wanted("a set, list or tuple", arg))),
        });
    }
    Ok(factors)
}

/// A set if one is a set, for then there is no order to keep, else a list.
fn product_type(factors: &[Value]) -> Result<Type> {
    let combination = Type::tuple(factors.iter().filter_map(|factor| factor.ty().element().cloned()));
    let sets = factors.iter().any(|factor| matches!(factor.ty(), Type::Set(_)));
    Ok(if sets { Type::set(combination) } else { Type::list(combination) })
}

/// More elements in all combinations together are a mistake, and would fill the memory.
const MAX_PARTS: usize = 1_000_000;

fn setproduct(args: &[Value], _: &CallCx<'_>) -> Result<Value> {
    let factors = factors(args)?;
    let ty = product_type(&factors)?;
    let combination = ty.element().cloned().unwrap_or(Type::Dynamic);
    if factors.iter().any(|factor| matches!(factor.ty(), Type::Set(_)) && !factor.is_wholly_known()) {
        return Ok(Value::unknown_not_null(ty));
    }
    let mut rows: Vec<Vec<Value>> = vec![Vec::new()];
    for index in 0..factors.len() {
        let elements = elements(&factors, index)?;
        let combinations = rows.len().saturating_mul(elements.len());
        if combinations.saturating_mul(factors.len() + 1) > MAX_PARTS {
            return Err(FunctionError::call("there are too many combinations"));
        }
        rows = rows
            .iter()
            .flat_map(|row| elements.iter().map(|element| row.iter().chain([element]).cloned().collect()))
            .collect();
    }
    // An element that is null, or unknown without a type, has to follow the others of its column.
    let rows = rows
        .into_iter()
        .map(|row| {
            convert(&Value::tuple(row), &combination).map_err(|error| FunctionError::call(error.to_string()))
        })
        .collect::<Result<_>>()?;
    Ok(match ty {
        Type::Set(_) => Value::set(combination, rows),
        _ => Value::list(combination, rows),
    })
}
