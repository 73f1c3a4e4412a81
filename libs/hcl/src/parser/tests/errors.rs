//! What is said about mistakes, and that nothing is said about what is right beside them.

use diag::FileId;

use super::{show, titles};
use crate::{parse_body, parse_expr};

/// The findings in a file to which a right line and a wrong one are added, to see that the parser has found its way.
#[track_caller]
fn check(text: &str, expected: &[&str]) {
    let all = format!("{text}\nright = 1\nwrong = 1 2\n");
    let (body, diagnostics) = parse_body(&all, FileId(0));
    let mut found = titles(&all, &diagnostics);
    let last = found.pop().unwrap_or_default();
    let line = all.lines().count();
    assert_eq!(last, format!("{line} Missing newline after argument"), "{text:?}");
    assert_eq!(found, expected, "{text:?}");
    assert!(body.attributes.iter().any(|attr| &*attr.name.name == "right"), "{text:?}");
}

/// The findings in a file behind whose mistake nothing can be known.
#[track_caller]
fn check_lost(text: &str, expected: &[&str]) {
    let (_, diagnostics) = parse_body(text, FileId(0));
    assert_eq!(titles(text, &diagnostics), expected, "{text:?}");
}

#[track_caller]
fn check_expr(text: &str, expected: &[&str]) {
    let (_, diagnostics) = parse_expr(text, FileId(0), 0);
    let found: Vec<_> = diagnostics.iter().map(|found| &found.summary).collect();
    assert_eq!(found, expected, "{text:?}");
}

const ITEM: &str = "Argument or block definition required";
const VALUE: &str = "Invalid expression";

#[test]
fn items() {
    for item in [
        "a", "a: 1", "a.b = 1", "a[0] = 1", "a == 1", "a => 1", "a (\n)", "1a = 1", "1 = 2", "(a) = 1", "}",
        ")",
    ] {
        check(item, &[&format!("1 {ITEM}")]);
    }
    check("{\n a = 1\n}", &[&format!("1 {ITEM}")]);
    check("\"a\" = 1", &["1 Invalid argument name"]);
    check("\"a\" \"b\" {\n c = 1\n}", &["1 Invalid argument name"]);
    check("a = 1\na = 2\na = 3", &["2 Attribute redefined", "3 Attribute redefined"]);
    check("a = 1,\nb = 2,", &["1 Unexpected comma after argument", "2 Unexpected comma after argument"]);
    check("a = 1 2 3\nb = 0x1F", &["1 Missing newline after argument", "2 Missing newline after argument"]);
    check("/* open", &[&format!("1 {ITEM}")]);
    check("a = 'x'", &["1 Invalid character"]);
    check(
        "a = 1;\nb = “x”\nc = 1 & 2",
        &["1 Invalid character", "2 Invalid character", "3 Unsupported operator"],
    );
    check("a = 1 \u{1}", &["1 Invalid character"]);
}

#[test]
fn values() {
    for value in ["", "=", "* 2", "1 +", ", 1", ")", "]", "}", ".5", "...", "=> 1", "<<E x"] {
        check(&format!("a = {value}"), &[&format!("1 {VALUE}")]);
    }
    // The value is on the next line; or the next line is another item.
    check("a =\n  \"x\"", &[&format!("1 {VALUE}")]);
    check("a =\n\n  # c\n  b.c", &[&format!("1 {VALUE}")]);
    check("a =\nb = 1\nc =\nd {}", &[&format!("1 {VALUE}"), &format!("3 {VALUE}")]);
    check("a = {\n b =\n 1\n c = \n d = 2\n}", &[&format!("2 {VALUE}"), &format!("4 {VALUE}")]);
    check("a = 1 +\n  2", &[&format!("1 {VALUE}")]);
    check("a = b ?\n  c.d :\n  e", &[&format!("1 {VALUE}"), &format!("2 {VALUE}")]);
    check("a = b\n  ? c\n  : d", &[&format!("2 {ITEM}")]);
    check("a = b &&\nc = d", &[&format!("1 {VALUE}")]);
    check("a = <<EOT \nx = \"\nEOT", &[&format!("1 {VALUE}")]);
    check("a = <<\"EOT\"\nx ${\n  EOT", &[&format!("1 {VALUE}")]);
}

#[test]
fn block_headers() {
    let title = "1 Invalid block definition";
    for header in [
        "a \"b\"\n{\n c = 1\n}",
        "a b\n\n{\n}",
        "a \"b\" = {\n c = 1\n}",
        "a \"b\" 1 {\n}",
        "a b.c {\n}",
        "a b",
    ] {
        check(header, &[title]);
    }
    check("a\n{\n b = 1\n}", &[&format!("1 {ITEM}")]);
    check("a \"${b}\" {\n}", &["1 Invalid string literal"]);
    check("a \"%{b}\" {\n}", &["1 Invalid string literal"]);
    check("a \"\\q\" {\n}", &["1 Invalid escape sequence"]);
    check("a \"b {\n}", &["1 Invalid multi-line string"]);
}

#[test]
fn blocks() {
    let title = "1 Invalid single-argument block definition";
    for block in [
        "a { b = 1, c = 2 }",
        "a { b = 1 c = 2 }",
        "a { b = 1\n}",
        "a { b = 1\n c = 2\n}",
        "a { b = 1 # c\n}",
    ] {
        check(block, &[title]);
    }
    check("a { b { } }", &["1 Argument definition required"]);
    for block in ["a { b }", "a { b\n}", "a { 1 }", "a { \"b\" = 1 }"] {
        check(block, &[&format!("1 {ITEM}")]);
    }
    check("a { b = }", &[&format!("1 {VALUE}")]);
    check("a {} b {}", &["1 Missing newline after block definition"]);
    check("a {\n}}", &["2 Missing newline after block definition"]);
    check("a {\n b = 1 }\n}", &["2 Missing newline after argument"]);
    check("a {\n b = 1\n}\n}", &[&format!("4 {ITEM}")]);
    check_lost("a {", &["1 Unclosed configuration block"]);
    check_lost("a {\n b {\n c = 1\n}\nd {\n}\n", &["1 Unclosed configuration block"]);
    check_lost("a {\n b = {\n c = 1\n}\n d = 2\n", &["1 Unclosed configuration block"]);
}

#[test]
fn brackets() {
    check("a = [1 2, 3]", &["1 Missing item separator"]);
    check("a = [\n1\n2\n3\n]", &["3 Missing item separator"]);
    check("a = [,]", &[&format!("1 {VALUE}")]);
    check("a = [1,,2]", &[&format!("1 {VALUE}")]);
    check("b {\n a = [1, 2\n}", &["3 Missing item separator"]);
    check("b {\n a = [\n}\nc {\n d = 1 2\n}", &[&format!("3 {VALUE}"), "5 Missing newline after argument"]);
    check("a = f(1 2)", &["1 Missing argument separator"]);
    check("b {\n a = f(\"x\"\n}", &["3 Missing argument separator"]);
    check("b {\n a = f(1,\n c = 2\n}", &["3 Missing argument separator"]);
    check("a = f(b..., c)", &["1 Missing closing parenthesis"]);
    check("a = (1 2)", &["1 Unbalanced parentheses"]);
    check("b {\n a = (1 + 2\n}", &["3 Unbalanced parentheses"]);
    check("a = b[0 1]", &["1 Missing close bracket on index"]);
    check(
        "b {
 a = c[*
}",
        &["3 Missing close bracket on splat index"],
    );
    check("a = [1, 2", &["2 Missing item separator"]);
    check(
        "a = [
 b = 1
 c = 2
]",
        &["2 Missing item separator"],
    );
    check(
        "a = f(1,
b \"c\" {
}",
        &["2 Missing argument separator"],
    );
}

#[test]
fn objects() {
    check("a = { b = 1 c = 2 }", &["1 Missing attribute separator"]);
    check("a = { b }", &["1 Missing key/value separator"]);
    check("a = { b 1 }", &["1 Missing key/value separator"]);
    check("a = { b, c = 1 }", &["1 Missing attribute value"]);
    check("a = {\n b\n c = 1\n}", &["2 Missing attribute value"]);
    check("a = { b = 1,, c = 2 }", &[&format!("1 {VALUE}")]);
    check("a = { = 1 }", &[&format!("1 {VALUE}")]);
    check(
        "a = {\n b = 1 2\n c = [1 2]\n d = @\n e = \n}",
        &[
            "2 Missing attribute separator",
            "3 Missing item separator",
            "4 Invalid character",
            &format!("5 {VALUE}"),
        ],
    );
    check("a = { b = [1 }", &["1 Missing item separator"]);
    check("a = [{ b = 1 ]", &["1 Missing attribute separator"]);
}

#[test]
fn for_expressions() {
    let title = "Invalid 'for' expression";
    for text in [
        "[for]",
        "[for x]",
        "[for x : x]",
        "[for x, in a : x]",
        "[for x, y, z in a : x]",
        "[for 1 in a : x]",
        "[for x of a : x]",
        "[for x in a x]",
        "[for x in a => x]",
        "[for x in a : x => y]",
        "[for x in a : x...]",
        "[for x in a : x y]",
        "[for x in a : x, 2]",
        "[for x in a : x if y z]",
        "{ for x in a : x }",
        "{ for x in a : x => y, b = 1 }",
        "{ for x in a => x }",
        "{ for = 1 }",
        "[for x in a : x",
        "{ for x in a : x => y",
    ] {
        check_expr(text, &[title]);
    }
    check_expr("[for x in a : ]", &[VALUE]);
    check_expr("[for x in a : x if ]", &[VALUE]);
    check_expr("{ for x in a : x => }", &[VALUE]);
    check("a = [for x y]\nb = { for x in }", &["1 Invalid 'for' expression", &format!("2 {VALUE}")]);
}

#[test]
fn steps() {
    check_expr("a.", &["Invalid attribute name"]);
    check_expr("a.[0]", &["Invalid attribute name"]);
    check_expr("\"a\".\"b\"", &["Invalid attribute name"]);
    check_expr("a.0.1", &["Invalid legacy index syntax"]);
    check_expr("a.*.0.1", &["Invalid legacy index syntax"]);
    check_expr("a.*.b.*.c", &["Nested splat expression not allowed"]);
    check_expr("1.2.3", &["Invalid number literal"]);
    check_expr("a ? b", &["Missing false expression in conditional"]);
    check_expr("a ? b c", &["Missing false expression in conditional"]);
    check_expr("n::f", &["Missing open parenthesis"]);
    check_expr("n::1()", &["Missing function name"]);
}

#[test]
fn ends_of_an_expression() {
    for text in ["1 2", "a b", "1)", "1, 2", "a = 1", "x { }", "f()()", "\"a\" \"b\"", "1a", "1_0"] {
        check_expr(text, &["Extra characters after expression"]);
    }
    for text in ["", "# c", "1 +", "!", "a[", "(", "[1,", "f(", "{ a =", "a ? b :"] {
        check_expr(text, &["Missing expression"]);
    }
    check_expr("[1", &["Unterminated tuple constructor expression"]);
    check_expr("f(1", &["Unterminated function call"]);
    check_expr("{ a = 1", &["Unterminated object constructor expression"]);
    check_expr("{ a", &["Unterminated object constructor expression"]);
    check_expr("(1", &["Unbalanced parentheses"]);
    check_expr("\"a", &["Unterminated template string"]);
}

#[test]
fn templates() {
    check(r#"a = "\q \u12 \U00110000""#, &["1 Invalid escape sequence"; 3]);
    check(r#"a = "${}""#, &[&format!("1 {VALUE}")]);
    check(r#"a = "${1 2} ${3 4}""#, &["1 Extra characters after interpolation expression"; 2]);
    check(r#"a = "${b:-c}""#, &["1 Extra characters after interpolation expression"]);
    check(r#"a = "%{}""#, &["1 Invalid template directive"]);
    check(r#"a = "%{ while b }%{ endwhile }""#, &["1 Invalid template control keyword"; 2]);
    check(r#"a = "%{ if b }c""#, &["1 Unexpected end of template"]);
    check(r#"a = "%{ endif }""#, &["1 Unexpected endif directive"]);
    check(r#"a = "%{ endfor }""#, &["1 Unexpected endfor directive"]);
    check(r#"a = "%{ else }""#, &["1 Unexpected else directive"]);
    check(r#"a = "%{if b}%{else}%{else}%{endif}""#, &["1 Unexpected else directive"]);
    check(r#"a = "%{for b in c}%{else}%{endfor}""#, &["1 Unexpected else directive"]);
    check(r#"a = "%{if b}%{endfor}""#, &["1 Unexpected endfor directive"]);
    check(r#"a = "%{ for }x%{ endfor }""#, &["1 Invalid 'for' directive"]);
    check(r#"a = "%{ for x }x%{ endfor }""#, &["1 Invalid 'for' directive"]);
    check(r#"a = "%{ for x in }x%{ endfor }""#, &[&format!("1 {VALUE}")]);
    check(
        r#"a = "%{ if b c }x%{ endif d }""#,
        &["1 Extra characters in if marker", "1 Extra characters in endif marker"],
    );
    check(
        "a = <<E\n${1 2}\n%{ if b }\nE",
        &["2 Extra characters after interpolation expression", "3 Unexpected end of template"],
    );
    check("a = <<E\n${\"x }\nE", &["2 Unterminated template string", "2 Invalid multi-line string"]);
    check_lost("a = <<E\nx\n", &["1 Unterminated template string"]);
    check_lost("b {\n a = <<E\nx\n}\n", &["2 Unterminated template string"]);
}

#[test]
fn strings_over_lines() {
    let title = "Invalid multi-line string";
    check("a = \"one\ntwo\"", &[&format!("1 {title}")]);
    check("a = \"one\ntwo\nthree\" + \"x\"", &[&format!("1 {title}")]);
    let missing = ["1 Unterminated template string", "1 Invalid multi-line string"];
    check("a = \"one\nb = 2", &missing);
    check("a = \"one\nb = \"two\"", &missing);
    check("a = [\"one\nb = 2", &missing);
    check("a = [\"one,\n \"two\"\n]", &missing);
    check(
        "a = \"x ${ f(\"y\") \"",
        &["1 Unclosed template interpolation sequence", "1 Invalid multi-line string"],
    );
    check("a = \"x ${ 1\"", &["1 Unclosed template interpolation sequence", "1 Invalid multi-line string"]);
}

#[test]
fn what_is_right_is_kept() {
    let text = "a = 1\nb = [1 2]\nc {\n d = 2\n e = ]\n f = 3\n}\ng = \"${1 2}x\"\n";
    let (body, _) = parse_body(text, FileId(0));
    assert_eq!(show::body(&body), "a=1; b=[1]; g=\"${1}'x'\"; c{d=2; e=!!; f=3}");
}
