//! Templates, second half: directives find their ends.

use std::sync::Arc;

use diag::Span;

use super::template::{ForHeader, Piece};
use super::{MAX_DEPTH, Parser};
use crate::ast::{Expr, Template, TemplatePart};

/// Parts in the making.
#[derive(Default)]
struct Parts {
    done: Vec<TemplatePart>,
    /// The text since the last part that is none. Text that was trimmed to nothing is text, too: an interpolation beside it
    /// is not alone.
    text: Option<(String, Span)>,
}

impl Parts {
    fn text(&mut self, text: &str, span: Span) {
        let (before, place) = self.text.get_or_insert_with(|| (String::new(), span));
        before.push_str(text);
        *place = place.to(span);
    }

    fn push(&mut self, part: TemplatePart) {
        self.end_text();
        self.done.push(part);
    }

    fn end_text(&mut self) {
        if let Some((text, span)) = self.text.take() {
            self.done.push(TemplatePart::Literal(Arc::from(text), span));
        }
    }

    fn finish(mut self) -> Vec<TemplatePart> {
        self.end_text();
        // Most templates are one text; room for four parts would be the largest thing about them.
        self.done.shrink_to_fit();
        self.done
    }
}

/// A directive whose end has not come yet, with the parts that came before it.
struct Open {
    before: Parts,
    what: Directive,
    span: Span,
}

enum Directive {
    If { condition: Expr, then: Option<Parts> },
    For(Box<ForHeader>),
}

impl Parser<'_> {
    /// Nests the pieces. `height` is that of the highest expression among them; returns that of the template.
    pub(super) fn structure(&mut self, pieces: Vec<Piece<'_>>, height: u32) -> (Vec<TemplatePart>, u32) {
        // Where a directive could not be read, nothing is known of what should match.
        let broken = self.failed || pieces.iter().any(|piece| matches!(piece, Piece::Broken));
        let was_failed = self.failed;
        self.failed = broken;
        let mut parts = Parts::default();
        let mut open: Vec<Open> = Vec::new();
        let mut deepest = 0;
        for piece in pieces {
            match piece {
                Piece::Literal(text, span) => parts.text(&text, span),
                Piece::Interpolation(expr) => parts.push(TemplatePart::Interpolation(expr)),
                Piece::If(condition, span) => {
                    let what = Directive::If { condition, then: None };
                    open.push(Open { before: std::mem::take(&mut parts), what, span });
                }
                Piece::For(header, span) => {
                    let what = Directive::For(header);
                    open.push(Open { before: std::mem::take(&mut parts), what, span });
                }
                Piece::Else(span) => match open.last_mut().map(|open| &mut open.what) {
                    Some(Directive::If { then: then @ None, .. }) => *then = Some(std::mem::take(&mut parts)),
                    _ => self.unexpected("else", span),
                },
                Piece::EndIf(span) => match open.pop_if(|open| matches!(open.what, Directive::If { .. })) {
                    Some(directive) => close(&mut parts, directive, span),
                    None => self.unexpected("endif", span),
                },
                Piece::EndFor(span) => match open.pop_if(|open| matches!(open.what, Directive::For(_))) {
                    Some(directive) => close(&mut parts, directive, span),
                    None => self.unexpected("endfor", span),
                },
                Piece::Broken => {}
            }
            deepest = deepest.max(open.len() as u32);
            if height + deepest >= MAX_DEPTH {
                if let Some(open) = open.last() {
                    self.too_deep(open.span);
                }
                self.failed = was_failed;
                return (Vec::new(), 0);
            }
        }
        if let Some(open) = open.pop() {
            let word = match open.what {
                Directive::If { .. } => "if",
                Directive::For(_) => "for",
            };
            let detail = format!("The end of this directive is missing: %{{ end{word} }}.");
            self.fail_at(open.span, "Unexpected end of template", detail);
        }
        self.failed = was_failed;
        (parts.finish(), height + deepest)
    }

    /// One directive too many. The rest is matched as if it were not there, silently.
    fn unexpected(&mut self, word: &str, span: Span) {
        let detail = match word {
            "else" => "There is no open if here that it could belong to.".to_owned(),
            "endif" => "There is no open if here that it could end.".to_owned(),
            _ => "There is no open for here that it could end.".to_owned(),
        };
        self.fail_at(span, &format!("Unexpected {word} directive"), detail);
    }
}

/// Ends a directive: what was gathered in `parts` is its inside.
fn close(parts: &mut Parts, directive: Open, end: Span) {
    let inner = std::mem::replace(parts, directive.before);
    let span = directive.span.to(end);
    parts.push(match directive.what {
        Directive::If { condition, then } => {
            let (then, otherwise) = match then {
                Some(then) => (then, inner),
                None => (inner, Parts::default()),
            };
            TemplatePart::If {
                condition: Box::new(condition),
                then: nested(then),
                otherwise: nested(otherwise),
                span,
            }
        }
        Directive::For(header) => {
            let ForHeader { key_var, value_var, collection } = *header;
            let (collection, body) = (Box::new(collection), Box::new(nested(inner)));
            TemplatePart::For { key_var, value_var, collection, body, span }
        }
    });
}

fn nested(parts: Parts) -> Template {
    Template { parts: parts.finish(), heredoc: false }
}
