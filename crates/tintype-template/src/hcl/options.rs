//! From the body of a component's block to its options: the component's schema becomes a spec, the body a value with places. What the
//! options mean is the component's affair.

use std::collections::BTreeMap;
use std::sync::Arc;

use cty::{Path, Step, Type, Value};
use diag::{Diagnostics, Span};
use hcl::{AnyBody, Scope, SpanMap, Spec};
use tintype_schema::{ConfigValue, FieldKind, Schema};

/// What a component's options must look like. Older names may be written as well; of a built-in component, what is required is said by
/// itself, in its own words.
pub(crate) fn spec(schema: &Schema) -> Spec {
    Spec::object(schema.names().map(|(name, field)| {
        let part = match &field.kind {
            // What is in the object is looked at by the component.
            FieldKind::Block(inner) if field.object => Spec::Default {
                primary: Box::new(Spec::block(name, spec(inner))),
                default: Box::new(Spec::attr(name, Type::Dynamic)),
            },
            FieldKind::Block(inner) => {
                Spec::Block { kind: name.into(), nested: Box::new(spec(inner)), required: field.least > 0 }
            }
            FieldKind::Blocks(inner) => {
                let most = (field.most > 0).then_some(field.most);
                Spec::block_list_of(name, spec(inner), (field.least, most))
            }
            kind => Spec::Attr { name: name.into(), ty: kind.ty(), required: field.least > 0 },
        };
        (name, part)
    }))
}

/// A block that holds a component's options.
pub(crate) struct Options<'a> {
    pub(crate) body: &'a AnyBody,
    /// Its header.
    pub(crate) block: Span,
    /// Its name as people call it.
    pub(crate) title: &'a str,
}

impl Options<'_> {
    /// Decodes the body.
    pub(crate) fn decode(&self, spec: &Spec, scope: &Scope) -> Result<ConfigValue, Diagnostics> {
        let (value, spans, findings) = hcl::decode(self.body, spec, scope);
        if findings.has_errors() {
            return Err(self.placed(findings));
        }
        Ok(ConfigValue {
            spans: places(&spans),
            block: Some(self.block),
            block_name: self.title.to_owned(),
            ..ConfigValue::new(known(&value))
        })
    }

    /// Findings without a place are about the block as a whole.
    pub(crate) fn placed(&self, findings: Diagnostics) -> Diagnostics {
        let placed = findings.into_iter().map(|mut finding| {
            if finding.subject.is_none() {
                finding.subject = Some(self.block);
                finding.block = Some(self.title.to_owned());
            }
            finding
        });
        placed.collect()
    }
}

/// Places by path, as components write paths: `disk[1].size`.
fn places(spans: &SpanMap) -> BTreeMap<String, Span> {
    spans.iter().map(|(path, span)| (path_text(path), span)).collect()
}

fn path_text(path: &Path) -> String {
    let mut text = String::new();
    for step in &path.0 {
        match step {
            Step::Attr(name) => member(&mut text, name),
            Step::Index(key) => match (key.as_str(), key.as_number()) {
                (Some(key), _) => member(&mut text, key),
                (None, Some(index)) => text.push_str(&format!("[{index}]")),
                (None, None) => {}
            },
        }
    }
    text
}

fn member(text: &mut String, name: &str) {
    if !text.is_empty() {
        text.push('.');
    }
    text.push_str(name);
}

/// The value with something in place of everything in it that is not known: `<unknown>`, 0, false, nothing.
pub(crate) fn known(value: &Value) -> Value {
    if value.is_wholly_known() {
        return value.clone();
    }
    let filled = if !value.is_known() {
        placeholder(value.ty())
    } else if let Some(elements) = value.elements() {
        let elements: Vec<Value> = elements.iter().map(known).collect();
        match value.ty() {
            Type::List(of) => Value::list(of_all(of, elements.iter()), elements),
            Type::Set(of) => Value::set(of_all(of, elements.iter()), elements),
            _ => Value::tuple(elements),
        }
    } else if let Some(entries) = value.entries() {
        let entries: BTreeMap<Arc<str>, Value> =
            entries.iter().map(|(key, value)| (key.clone(), known(value))).collect();
        match value.ty() {
            Type::Map(of) => Value::map(of_all(of, entries.values()), entries),
            _ => Value::object(entries),
        }
    } else {
        value.clone()
    };
    filled.with_marks(value.marks())
}

/// The type of the elements once nothing in them is unknown: where it was dynamic it is now that of the placeholder.
fn of_all<'v>(declared: &Type, mut elements: impl Iterator<Item = &'v Value>) -> Type {
    elements.next().map_or_else(|| declared.clone(), |element| element.ty().clone())
}

fn placeholder(ty: &Type) -> Value {
    match ty {
        Type::Number => Value::number(0i64),
        Type::Bool => Value::bool(false),
        Type::List(of) => Value::list((**of).clone(), Vec::new()),
        Type::Set(of) => Value::set((**of).clone(), Vec::new()),
        Type::Map(of) => Value::map((**of).clone(), BTreeMap::new()),
        Type::Tuple(types) => Value::tuple(types.iter().map(placeholder).collect()),
        Type::Object(object) => Value::object(
            object.attributes.iter().map(|(name, ty)| (name.clone(), Value::null(ty.clone()))).collect(),
        ),
        Type::String | Type::Dynamic | Type::Capsule(_) => Value::string("<unknown>"),
    }
}
