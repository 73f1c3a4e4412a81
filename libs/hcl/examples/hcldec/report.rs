//! What the program writes: values and references as JSON, diagnostics as text or as JSON.

use cty::{Type, Value};
use diag::{Diagnostics, Pos, Severity, SourceMap, Span};
use hcl::Scope;
use hcl::walk::{Reference, Step};
use serde_json::{Value as Json, json};

/// The value, perhaps with its type beside it. In an object of the value nulls are left out unless they shall be kept.
pub fn value(value: &Value, keep_nulls: bool, with_type: bool) -> Result<String, String> {
    let mut shown = as_json(value)?;
    if !keep_nulls {
        drop_nulls(&mut shown);
    }
    if with_type {
        shown = json!({ "value": shown, "type": type_json(value.ty()) });
    }
    Ok(format!("{shown}\n"))
}

fn as_json(value: &Value) -> Result<Json, String> {
    let text = cty::to_json(value).map_err(|error| error.to_string())?;
    serde_json::from_str(&text).map_err(|error| error.to_string())
}

fn drop_nulls(value: &mut Json) {
    match value {
        Json::Object(properties) => {
            properties.retain(|_, value| !value.is_null());
            properties.values_mut().for_each(drop_nulls);
        }
        Json::Array(items) => items.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}

fn type_json(ty: &Type) -> Json {
    match ty {
        Type::Dynamic => json!("dynamic"),
        Type::Bool => json!("bool"),
        Type::Number => json!("number"),
        Type::String => json!("string"),
        Type::List(element) => json!(["list", type_json(element)]),
        Type::Set(element) => json!(["set", type_json(element)]),
        Type::Map(element) => json!(["map", type_json(element)]),
        Type::Tuple(elements) => json!(["tuple", elements.iter().map(type_json).collect::<Vec<_>>()]),
        Type::Object(object) => {
            let attributes = object.attributes.iter().map(|(name, ty)| (name.to_string(), type_json(ty)));
            json!(["object", attributes.collect::<serde_json::Map<_, _>>()])
        }
        Type::Capsule(kind) => json!(["capsule", kind]),
    }
}

/// References with the value that each has, if it has one.
pub fn references(found: &[Reference], scope: &Scope, sources: &SourceMap) -> String {
    let list: Vec<Json> = found.iter().map(|reference| reference_json(reference, scope, sources)).collect();
    format!("{:#}\n", Json::Array(list))
}

fn reference_json(reference: &Reference, scope: &Scope, sources: &SourceMap) -> Json {
    let mut shown = json!({ "root_name": &*reference.root });
    if let Some(value) = value_of(reference, scope).and_then(|value| as_json(value).ok()) {
        shown["value"] = value;
    }
    let root = Span {
        end: reference.step_spans.first().map_or(reference.span.end, |first| first.start),
        ..reference.span
    };
    let mut steps = vec![json!({ "kind": "root", "name": &*reference.root, "range": range(root, sources) })];
    for (step, span) in reference.steps.iter().zip(&reference.step_spans) {
        let range = range(*span, sources);
        steps.push(match step {
            Step::Attr(name) => json!({ "kind": "attr", "name": &**name, "range": range }),
            Step::Index(key) => {
                // Numbers are kept as text.
                let key = key.parse::<serde_json::Number>().map_or(json!(&**key), Json::Number);
                json!({ "kind": "index", "key": key, "range": range })
            }
        });
    }
    shown["steps"] = Json::Array(steps);
    shown["range"] = range(reference.span, sources);
    shown
}

fn value_of<'s>(reference: &Reference, scope: &'s Scope) -> Option<&'s Value> {
    reference.steps.iter().try_fold(scope.variable(&reference.root)?, |value, step| match value.entries() {
        Some(entries) => entries.get(step.text()),
        None => value.elements()?.get(step.text().parse::<usize>().ok()?),
    })
}

fn range(span: Span, sources: &SourceMap) -> Json {
    let at = |pos: Pos, byte: u32| json!({ "line": pos.line, "column": pos.column, "byte": byte });
    let Some((start, end)) = sources.positions(span) else { return Json::Null };
    let name = sources.get(span.file).map(|source| source.name.to_string());
    json!({ "filename": name, "start": at(start, span.start), "end": at(end, span.end) })
}

/// Diagnostics; nothing when there are none.
pub fn findings(findings: &Diagnostics, sources: &SourceMap, as_json: bool) -> String {
    if findings.is_empty() {
        return String::new();
    }
    if !as_json {
        return diag::render_all(findings, sources);
    }
    let list: Vec<Json> = findings
        .iter()
        .map(|finding| {
            let severity = match finding.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
            };
            let detail = match &finding.hint {
                Some(hint) => format!("{} {hint}", finding.detail),
                None => finding.detail.clone(),
            };
            let mut shown = json!({ "severity": severity, "summary": finding.summary, "detail": detail });
            if let Some(subject) = finding.subject {
                shown["subject"] = range(subject, sources);
            }
            shown
        })
        .collect();
    format!("{:#}\n", json!({ "diagnostics": list }))
}
