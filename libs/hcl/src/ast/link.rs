//! The way from the last part of a chain to the one before. Operators, steps and conditionals make chains as long as a text likes
//! (`1 + 1 + …`), so whoever follows links loops, and dropping does too: a chain takes no stack. How deep everything else
//! nests is the parser's concern.

use std::ops::Deref;
use std::sync::Arc;

use super::{Expr, ExprKind};

/// An expression that may be a chain. Cloning it is cheap: nothing is copied.
#[derive(Clone, Debug)]
pub struct Link(Arc<Expr>);

impl Link {
    /// A link to an expression.
    pub fn new(expr: Expr) -> Self {
        Self(Arc::new(expr))
    }

    /// Takes the rest of the chain out of the expression, if nobody else has it.
    fn unlink(&mut self) -> Option<Link> {
        let expr = Arc::get_mut(&mut self.0)?;
        match std::mem::replace(&mut expr.kind, ExprKind::Invalid) {
            ExprKind::GetAttr(rest, _)
            | ExprKind::Index { target: rest, .. }
            | ExprKind::Splat { target: rest, .. }
            | ExprKind::Binary(_, rest, _)
            | ExprKind::Conditional(_, rest) => Some(rest),
            _ => None,
        }
    }
}

impl Deref for Link {
    type Target = Expr;

    fn deref(&self) -> &Expr {
        &self.0
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        let mut rest = self.unlink();
        while let Some(mut link) = rest {
            rest = link.unlink();
        }
    }
}
