//! `format` and `formatlist`: texts with verbs filled in. What a verb looks like is in [`verb`], what it makes of a value in [`render`].

mod render;
mod verb;

use cty::{Type, Value};
use hcl::function::{CallCx, Param};
use hcl::{Function, FunctionError};

use super::args::{Result, room, text};
use verb::Piece;

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::new("format", Type::String, format_one)
            .doc(
                "The text with each verb replaced by a value. %v any value, %#v as JSON, %s text, %q text in quotes, %t bool, %d %b \
                 %o %x %X whole numbers, %e %f %g numbers, %% a percent sign; %[2]s takes the second value. Between % and the \
                 letter: flags (+ - # 0 blank), width, and precision after a dot.",
            )
            .param("format", Type::String)
            .variadic(Param::new("values", Type::Dynamic).allow_null())
            .examples(&[
                (r#"format("%d items", 3)"#, "3 items"),
                (r#"format("%05.1f|%-6s|%+d", 3.14159, "ab", 7)"#, "003.1|ab    |+7"),
                (r#"format("%[2]s %[1]s", "a", "b")"#, "b a"),
                (r#"format("%x %#x %o %b", 255, 255, 8, 10)"#, "ff 0xff 10 1010"),
                (r#"format("%v %#v", "x", "x")"#, r#"x "x""#),
                (r#"format("%v", { b = 1, a = [true] })"#, r#"{"a":[true],"b":1}"#),
            ]),
        Function::new("formatlist", Type::list(Type::String), format_list)
            .doc("As format, once for each element of the lists among the values. The lists must be equally long; other values repeat.")
            .param("format", Type::String)
            .variadic(Param::new("values", Type::Dynamic).allow_null().allow_unknown())
            .examples(&[(r#"join(" ", formatlist("%s-%d", ["a", "b"], [1, 2]))"#, "a-1 b-2")]),
    ]
}

fn format_one(args: &[Value], _: &CallCx<'_>) -> Result<Value> {
    let pieces = verb::parse(text(args, 0)?)?;
    let values = args.get(1..).unwrap_or_default();
    if !values.iter().all(Value::is_wholly_known) {
        return Ok(Value::unknown_not_null(Type::String));
    }
    fill(&pieces, values).map(Value::string)
}

fn format_list(args: &[Value], _: &CallCx<'_>) -> Result<Value> {
    let format = text(args, 0)?;
    let values = args.get(1..).unwrap_or_default();
    let mut length: Option<(usize, usize)> = None;
    for (index, value) in values.iter().enumerate() {
        let Some(elements) = value.elements() else { continue };
        match length {
            None => length = Some((index, elements.len())),
            Some((_, length)) if length == elements.len() => {}
            Some((first, length)) => {
                return Err(FunctionError::argument(
                    index + 1,
                    format!(
                        "it has {} elements, but value {} has {length}; all lists must be equally long",
                        elements.len(),
                        first + 1
                    ),
                ));
            }
        }
    }
    let is_row = |ty: &Type| matches!(ty, Type::List(_) | Type::Set(_) | Type::Tuple(_));
    if values.iter().any(|value| !value.is_known() && is_row(value.ty())) {
        return Ok(Value::unknown_not_null(Type::list(Type::String)));
    }
    let rows = length.map_or(1, |(_, length)| length);
    if rows == 0 {
        // Whatever else is wrong or unknown, there is nothing it could be seen in.
        return Ok(Value::list(Type::String, Vec::new()));
    }
    let pieces = verb::parse(format)?;
    let texts = (0..rows).map(|row| {
        let values: Vec<Value> = values
            .iter()
            .map(|value| value.elements().and_then(|elements| elements.get(row)).unwrap_or(value).clone())
            .collect();
        if !values.iter().all(Value::is_wholly_known) {
            return Ok(Value::unknown_not_null(Type::String));
        }
        // One row is at fault, not one argument.
        let text = fill(&pieces, &values)
            .map_err(|error| FunctionError::call(format!("for the elements at {row}: {error}")))?;
        Ok(Value::string(text))
    });
    Ok(Value::list(Type::String, texts.collect::<Result<_>>()?))
}

fn fill(pieces: &[Piece], values: &[Value]) -> Result<String> {
    let mut out = String::new();
    let (mut next, mut used) = (0, 0);
    for piece in pieces {
        let verb = match piece {
            Piece::Text(text) => {
                out.push_str(text);
                continue;
            }
            Piece::Verb(verb) => verb,
        };
        let index = verb.argument.unwrap_or(next);
        let Some(value) = values.get(index) else {
            return Err(FunctionError::call(format!(
                "{} needs value {}, but there {}",
                verb.text,
                index + 1,
                match values.len() {
                    0 => "is none".into(),
                    1 => "is only one".into(),
                    n => format!("are only {n}"),
                }
            )));
        };
        next = index + 1;
        used = used.max(next);
        let text = render::render(verb, value).map_err(|message| {
            FunctionError::call(format!("value {} for {}: {message}", index + 1, verb.text))
        })?;
        room(out.len().saturating_add(text.len()))?;
        out.push_str(&text);
    }
    if used < values.len() {
        return Err(FunctionError::argument(
            used + 1,
            match used {
                0 => "the format uses no values".into(),
                1 => "the format uses only one value".into(),
                n => format!("the format uses only {n} values"),
            },
        ));
    }
    Ok(out)
}
