//! Patterns: RE2's syntax, as Go has it. Its differences from the engine's own are dealt with in [`syntax`].

mod syntax;

use std::collections::BTreeMap;

use cty::{Type, Value};
use hcl::{Function, FunctionError};
use regex::{Captures, Regex};

use super::args::{Result, room, text, value};

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::new("regex", Type::Dynamic, |args, _| {
            let pattern = argument_pattern(args)?;
            let text = text(args, 1)?;
            match pattern.regex.captures(text) {
                Some(found) => Ok(pattern.value(&found)),
                None => Err(FunctionError::call("the pattern matches nothing in the text")),
            }
        })
        .doc(
            "What the pattern matches first in the text: a string, a tuple of the groups if it has any, or an object of the named \
             groups.",
        )
        .param("pattern", Type::String)
        .param("text", Type::String)
        .returns(|args| Ok(known_pattern(args)?.map_or(Type::Dynamic, |pattern| pattern.value_type())))
        .examples(&[
            (r#"regex("[a-z]+", "53.345aaabbb23")"#, "aaabbb"),
            (r#"regex("(\\d+)-(\\d+)", "build 12-34 x")[1]"#, "34"),
            (r#"regex("(?P<year>\\d{4})/(?P<month>\\d\\d)", "on 2031/07/04").month"#, "07"),
        ]),
        Function::new("regexall", Type::Dynamic, |args, _| {
            let pattern = argument_pattern(args)?;
            let found = pattern.regex.captures_iter(text(args, 1)?).map(|found| pattern.value(&found)).collect();
            Ok(Value::list(pattern.value_type(), found))
        })
        .doc("All that the pattern matches in the text, as a list of what regex makes of one match.")
        .param("pattern", Type::String)
        .param("text", Type::String)
        .returns(|args| Ok(known_pattern(args)?.map_or(Type::Dynamic, |pattern| Type::list(pattern.value_type()))))
        .examples(&[(r#"join("", regexall("\\d", "a1b2c3"))"#, "123")]),
        Function::new("regex_replace", Type::String, |args, _| {
            let pattern = Pattern::new(text(args, 1)?).map_err(FunctionError::call)?;
            let template = text(args, 2)?;
            let whole = text(args, 0)?;
            let (mut out, mut done) = (String::new(), 0);
            for found in pattern.regex.captures_iter(whole) {
                let Some(all) = found.get(0) else { continue };
                out.push_str(whole.get(done..all.start()).unwrap_or_default());
                out.push_str(&pattern.expand(template, &found));
                done = all.end();
                room(out.len())?;
            }
            out.push_str(whole.get(done..).unwrap_or_default());
            Ok(Value::string(out))
        })
        .doc("The text with all that the pattern matches replaced. $1 and ${name} stand for groups, $$ for a dollar sign.")
        .param("text", Type::String)
        .param("pattern", Type::String)
        .param("replacement", Type::String)
        .examples(&[
            (r#"regex_replace("john smith", "(\\w+) (\\w+)", "$2 $1")"#, "smith john"),
            (r#"regex_replace("a1b22", "\\d+", "<$0>")"#, "a<1>b<22>"),
        ]),
    ]
}

struct Pattern {
    regex: Regex,
    /// Of each group from the first on.
    names: Vec<Option<String>>,
}

fn argument_pattern(args: &[Value]) -> Result<Pattern> {
    let pattern = Pattern::new(text(args, 0)?).map_err(|message| FunctionError::argument(0, message))?;
    let named = pattern.names.iter().flatten().count();
    if named > 0 && named < pattern.names.len() {
        return Err(FunctionError::argument(0, "either all groups of a pattern must have names or none"));
    }
    Ok(pattern)
}

fn known_pattern(args: &[Value]) -> Result<Option<Pattern>> {
    if value(args, 0)?.is_known() { argument_pattern(args).map(Some) } else { Ok(None) }
}

impl Pattern {
    fn new(pattern: &str) -> std::result::Result<Pattern, String> {
        let translated =
            syntax::translate(pattern).map_err(|message| format!("in the pattern {pattern:?} {message}"))?;
        let regex = Regex::new(&translated.pattern).map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => format!("the pattern {pattern:?} is too large"),
            // The engine quotes the pattern as it was translated; only the last line of its message says what is wrong.
            error => {
                let text = error.to_string();
                let reason = text.lines().last().unwrap_or_default();
                format!("{pattern:?} is no pattern: {}", reason.trim_start_matches("error: "))
            }
        })?;
        Ok(Pattern { regex, names: translated.names })
    }

    fn value_type(&self) -> Type {
        if self.names.is_empty() {
            Type::String
        } else if self.names.iter().any(Option::is_some) {
            Type::object(self.names.iter().flatten().map(|name| (name.as_str(), Type::String)))
        } else {
            Type::tuple(self.names.iter().map(|_| Type::String))
        }
    }

    fn value(&self, found: &Captures<'_>) -> Value {
        let group = |index: usize| match found.get(index) {
            Some(part) => Value::string(part.as_str()),
            None => Value::null(Type::String),
        };
        if self.names.is_empty() {
            group(0)
        } else if self.names.iter().any(Option::is_some) {
            let named = self
                .names
                .iter()
                .enumerate()
                .filter_map(|(index, name)| Some((name.as_deref()?, group(index + 1))));
            Value::object(named.map(|(name, value)| (name.into(), value)).collect::<BTreeMap<_, _>>())
        } else {
            Value::tuple((1..=self.names.len()).map(group).collect())
        }
    }

    /// The template with its groups filled in. A name is as long as it can be, so `$1x` is the group `1x`, which nobody has.
    fn expand(&self, template: &str, found: &Captures<'_>) -> String {
        let mut out = String::new();
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('$') {
            out.push_str(before);
            if let Some(after) = after.strip_prefix('$') {
                out.push('$');
                rest = after;
                continue;
            }
            match group_name(after) {
                Some((name, after)) => {
                    out.push_str(self.group(name, found));
                    rest = after;
                }
                None => {
                    out.push('$');
                    rest = after;
                }
            }
        }
        out.push_str(rest);
        out
    }

    fn group<'t>(&self, name: &str, found: &Captures<'t>) -> &'t str {
        let numbered = name.parse::<usize>().ok().filter(|_| name.bytes().all(|b| b.is_ascii_digit()));
        let found = match numbered {
            Some(index) => found.get(index),
            None => {
                let named = self.names.iter().enumerate().filter(|(_, known)| known.as_deref() == Some(name));
                named.map(|(index, _)| index + 1).find_map(|index| found.get(index))
            }
        };
        found.map_or("", |part| part.as_str())
    }
}

/// The name after a dollar sign and what follows it, if there is a name.
fn group_name(after: &str) -> Option<(&str, &str)> {
    let is_part = |c: char| c == '_' || c.is_alphanumeric();
    let (name, rest) = match after.strip_prefix('{') {
        Some(inside) => inside.split_once('}')?,
        None => after.split_at(after.find(|c| !is_part(c)).unwrap_or(after.len())),
    };
    (!name.is_empty() && name.chars().all(is_part)).then_some((name, rest))
}
