use std::time::{Duration, Instant};

use diag::FileId;
use proptest::prelude::*;

use super::format;
use crate::lexer::{Mode, TokenKind, scan};

#[track_caller]
fn check(text: &str, expected: &str) {
    let formatted = format(text, FileId(0)).unwrap_or_else(|found| panic!("{text:?}: {found}"));
    assert_eq!(formatted, expected, "{text:?}");
    sound(text, &formatted);
}

/// One line, the value of an attribute.
#[track_caller]
fn value(text: &str, expected: &str) {
    check(&format!("x = {text}\n"), &format!("x = {expected}\n"));
}

/// What holds for every text that has no errors.
#[track_caller]
fn sound(text: &str, formatted: &str) {
    assert_eq!(tokens(formatted), tokens(text), "the tokens of {text:?}");
    assert_eq!(format(formatted, FileId(0)).as_deref(), Ok(formatted), "again, {text:?}");
    assert_eq!(formatted.lines().count(), text.lines().count(), "the lines of {text:?}");
}

fn tokens(text: &str) -> Vec<(TokenKind, &str)> {
    scan(text, Mode::Normal).iter().map(|token| (token.kind, token.text(text))).collect()
}

#[test]
fn indents() {
    check("a {\nb {\nc=1\n}\n}\n", "a {\n  b {\n    c = 1\n  }\n}\n");
    check("a = [{\nb=1\n}]\n", "a = [{\n  b = 1\n}]\n");
    check("a = [{\nb=1\n}\n]\n", "a = [{\n  b = 1\n  }\n]\n");
    check("a = f([\n1\n], [\n2\n])\n", "a = f([\n  1\n  ], [\n  2\n])\n");
    check("  \n\ta = 1\n \n", "\na = 1\n\n");
    check("a {\n    # why\n  /* x\n y */\n}\n", "a {\n  # why\n  /* x\n y */\n}\n");
}

#[test]
fn heredocs_keep_their_text() {
    check("a {\nb=<<-E\n x\n  E\n}\n", "a {\n  b = <<-E\n x\n  E\n}\n");
    check("a = f(<<E\nx\nE\n)\n", "a = f(<<E\nx\nE\n)\n");
    check("a = [<<E\n${ x }\nE\n  ,\n1]\n", "a = [<<E\n${x}\nE\n  ,\n1]\n");
    // The end of an interpolation's line is a line's end.
    check("a = <<E\n  ${\n  f(\n1)\n} b\nE\n", "a = <<E\n  ${\nf(\n1)\n} b\nE\n");
    check("a = <<E\nxy ${ 1 # c\n}\nE\nb = 2 # d\n", "a = <<E\nxy ${1 # c\n}\nE\nb = 2 # d\n");
}

#[test]
fn spaces_between_tokens() {
    value("1+2*3/4%5-6", "1 + 2 * 3 / 4 % 5 - 6");
    value("a?b:c", "a ? b : c");
    value("a&&! b||c!=d", "a && !b || c != d");
    value("f ( 1,2 , 3 ... )", "f(1, 2, 3...)");
    value("f( - 1, a - 1, - - 1, [ - 1 ])", "f(-1, a - 1, --1, [-1])");
    value("a [ 0 ] . b [ * ] . c", "a[0].b[*].c");
    value("[ [ 1 ] [ 0 ], 1 ]", "[[1][0], 1]");
    value("{a=1,b:2}", "{ a = 1, b : 2 }");
    value("{ }", "{}");
    value("[ for x in[1]:x ]", "[for x in [1] : x]");
    value("{for k,v in m:k=>v...}", "{ for k, v in m : k => v... }");
    value("[ in[1] ]", "[in[1]]");
    value("p :: f ( 1 )", "p::f(1)");
    value("( /* a */ 1 /* b */ )", "(/* a */ 1 /* b */)");
    value("[1  .5, 1.  5, 1 .e5, a.0  .1, a  .0]", "[1 .5, 1. 5, 1 .e5, a.0 .1, a.0]");
    check("a \"b\"  c{d=1}\n", "a \"b\" c { d = 1 }\n");
}

#[test]
fn templates() {
    value(r#""a  ${  b  }${  c  }  %{ if  d ~}e%{  endif  }""#, r#""a  ${b}${c}  %{if d~}e%{endif}""#);
    value(r#""${ {a=1} }""#, r#""${ { a = 1 } }""#);
    value(r#""${- 1}${ ! a }""#, r#""${- 1}${!a}""#);
    value(r#"{"a":"b"}"#, r#"{ "a" : "b" }"#);
}

#[test]
fn alignment() {
    check("a=1\nbcd  =2\n\ne=3\n", "a   = 1\nbcd = 2\n\ne = 3\n");
    check("a=1\nbcd=[\n2]\ne=3\n", "a = 1\nbcd = [\n2]\ne = 3\n");
    check("a=1 # x\nb=\"12\" // y\nc=3\nd=4#z\n", "a = 1    # x\nb = \"12\" // y\nc = 3\nd = 4 #z\n");
    check("a {# x\nb=1# y\n}# z\n", "a {     # x\n  b = 1 # y\n}       # z\n");
    check(
        "a = \"é\" # x\nb = \"👨‍👩‍👧\" # y\nc = \"e\u{301}\" # z\n",
        "a = \"é\" # x\nb = \"👨‍👩‍👧\" # y\nc = \"e\u{301}\" # z\n",
    );
    check("x = 1 # c\ny = \"${ 1 # d\n}\"\n", "x = 1    # c\ny = \"${1 # d\n}\"\n");
}

#[test]
fn line_ends_and_the_end_of_the_file() {
    check("a{\r\nb=1\r\nccc=2 # x\r\n}\r\n", "a {\r\n  b   = 1\r\n  ccc = 2 # x\r\n}\r\n");
    check("a=1", "a = 1");
    check("a=1   ", "a = 1   ");
    check("a=1\n\t \t", "a = 1\n   ");
    check("a=1 # x  ", "a = 1 # x  ");
    check("\u{feff} a=1\n", "a = 1\n");
    check("", "");
}

#[test]
fn files_with_errors_are_left_alone() {
    for text in ["a = = 1\n", "a = [\n", "a = \"x\n", "a {\n", "a = 1\na = 2\n", "a = 'x'\n"] {
        assert!(format(text, FileId(0)).is_err_and(|found| found.has_errors()), "{text:?}");
    }
}

#[test]
fn hostile_texts_end_soon() {
    let long = format!("{} = 1\n", "a".repeat(1 << 20));
    let many: String = (0..10_000).map(|index| format!("b{index}=1\n")).collect();
    for text in
        ["[".repeat(100_000), "a = ".to_owned() + &"[".repeat(100_000), "a {\n".repeat(100_000), long + &many]
    {
        assert!(format(&text, FileId(0)).is_err(), "{:?}", &text[..10]);
    }
}

#[test]
fn a_large_file_takes_no_time() {
    let block = "source \"null\" \"n\" {\na=1+2 # why\nlong_name = [for x in [1,2]: \"${ x }\"]\nb = <<E\ntext\nE\n}\n";
    let text = block.repeat((1 << 20) / block.len());
    let start = Instant::now();
    let formatted = format(&text, FileId(0)).expect("it has no errors");
    // Without optimisation; with it, a hundredth.
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    sound(&text, &formatted);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_text_is_formatted_or_refused(text in any::<String>()) {
        let _ = super::layout(&text);
        let _ = format(&text, FileId(0));
    }

    #[test]
    fn any_tokens_are_laid_out(parts in prop::collection::vec(prop::sample::select(PIECES), 0..60)) {
        let _ = super::layout(&parts.concat());
    }

    #[test]
    fn bodies_stay_what_they_are(text in body()) {
        if let Ok(formatted) = format(&text, FileId(0)) {
            sound(&text, &formatted);
        }
    }
}

/// Bodies with blanks, line breaks and comments at random; nearly all of them are valid.
fn body() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(
        &["1", "a", "-1", "! a", "\"b\"", "\"${ a }  x\"", "null", "a . b", "f ( )", "<<E\n x ${ a }\nE\n"][..],
    );
    let expr = leaf.prop_map(str::to_owned).prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            (inner.clone(), gap(), operator(), gap(), inner.clone())
                .prop_map(|(a, x, op, y, b)| format!("({a}{x}{op}{y}{b})")),
            (prop::collection::vec((inner.clone(), gap()), 0..4)).prop_map(|items| {
                format!(
                    "[{}]",
                    items.into_iter().map(|(item, gap)| format!("{gap}{item},{gap}")).collect::<String>()
                )
            }),
            (prop::collection::vec((inner.clone(), gap()), 0..4)).prop_map(|items| {
                format!(
                    "{{{}}}",
                    items.into_iter().map(|(item, gap)| format!("{gap}k={item},{gap}")).collect::<String>()
                )
            }),
            (inner.clone(), gap()).prop_map(|(value, gap)| format!("[for  x  in[{value}]:{gap}x]")),
            (inner.clone(), inner).prop_map(|(a, b)| format!("f ({a},{b} ... )")),
        ]
    });
    let attribute = (expr, comment()).prop_map(|(value, comment)| {
        // A heredoc ends its line by itself.
        let comment = if value.ends_with('\n') { "" } else { comment };
        format!("={value}{comment}")
    });
    let item = prop_oneof![
        4 => attribute,
        1 => comment().prop_map(str::to_owned),
        1 => prop::sample::select(&["b {", "b  \"l\"x{", "}", "\n", "  \n", "\r\n"][..]).prop_map(str::to_owned),
    ];
    prop::collection::vec(item, 0..12).prop_map(|items| {
        let mut open = 0;
        let mut text = String::new();
        for (index, item) in items.iter().enumerate() {
            match item.as_str() {
                value if value.starts_with('=') => {
                    text += &format!("name{} {value}\n", index * index * index)
                }
                "}" if open == 0 => {}
                "}" => {
                    open -= 1;
                    text += " }\n";
                }
                start if start.ends_with('{') => {
                    open += 1;
                    text += &format!("{start}\n");
                }
                other => text += &format!("{}\n", other.trim_end_matches('\n')),
            }
        }
        text + &"}\n".repeat(open)
    })
}

fn gap() -> impl Strategy<Value = &'static str> {
    prop::sample::select(&["", " ", "  ", "\n", "\t\n  ", " # c\n", " /* c */ "][..])
}

fn operator() -> impl Strategy<Value = &'static str> {
    prop::sample::select(&["+", "-", "*", "/", "%", "==", "!=", "<", ">=", "&&", "||"][..])
}

fn comment() -> impl Strategy<Value = &'static str> {
    prop::sample::select(&["", "# c", "  // d", "/* e */", "   "][..])
}

const PIECES: &[&str] = &[
    "a", "in", " ", "\t", "\n", "\r\n", "1", ".", "...", ",", "=", "==", "=>", ":", "::", "?", "!", "-", "+",
    "*", "/", "(", ")", "[", "]", "{", "}", "\"", "${", "%{", "~", "# c", "/* c */", "//", "<<E\n", "E\n",
    "E", "\u{feff}", "é", "&", "'",
];
