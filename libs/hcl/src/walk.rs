//! What an expression or a body refers to. Names that `for` binds are no references. Nothing is evaluated, so this is what
//! a graph of dependencies can be made of.

use std::fmt;
use std::sync::Arc;

use diag::Span;

use crate::ast::{Body, Expr, ExprKind, For, Ident, ObjectKey, Template, TemplatePart};
use crate::content::AnyBody;
use crate::json::{Node, NodeKind};

/// A variable with the steps behind it, as far as they are fixed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reference {
    /// The variable.
    pub root: Arc<str>,
    /// The steps behind it, up to the first that is not fixed: an index that is computed, or a splat.
    pub steps: Vec<Step>,
    /// Where each step is written, its dot or its brackets included.
    pub step_spans: Vec<Span>,
    /// From the variable to the last of the steps.
    pub span: Span,
}

/// A fixed step.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Step {
    /// `.name`
    Attr(Arc<str>),
    /// `["key"]`, `[0]`, `.0`: the key as text.
    Index(Arc<str>),
}

impl Step {
    /// The name or the key.
    pub fn text(&self) -> &str {
        match self {
            Step::Attr(text) | Step::Index(text) => text,
        }
    }
}

/// As it would be written: `var.tags["team"]`.
impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.root)?;
        for step in &self.steps {
            match step {
                Step::Attr(name) => write!(f, ".{name}")?,
                Step::Index(key) if key.bytes().all(|b| b.is_ascii_digit()) => write!(f, "[{key}]")?,
                Step::Index(key) => write!(f, "[{key:?}]")?,
            }
        }
        Ok(())
    }
}

/// All references in an expression, in textual order, those that occur twice twice.
pub fn references(expr: &Expr) -> Vec<Reference> {
    let mut walk = Walk::default();
    walk.expr(expr);
    walk.found
}

/// All references in a body and the blocks inside. In JSON syntax every string counts as a template.
pub fn body_references(body: &AnyBody) -> Vec<Reference> {
    let mut walk = Walk::default();
    walk.any_body(body);
    walk.found
}

#[derive(Default)]
struct Walk {
    found: Vec<Reference>,
    /// The names that are bound where we are.
    bound: Vec<Arc<str>>,
}

impl Walk {
    fn any_body(&mut self, body: &AnyBody) {
        match body {
            AnyBody::Native(native) => self.body(native.body()),
            AnyBody::Json(json) => self.node(json.node()),
            AnyBody::Merged(bodies) => bodies.iter().for_each(|body| self.any_body(body)),
            AnyBody::Expanded(body) => {
                self.names(body.bound_names(), |walk| walk.any_body(body.unexpanded()))
            }
        }
    }

    fn body(&mut self, body: &Body) {
        body.attributes.iter().for_each(|attr| self.expr(&attr.expr));
        body.blocks.iter().for_each(|block| self.body(&block.body));
    }

    fn node(&mut self, node: &Node) {
        match &node.kind {
            NodeKind::String(string) => self.expr(string.template().0),
            NodeKind::Array(items) => items.iter().for_each(|item| self.node(item)),
            NodeKind::Object(properties) => {
                for property in properties.iter() {
                    self.expr(property.name.template().0);
                    self.node(&property.value);
                }
            }
            NodeKind::Null | NodeKind::Bool(_) | NodeKind::Number(_) | NodeKind::Invalid => {}
        }
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Null
            | ExprKind::Bool(_)
            | ExprKind::Number(_)
            | ExprKind::SplatItem
            | ExprKind::Invalid => {}
            ExprKind::Template(template) => self.template(template),
            ExprKind::JsonString(string) => self.expr(string.template().0),
            ExprKind::Tuple(items) => items.iter().for_each(|item| self.expr(item)),
            ExprKind::Object(items) => {
                for item in items {
                    if let ObjectKey::Expr(key) = &item.key {
                        self.expr(key);
                    }
                    self.expr(&item.value);
                }
            }
            ExprKind::Variable(_)
            | ExprKind::GetAttr(..)
            | ExprKind::Index { .. }
            | ExprKind::Splat { .. } => self.steps(expr),
            ExprKind::Call(call) => call.args.iter().for_each(|arg| self.expr(arg)),
            ExprKind::For(parts) => self.for_expr(parts),
            ExprKind::Conditional(..) => {
                let mut last = expr;
                while let ExprKind::Conditional(parts, otherwise) = &last.kind {
                    parts.iter().for_each(|part| self.expr(part));
                    last = otherwise;
                }
                self.expr(last);
            }
            ExprKind::Binary(..) => {
                let mut rights = Vec::new();
                let mut first = expr;
                while let ExprKind::Binary(_, left, right) = &first.kind {
                    rights.push(right);
                    first = left;
                }
                self.expr(first);
                rights.into_iter().rev().for_each(|right| self.expr(right));
            }
            ExprKind::Unary(_, inner) | ExprKind::Parens(inner) => self.expr(inner),
            ExprKind::Bound(inner, bound) => self.names(bound.names.keys(), |walk| walk.expr(inner)),
        }
    }

    /// A variable with steps, or steps behind something else.
    fn steps(&mut self, expr: &Expr) {
        let mut steps = Vec::new();
        let mut root = expr;
        while let ExprKind::GetAttr(target, _)
        | ExprKind::Index { target, .. }
        | ExprKind::Splat { target, .. } = &root.kind
        {
            steps.push(root);
            root = target;
        }
        let mut reference = self.root(root);
        for step in steps.into_iter().rev() {
            reference = match &step.kind {
                ExprKind::GetAttr(_, name) => {
                    self.extend(reference, Step::Attr(name.name.clone()), step.span)
                }
                ExprKind::Index { key, .. } => match fixed_key(key) {
                    Some(key) => self.extend(reference, Step::Index(key), step.span),
                    None => {
                        self.expr(key);
                        None
                    }
                },
                ExprKind::Splat { each, .. } => {
                    self.expr(each);
                    None
                }
                _ => None,
            };
        }
    }

    /// What steps follow. Returns the index of the reference that they are added to, if it is one.
    fn root(&mut self, expr: &Expr) -> Option<usize> {
        let ExprKind::Variable(name) = &expr.kind else {
            self.expr(expr);
            return None;
        };
        if self.bound.contains(name) {
            return None;
        }
        self.found.push(Reference {
            root: name.clone(),
            steps: Vec::new(),
            step_spans: Vec::new(),
            span: expr.span,
        });
        Some(self.found.len() - 1)
    }

    fn extend(&mut self, reference: Option<usize>, step: Step, span: Span) -> Option<usize> {
        let found = self.found.get_mut(reference?)?;
        found.steps.push(step);
        found.step_spans.push(Span { start: found.span.end, ..span });
        found.span = span;
        reference
    }

    fn for_expr(&mut self, parts: &For) {
        self.expr(&parts.collection);
        self.binding(&parts.key_var, &parts.value_var, |walk| {
            parts.key.iter().for_each(|key| walk.expr(key));
            walk.expr(&parts.value);
            parts.condition.iter().for_each(|condition| walk.expr(condition));
        });
    }

    fn template(&mut self, template: &Template) {
        for part in &template.parts {
            match part {
                TemplatePart::Literal(..) => {}
                TemplatePart::Interpolation(expr) => self.expr(expr),
                TemplatePart::If { condition, then, otherwise, .. } => {
                    self.expr(condition);
                    self.template(then);
                    self.template(otherwise);
                }
                TemplatePart::For { key_var, value_var, collection, body, .. } => {
                    self.expr(collection);
                    self.binding(key_var, value_var, |walk| walk.template(body));
                }
            }
        }
    }

    fn binding(&mut self, key: &Option<Ident>, value: &Ident, inside: impl FnOnce(&mut Self)) {
        self.names(key.iter().chain([value]).map(|name| &name.name), inside);
    }

    fn names<'n>(&mut self, names: impl IntoIterator<Item = &'n Arc<str>>, inside: impl FnOnce(&mut Self)) {
        let before = self.bound.len();
        self.bound.extend(names.into_iter().cloned());
        inside(self);
        self.bound.truncate(before);
    }
}

/// The text of a key that is a plain string or a number.
pub(crate) fn fixed_key(key: &Expr) -> Option<Arc<str>> {
    match &key.kind {
        ExprKind::Number(number) => Some(Arc::from(number.to_string())),
        ExprKind::Template(template) => match &template.parts[..] {
            [] => Some(Arc::from("")),
            [TemplatePart::Literal(text, _)] => Some(text.clone()),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests;
