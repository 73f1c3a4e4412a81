//! A file without errors keeps its tokens and its lines, and a second time nothing changes.

use hcl::fmt::format;
use hcl::lexer::{Mode, TokenKind, scan};

use crate::FILE;

pub fn check(bytes: &[u8]) {
    let text = crate::text(bytes);
    let formatted = match format(&text, FILE) {
        Ok(formatted) => formatted,
        Err(findings) => {
            assert!(findings.has_errors(), "refused without a reason");
            return crate::sound(&findings, &text);
        }
    };
    assert_eq!(tokens(&formatted), tokens(&text), "the tokens of {text:?}");
    assert_eq!(formatted.matches('\n').count(), text.matches('\n').count(), "the lines of {text:?}");
    match format(&formatted, FILE) {
        Ok(again) => assert_eq!(again, formatted, "again, {text:?}"),
        Err(findings) => panic!("{formatted:?} of {text:?} is refused: {findings}"),
    }
}

fn tokens(text: &str) -> Vec<(TokenKind, &str)> {
    scan(text, Mode::Normal).iter().map(|token| (token.kind, token.text(text))).collect()
}
