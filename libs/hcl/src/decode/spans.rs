//! Where the parts of a decoded value were written.

use cty::{Path, Step, Value};
use diag::Span;

use super::below;
use crate::ast::{Expr, ExprKind};

/// Places of parts of a value: of arguments, of elements that are written out in them, of blocks.
#[derive(Clone, Debug, Default)]
pub struct SpanMap(Vec<(Path, Span)>);

impl SpanMap {
    /// The place of exactly this part.
    pub fn get(&self, path: &Path) -> Option<Span> {
        self.0.iter().rfind(|(known, _)| leads_to(&known.0, &path.0)).map(|(_, span)| *span)
    }

    /// The place of this part, or of the smallest part around it that has one.
    pub fn nearest(&self, path: &Path) -> Option<Span> {
        let around = self
            .0
            .iter()
            .filter(|(known, _)| path.0.get(..known.0.len()).is_some_and(|start| leads_to(&known.0, start)));
        around.max_by_key(|(known, _)| known.0.len()).map(|(_, span)| *span)
    }

    /// All places, in no useful order.
    pub fn iter(&self) -> impl Iterator<Item = (&Path, Span)> {
        self.0.iter().map(|(path, span)| (path, *span))
    }

    pub(super) fn insert(&mut self, path: Path, span: Span) {
        self.0.push((path, span));
    }

    /// The place of an expression, and of the parts that are written out in it.
    pub(super) fn insert_expr(&mut self, path: &Path, expr: &Expr) {
        self.insert(path.clone(), expr.span);
        match &expr.kind {
            ExprKind::Tuple(items) => {
                for (at, item) in items.iter().enumerate() {
                    self.insert_expr(&below(path, Step::Index(Value::number(at))), item);
                }
            }
            ExprKind::Object(items) => {
                for item in items {
                    if let Some(name) = item.key.fixed() {
                        self.insert_expr(&below(path, Step::Attr(name)), &item.value);
                    }
                }
            }
            ExprKind::Parens(inner) => self.insert_expr(path, inner),
            ExprKind::Bound(inner, _) => self.insert_expr(path, inner),
            _ => {}
        }
    }
}

/// Whether two paths lead to the same part. A part of a map and one of an object are written alike, so a key is as good as an
/// attribute's name.
fn leads_to(known: &[Step], wanted: &[Step]) -> bool {
    let same = |a: &Step, b: &Step| match (a, b) {
        (Step::Attr(name), Step::Index(key)) | (Step::Index(key), Step::Attr(name)) => {
            key.as_str() == Some(name)
        }
        _ => a == b,
    };
    known.len() == wanted.len() && known.iter().zip(wanted).all(|(a, b)| same(a, b))
}
