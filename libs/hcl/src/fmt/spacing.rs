//! One blank or none between neighbours in a cell.

use std::ops::Range;

use super::lines::Line;
use super::{Sheet, opens};
use crate::lexer::TokenKind as K;

/// Sets the blanks inside cells, and the one before an assignment.
pub(super) fn set(sheet: &mut Sheet<'_>, lines: &[Line]) {
    for line in lines {
        cell(sheet, line.lead());
        cell(sheet, line.assign());
        if !line.assign().is_empty() {
            sheet.set(line.assign().start, 1);
        }
    }
}

fn cell(sheet: &mut Sheet<'_>, tokens: Range<usize>) {
    let mut before = None;
    for left in tokens.start..tokens.end.saturating_sub(1) {
        let (kind, right) = (sheet.kind(left), sheet.kind(left + 1));
        let word_in = before == Some(K::Ident) && kind == K::Ident && sheet.text(left) == "in";
        // A number would take a point beside it, and what follows that, for its own.
        let apart = match (before, kind, right) {
            (_, K::Number, K::Dot) | (Some(K::Number), K::Dot, _) => sheet.were_apart(left + 1),
            _ => apart(before, kind, word_in, right),
        };
        sheet.set(left + 1, u32::from(apart));
        before = Some(kind);
    }
}

/// Whether a blank stands between two tokens. `before` is the one in front of them in the same cell; `word_in` says that the left one
/// is the `in` of a `for`. The order of the rules matters: the first that fits decides.
fn apart(before: Option<K>, left: K, word_in: bool, right: K) -> bool {
    match (left, right) {
        (_, K::Newline) => false,
        (K::Ident, K::OParen | K::DoubleColon) | (K::DoubleColon, K::Ident) => false,
        (K::Dot, _) | (_, K::Dot | K::Comma | K::Ellipsis) => false,
        (K::Comma, _) => true,
        // Blanks beside a literal would become part of it.
        (K::QuotedLit | K::StringLit | K::OQuote | K::OHeredoc, _) => false,
        (_, K::QuotedLit | K::StringLit | K::CQuote | K::CHeredoc) => false,
        _ if word_in => true,
        (K::Ident | K::Number, K::OBracket) => false,
        (_, K::OBracket) if opens(left) < 0 => false,
        (K::Bang, _) => false,
        (K::Minus, _) => before.is_some_and(|before| !awaits_operand(before)),
        (K::OBrace, K::CBrace) => false,
        (K::OBrace, _) | (_, K::CBrace) => true,
        // Else three braces in a row would be hard to tell apart.
        (K::TemplateInterp | K::TemplateControl, K::OBrace) | (K::CBrace, K::TemplateEnd) => true,
        (K::TemplateEnd, K::TemplateInterp | K::TemplateControl) => false,
        _ => opens(left) <= 0 && opens(right) >= 0,
    }
}

/// Whether a minus behind such a token is a sign, not a subtraction. That a template's opener is missing is Packer's: `${- x}`.
fn awaits_operand(before: K) -> bool {
    matches!(
        before,
        K::OParen
            | K::OBrace
            | K::OBracket
            | K::Assign
            | K::Colon
            | K::Comma
            | K::Question
            | K::Plus
            | K::Star
            | K::Slash
            | K::Percent
            | K::Minus
            | K::Equal
            | K::NotEqual
            | K::Greater
            | K::GreaterOrEqual
            | K::Less
            | K::LessOrEqual
            | K::And
            | K::Or
            | K::Bang
    )
}
