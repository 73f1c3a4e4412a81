//! Tokens lose nothing but blanks: they stand in order, at characters' borders, and the gaps between them hold blanks only.

use hcl::lexer::{Mode, TokenKind, scan};

pub fn check(bytes: &[u8]) {
    let text = crate::text(bytes);
    for mode in [Mode::Normal, Mode::Template] {
        let mut from = 0;
        let tokens = scan(&text, mode);
        for token in &tokens {
            let (start, end) = (token.start as usize, token.end as usize);
            let gap = text.get(from..start).unwrap_or_else(|| panic!("tokens overlap at {from}..{start}"));
            let gap =
                if from == 0 && mode == Mode::Normal { gap.trim_start_matches('\u{feff}') } else { gap };
            assert!(gap.bytes().all(|byte| matches!(byte, b' ' | b'\t')), "{gap:?} was lost");
            let written = text.get(start..end).unwrap_or_else(|| panic!("{token:?} cuts a character"));
            assert_eq!(written.is_empty(), token.kind == TokenKind::Eof, "{token:?}");
            from = end;
        }
        assert!(tokens.last().is_some_and(|token| token.kind == TokenKind::Eof), "no end");
        assert_eq!(from, text.len(), "text behind the end");
    }
}
