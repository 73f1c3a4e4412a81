//! The functions that Go's text/template always has. `and` and `or` are not here: they do not look at all of their arguments, so
//! the executor has them.

use std::cmp::Ordering;
use std::sync::Arc;

use crate::Value;
use crate::compare::{equal, equal_to_any, order};

/// A built-in function: the fewest and the most arguments it takes, and what it does.
pub(crate) struct Builtin {
    pub least: usize,
    pub most: Option<usize>,
    pub call: Call,
}

type Call = fn(&[Value]) -> Result<Value, String>;

pub(crate) fn knows(name: &str) -> bool {
    name == "and" || name == "or" || get(name).is_some()
}

pub(crate) fn get(name: &str) -> Option<Builtin> {
    let (least, most, call): (usize, Option<usize>, Call) = match name {
        "not" => (1, Some(1), |args| Ok(Value::Bool(!args.first().is_some_and(Value::is_true)))),
        "len" => (1, Some(1), |args| len(&args[0])),
        "index" => (1, None, index),
        "slice" => (1, None, slice),
        "call" => (1, None, |args| Err(not_callable(&args[0]))),
        "print" => (0, None, |args| format("print", args)),
        "println" => (0, None, |args| format("println", args)),
        "printf" => (1, None, |args| match &args[0] {
            Value::Text(_) => format("printf", args),
            other => Err(format!("wrong type for value; expected string; got {}", other.type_name())),
        }),
        "html" => (0, None, |args| Ok(gotmpl::html_escape(&joined(args)?).into())),
        "js" => (0, None, |args| Ok(gotmpl::js_escape(&joined(args)?).into())),
        "urlquery" => (0, None, |args| Ok(gotmpl::url_encode(&joined(args)?).into())),
        "eq" => (1, None, |args| equal_to_any(args).map(Value::Bool)),
        "ne" => (2, Some(2), |args| equal(&args[0], &args[1]).map(|equal| Value::Bool(!equal))),
        "lt" => (2, Some(2), |args| ordered(args, |order| order == Ordering::Less)),
        "le" => (2, Some(2), |args| ordered(args, |order| order != Ordering::Greater)),
        "gt" => (2, Some(2), |args| ordered(args, |order| order == Ordering::Greater)),
        "ge" => (2, Some(2), |args| ordered(args, |order| order != Ordering::Less)),
        _ => return None,
    };
    Some(Builtin { least, most, call })
}

fn ordered(args: &[Value], wanted: fn(Ordering) -> bool) -> Result<Value, String> {
    Ok(Value::Bool(order(&args[0], &args[1])?.is_some_and(wanted)))
}

fn not_callable(value: &Value) -> String {
    match value {
        Value::Nil => "call of nil".to_owned(),
        other => format!("non-function {other} of type {}", other.type_name()),
    }
}

fn len(value: &Value) -> Result<Value, String> {
    let len = match value {
        Value::Text(text) => text.len(),
        Value::List(items) => items.len(),
        Value::Map(entries) => entries.len(),
        Value::Nil => return Err("reflect: call of reflect.Value.Type on zero Value".to_owned()),
        other => return Err(format!("len of type {}", other.type_name())),
    };
    Ok(Value::Int(len as i64))
}

/// An index into something of this length, the end included if asked for.
fn position(value: &Value, len: usize) -> Result<usize, String> {
    match value {
        Value::Int(at) => match usize::try_from(*at) {
            Ok(index) if index < len => Ok(index),
            _ => Err(format!("index out of range: {at}")),
        },
        Value::Nil => Err("cannot index slice/array with nil".to_owned()),
        other => Err(format!("cannot index slice/array with type {}", other.type_name())),
    }
}

fn index(args: &[Value]) -> Result<Value, String> {
    let [start, at @ ..] = args else { return Err("index of untyped nil".to_owned()) };
    let mut item = start.clone();
    if item == Value::Nil {
        return Err("index of untyped nil".to_owned());
    }
    for at in at {
        item = match &item {
            // Go counts the end as inside until it looks there.
            Value::List(items) => match items.get(position(at, items.len() + 1)?) {
                Some(item) => item.clone(),
                None => return Err("reflect: slice index out of range".to_owned()),
            },
            Value::Text(text) => match text.as_bytes().get(position(at, text.len() + 1)?) {
                Some(byte) => Value::Int(i64::from(*byte)),
                None => return Err("reflect: string index out of range".to_owned()),
            },
            Value::Map(entries) => match at {
                Value::Text(key) => entries.get(&**key).cloned().unwrap_or_default(),
                Value::Nil => return Err("value is nil; should be of type string".to_owned()),
                other => {
                    return Err(format!("value has type {}; should be string", other.type_name()));
                }
            },
            Value::Nil => return Err("index of nil pointer".to_owned()),
            other => return Err(format!("can't index item of type {}", other.type_name())),
        };
    }
    Ok(item)
}

fn slice(args: &[Value]) -> Result<Value, String> {
    let [item, at @ ..] = args else { return Err("slice of untyped nil".to_owned()) };
    let len = match item {
        Value::Text(text) => text.len(),
        Value::List(items) => items.len(),
        Value::Nil => return Err("slice of untyped nil".to_owned()),
        other => return Err(format!("can't slice item of type {}", other.type_name())),
    };
    if at.len() > 3 {
        return Err(format!("too many slice indexes: {}", at.len()));
    }
    if at.len() == 3 && matches!(item, Value::Text(_)) {
        return Err("cannot 3-index slice a string".to_owned());
    }
    let ends = at.iter().map(|at| position(at, len + 1)).collect::<Result<Vec<_>, _>>()?;
    let start = ends.first().copied().unwrap_or(0);
    let end = ends.get(1).copied().unwrap_or(len);
    if start > end {
        return Err(format!("invalid slice index: {start} > {end}"));
    }
    if let Some(&limit) = ends.get(2)
        && end > limit
    {
        return Err(format!("invalid slice index: {end} > {limit}"));
    }
    Ok(match item {
        // Go cuts between bytes; what is no UTF-8 then cannot be a text of ours.
        Value::Text(text) => String::from_utf8_lossy(&text.as_bytes()[start..end]).into_owned().into(),
        Value::List(items) => Value::List(items[start..end].into()),
        _ => Value::Nil,
    })
}

/// The arguments as one text, as the escaping functions take them.
fn joined(args: &[Value]) -> Result<String, String> {
    match args {
        [Value::Text(text)] => Ok(text.to_string()),
        _ => {
            let shown =
                |value: &Value| if *value == Value::Nil { "<no value>".into() } else { value.clone() };
            let shown: Vec<Value> = args.iter().map(shown).collect();
            format("print", &shown).map(|value| value.to_string())
        }
    }
}

/// Go's `fmt`, by the gotmpl crate: it has the verbs only as functions of its own templates.
fn format(function: &str, args: &[Value]) -> Result<Value, String> {
    if let [Value::Text(text)] = args
        && (function == "print" || function == "printf" && !text.contains('%'))
    {
        return Ok(Value::Text(Arc::clone(text)));
    }
    let words: String = (0..args.len()).map(|at| format!(" (index . {at})")).collect();
    let data = gotmpl::Value::List(args.iter().map(Value::to_gotmpl).collect());
    gotmpl::execute(&format!("{{{{{function}{words}}}}}"), &data)
        .map(Value::from)
        .map_err(|error| error.to_string())
}
