//! Functions: those that specifications may use in their own expressions, and those that they define for the input.

use std::sync::Arc;

use cty::{Number, Type, Value};
use hcl::ast::Expr;
use hcl::function::Param;
use hcl::{Function, FunctionError, FunctionTable, Scope};
use unicode_segmentation::UnicodeSegmentation;

type Result<T> = std::result::Result<T, FunctionError>;

/// A function of the input that a specification defines. It takes whatever it is given.
pub fn custom(name: &str, params: &[Arc<str>], variadic: Option<&Arc<str>>, result: &Arc<Expr>) -> Function {
    // There are as many functions as the specification says, and they live as long as the program.
    let lasting = |name: &str| -> &'static str { Box::leak(Box::from(name)) };
    let any = |name: &str| Param::new(lasting(name), Type::Dynamic).allow_null().allow_dynamic();
    let (names, rest, result) = (params.to_vec(), variadic.cloned(), Arc::clone(result));
    let function = Function::new(lasting(name), Type::Dynamic, move |args, cx| {
        let mut scope = Scope::new().with_functions(of_specifications());
        scope = scope.with_variables(names.iter().cloned().zip(args.iter().cloned()));
        if let Some(rest) = &rest {
            let more = args.get(names.len()..).unwrap_or_default().to_vec();
            scope = scope.with_variable(Arc::clone(rest), Value::tuple(more));
        }
        let (value, findings) = cx.evaluate(&result, &scope);
        match findings.iter().find(|finding| finding.is_error()) {
            Some(error) => Err(FunctionError::call(error.to_string())),
            None => Ok(value),
        }
    });
    let function = params.iter().fold(function.may_return_null(), |function, name| function.takes(any(name)));
    match variadic {
        Some(name) => function.variadic(any(name)),
        None => function,
    }
}

/// The functions of expressions in specifications.
pub fn of_specifications() -> FunctionTable {
    let any = |name| Param::new(name, Type::Dynamic);
    [
        Function::new("abs", Type::Number, |args, _| Ok(Value::number(number(args, 0)?.abs())))
            .param("number", Type::Number),
        Function::new("coalesce", Type::Dynamic, |args, _| {
            let found = args.iter().find(|value| !value.is_null()).cloned();
            found.ok_or_else(|| FunctionError::call("all values are null"))
        })
        .variadic(any("values").allow_null().allow_dynamic()),
        Function::new("concat", Type::Dynamic, |args, _| {
            let lists = (0..args.len()).map(|index| elements(args, index)).collect::<Result<Vec<_>>>()?;
            Ok(Value::tuple(lists.concat()))
        })
        .variadic(any("lists")),
        Function::new("hasindex", Type::Bool, |args, _| {
            let (collection, key) = (argument(args, 0)?, argument(args, 1)?);
            Ok(Value::bool(match (collection.entries(), key.as_str(), key.as_number()) {
                (Some(entries), Some(key), _) => entries.contains_key(key),
                (None, _, Some(index)) => index.to_usize().is_some_and(|index| {
                    collection.elements().is_some_and(|elements| index < elements.len())
                }),
                _ => false,
            }))
        })
        .takes(any("collection"))
        .takes(any("key")),
        Function::new("int", Type::Number, |args, _| Ok(Value::number(number(args, 0)?.trunc())))
            .param("number", Type::Number),
        Function::new("jsondecode", Type::Dynamic, |args, _| {
            cty::from_json(text(args, 0)?).map_err(|error| FunctionError::argument(0, error.to_string()))
        })
        .param("text", Type::String)
        .may_return_null(),
        Function::new("jsonencode", Type::String, |args, _| {
            let text = cty::to_json(argument(args, 0)?);
            text.map(Value::string).map_err(|error| FunctionError::argument(0, error.to_string()))
        })
        .takes(any("value").allow_null().allow_dynamic()),
        Function::new("length", Type::Number, |args, _| {
            let collection = argument(args, 0)?;
            let count = collection.entries().map(|entries| entries.len());
            count.map_or_else(|| elements(args, 0).map(<[Value]>::len), Ok).map(Value::number)
        })
        .takes(any("collection")),
        Function::new("lower", Type::String, |args, _| Ok(Value::string(text(args, 0)?.to_lowercase())))
            .param("text", Type::String),
        Function::new("max", Type::Number, |args, _| extreme(args, |number, best| number > best))
            .variadic(Param::new("numbers", Type::Number)),
        Function::new("min", Type::Number, |args, _| extreme(args, |number, best| number < best))
            .variadic(Param::new("numbers", Type::Number)),
        Function::new("reverse", Type::String, |args, _| {
            Ok(Value::string(text(args, 0)?.graphemes(true).rev().collect::<String>()))
        })
        .param("text", Type::String),
        Function::new("strlen", Type::Number, |args, _| {
            Ok(Value::number(text(args, 0)?.graphemes(true).count()))
        })
        .param("text", Type::String),
        Function::new("substr", Type::String, |args, _| substr(args))
            .param("text", Type::String)
            .param("offset", Type::Number)
            .param("length", Type::Number),
        Function::new("upper", Type::String, |args, _| Ok(Value::string(text(args, 0)?.to_uppercase())))
            .param("text", Type::String),
    ]
    .into_iter()
    .collect()
}

fn argument(args: &[Value], index: usize) -> Result<&Value> {
    args.get(index).ok_or_else(|| FunctionError::call("an argument is missing"))
}

fn text(args: &[Value], index: usize) -> Result<&str> {
    argument(args, index)?.as_str().ok_or_else(|| FunctionError::argument(index, "a string is required"))
}

fn number(args: &[Value], index: usize) -> Result<&Number> {
    argument(args, index)?.as_number().ok_or_else(|| FunctionError::argument(index, "a number is required"))
}

fn elements(args: &[Value], index: usize) -> Result<&[Value]> {
    let elements = argument(args, index)?.elements();
    elements.ok_or_else(|| FunctionError::argument(index, "a list, set or tuple is required"))
}

fn extreme(args: &[Value], better: fn(&Number, &Number) -> bool) -> Result<Value> {
    let mut best = number(args, 0)?;
    for index in 1..args.len() {
        let number = number(args, index)?;
        if better(number, best) {
            best = number;
        }
    }
    Ok(Value::number(best.clone()))
}

/// A negative offset counts from the end, a negative length means all that is left.
fn substr(args: &[Value]) -> Result<Value> {
    let letters: Vec<&str> = text(args, 0)?.graphemes(true).collect();
    let whole = |index| {
        number(args, index)?
            .to_i64()
            .ok_or_else(|| FunctionError::argument(index, "a whole number is required"))
    };
    let (offset, length) = (whole(1)?, whole(2)?);
    let from_end = usize::try_from(offset.unsigned_abs()).unwrap_or(usize::MAX);
    let start = if offset < 0 { letters.len().saturating_sub(from_end) } else { from_end.min(letters.len()) };
    let rest = letters.get(start..).unwrap_or_default();
    let length = usize::try_from(length).map_or(rest.len(), |length| length.min(rest.len()));
    Ok(Value::string(rest.get(..length).unwrap_or_default().concat()))
}
