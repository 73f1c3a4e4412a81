//! What is wrong with tokens that are never valid, and what was probably meant.

use diag::{Diagnostic, Diagnostics, FileId, Span};

use super::{Token, TokenKind};

/// How often one kind of mistake is reported: who writes `&` for `&&` does so everywhere.
const AT_MOST: usize = 4;

/// An error for each token that is never valid.
pub fn never_valid(tokens: &[Token], text: &str, file: FileId) -> Diagnostics {
    report(tokens, text, usize::MAX, |token| token.span(file))
}

/// The first `most` of them.
pub(crate) fn report(tokens: &[Token], text: &str, most: usize, span: impl Fn(Token) -> Span) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    let mut operators = 0;
    // A string over many lines is one mistake.
    let mut in_string = false;
    // So are two quotes of the wrong kind: of the characters on a line the first is enough.
    let mut on_line = false;
    for &token in tokens {
        let (title, detail) = match token.kind {
            TokenKind::OQuote | TokenKind::CQuote => {
                in_string = false;
                continue;
            }
            TokenKind::Newline => {
                on_line = false;
                continue;
            }
            TokenKind::QuotedNewline | TokenKind::StringBreak if in_string => continue,
            TokenKind::QuotedNewline | TokenKind::StringBreak => {
                in_string = token.kind == TokenKind::QuotedNewline;
                on_line = false;
                let detail = "A quoted string ends on the line it begins on. Write \\n for a newline, or use a heredoc.";
                ("Invalid multi-line string", detail.to_owned())
            }
            TokenKind::BitAnd | TokenKind::BitOr | TokenKind::BitXor | TokenKind::BitNot => {
                operators += 1;
                if operators > AT_MOST {
                    continue;
                }
                ("Unsupported operator", operator(token.kind, token.text(text)))
            }
            kind if kind.is_never_valid() && !on_line => {
                on_line = true;
                ("Invalid character", character(token.text(text)))
            }
            _ => continue,
        };
        diagnostics.push(Diagnostic::error(title).detail(detail).at(span(token)));
        if diagnostics.len() == most {
            break;
        }
    }
    diagnostics
}

fn operator(kind: TokenKind, text: &str) -> String {
    let instead = match kind {
        TokenKind::BitAnd => " For a logical \"and\" write &&.",
        TokenKind::BitOr => " For a logical \"or\" write ||.",
        TokenKind::BitNot => " For a logical \"not\" write !.",
        _ => "",
    };
    format!("There are no operators on bits such as {text}.{instead}")
}

fn character(text: &str) -> String {
    match text {
        "'" => "Strings are written in double quotes.".into(),
        "`" => "There are no strings in backticks. Write text of several lines as a heredoc.".into(),
        ";" => {
            "There are no semicolons. An argument ends with its line, items are separated by commas.".into()
        }
        "\u{201c}" | "\u{201d}" | "\u{201e}" | "\u{2018}" | "\u{2019}" | "\u{ab}" | "\u{bb}" => {
            "Typographic quotes have no meaning here. Strings are written in straight double quotes.".into()
        }
        _ => match text.chars().next() {
            Some(c) if c.is_control() || c.is_whitespace() || c == '\u{feff}' => {
                format!("The invisible character U+{:04X} has no meaning here.", u32::from(c))
            }
            _ => format!("The character {text} has no meaning here."),
        },
    }
}
