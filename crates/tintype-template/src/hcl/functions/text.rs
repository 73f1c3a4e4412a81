//! Parts of texts: searching, cutting, joining. What people see as one character counts as one where characters are counted.

use cty::{Type, Value};
use hcl::function::Param;
use hcl::{Function, FunctionError};

use super::args::{Result, elements, room, text, whole};
use super::graphemes::graphemes;

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::new("strrev", Type::String, |args, _| {
            Ok(Value::string(graphemes(text(args, 0)?).rev().collect::<String>()))
        })
        .doc("The text backwards.")
        .param("text", Type::String)
        .examples(&[(r#"strrev("stressed")"#, "desserts"), (r#"strrev("👨‍👩‍👧x")"#, "x👨‍👩‍👧")]),
        Function::new("substr", Type::String, |args, _| {
            Ok(Value::string(substr(text(args, 0)?, whole(args, 1)?, whole(args, 2)?)))
        })
        .doc(
            "The part of the text that begins at the offset and is that long, both in characters. A negative offset counts from \
             the end; with a negative length the part goes to the end.",
        )
        .param("text", Type::String)
        .param("offset", Type::Number)
        .param("length", Type::Number)
        .examples(&[
            (r#"substr("ubuntu-noble", 7, 5)"#, "noble"),
            (r#"substr("ubuntu", -3, -1)"#, "ntu"),
            (r#"substr("a👩‍🚀bc", 1, 2)"#, "👩‍🚀b"),
        ]),
        Function::new("split", Type::list(Type::String), |args, _| {
            let (separator, whole) = (text(args, 0)?, text(args, 1)?);
            let parts = if separator.is_empty() {
                whole.chars().map(|c| Value::string(c.to_string())).collect()
            } else {
                whole.split(separator).map(Value::string).collect()
            };
            Ok(Value::list(Type::String, parts))
        })
        .doc("The parts of the text between the separators. Without a separator: its characters.")
        .param("separator", Type::String)
        .param("text", Type::String)
        .examples(&[(r#"split(".", "10.0.0.1")[3]"#, "1"), (r#"length(split(",", ""))"#, "1")]),
        Function::new("join", Type::String, join)
            .doc("The elements of the lists, one after another with the separator between them.")
            .param("separator", Type::String)
            .variadic(Param::new("lists", Type::list(Type::String)))
            .examples(&[(r#"join("-", ["a", "b", "c"])"#, "a-b-c"), (r#"join(",", ["a"], ["b", 2])"#, "a,b,2")]),
        Function::new("replace", Type::String, |args, _| {
            let (whole, part, new) = (text(args, 0)?, text(args, 1)?, text(args, 2)?);
            if new.len() > part.len() {
                let more = whole.matches(part).count().saturating_mul(new.len() - part.len());
                room(whole.len().saturating_add(more))?;
            }
            Ok(Value::string(whole.replace(part, new)))
        })
        .doc("The text with every occurrence of a part replaced. The part is taken literally; see regex_replace for patterns.")
        .param("text", Type::String)
        .param("part", Type::String)
        .param("replacement", Type::String)
        .examples(&[(r#"replace("a-b-c", "-", "+")"#, "a+b+c"), (r#"replace("abc", "", "-")"#, "-a-b-c-")]),
        Function::new("startswith", Type::Bool, |args, _| Ok(Value::bool(text(args, 0)?.starts_with(text(args, 1)?))))
            .doc("Whether the text begins with the prefix.")
            .param("text", Type::String)
            .param("prefix", Type::String)
            .examples(&[(r#"startswith("packer", "pack")"#, "true")]),
        Function::new("endswith", Type::Bool, |args, _| Ok(Value::bool(text(args, 0)?.ends_with(text(args, 1)?))))
            .doc("Whether the text ends with the suffix.")
            .param("text", Type::String)
            .param("suffix", Type::String)
            .examples(&[(r#"endswith("packer", "ker")"#, "true")]),
        Function::new("strcontains", Type::Bool, |args, _| Ok(Value::bool(text(args, 0)?.contains(text(args, 1)?))))
            .doc("Whether the part occurs in the text.")
            .param("text", Type::String)
            .param("part", Type::String)
            .examples(&[(r#"strcontains("packer", "ACK")"#, "false")]),
    ]
}

fn substr(text: &str, offset: i64, length: i64) -> String {
    let parts: Vec<&str> = graphemes(text).collect();
    let total = i64::try_from(parts.len()).unwrap_or(i64::MAX);
    let start = if offset < 0 { (total.saturating_add(offset)).max(0) } else { offset.min(total) };
    // From the end, no length at all means all the rest.
    let to_end = length < 0 || (offset < 0 && length == 0);
    let end = if to_end { total } else { start.saturating_add(length).min(total) };
    let range = usize::try_from(start).unwrap_or(0)..usize::try_from(end).unwrap_or(0);
    parts.get(range).unwrap_or_default().concat()
}

fn join(args: &[Value], _: &hcl::function::CallCx<'_>) -> Result<Value> {
    if args.len() < 2 {
        return Err(FunctionError::call("at least one list is required"));
    }
    let mut parts = Vec::new();
    for index in 1..args.len() {
        for (position, element) in elements(args, index)?.iter().enumerate() {
            if !element.is_known() {
                return Ok(Value::unknown_not_null(Type::String));
            }
            match element.as_str() {
                Some(part) => parts.push(part),
                None => return Err(FunctionError::argument(index, format!("element {position} is null"))),
            }
        }
    }
    let separator = text(args, 0)?;
    let separators = separator.len().saturating_mul(parts.len());
    room(parts.iter().map(|part| part.len()).fold(separators, usize::saturating_add))?;
    Ok(Value::string(parts.join(separator)))
}
