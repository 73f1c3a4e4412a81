//! One dynamic block: what it goes through, and the block it makes of each element.

use std::sync::Arc;

use cty::{Type, Value};
use diag::{Diagnostic, Diagnostics};

use super::{Bound, ExpandedBody};
use crate::ast::{Expr, Ident, Label};
use crate::content::{AnyBody, BlockSchema, BodySchema, Content, ContentBlock};
use crate::eval::{Problem, a_type, evaluate_checked};
use crate::statics;

/// The parts of a dynamic block.
struct Dynamic {
    kind: Ident,
    collection: Value,
    iterator: Arc<str>,
    labels: Vec<Arc<Expr>>,
    content: ContentBlock,
}

impl ExpandedBody {
    /// The blocks that a dynamic block stands for. What is wrong with it is reported; then there are none.
    pub(super) fn expand_block(
        &self,
        block: &ContentBlock,
        expected: &BlockSchema,
        diagnostics: &mut Diagnostics,
    ) -> Vec<ContentBlock> {
        let mut findings = Diagnostics::new();
        let parts = self.parts(block, expected, &mut findings);
        let failed = findings.has_errors();
        diagnostics.extend(findings);
        let Some(parts) = parts.filter(|_| !failed) else { return Vec::new() };
        if !parts.collection.is_known() {
            let key_value = Value::dynamic().with_marks(parts.collection.marks());
            return self
                .make(block, &parts, (key_value.clone(), key_value), true, diagnostics)
                .into_iter()
                .collect();
        }
        let items = parts.collection.iter();
        items.filter_map(|item| self.make(block, &parts, item, false, diagnostics)).collect()
    }

    fn parts(
        &self,
        block: &ContentBlock,
        expected: &BlockSchema,
        findings: &mut Diagnostics,
    ) -> Option<Dynamic> {
        let schema = BodySchema::new()
            .required("for_each")
            .attribute("iterator")
            .attribute("labels")
            .block("content", &[]);
        let (found, wrong) = block.body.content(&schema);
        findings.extend(wrong);
        let content = self.content_block(block, &found, findings);
        let labels = self.label_exprs(block, &found, expected, findings);
        let kind = match block.labels.first() {
            Some(label) => Ident { name: Arc::clone(&label.value), span: label.span },
            None => block.kind.clone(),
        };
        let iterator = match found.attribute("iterator") {
            None => Arc::clone(&kind.name),
            Some(attr) => {
                match statics::as_keyword(&attr.expr) {
                    Some(keyword) => keyword.name,
                    None => {
                        let diagnostic = if statics::as_traversal(&attr.expr).is_some() {
                            Diagnostic::error("Invalid dynamic iterator name")
                        } else {
                            Diagnostic::error("Invalid expression")
                        };
                        findings.push(
                        diagnostic
                            .detail("The name of the iterator is a bare name, without quotes, dots or brackets.")
                            .at(attr.expr.span),
                    );
                        return None;
                    }
                }
            }
        };
        let collection = self.for_each(&found.attribute("for_each")?.expr, findings)?;
        Some(Dynamic { kind, collection, iterator, labels, content: content? })
    }

    fn content_block(
        &self,
        block: &ContentBlock,
        found: &Content,
        findings: &mut Diagnostics,
    ) -> Option<ContentBlock> {
        let mut contents = found.blocks_of("content");
        let content = contents.next();
        if content.is_none() {
            findings.push(
                Diagnostic::error("Missing dynamic content block")
                    .detail("A dynamic block needs a block \"content\", which says what each of its blocks holds.")
                    .at(block.body.end_span().or(Some(block.header)))
                    .around(block.header),
            );
        }
        for extra in contents {
            findings.push(
                Diagnostic::error("Extraneous dynamic content block")
                    .detail("A dynamic block has one block \"content\" only.")
                    .at(extra.header),
            );
        }
        content.cloned()
    }

    /// The expressions of the labels, as many as there should be.
    fn label_exprs(
        &self,
        block: &ContentBlock,
        found: &Content,
        expected: &BlockSchema,
        findings: &mut Diagnostics,
    ) -> Vec<Arc<Expr>> {
        let wanted = expected.labels.len();
        let kind = &expected.kind;
        let Some(attr) = found.attribute("labels") else {
            if let Some(first) = expected.labels.first() {
                findings.push(
                    Diagnostic::error("Insufficient dynamic block labels")
                        .detail(format!(
                            "Blocks of type \"{kind}\" have labels ({first}{}): the argument \"labels\" must list them.",
                            if wanted > 1 { ", …" } else { "" }
                        ))
                        .at(block.header),
                );
            }
            return Vec::new();
        };
        let Some(labels) = statics::as_list(&attr.expr) else {
            findings.push(
                Diagnostic::error("Invalid expression")
                    .detail(
                        "The labels must be written out as a list, in brackets; each may be any expression.",
                    )
                    .at(attr.expr.span),
            );
            return Vec::new();
        };
        if let Some(extra) = labels.get(wanted) {
            findings.push(
                Diagnostic::error("Extraneous dynamic block label")
                    .detail(format!("Blocks of type \"{kind}\" have {wanted} labels, not {}.", labels.len()))
                    .at(extra.span)
                    .around(attr.expr.span),
            );
        } else if labels.len() < wanted {
            findings.push(
                Diagnostic::error("Insufficient dynamic block labels")
                    .detail(format!("Blocks of type \"{kind}\" have {wanted} labels, not {}.", labels.len()))
                    .at(attr.expr.span),
            );
        }
        labels.iter().map(|label| Arc::new(label.clone())).collect()
    }

    /// What the block goes through: a value that is not known, or one with elements.
    fn for_each(&self, expr: &Arc<Expr>, findings: &mut Diagnostics) -> Option<Value> {
        let bound = self.bind(expr);
        evaluate_checked(&bound, &self.scope, findings, |value| {
            let what = if value.is_null() {
                "null".to_string()
            } else if !value.ty().is_dynamic() && !value.can_iterate() {
                a_type(value)
            } else {
                return None;
            };
            Some(Problem {
                summary: "Invalid dynamic for_each value",
                detail: format!(
                    "This value is {what}. It must be a list, set, map, tuple or object to go through."
                ),
            })
        })
    }

    /// The block for one element.
    fn make(
        &self,
        block: &ContentBlock,
        parts: &Dynamic,
        (key, value): (Value, Value),
        unknown: bool,
        diagnostics: &mut Diagnostics,
    ) -> Option<ContentBlock> {
        let mut names = self.bound.names.clone();
        let item = [("key", key), ("value", value)].into_iter().map(|(name, value)| (Arc::from(name), value));
        names.insert(Arc::clone(&parts.iterator), Value::object(item.collect()));
        // The labels must be known even where the content is not: a block without its type is nothing.
        let visible =
            Self { bound: Arc::new(Bound { names: names.clone(), unknown: false }), ..self.clone() };
        let labels: Vec<Label> =
            parts.labels.iter().filter_map(|label| visible.label(label, diagnostics)).collect();
        if labels.len() < parts.labels.len() {
            return None;
        }
        let content = ContentBlock {
            kind: parts.kind.clone(),
            labels,
            body: parts.content.body.clone(),
            header: block.header,
            span: block.span,
            comments: block.comments.clone(),
        };
        Some(self.bind_block(content, &Arc::new(Bound { names, unknown })))
    }

    fn label(&self, expr: &Arc<Expr>, diagnostics: &mut Diagnostics) -> Option<Label> {
        let bound = self.bind(expr);
        let value = evaluate_checked(&bound, &self.scope, diagnostics, |value| {
            let detail = if value.is_null() {
                "This label is null. A label is a string.".to_string()
            } else if !value.is_known() {
                "This label is not known yet. Labels must be known before anything is built.".to_string()
            } else {
                format!("A label is a string: {}.", cty::convert(value, &Type::String).err()?)
            };
            Some(Problem { summary: "Invalid dynamic block label", detail })
        })?;
        let text = cty::convert(&value, &Type::String).ok()?;
        Some(Label { value: Arc::from(text.as_str()?), span: expr.span, quoted: true })
    }
}

impl AnyBody {
    /// Whether nothing in the body is known, for it stands for any number of blocks.
    pub fn is_unknown(&self) -> bool {
        matches!(self, AnyBody::Expanded(body) if body.is_unknown())
    }
}
