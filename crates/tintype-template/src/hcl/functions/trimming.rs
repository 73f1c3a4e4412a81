//! Taking away at the ends of a text, and putting blanks before its lines.

use cty::{Type, Value};
use hcl::{Function, FunctionError};

use super::args::{text, whole};

/// Indents deeper than this are mistakes, and would make a text out of proportion.
const MAX_INDENT: i64 = 10_000;

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::new("chomp", Type::String, |args, _| {
            Ok(Value::string(text(args, 0)?.trim_end_matches(['\r', '\n'])))
        })
        .doc("The text without line ends at its end.")
        .param("text", Type::String)
        .examples(&[(r#"chomp("line\n\n\r\n")"#, "line"), (r#"jsonencode(chomp("a \n \n"))"#, r#""a \n ""#)]),
        Function::new("trimspace", Type::String, |args, _| Ok(Value::string(text(args, 0)?.trim())))
            .doc("The text without blanks of any kind at its ends.")
            .param("text", Type::String)
            .examples(&[(r#"jsonencode(trimspace("  \t mixed \n\r "))"#, r#""mixed""#)]),
        Function::new("trim", Type::String, |args, _| {
            let set: Vec<char> = text(args, 1)?.chars().collect();
            Ok(Value::string(text(args, 0)?.trim_matches(&set[..])))
        })
        .doc("The text without any of the given characters at its ends.")
        .param("text", Type::String)
        .param("characters", Type::String)
        .examples(&[(r#"trim("?!hello?!", "!?")"#, "hello"), (r#"trim("abcba", "ab")"#, "c")]),
        Function::new("trimprefix", Type::String, |args, _| {
            let whole = text(args, 0)?;
            Ok(Value::string(whole.strip_prefix(text(args, 1)?).unwrap_or(whole)))
        })
        .doc("The text without the prefix, if it begins with it; taken away once.")
        .param("text", Type::String)
        .param("prefix", Type::String)
        .examples(&[
            (r#"trimprefix("release-1.4", "release-")"#, "1.4"),
            (r#"trimprefix("aab", "a")"#, "ab"),
        ]),
        Function::new("trimsuffix", Type::String, |args, _| {
            let whole = text(args, 0)?;
            Ok(Value::string(whole.strip_suffix(text(args, 1)?).unwrap_or(whole)))
        })
        .doc("The text without the suffix, if it ends with it; taken away once.")
        .param("text", Type::String)
        .param("suffix", Type::String)
        .examples(&[(r#"trimsuffix("disk.qcow2", ".qcow2")"#, "disk")]),
        Function::new("indent", Type::String, |args, _| {
            let spaces = whole(args, 0)?;
            let count = usize::try_from(spaces)
                .map_err(|_| FunctionError::call("the indent must not be negative"))?;
            if spaces > MAX_INDENT {
                return Err(FunctionError::call(format!("the indent must not be more than {MAX_INDENT}")));
            }
            Ok(Value::string(text(args, 1)?.replace('\n', &format!("\n{}", " ".repeat(count)))))
        })
        .doc("The text with that many spaces before each of its lines but the first.")
        .param("spaces", Type::Number)
        .param("text", Type::String)
        .examples(&[(r#"indent(2, "one\ntwo\nthree")"#, "one\n  two\n  three")]),
    ]
}
