//! Function calls: finding the function, the number of arguments, their conversion, and what a failure says.

use cty::{Type, Value};
use diag::{Diagnostic, Diagnostics};

use super::frame::{Frame, too_large, unknown};
use super::show::a_type;
use crate::ast::{Call, Expr};
use crate::function::{CallCx, Function, FunctionError, LazyArg, LazyCx, LazyError};

/// The elements of the last argument when `...` follows it.
enum Expanded {
    /// It does not.
    No,
    /// These.
    Elements(Vec<Value>),
    /// It is wrong, which is reported, or not known.
    Unknown(Value),
}

pub(super) fn eval(call: &Call, expr: &Expr, frame: &Frame<'_>, diagnostics: &mut Diagnostics) -> Value {
    let Some(function) = lookup(call, expr, frame, diagnostics) else { return Value::dynamic() };
    let elements = match expand(call, frame, diagnostics) {
        Expanded::No => None,
        Expanded::Elements(elements) => Some(elements),
        Expanded::Unknown(value) => return value,
    };
    let plain = &call.args[..call.args.len() - usize::from(elements.is_some())];
    let count = plain.len() + elements.as_ref().map_or(0, Vec::len);
    if let Some(diagnostic) = wrong_count(function, call, count, frame) {
        diagnostics.push(diagnostic);
        return Value::dynamic();
    }
    if let Some(body) = function.lazy_body() {
        let cx = lazy_args(call, elements.unwrap_or_default(), expr, frame);
        return body(&cx).unwrap_or_else(|error| {
            match error {
                LazyError::Function(error) => diagnostics.push(failed(function, call, &error, expr, frame)),
                LazyError::Diagnostics(findings) => diagnostics.extend(findings),
            }
            Value::dynamic()
        });
    }
    let mut findings = Diagnostics::new();
    let mut values = Vec::with_capacity(count);
    for arg in plain {
        values.push(super::eval(arg, frame, &mut findings));
    }
    values.extend(elements.into_iter().flatten());
    let result = apply(function, call, values, expr, frame, &mut findings);
    diagnostics.extend(findings);
    result
}

/// The arguments as they were written; those that an expansion gave stand where it stood.
fn lazy_args<'a>(call: &'a Call, elements: Vec<Value>, expr: &Expr, frame: &Frame<'a>) -> LazyCx<'a> {
    let (written, last) = match call.args.split_last() {
        Some((last, before)) if call.expand => (before, Some(last)),
        _ => (&call.args[..], None),
    };
    let mut args: Vec<LazyArg<'a>> = written.iter().map(|expr| LazyArg { expr, expanded: None }).collect();
    if let Some(expr) = last {
        args.extend(elements.into_iter().map(|value| LazyArg { expr, expanded: Some(value) }));
    }
    LazyCx { call: CallCx { frame: *frame, span: expr.span }, args }
}

/// Converts the arguments and calls the function; with errors among the findings it is not called.
fn apply(
    function: &Function,
    call: &Call,
    values: Vec<Value>,
    expr: &Expr,
    frame: &Frame<'_>,
    findings: &mut Diagnostics,
) -> Value {
    let mut args = Vec::with_capacity(values.len());
    for (index, value) in values.iter().enumerate() {
        match function.accept(index, value) {
            Ok(value) => args.push(value),
            Err(message) => {
                let error = FunctionError::argument(index, message);
                findings.push(failed(function, call, &error, expr, frame));
            }
        }
    }
    if findings.has_errors() {
        return Value::dynamic();
    }
    args.iter().for_each(|arg| frame.gave(arg));
    if frame.made_too_much() {
        findings.push(too_large(expr.span));
        return Value::dynamic();
    }
    let cx = CallCx { frame: *frame, span: expr.span };
    match function.call(&args, &cx) {
        Ok(value) => {
            frame.made_value(&value);
            // A text is only too much once loops multiply it.
            if value.as_str().is_none() && frame.made_too_much() {
                findings.push(too_large(expr.span));
                return Value::dynamic();
            }
            value
        }
        Err(error) => {
            findings.push(failed(function, call, &error, expr, frame));
            Value::dynamic()
        }
    }
}

fn lookup<'f>(
    call: &Call,
    expr: &Expr,
    frame: &Frame<'f>,
    diagnostics: &mut Diagnostics,
) -> Option<&'f Function> {
    let name = &*call.name.name;
    let Some(functions) = frame.scope.functions() else {
        diagnostics.push(
            Diagnostic::error("Function calls not allowed")
                .detail("Only constants can be used here, no functions.")
                .at(expr.span),
        );
        return None;
    };
    let function = functions.get(name);
    if function.is_none() {
        let advice =
            functions.near(name).map(|near| format!(" Did you mean \"{near}\"?")).unwrap_or_default();
        diagnostics.push(
            Diagnostic::error("Call to unknown function")
                .detail(format!("There is no function named \"{name}\".{advice}"))
                .at(call.name.span)
                .around(expr.span),
        );
    }
    function.map(|function| &**function)
}

fn expand(call: &Call, frame: &Frame<'_>, diagnostics: &mut Diagnostics) -> Expanded {
    let Some(last) = call.args.last().filter(|_| call.expand) else { return Expanded::No };
    let value = super::eval(last, frame, diagnostics);
    let marks = value.marks().clone();
    if !value.is_null() && value.ty().is_dynamic() {
        return Expanded::Unknown(unknown(&marks));
    }
    let fits = matches!(value.ty(), Type::List(_) | Type::Set(_) | Type::Tuple(_));
    if value.is_null() || !fits {
        let detail = format!(
            "Only the elements of a list, set or tuple can become arguments with \"...\". This value is {}.",
            if value.is_null() { "null".into() } else { a_type(&value) }
        );
        diagnostics.push(frame.error("Invalid expanding argument value", detail, last));
        return Expanded::Unknown(unknown(&marks));
    }
    match value.elements() {
        Some(elements) => Expanded::Elements(elements.iter().map(|v| v.clone().with_marks(&marks)).collect()),
        None => Expanded::Unknown(unknown(&marks)),
    }
}

fn wrong_count(function: &Function, call: &Call, count: usize, frame: &Frame<'_>) -> Option<Diagnostic> {
    let params = function.params();
    let name = function.name();
    if let Some(missing) = params.get(count) {
        let detail = format!(
            "The function \"{name}\" takes {} {}; the value for \"{}\" is missing.",
            if function.variadic_param().is_some() { "at least" } else { "exactly" },
            arguments(params.len()),
            missing.name
        );
        let diagnostic = frame.error_at("Not enough function arguments", detail, call.parens, &call.args);
        return Some(diagnostic.around(call.name.span.to(call.parens)));
    }
    if function.variadic_param().is_none() && count > params.len() {
        let detail = match params.len() {
            0 => format!("The function \"{name}\" takes no arguments."),
            most => format!("The function \"{name}\" takes {} only.", arguments(most)),
        };
        let extra = call.args.get(params.len()).or(call.args.last()).map_or(call.parens, |arg| arg.span);
        let diagnostic = frame.error_at("Too many function arguments", detail, extra, &call.args);
        return Some(diagnostic.around(call.name.span.to(call.parens)));
    }
    None
}

fn arguments(count: usize) -> String {
    if count == 1 { "one argument".into() } else { format!("{count} arguments") }
}

/// The error for a call that failed: about one argument, or about the whole.
fn failed(
    function: &Function,
    call: &Call,
    error: &FunctionError,
    expr: &Expr,
    frame: &Frame<'_>,
) -> Diagnostic {
    let name = function.name();
    let message = error.message.trim_end_matches('.');
    let Some(index) = error.argument else {
        let detail = format!("The call of \"{name}\" failed: {message}.");
        return frame.error_at("Error in function call", detail, expr.span, &call.args);
    };
    let what = function.param_at(index).map_or_else(String::new, |param| format!(" for \"{}\"", param.name));
    let detail = format!("The value{what} does not suit the function \"{name}\": {message}.");
    match call.args.get(index).or(call.args.last()) {
        Some(arg) => frame.error("Invalid function argument", detail, arg).around(expr.span),
        None => frame.error("Invalid function argument", detail, expr),
    }
}
