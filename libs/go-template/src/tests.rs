use crate::{Functions, Param, Template, Value, render};

fn functions() -> Functions<'static> {
    Functions::new()
        .with("user", &[Param::Text], |args| Ok(format!("<{}>", args.text(0))))
        .with("upper", &[Param::Text], |args| Ok(args.text(0).to_uppercase()))
        .with("now", &[], |_| Ok("12:00"))
        .with("fail", &[], |_| Err::<Value, _>("no luck".into()))
        .with("replace", &[Param::Text, Param::Text, Param::Int, Param::Text], |args| {
            Ok(args.text(3).replacen(
                args.text(0),
                args.text(1),
                usize::try_from(args.int(2)).unwrap_or(usize::MAX),
            ))
        })
        .with_rest("time", &[], Param::Text, |args| Ok(args.len() as i64))
        .with("data", &[], |_| Ok(data()))
        .with("int", &[], |_| Ok(7))
}

fn data() -> Value {
    Value::map([
        ("Vars", Value::from("A=1")),
        ("N", Value::Int(3)),
        ("F", Value::Float(2.5)),
        ("Big", Value::Float(1e21)),
        ("No", Value::Bool(false)),
        ("List", Value::list(["a", "b", "c"])),
        ("Empty", Value::list(Vec::<Value>::new())),
        ("Map", Value::map([("k", "v"), ("l", "w")])),
        ("Rec", Value::record("*main.Data", [("Path", "/p")])),
    ])
}

/// What a text renders to, or the error.
#[track_caller]
fn check(text: &str, expected: &str) {
    let functions = functions();
    let shown = match render("root", text, &functions, &data()) {
        Ok(text) => text.into_owned(),
        Err(error) => error.to_string(),
    };
    assert_eq!(shown, expected, "{text}");
}

#[test]
fn values() {
    check("no braces", "no braces");
    check("{{.Vars}}{{.Nope}}{{.Nope.Deeper}}{{.Map.k}}{{.Map.x}}", "A=1<no value><no value>v<no value>");
    check("{{.N}} {{.F}} {{.Big}} {{.No}} {{.List}} {{.Map}}", "3 2.5 1e+21 false [a b c] map[k:v l:w]");
    check(
        "{{5}} {{-3}} {{0x1F}} {{1_000}} {{'a'}} {{1e3}} {{.5}} {{true}} {{010}}",
        "5 -3 31 1000 97 1000 0.5 true 8",
    );
    check(r#"{{"a\tb\u00e9\x41"}}{{`raw\n`}}"#, "a\tb\u{e9}Araw\\n");
    check("{{$x := .Vars}}{{$x}}{{$x = `n`}}{{$x}}{{$.N}}", "A=1n3");
    check("{{.}}", &data().to_string());
    check("{{.Rec.Path}}", "/p");
    check("{{(.Map).k}} {{data.Map.l}} {{(data).N}}", "v w 3");
}

#[test]
fn calls() {
    check("{{user `x`}}{{user \"y\"}}{{ `z` | user | upper }}{{upper (user `q`)}}", "<x><y><Z><Q>");
    check("{{now}}{{now | upper}}{{upper now}}", "12:0012:0012:00");
    check("{{replace `a` `b` 1 `aaa`}} {{`aaa` | replace `a` `b` -1}}", "baa bbb");
    check("{{time}}{{time `a`}}{{time `a` `b`}}", "012");
    check(
        "{{and 1 0 2}} {{and 1 2}} {{or 0 ``}} {{or 0 `x` fail}} {{not .N}} {{0 | or 5}}",
        "0 2  x false 5",
    );
    check("{{and .N | or 0}}", "3");
    check(
        "{{len `abc`}} {{len .List}} {{index .List 1}} {{index .Map `k`}} {{index `abc` 0}} {{index .Map `z`}}",
        "3 3 b v 97 <no value>",
    );
    check("{{slice `hello` 1 3}} {{slice .List 1}}", "el [b c]");
    check(
        "{{eq 1 1}} {{eq `a` `b` `a`}} {{ne 1 2}} {{lt 1 2}} {{le `b` `a`}} {{gt 2.5 1.5}} {{ge 1 1}}",
        "true true true true false true true",
    );
    check("{{printf `%05.1f %s %q %v %d %x` 3.14159 `s` `q` .List 7 255}}", "003.1 s \"q\" [a b c] 7 ff");
    check(
        "{{printf `%d` `s`}} {{printf `%s`}} {{printf `x` 1}}",
        "%!d(string=s) %!s(MISSING) x%!(EXTRA int=1)",
    );
    check("{{print 1 2 `a` `b` 3}}|{{println `a` 1}}|{{print}}", "1 2ab3|a 1\n|");
    check(
        "{{html `<a&\"'>`}} {{js `it's`}} {{urlquery `a b&c`}} {{`<` | html}}",
        "&lt;a&amp;&#34;&#39;&gt; it\\'s a+b%26c &lt;",
    );
}

#[test]
fn control() {
    check("{{if .N}}y{{else}}n{{end}}{{if .No}}y{{else if .N}}m{{else}}n{{end}}{{if .Nope}}y{{end}}", "ym");
    check(
        "{{with .Map}}{{.k}}{{end}}{{with .Nope}}x{{else}}e{{end}}{{with .No}}{{else with .N}}{{.}}{{end}}",
        "ve3",
    );
    check(
        "{{range .List}}[{{.}}]{{end}}{{range $i, $x := .List}}{{$i}}{{$x}}{{end}}{{range .Empty}}x{{else}}none{{end}}",
        "[a][b][c]0a1b2cnone",
    );
    check(
        "{{range $k, $v := .Map}}{{$k}}={{$v}};{{end}}{{range 3}}{{.}}{{end}}{{range $i := 2}}{{$i}}{{end}}",
        "k=v;l=w;01201",
    );
    check(
        "{{range .List}}{{if eq . `b`}}{{continue}}{{end}}{{.}}{{if eq . `c`}}{{break}}{{end}}{{end}}",
        "ac",
    );
    check(
        "{{define `t`}}<{{.}}>{{end}}{{template `t` .N}}{{template `t`}}{{block `b` .Vars}}{{.}}!{{end}}",
        "<3><<no value>>A=1!",
    );
    check("a {{- 1 -}} b{{- /* c */ -}} c {{/* d */}} d", "a1bc  d");
    check("{{- `x` -}}\n\n{{ `y` }}\r\n", "xy\r\n");
    check("{{\n  upper\n  `x`\n}}", "X");
    check("{{$x := 1}}{{if true}}{{$x = 2}}{{$x := 3}}{{end}}{{$x}}", "2");
    check("}} { { {{`{{`}}", "}} { { {{");
}

#[test]
fn mistakes_of_grammar() {
    for (text, error) in [
        ("{{nope `x`}}", "function \"nope\" not defined"),
        ("{{if 1}}", "unexpected EOF"),
        ("a{{end}}", "unexpected {{end}}"),
        ("{{else}}", "unexpected {{else}}"),
        ("{{if 1}}{{else}}{{else}}{{end}}", "expected end; found {{else}}"),
        ("{{", "unclosed action"),
        ("{{upper", "unclosed action"),
        ("{{}}", "missing value for command"),
        ("{{if}}{{end}}", "missing value for if"),
        ("{{()}}", "missing value for parenthesized pipeline"),
        ("{{`x}}", "unterminated raw quoted string"),
        ("{{\"x}}", "unterminated quoted string"),
        ("{{'x}}", "unterminated character constant"),
        ("{{user`x`}}", "bad character U+0060 '`'"),
        ("{{.x#}}", "bad character U+0023 '#'"),
        ("{{\u{1}}}", "unrecognized character in action: U+0001"),
        ("{{(1}}", "unclosed left paren"),
        ("{{1)}}", "unexpected right paren"),
        ("{{$x}}", "undefined variable \"$x\""),
        ("{{1 | 2}}", "non executable command in pipeline stage 2"),
        ("{{|1}}", "unexpected \"|\" in command"),
        ("{{upper | | upper}}", "unexpected \"|\" in command"),
        ("{{3x}}", "bad number syntax: \"3x\""),
        ("{{1i}}", "bad number syntax: \"1i\""),
        ("{{99999999999999999999}}", "integer overflow: \"99999999999999999999\""),
        ("{{0x}}", "illegal number syntax: \"0x\""),
        ("{{\"\\q\"}}", "invalid syntax"),
        ("{{break}}", "{{break}} outside {{range}}"),
        ("{{template nope}}", "unexpected \"nope\" in template clause"),
        ("{{define `a`}}x{{end}}{{define `a`}}y{{end}}", "template: multiple definition of template \"a\""),
        ("{{if 1}}{{define `a`}}{{end}}{{end}}", "unexpected <define> in command"),
        ("{{/* x }}", "unclosed comment"),
        ("{{/* x */ y}}", "comment ends before closing delimiter"),
        ("{{\"a\".b}}", "unexpected . after term \"\\\"a\\\"\""),
        ("{{$a, $b := 1}}", "too many declarations in command"),
        ("{{x := 1}}", "function \"x\" not defined"),
        ("{{upper, 1}}", "unexpected \",\" in operand"),
        ("{{end}} {{if}}", "unexpected {{end}}"),
        ("{{if 1}}{{end 1}}", "unexpected \"1\" in end"),
    ] {
        check(text, &format!("template: root:1: {error}"));
    }
    check("\n\n{{nope}}", "template: root:3: function \"nope\" not defined");
    check("{{upper\n\n", "template: root:3: unclosed action started at root:1");
}

#[test]
fn mistakes_while_rendering() {
    for (text, place, error) in [
        ("a {{ fail }}", "1:5: executing \"root\" at <fail>", "error calling fail: no luck"),
        ("{{ upper (fail) }}", "1:10: executing \"root\" at <fail>", "error calling fail: no luck"),
        (
            "\n {{upper}}",
            "2:3: executing \"root\" at <upper>",
            "wrong number of args for upper: want 1 got 0",
        ),
        ("{{upper 5}}", "1:8: executing \"root\" at <5>", "expected string; found 5"),
        ("{{upper nil}}", "1:8: executing \"root\" at <nil>", "cannot assign nil to string"),
        ("{{upper .N}}", "1:8: executing \"root\" at <.N>", "wrong type for value; expected string; got int"),
        ("{{upper .Nope}}", "1:8: executing \"root\" at <.Nope>", "invalid value; expected string"),
        (
            "{{int | upper}}",
            "1:8: executing \"root\" at <upper>",
            "wrong type for value; expected string; got int",
        ),
        ("{{replace `a` `b` `c` `d`}}", "1:18: executing \"root\" at <`c`>", "expected integer; found `c`"),
        ("{{not}}", "1:2: executing \"root\" at <not>", "wrong number of args for not: want 1 got 0"),
        (
            "{{and}}",
            "1:2: executing \"root\" at <and>",
            "wrong number of args for and: want at least 1 got 0",
        ),
        ("{{nil}}", "1:2: executing \"root\" at <nil>", "nil is not a command"),
        ("{{`x` 1}}", "1:2: executing \"root\" at <`x`>", "can't give argument to non-function `x`"),
        ("{{.N 1}}", "1:2: executing \"root\" at <.N>", "N is not a method but has arguments"),
        (
            "{{.Vars.X}}",
            "1:7: executing \"root\" at <.Vars.X>",
            "can't evaluate field X in type interface {}",
        ),
        (
            "{{.Rec.Nope}}",
            "1:6: executing \"root\" at <.Rec.Nope>",
            "can't evaluate field Nope in type interface {}",
        ),
        (
            "{{index .List 9}}",
            "1:2: executing \"root\" at <index .List 9>",
            "error calling index: index out of range: 9",
        ),
        ("{{range `x`}}{{end}}", "1:8: executing \"root\" at <`x`>", "range can't iterate over x"),
        (
            "{{template `t`}}",
            "1:11: executing \"root\" at <{{template \"t\"}}>",
            "template \"t\" not defined",
        ),
        (
            "{{define `t`}}{{template `t`}}{{end}}{{template `t`}}",
            "1:25: executing \"t\" at <{{template \"t\"}}>",
            "exceeded maximum template depth (100)",
        ),
        (
            "{{eq 1 `a`}}",
            "1:2: executing \"root\" at <eq 1 `a`>",
            "error calling eq: incompatible types for comparison: int and string",
        ),
        (
            "{{18446744073709551615}}",
            "1:2: executing \"root\" at <18446744073709551615>",
            "18446744073709551615 overflows int",
        ),
    ] {
        check(text, &format!("template: root:{place}: {error}"));
    }
}

#[test]
fn endless_templates_end() {
    let functions = functions();
    for text in [
        "{{range 1000000000000}}{{end}}",
        "{{range 1000000000000}}{{range 1000000}}{{end}}{{end}}",
        "{{range 1000000000}}0123456789012345678901234567890123456789012345678901234567890123456789{{end}}",
        "{{$x := `0123456789`}}{{range 100}}{{$x = print $x $x}}{{end}}",
        "{{printf `%1000000000d` 1}}",
        "{{printf `%.1000000000f` 1.5}}",
    ] {
        let _ = render("root", text, &functions, &Value::Nil);
    }
}

#[test]
fn deep_templates_are_refused() {
    for (open, close) in [("(", ")"), ("{{if 1}}", "{{end}}"), ("{{if 1}}{{else if 1}}", "")] {
        let text = format!("{}{}", open.repeat(20_000), close.repeat(20_000));
        let text = if open == "(" { format!("{{{{{text}}}}}") } else { text };
        assert!(Template::parse("root", &text, &functions()).is_err());
    }
}

#[test]
fn any_text_is_answered() {
    // A small generator of its own: the same texts on every run.
    let parts = [
        "{{",
        "}}",
        "-",
        " ",
        "`",
        "\"",
        "'",
        "(",
        ")",
        "|",
        ".",
        "$",
        "x",
        ":=",
        "=",
        ",",
        "if",
        "else",
        "end",
        "range",
        "with",
        "define",
        "template",
        "block",
        "break",
        "nil",
        "true",
        "0x",
        "1",
        "1e",
        "_",
        "\n",
        "/*",
        "*/",
        "\\",
        "é",
        "\u{0}",
        "printf",
        "%d",
        "%[9]*.[2]*[3]f",
        "index",
        "slice",
        "upper",
        "user",
        "and",
        "len",
        ".List",
        "-}}",
        "{{- ",
        "eq",
        "js",
    ];
    let functions = functions();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    for _ in 0..40_000 {
        let length = random(14);
        let mut text = String::from("{{");
        for _ in 0..length {
            text.push_str(parts[random(parts.len())]);
            if random(2) == 0 {
                text.push(' ');
            }
        }
        if random(3) > 0 {
            text.push_str("}}");
        }
        if let Ok(template) = Template::parse("root", &text, &functions) {
            let _ = template.render(&data());
        }
    }
}

#[test]
fn trees_print_canonically() {
    let functions = functions();
    let template = Template::parse(
        "root",
        "{{  upper   `x`|user }}{{if  .A.B}}t{{else}}{{ range $i,$x:=.L}}{{$x.y}}{{end}}{{end}}{{template \"t\" (now).z}}",
        &functions,
    )
    .expect("parses");
    let shown: String = template.tree().root.iter().map(ToString::to_string).collect();
    assert_eq!(
        shown,
        "{{upper `x` | user}}{{if .A.B}}t{{else}}{{range $i, $x := .L}}{{$x.y}}{{end}}{{end}}{{template \"t\" (now).z}}"
    );
}

#[test]
fn moments() {
    let at: jiff::Timestamp = "2026-03-07T15:04:09.12305Z".parse().expect("a moment");
    for (layout, shown) in [
        (crate::time::RFC3339, "2026-03-07T15:04:09Z"),
        ("Mon Jan _2 15:04:05 MST 2006", "Sat Mar  7 15:04:09 UTC 2026"),
        ("Monday, 02-Jan-06 03:04PM -0700 -07:00 -07", "Saturday, 07-Mar-26 03:04PM +0000 +00:00 +00"),
        (
            "2006-01-02T15:04:05.000Z07:00 .999999 ,99 .0000 .0000000000",
            "2026-03-07T15:04:09.123Z .12305 ,12 .1230 .123050000",
        ),
        ("1/2/06 3:4:5 pm 002 __2", "3/7/26 3:4:9 pm 066  66"),
        ("20060102150405", "20260307150409"),
        ("January Januar Month _2006 é", "March Januar Month _2026 é"),
        ("x.9y ", "x.1y "),
    ] {
        assert_eq!(crate::time::format(at, layout), shown, "{layout}");
    }
    let codes = "%Y-%m-%d %H:%M:%S%L %B %b %A %a %I %p %y %Z %z %% %q %";
    assert_eq!(
        crate::time::strftime(at, codes),
        "2026-03-07 15:04:09.123 March Mar Saturday Sat 03 PM 26 UTC +0000 % %q %"
    );
}
