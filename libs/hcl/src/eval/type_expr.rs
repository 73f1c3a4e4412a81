//! Type expressions: `list(string)`, `object({ a = optional(number, 3) })`. Not values, though they are written like ones.

use std::collections::BTreeMap;
use std::sync::Arc;

use cty::{ObjectType, Type, Value};
use diag::{Diagnostic, Diagnostics, Span};

use crate::ast::{Call, Expr, ExprKind, Ident, ObjectItem, ObjectKey};
use crate::eval::Scope;
use crate::statics;

/// How deep type expressions may be nested; as much as values may be.
const MAX_DEPTH: usize = 200;

/// What a type expression may say about optional attributes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Optional {
    /// `optional(T)` and `optional(T, default)`, as types of variables may.
    WithDefaults,
    /// `optional(T)` only, as the function `convert` has it.
    WithoutDefaults,
}

/// The type that an expression says. Its objects tell which of their attributes are optional, with their defaults, which
/// [`cty::convert`](cty::convert()) fills in.
pub fn type_expr(expr: &Expr, optional: Optional) -> Result<Type, Diagnostics> {
    let (expr, findings) = statics::native(expr);
    findings.into_result(())?;
    read(&expr, optional, 0)
}

fn invalid(span: Span, detail: impl Into<String>) -> Diagnostics {
    Diagnostic::error("Invalid type specification").detail(detail).at(span).into()
}

const TYPES: &str =
    "Types are string, number, bool, any, list(...), set(...), map(...), tuple([...]) and object({...}).";

fn read(expr: &Expr, optional: Optional, depth: usize) -> Result<Type, Diagnostics> {
    if depth > MAX_DEPTH {
        return Err(invalid(expr.span, "This type is nested too deeply."));
    }
    let keyword = match &expr.kind {
        ExprKind::Call(call) => return constructor(call, expr.span, optional, depth + 1),
        ExprKind::Variable(keyword) => keyword,
        _ => return Err(invalid(expr.span, format!("This is not a type. {TYPES}"))),
    };
    match &**keyword {
        "string" => Ok(Type::String),
        "number" => Ok(Type::Number),
        "bool" => Ok(Type::Bool),
        "any" => Ok(Type::Dynamic),
        kind @ ("list" | "set" | "map") => {
            let detail = format!("A {kind} needs the type of its elements: {kind}(string), for example.");
            Err(invalid(expr.span, detail))
        }
        "object" => {
            Err(invalid(expr.span, "An object needs its attributes: object({ name = string }), for example."))
        }
        "tuple" => Err(invalid(
            expr.span,
            "A tuple needs the types of its elements: tuple([string, number]), for example.",
        )),
        other => Err(invalid(expr.span, format!("There is no type named \"{other}\". {TYPES}"))),
    }
}

fn constructor(call: &Call, span: Span, optional: Optional, depth: usize) -> Result<Type, Diagnostics> {
    let name = &*call.name.name;
    if !matches!(name, "list" | "set" | "map" | "object" | "tuple") {
        return Err(invalid(
            span,
            match name {
                "optional" => "Only an attribute of an object can be optional.".to_string(),
                "string" | "number" | "bool" | "any" => format!("The type {name} takes no arguments."),
                _ => format!("There is no type named \"{name}\". {TYPES}"),
            },
        ));
    }
    let [argument] = &call.args[..] else {
        let detail = format!(
            "{name}(...) takes exactly one argument: {}.",
            match name {
                "object" => "its attributes in braces",
                "tuple" => "the types of its elements in brackets",
                _ => "the type of its elements",
            }
        );
        return Err(invalid(span, detail));
    };
    match name {
        "list" => read(argument, optional, depth).map(Type::list),
        "set" => read(argument, optional, depth).map(Type::set),
        "map" => read(argument, optional, depth).map(Type::map),
        "tuple" => {
            let Some(items) = statics::as_list(argument) else {
                return Err(invalid(
                    argument.span,
                    "A tuple needs the types of its elements in brackets: [string, number].",
                ));
            };
            let mut findings = Diagnostics::new();
            let types: Vec<Type> =
                items.iter().filter_map(|item| findings.take(read(item, optional, depth))).collect();
            findings.into_result(Type::tuple(types))
        }
        _ => object(argument, optional, depth),
    }
}

fn object(argument: &Expr, optional: Optional, depth: usize) -> Result<Type, Diagnostics> {
    let ExprKind::Object(items) = &argument.kind else {
        return Err(invalid(argument.span, "An object needs its attributes in braces: { name = string }."));
    };
    let mut findings = Diagnostics::new();
    let mut ty = ObjectType { attributes: BTreeMap::new(), optional: BTreeMap::new() };
    for item in items {
        let ObjectKey::Literal(name) = &item.key else {
            findings.extend(invalid(item.value.span, "The name of an attribute must be written as it is."));
            continue;
        };
        let Ident { name, span } = name;
        if ty.attributes.contains_key(name) {
            findings.extend(invalid(*span, format!("The attribute \"{name}\" has a type already.")));
            continue;
        }
        if let Some((attribute, default)) = findings.take(attribute(item, optional, depth)) {
            ty.attributes.insert(Arc::clone(name), attribute);
            if let Some(default) = default {
                ty.optional.insert(Arc::clone(name), default);
            }
        }
    }
    findings.into_result(Type::Object(Arc::new(ty)))
}

/// The type of an attribute, whether it is optional, and its default then.
fn attribute(
    item: &ObjectItem,
    optional: Optional,
    depth: usize,
) -> Result<(Type, Option<Option<Value>>), Diagnostics> {
    let call = match &item.value.kind {
        ExprKind::Call(call) if &*call.name.name == "optional" => call,
        _ => return Ok((read(&item.value, optional, depth)?, None)),
    };
    let span = item.value.span;
    let (ty, default) = match &call.args[..] {
        [ty] => (ty, None),
        [ty, default] if optional == Optional::WithDefaults => (ty, Some(default)),
        [_, default] => {
            return Err(invalid(default.span, "An optional attribute cannot have a default value here."));
        }
        [] => return Err(invalid(span, "optional(...) needs the type of the attribute.")),
        [_, _, extra, ..] => {
            return Err(invalid(extra.span, "optional(...) takes a type and a default value, nothing else."));
        }
    };
    let ty = read(ty, optional, depth)?;
    let Some(default) = default else { return Ok((ty, Some(None))) };
    let (value, findings) = default.evaluate(&Scope::constant());
    let value = findings.into_result(value)?;
    match cty::convert(&value, &ty) {
        Ok(_) => Ok((ty, Some(Some(value)))),
        Err(error) => Err(Diagnostic::error("Invalid default value for optional attribute")
            .detail(format!("The default value does not suit the type of the attribute: {error}."))
            .at(default.span)
            .into()),
    }
}

#[cfg(test)]
mod tests;
