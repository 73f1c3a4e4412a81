use diag::FileId;

use super::{Mode, TokenKind, decode, is_identifier, never_valid, scan};

/// The tokens of a text as `Kind(text)`, blanks between, without the end.
fn tokens(text: &str, mode: Mode) -> String {
    let mut tokens = scan(text, mode);
    let end = tokens.pop().map(|token| (token.kind, token.start as usize, token.end as usize));
    assert_eq!(end, Some((TokenKind::Eof, text.len(), text.len())), "{text:?}");
    let mut last = 0;
    for token in &tokens {
        assert!(token.start >= last && token.end > token.start, "tokens of {text:?} overlap or are empty");
        last = token.end;
    }
    let shown = tokens.iter().map(|token| match token.kind {
        TokenKind::Newline => "Newline".to_owned(),
        kind => format!("{kind:?}({})", token.text(text).escape_debug()),
    });
    shown.collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn check(text: &str, expected: &str) {
    assert_eq!(tokens(text, Mode::Normal), expected, "{text:?}");
}

#[test]
fn names_and_numbers() {
    check("a-b _c é1 a.b", "Ident(a-b) Ident(_c) Ident(é1) Ident(a) Dot(.) Ident(b)");
    check("名前 ñ-1 été", "Ident(名前) Ident(ñ-1) Ident(été)");
    check(
        "1 01 1.5 1e3 2.5E-1 1.e5",
        "Number(1) Number(01) Number(1.5) Number(1e3) Number(2.5E-1) Number(1.e5)",
    );
    check("1. 1.2.3 1..2", "Number(1) Dot(.) Number(1.2.3) Number(1..2)");
    check("1e 1e+ 0x1F", "Number(1) Ident(e) Number(1) Ident(e) Plus(+) Number(0) Ident(x1F)");
    check(".5 1...", "Dot(.) Number(5) Number(1) Ellipsis(...)");
    check("-1", "Minus(-) Number(1)");
}

#[test]
fn operators() {
    check(
        "== != <= >= < > => = !",
        "Equal(==) NotEqual(!=) LessOrEqual(<=) GreaterOrEqual(>=) Less(<) Greater(>) FatArrow(=>) Assign(=) Bang(!)",
    );
    check(
        "&& || ? : :: ... . ,",
        "And(&&) Or(||) Question(?) Colon(:) DoubleColon(::) Ellipsis(...) Dot(.) Comma(,)",
    );
    check("+ - * / %", "Plus(+) Minus(-) Star(*) Slash(/) Percent(%)");
    check("& | ^ ~ ; ' `", "BitAnd(&) BitOr(|) BitXor(^) BitNot(~) Semicolon(;) Apostrophe(\\') Backtick(`)");
    check("@ “ \u{a0}", "Invalid(@) Invalid(“) Invalid(\\u{a0})");
    check("a\rb", "Ident(a) Invalid(\\r) Ident(b)");
}

#[test]
fn comments_and_newlines() {
    check("# a\nb // c", "Comment(# a\\n) Ident(b) Comment(// c)");
    check("a /* b\n /* */ c */", "Ident(a) Comment(/* b\\n /* */) Ident(c) Star(*) Slash(/)");
    check("/* open", "Slash(/) Star(*) Ident(open)");
    check("a\r\nb\n\n", "Ident(a) Newline Ident(b) Newline Newline");
    check("\u{feff}a", "Ident(a)");
    check("a\u{feff}", "Ident(a) Invalid(\\u{feff})");
}

#[test]
fn quoted_templates() {
    check(r#""""#, r#"OQuote(\") CQuote(\")"#);
    check(r#""a\"b""#, r#"OQuote(\") QuotedLit(a\\\"b) CQuote(\")"#);
    check(
        r#""a${b}c""#,
        r#"OQuote(\") QuotedLit(a) TemplateInterp(${) Ident(b) TemplateEnd(}) QuotedLit(c) CQuote(\")"#,
    );
    check(r#""${~{}~}""#, r#"OQuote(\") TemplateInterp(${~) OBrace({) CBrace(}) TemplateEnd(~}) CQuote(\")"#);
    check(r#""%{~if a}""#, r#"OQuote(\") TemplateControl(%{~) Ident(if) Ident(a) TemplateEnd(}) CQuote(\")"#);
    check(r#""$${x} $$${y} $ %""#, r#"OQuote(\") QuotedLit($${x} $$${y} $ %) CQuote(\")"#);
    check(r#""$%{x}""#, r#"OQuote(\") QuotedLit($) TemplateControl(%{) Ident(x) TemplateEnd(}) CQuote(\")"#);
    check(
        r#""${"}"}""#,
        r#"OQuote(\") TemplateInterp(${) OQuote(\") QuotedLit(}) CQuote(\") TemplateEnd(}) CQuote(\")"#,
    );
    check(r#""a # b /* c""#, r#"OQuote(\") QuotedLit(a # b /* c) CQuote(\")"#);
}

#[test]
fn a_newline_in_a_string_is_judged_by_the_quotes_behind_it() {
    check("\"a\nb\"\n", r#"OQuote(\") QuotedLit(a) QuotedNewline(\n) QuotedLit(b) CQuote(\") Newline"#);
    check(
        "\"a\nb = \"c\"",
        r#"OQuote(\") QuotedLit(a) StringBreak(\n) Ident(b) Assign(=) OQuote(\") QuotedLit(c) CQuote(\")"#,
    );
    check("\"a\r\n}", r#"OQuote(\") QuotedLit(a) StringBreak(\r\n) CBrace(})"#);
    check(
        "\"a${ \"b \n}",
        r#"OQuote(\") QuotedLit(a) TemplateInterp(${) OQuote(\") QuotedLit(b ) StringBreak(\n) CBrace(})"#,
    );
}

#[test]
fn heredocs() {
    check("<<E\na\n b\nE\n", "OHeredoc(<<E\\n) StringLit(a\\n) StringLit( b\\n) CHeredoc(E) Newline");
    check("<<-E\r\na\r\n  E\t\r\n", "OHeredoc(<<-E\\r\\n) StringLit(a\\r\\n) CHeredoc(  E\\t) Newline");
    check("<<E\nE\n", "OHeredoc(<<E\\n) CHeredoc(E) Newline");
    check("<<E\nE", "OHeredoc(<<E\\n) StringLit(E)");
    check(
        "<<E\n${1}E\nE\n",
        "OHeredoc(<<E\\n) TemplateInterp(${) Number(1) TemplateEnd(}) StringLit(E\\n) CHeredoc(E) Newline",
    );
    check("<<E \n", "Less(<) Less(<) Ident(E) Newline");
    check("<<E\n$${a} \\n\"\nE\n", "OHeredoc(<<E\\n) StringLit($${a} \\\\n\\\"\\n) CHeredoc(E) Newline");
}

#[test]
fn bare_templates() {
    let bare = |text| tokens(text, Mode::Template);
    assert_eq!(
        bare("a \"b\"\n ${c}"),
        r#"StringLit(a \"b\"\n) StringLit( ) TemplateInterp(${) Ident(c) TemplateEnd(})"#
    );
    assert_eq!(bare("\u{feff}x"), "StringLit(\\u{feff}x)");
}

#[test]
fn what_is_never_valid_is_said_once() {
    let titles = |text: &str| {
        let found = never_valid(&scan(text, Mode::Normal), text, FileId(0));
        found.iter().map(|found| found.summary.clone()).collect::<Vec<_>>()
    };
    assert_eq!(titles("a = 'x'\nb = ;"), ["Invalid character", "Invalid character"]);
    assert_eq!(titles("1 & 2 & 3 & 4 & 5 & 6"), ["Unsupported operator"; 4]);
    assert_eq!(titles("\"a\n\n\nb\""), ["Invalid multi-line string"]);
    assert_eq!(titles("a = 1 # ' ; &"), [""; 0]);
}

#[test]
fn identifiers() {
    for name in ["a", "_", "a-b", "é", "a1", "for"] {
        assert!(is_identifier(name), "{name}");
    }
    for name in ["", "1a", "-a", "a b", "a.b", "a\n", "😀"] {
        assert!(!is_identifier(name), "{name}");
    }
}

#[test]
fn bytes_that_are_no_text() {
    assert_eq!(decode("é".as_bytes(), FileId(0)), ("é".into(), None));
    let (text, found) = decode(b"a = \"\xff\"\n", FileId(0));
    assert_eq!(text, "a = \"\u{fffd}\"\n");
    let found = found.map(|found| (found.summary, found.subject.map(|span| span.range())));
    assert_eq!(found, Some(("Invalid character encoding".into(), Some(5..8))));
}
