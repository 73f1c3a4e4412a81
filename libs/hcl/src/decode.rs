//! Decoding: a body becomes a value, as a [`Spec`] says. All mistakes are reported; the value has null or unknown in their
//! place, and is of the implied type of the spec.

mod blocks;
mod spans;

use std::sync::Arc;

use cty::{Path, Step, Type, Value};
use diag::{Diagnostic, Diagnostics, Span};

pub use spans::SpanMap;

use crate::ast::{Expr, Label};
use crate::content::{AnyBody, Content};
use crate::eval::{Problem, Scope, evaluate_checked};
use crate::spec::Spec;
use crate::walk::{Reference, references};

/// Decodes a body. With the value comes where its parts were written: what a component finds wrong with them later can be
/// shown in its place.
pub fn decode(body: &AnyBody, spec: &Spec, scope: &Scope) -> (Value, SpanMap, Diagnostics) {
    let mut decoder = Decoder { scope, spans: SpanMap::default(), diagnostics: Diagnostics::new() };
    let value = decoder.body(body, &[], spec, &Path::default());
    (value, decoder.spans, decoder.diagnostics)
}

/// What the expressions in a body refer to, as far as the spec knows of them, in textual order. Names that they bind themselves
/// are not among it, nor the iterators of expanded dynamic blocks. What those blocks go through was evaluated when they were
/// expanded, so it is not among it either. Mistakes in the body are left to [`decode`].
pub fn variables(body: &AnyBody, spec: &Spec) -> Vec<Reference> {
    let mut found = Vec::new();
    collect(body, spec, &mut found);
    found
}

fn collect(body: &AnyBody, spec: &Spec, found: &mut Vec<Reference>) {
    let (content, _) = body.content(&spec.body_schema());
    found.extend(content.attributes.iter().flat_map(|attr| references(&attr.expr)));
    for block in &content.blocks {
        match spec.nested(&block.kind.name) {
            Some(Nested::Spec(nested)) => collect(&block.body, nested, found),
            Some(Nested::Attributes) => {
                let (attributes, _) = block.body.just_attributes();
                found.extend(attributes.iter().flat_map(|attr| references(&attr.expr)));
            }
            None => {}
        }
    }
}

/// What a spec says of the inside of a block.
enum Nested<'s> {
    Spec(&'s Spec),
    Attributes,
}

impl Spec {
    fn nested(&self, wanted: &str) -> Option<Nested<'_>> {
        let (kind, nested) = match self {
            Spec::Object(parts) => return parts.values().find_map(|part| part.nested(wanted)),
            Spec::Tuple(parts) => return parts.iter().find_map(|part| part.nested(wanted)),
            Spec::Default { primary, default } => {
                return primary.nested(wanted).or_else(|| default.nested(wanted));
            }
            Spec::Transform { nested, .. } => return nested.nested(wanted),
            Spec::Block { kind, nested, .. } => (kind, Nested::Spec(nested)),
            Spec::BlockList(blocks) | Spec::BlockSet(blocks) | Spec::BlockTuple(blocks) => {
                (&blocks.kind, Nested::Spec(&blocks.nested))
            }
            Spec::BlockMap(blocks) | Spec::BlockObject(blocks) => {
                (&blocks.kind, Nested::Spec(&blocks.nested))
            }
            Spec::BlockAttrs { kind, .. } => (kind, Nested::Attributes),
            Spec::Attr { .. } | Spec::Literal(_) | Spec::Label { .. } => return None,
        };
        (**kind == *wanted).then_some(nested)
    }
}

struct Decoder<'a> {
    scope: &'a Scope,
    spans: SpanMap,
    diagnostics: Diagnostics,
}

/// The body being decoded.
struct Within<'a> {
    content: &'a Content,
    labels: &'a [Label],
    /// Where something missing is reported.
    end: Option<Span>,
}

impl Decoder<'_> {
    /// A body with the labels of its block that are not taken yet, and where its value will stand.
    fn body(&mut self, body: &AnyBody, labels: &[Label], spec: &Spec, path: &Path) -> Value {
        let (content, findings) = body.content(&spec.body_schema());
        self.diagnostics.extend(findings);
        let within = Within { content: &content, labels, end: body.end_span() };
        self.part(spec, &within, path)
    }

    fn part(&mut self, spec: &Spec, within: &Within<'_>, path: &Path) -> Value {
        match spec {
            Spec::Object(parts) => {
                let values = parts.iter().map(|(name, part)| {
                    let value = self.part(part, within, &below(path, Step::Attr(Arc::clone(name))));
                    (Arc::clone(name), value)
                });
                Value::object(values.collect())
            }
            Spec::Tuple(parts) => {
                let values = parts
                    .iter()
                    .enumerate()
                    .map(|(at, part)| self.part(part, within, &below(path, Step::Index(Value::number(at)))));
                Value::tuple(values.collect())
            }
            Spec::Attr { name, ty, .. } => self.attribute(name, ty, within, path),
            Spec::Block { kind, nested, required } => self.single(kind, nested, *required, within, path),
            Spec::BlockList(blocks) => self.list(blocks, within, path),
            Spec::BlockSet(blocks) => self.set(blocks, within, path),
            Spec::BlockTuple(blocks) => self.tuple(blocks, within, path),
            Spec::BlockMap(blocks) => self.labelled(blocks, false, within, path),
            Spec::BlockObject(blocks) => self.labelled(blocks, true, within, path),
            Spec::BlockAttrs { kind, element, required } => {
                self.attributes(kind, element, *required, within, path)
            }
            Spec::Default { primary, default } => {
                let value = self.part(primary, within, path);
                if value.is_null() { self.part(default, within, path) } else { value }
            }
            Spec::Transform { nested, result, scope } => {
                self.transformed(nested, result, scope, within, path)
            }
            Spec::Literal(value) => value.clone(),
            Spec::Label { index, .. } => match within.labels.get(*index) {
                Some(label) => {
                    self.spans.insert(path.clone(), label.span);
                    Value::string(&label.value)
                }
                None => Value::null(Type::String),
            },
        }
    }

    fn transformed(
        &mut self,
        nested: &Spec,
        result: &Expr,
        scope: &Scope,
        within: &Within<'_>,
        path: &Path,
    ) -> Value {
        let before = self.diagnostics.len();
        let value = self.part(nested, within, path);
        if self.diagnostics.iter().skip(before).any(Diagnostic::is_error) {
            return Value::dynamic();
        }
        let (value, findings) = result.evaluate(&scope.child().with_variable("nested", value));
        self.diagnostics.extend(findings);
        value
    }

    fn attribute(&mut self, name: &str, ty: &Type, within: &Within<'_>, path: &Path) -> Value {
        let Some(attr) = within.content.attribute(name) else { return Value::null(ty.without_optional()) };
        self.spans.insert_expr(path, &attr.expr);
        self.converted(name, &attr.expr, ty)
    }

    /// The value of an argument, as the type that is asked for.
    fn converted(&mut self, name: &str, expr: &Expr, ty: &Type) -> Value {
        let mut converted = Value::unknown(ty.without_optional());
        let _ = evaluate_checked(expr, self.scope, &mut self.diagnostics, |value| {
            match cty::convert(value, ty) {
                Ok(value) => {
                    converted = value;
                    None
                }
                Err(error) => Some(Problem {
                    summary: "Incorrect attribute value type",
                    detail: format!("Inappropriate value for attribute \"{name}\": {error}."),
                }),
            }
        });
        converted
    }

    fn report(&mut self, summary: String, detail: String, span: Option<Span>) {
        self.diagnostics.push(Diagnostic::error(summary).detail(detail).at(span));
    }
}

/// The path one step down.
fn below(path: &Path, step: Step) -> Path {
    let mut path = path.clone();
    path.0.push(step);
    path
}

#[cfg(test)]
mod tests;
