//! What templates mean: escapes, trim markers, heredoc indents, directives.

use diag::FileId;

use super::{expr, show, titles};
use crate::parse_template;

#[track_caller]
fn check(text: &str, expected: &str) {
    assert_eq!(expr(text), expected, "{text:?}");
}

#[test]
fn escapes() {
    check(r#""\n\r\t\"\\""#, r#""'\n\r\t\"\\'""#);
    check(r#""\u0041\U0001F600\u00e9""#, r#""'A😀é'""#);
    check(r#""$${x} %%{y}""#, r#""'${x} %{y}'""#);
    check(r#""$$${1}""#, r#""'$${1}'""#);
    check(r#""$$$${x}""#, r#""'$$${x}'""#);
    check(r#""$ % $$ %% $5 ${"a"}$""#, r#""'$ % $$ %% $5 '${"'a'"}'$'""#);
    check(r#""\\${1}""#, r#""'\\'${1}""#);
    check(r#""""#, r#""""#);
}

#[test]
fn interpolations() {
    check(r#""${1}""#, r#""${1}""#);
    check(r#""a${b}c${d}""#, r#""'a'${b}'c'${d}""#);
    check(r#""${"${"x"}"}""#, r#""${"${"'x'"}"}""#);
    check(r#""${{ a = 1 }.a}}""#, r#""${{a=1}.a}'}'""#);
    check(r#""${"}"}{${"{"}""#, r#""${"'}'"}'{'${"'{'"}""#);
}

#[test]
fn trim_markers_reach_the_neighbouring_text() {
    check(r#""  a  ${~ 1 ~}  b  ""#, r#""'  a'${1}'b  '""#);
    check(r#""a\n  ${~ 1 }""#, r#""'a'${1}""#);
    check(r#""${~ 1 ~}""#, r#""${1}""#);
    // What is trimmed to nothing stays: the interpolation is not alone.
    check(r#"" ${~ 1 ~} ""#, r#""''${1}''""#);
    check(r#""x %{~ if a ~} y %{~ else ~} z %{~ endif ~} w""#, r#""'x'%if(a: 'y' | 'z')'w'""#);
    check(r#""a%{ if b ~}%{ endif }  c""#, r#""'a'%if(b:  | )'  c'""#);
    check(r#""a ${1 ~}${~ 2 } b""#, r#""'a '${1}${2}' b'""#);
}

#[test]
fn directives() {
    check(r#""%{ if a }x%{ endif }""#, r#""%if(a: 'x' | )""#);
    check(r#""%{if a}%{if b}x%{else}y%{endif}%{else}z%{endif}""#, r#""%if(a: %if(b: 'x' | 'y') | 'z')""#);
    check(r#""%{ for k, v in a }${k}=${v};%{ endfor }""#, r#""%for(k,v in a: ${k}'='${v}';')""#);
    check(
        r#""%{for x in a}%{for y in x}${y}%{endfor},%{endfor}""#,
        r#""%for(x in a: %for(y in x: ${y})',')""#,
    );
}

#[track_caller]
fn heredoc(lines: &str, expected: &str) {
    check(&format!("<<-E\n{lines}E\n"), &format!("h\"{expected}\""));
}

#[test]
fn heredocs() {
    check("<<E\n a\n  b\n E\n", "h\"' a\\n  b\\n'\"");
    check("<<E\nE\n", "h\"\"");
    check("<<E\n${a}\nE\n", "h\"${a}'\\n'\"");
    check("<<E\n\\n \"q\" $${x} %%{y}\nE\n", "h\"'\\\\n \\\"q\\\" ${x} %{y}\\n'\"");
    check("<<E\r\nx\r\nE\r\n", "h\"'x\\r\\n'\"");
    check("[<<E\na\nE\n, <<-F\n  b\n  F\n]", "[h\"'a\\n'\" h\"'b\\n'\"]");
    check("<<E\n${<<F\n in ${x}\nF\n}\nE\n", "h\"${h\"' in '${x}'\\n'\"}'\\n'\"");
    check("f(<<E\nx\nE\n)", "f(h\"'x\\n'\")");
    // A trim marker reaches to the start of its line, or to the end.
    check("<<E\nx\n   ${~ a ~}  \ny\nE\n", "h\"'x\\n'${a}'y\\n'\"");
    check(
        "<<E\n%{ for x in a ~}\n- ${x}\n%{ endfor ~}\nend\nE\n",
        "h\"%for(x in a: '- '${x}'\\n')'end\\n'\"",
    );
}

#[test]
fn heredoc_indents() {
    heredoc("    a\n      b\n\n    c\n  ", "'a\\n  b\\n\\nc\\n'");
    heredoc("\ta\n\t\tb\n  c\n", "'a\\n\\tb\\n c\\n'");
    heredoc("  a\n\tb\n", "' a\\nb\\n'");
    heredoc("   \u{3000}x\n    y\n", "'x\\ny\\n'");
    // Lines of blanks neither count nor change.
    heredoc("    a\n  \n      \n    b\n", "'a\\n  \\n      \\nb\\n'");
    // A line that begins with an interpolation or a directive has no indent.
    heredoc("    a\n${x}\n    b\n", "'    a\\n'${x}'\\n    b\\n'");
    heredoc("    a\n%{ if x }\n    b\n%{ endif }\n", "'    a\\n'%if(x: '\\n    b\\n' | )'\\n'");
    heredoc("    ${x} a\n      ${y}\n", "''${x}' a\\n  '${y}'\\n'");
    // What follows an interpolation on its last line is no line start.
    heredoc("    a ${[\n1][0]}\n     b\n", "'a '${[1][0]}'\\n b\\n'");
    // Trim markers come first.
    heredoc("  ${1 ~}\n    x\n     y\n", "''${1}'    x\\n   y\\n'");
    heredoc("    a\n    ${~ x}\n", "'    a\\n'${x}'\\n'");
    heredoc("    x%{if a}\n  y%{endif}\n", "'  x'%if(a: '\\ny' | )'\\n'");
}

#[test]
fn bare_templates() {
    let check = |text: &str, expected: &str| {
        let (expr, diagnostics) = parse_template(text, FileId(0));
        assert_eq!(titles(text, &diagnostics), [""; 0], "{text:?}");
        assert_eq!(show::expr(&expr), expected, "{text:?}");
    };
    check("", r#""""#);
    check("a \"b\" \\n\n", r#""'a \"b\" \\n\n'""#);
    check("${a}", r#""${a}""#);
    check("x  \n  ${~ 1 ~}  \n  y", r#""'x  \n'${1}'  y'""#);
    check("%{ if a }\nb\n%{ endif }", r#""%if(a: '\nb\n' | )""#);
    check("<<E\nx\nE\n", r#""'<<E\nx\nE\n'""#);
}
