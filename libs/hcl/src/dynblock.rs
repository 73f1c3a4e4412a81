//! `dynamic "x" { … }`: blocks made by going through a collection. A body is expanded when it is asked for its content, for
//! only then is it known what an "x" is. Where dynamic blocks are forbidden, do not [`expand`] the body.

mod block;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cty::Value;
use diag::{Diagnostic, Diagnostics, Span};

use crate::ast::{Attribute, Expr, ExprKind};
use crate::content::{AnyBody, BodySchema, Content, ContentBlock, suggestion};
use crate::eval::Scope;

/// Names that a dynamic block has bound for the expressions in its content.
#[derive(Clone, Debug, Default)]
pub struct Bound {
    /// The iterators of this block and of those around it: objects with `key` and `value`.
    pub names: BTreeMap<Arc<str>, Value>,
    /// What the block goes through is not known, so nothing in it is: every expression is an unknown value.
    pub unknown: bool,
}

/// A body with its dynamic blocks taken for the blocks they stand for. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ExpandedBody {
    body: AnyBody,
    scope: Scope,
    bound: Arc<Bound>,
    /// The block types whose dynamic blocks an earlier look at the same body has taken.
    taken: Arc<BTreeSet<Arc<str>>>,
}

/// The body, with its dynamic blocks taken for the blocks they stand for, in its nested blocks, too. `scope` is for their
/// `for_each` and `labels`.
pub fn expand(body: AnyBody, scope: &Scope) -> AnyBody {
    AnyBody::Expanded(Box::new(ExpandedBody {
        body,
        scope: scope.clone(),
        bound: Arc::default(),
        taken: Arc::default(),
    }))
}

const DYNAMIC: &str = "dynamic";

fn dynamic_schema() -> BodySchema {
    BodySchema::new().block(DYNAMIC, &["type"])
}

impl ExpandedBody {
    /// Whether nothing in the body is known, since it comes of a dynamic block that goes through something unknown: there may
    /// turn out to be any number of such blocks.
    pub fn is_unknown(&self) -> bool {
        self.bound.unknown
    }

    /// The body as it was written.
    pub(crate) fn unexpanded(&self) -> &AnyBody {
        &self.body
    }

    /// The iterators of the dynamic blocks around.
    pub(crate) fn bound_names(&self) -> impl Iterator<Item = &Arc<str>> {
        self.bound.names.keys()
    }

    pub(crate) fn partial_content(&self, schema: &BodySchema) -> (Content, AnyBody, Diagnostics) {
        let mut with_dynamic = schema.clone();
        with_dynamic.blocks.extend(dynamic_schema().blocks);
        let (found, _, mut diagnostics) = self.body.partial_content(&with_dynamic);
        let mut content = Content {
            attributes: found.attributes.into_iter().map(|attr| self.bind_attribute(attr)).collect(),
            blocks: Vec::new(),
        };
        for block in found.blocks {
            if &*block.kind.name != DYNAMIC {
                content.blocks.push(self.bind_block(block, &self.bound));
                continue;
            }
            let kind = kind_of(&block);
            let Some(expected) =
                schema.blocks.iter().find(|known| known.kind == kind && !self.taken.contains(&kind))
            else {
                continue;
            };
            content.blocks.extend(self.expand_block(&block, expected, &mut diagnostics));
        }
        let (_, rest, _) = self.body.partial_content(schema);
        let taken = self.taken.iter().cloned().chain(schema.blocks.iter().map(|block| block.kind.clone()));
        let rest = Self { body: rest, taken: Arc::new(taken.collect()), ..self.clone() };
        (content, AnyBody::Expanded(Box::new(rest)), diagnostics)
    }

    pub(crate) fn just_attributes(&self) -> (Vec<Attribute>, Diagnostics) {
        let (attributes, diagnostics) = self.body.just_attributes();
        (attributes.into_iter().map(|attr| self.bind_attribute(attr)).collect(), diagnostics)
    }

    pub(crate) fn end_span(&self) -> Option<Span> {
        self.body.end_span()
    }

    pub(crate) fn leftovers(&self, schema: &BodySchema) -> Diagnostics {
        let (dynamic, rest, _) = self.body.partial_content(&dynamic_schema());
        let mut diagnostics = rest.leftovers(schema);
        for block in &dynamic.blocks {
            let kind = kind_of(block);
            if self.taken.contains(&kind) {
                continue;
            }
            let advice = suggestion(&kind, schema.blocks.iter().map(|block| &*block.kind));
            diagnostics.push(
                Diagnostic::error("Unsupported block type")
                    .detail(format!(
                        "Blocks of type \"{kind}\" are not expected here, dynamic or not.{advice}"
                    ))
                    .at(block.labels.first().map_or(block.header, |label| label.span)),
            );
        }
        diagnostics
    }

    /// The attribute with the iterators bound in its expression.
    fn bind_attribute(&self, attribute: Attribute) -> Attribute {
        Attribute { expr: self.bind(&attribute.expr), ..attribute }
    }

    /// The expression with the iterators bound.
    fn bind(&self, expr: &Arc<Expr>) -> Arc<Expr> {
        if self.bound.names.is_empty() && !self.bound.unknown {
            return Arc::clone(expr);
        }
        let kind = ExprKind::Bound(Arc::clone(expr), Arc::clone(&self.bound));
        Arc::new(Expr { kind, span: expr.span })
    }

    /// The block with its body expanded.
    fn bind_block(&self, block: ContentBlock, bound: &Arc<Bound>) -> ContentBlock {
        let body = Self {
            body: block.body,
            scope: self.scope.clone(),
            bound: Arc::clone(bound),
            taken: Arc::default(),
        };
        ContentBlock { body: AnyBody::Expanded(Box::new(body)), ..block }
    }
}

/// The block type a dynamic block stands for.
fn kind_of(dynamic: &ContentBlock) -> Arc<str> {
    dynamic.labels.first().map_or_else(|| Arc::from(""), |label| Arc::clone(&label.value))
}

#[cfg(test)]
mod tests;
