//! Lines, and the cells in them whose starts are aligned: what leads, the assignment, the comment.

use std::ops::Range;

use super::{Sheet, opens};
use crate::lexer::TokenKind;

/// A line: from index `start` of its first token. Cells that are absent are empty.
pub(super) struct Line {
    start: usize,
    assign: usize,
    comment: usize,
    end: usize,
}

impl Line {
    /// The tokens before the assignment.
    pub(super) fn lead(&self) -> Range<usize> {
        self.start..self.assign
    }

    /// An equal sign and its value, if that ends on the same line.
    pub(super) fn assign(&self) -> Range<usize> {
        self.assign..self.comment
    }

    /// A comment that ends the line.
    pub(super) fn comment(&self) -> Range<usize> {
        self.comment..self.end
    }
}

/// The lines of a file. One ends where its newline is a token: within a heredoc or a comment it goes on.
pub(super) fn cut(sheet: &Sheet<'_>) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut start = 0;
    for (index, token) in sheet.tokens.iter().enumerate() {
        let ends = match token.kind {
            TokenKind::Newline => true,
            TokenKind::Comment => sheet.text(index).ends_with('\n'),
            // It belongs to no line.
            TokenKind::Eof => {
                if start < index {
                    lines.push(line(sheet, start, index));
                }
                break;
            }
            _ => false,
        };
        if ends {
            lines.push(line(sheet, start, index + 1));
            start = index + 1;
        }
    }
    lines
}

fn line(sheet: &Sheet<'_>, start: usize, end: usize) -> Line {
    let ends_in_comment = end - start > 1 && sheet.kind(end - 1) == TokenKind::Comment;
    let comment = if ends_in_comment { end - 1 } else { end };
    let sign = (start + 1..comment).find(|&index| sheet.kind(index) == TokenKind::Assign);
    // Only the first sign counts: where its value goes on over lines, a later one is inside of it.
    let whole = |&sign: &usize| (sign..comment).map(|index| opens(sheet.kind(index))).sum::<i32>() == 0;
    Line { start, assign: sign.filter(whole).unwrap_or(comment), comment, end }
}
