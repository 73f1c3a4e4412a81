//! Functions over expressions instead of values: `convert` reads a type, `can` and `try` see whether evaluation fails.

use cty::{Type, Value};
use diag::Diagnostics;
use hcl::function::{LazyCx, LazyError, Param};
use hcl::walk::Reference;
use hcl::{Function, FunctionError, Optional, type_expr};

type Result<T> = std::result::Result<T, LazyError>;

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::lazy("convert", convert)
            .doc("The value converted to a type: string, number, bool, any, list(…), set(…), map(…), tuple([…]) or object({…}).")
            .takes(Param::new("value", Type::Dynamic))
            .takes(Param::new("type", Type::Dynamic))
            .examples(&[
                (r#"convert("5", number) + 1"#, "6"),
                (r#"jsonencode(convert(["b", "a", "b"], set(string)))"#, r#"["a","b"]"#),
                (r#"convert({ a = 1, b = 2 }, object({ a = string })).a"#, "1"),
            ]),
        Function::lazy("can", can)
            .doc("Whether the expression can be evaluated without an error.")
            .takes(Param::new("expression", Type::Dynamic))
            .examples(&[(r#"can(convert("x", number))"#, "false"), (r#"can(regex("^a", "abc"))"#, "true")]),
        Function::lazy("try", try_each)
            .doc("The value of the first expression that can be evaluated without an error.")
            .variadic(Param::new("expressions", Type::Dynamic))
            .examples(&[(r#"try({ a = 1 }.b, "none")"#, "none"), (r#"try(upper("a"), "x")"#, "A")]),
    ]
}

/// A value, or the errors that stood in its way. Warnings are of no interest where errors are caught.
fn evaluate(cx: &LazyCx<'_>, index: usize) -> std::result::Result<Value, Diagnostics> {
    let (value, diagnostics) = cx.evaluate(index);
    diagnostics.into_result(value)
}

fn convert(cx: &LazyCx<'_>) -> Result<Value> {
    let wanted = cx
        .expr(1)
        .map(|expr| type_expr(expr, Optional::WithoutDefaults))
        .ok_or_else(|| FunctionError::argument(1, "the type must be written here, it cannot be a value"))?;
    let value = evaluate(cx, 0);
    let (value, wanted) = match (value, wanted) {
        (Ok(value), Ok(wanted)) => (value, wanted),
        (value, wanted) => {
            let findings = value.err().into_iter().chain(wanted.err()).flatten().collect::<Diagnostics>();
            return Err(findings.into());
        }
    };
    // A value has all attributes of its type; that some may be left out is for declarations only.
    cty::convert(&value, &wanted.without_optional())
        .map_err(|error| FunctionError::argument(0, error.to_string()).into())
}

fn can(cx: &LazyCx<'_>) -> Result<Value> {
    Ok(match outcome(cx, 0) {
        Ok(value) if value.is_wholly_known() => Value::bool(true),
        Ok(_) => Value::unknown_not_null(Type::Bool),
        Err(_) => Value::bool(false),
    })
}

fn try_each(cx: &LazyCx<'_>) -> Result<Value> {
    let mut failures = Vec::new();
    for index in 0..cx.len() {
        match outcome(cx, index) {
            // Its type may still change, so nothing at all can be said.
            Ok(value) if !value.is_wholly_known() => {
                return Ok(Value::dynamic().with_marks(&value.deep_marks()));
            }
            Ok(value) => return Ok(value),
            Err(findings) => failures.push(findings),
        }
    }
    if failures.is_empty() {
        return Err(FunctionError::call("at least one expression is required").into());
    }
    let mut message = String::from("no expression could be evaluated");
    for (number, findings) in failures.iter().enumerate() {
        for finding in findings.iter().filter(|finding| finding.is_error()) {
            let detail =
                if finding.detail.is_empty() { String::new() } else { format!(": {}", finding.detail) };
            message.push_str(&format!("\n- expression {}: {}{detail}", number + 1, finding.summary));
        }
    }
    Err(FunctionError::call(message).into())
}

/// What an expression comes to. It is unknown if anything it refers to is: once that is known, the expression may fail.
fn outcome(cx: &LazyCx<'_>, index: usize) -> std::result::Result<Value, Diagnostics> {
    let value = evaluate(cx, index)?;
    let references = cx.expr(index).map(hcl::walk::references).unwrap_or_default();
    if references.iter().any(|reference| is_unknown(cx, reference)) {
        return Ok(Value::dynamic().with_marks(&value.deep_marks()));
    }
    Ok(value)
}

/// Whether what a reference leads to is unknown, wholly or in part. Where it leads nowhere nothing is.
fn is_unknown(cx: &LazyCx<'_>, reference: &Reference) -> bool {
    let Some(mut value) = cx.variable(&reference.root) else { return false };
    for step in &reference.steps {
        if !value.is_known() {
            return true;
        }
        let key = step.text();
        let inner = match value.entries() {
            Some(entries) => entries.get(key),
            None => value.elements().and_then(|elements| elements.get(key.parse::<usize>().ok()?)),
        };
        match inner {
            Some(inner) => value = inner,
            None => return false,
        }
    }
    !value.is_wholly_known()
}
