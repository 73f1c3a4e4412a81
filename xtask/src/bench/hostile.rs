//! Templates that are hard on somebody: each must end in a diagnostic, or in a result, at once and without filling the memory.

use super::measures::megabytes;
use super::process::Stage;
use super::table::{Row, Wanted};
use crate::files;

/// A bad template with what stands beside it: the files of a folder.
struct Case {
    name: String,
    files: Vec<(&'static str, Vec<u8>)>,
}

/// What a good template needs, and bad ones would otherwise be missing.
const REST: &str =
    "source \"null\" \"n\" {\n  communicator = \"none\"\n}\nbuild {\n  sources = [\"source.null.n\"]\n}\n";

impl Case {
    fn new(name: &str, text: impl Into<Vec<u8>>) -> Case {
        let mut text = text.into();
        text.extend_from_slice(REST.as_bytes());
        Case { name: name.to_owned(), files: vec![("t.pkr.hcl", text)] }
    }

    /// A template whose only local is this.
    fn local(name: &str, expression: &str) -> Case {
        Case::new(name, format!("locals {{\n  a = {expression}\n}}\n"))
    }

    /// A file that the template reads.
    fn with(mut self, name: &'static str, text: &str) -> Case {
        self.files.push((name, text.into()));
        self
    }
}

pub(super) fn bad_input(stage: &Stage) -> Result<Vec<Row>, String> {
    let mut slowest = (0.0, String::new());
    let mut largest = (0, String::new());
    let mut broken = Vec::new();
    let cases = cases();
    for (number, case) in cases.iter().enumerate() {
        let folder = format!("bad-{number}");
        for (name, text) in &case.files {
            files::write(&stage.path(&format!("{folder}/{name}")), text)?;
        }
        let end = stage.ended(&stage.ours, &["validate", &folder])?;
        if !matches!(end.code, 0 | 1) {
            broken.push(case.name.clone());
        }
        if end.time.as_secs_f64() > slowest.0 {
            slowest = (end.time.as_secs_f64(), case.name.clone());
        }
        if end.memory > largest.0 {
            largest = (end.memory, case.name.clone());
        }
    }
    if !broken.is_empty() {
        return Err(format!("no orderly end: {}", broken.join(", ")));
    }
    let of = |what: &str, worst: &str| format!("{what} of {} bad templates, the worst: {worst}", cases.len());
    Ok(vec![
        Row::figure(&of("time", &slowest.1), slowest.0, "s", Wanted::AtMost(1.0)),
        Row::figure(&of("memory", &largest.1), megabytes(largest.0), "MiB", Wanted::AtMost(200.0)),
    ])
}

fn cases() -> Vec<Case> {
    let mut cases = shapes();
    cases.extend(circles());
    cases.extend(depths());
    cases.extend(loops());
    cases.extend(numbers());
    cases.extend(texts());
    cases.extend(multitudes());
    cases
}

/// Bytes that are no template.
fn shapes() -> Vec<Case> {
    let block = "locals {\n  a = 1\n}\n";
    let bare = |name: &str, text: Vec<u8>| Case { name: name.to_owned(), files: vec![("t.pkr.hcl", text)] };
    vec![
        Case::new("bytes that are no UTF-8", b"locals {\n  a = \"\xff\xfe\"\n}\n".to_vec()),
        bare("a megabyte of 0xff", vec![0xff; 1 << 20]),
        bare("UTF-16", block.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        Case::new("a byte order mark", format!("\u{feff}{block}")),
        Case::new("two byte order marks", format!("\u{feff}\u{feff}{block}")),
        Case::new("CRLF", "locals {\r\n  a = <<E\r\nx\r\nE\r\n}\r\n"),
        Case::new("CR alone", "locals {\r  a = 1\r}\r"),
        Case::new("NUL", "locals {\n  a = \"a\0b\"\n  b = \0\n}\n"),
        Case::new("a megabyte of NUL", vec![0; 1 << 20]),
        Case::new(
            "a megabyte of rubbish",
            (0..1_000_000_u32).map(|at| (at % 94 * 79 % 94 + 33) as u8).collect::<Vec<_>>(),
        ),
        Case::new("quotes", "\"".repeat(1_000_000)),
        Case::new("comments that do not end", "/*".repeat(500_000)),
        Case::new("heredocs that do not end", "a = <<A\n".repeat(100_000)),
        Case::new("interpolations that do not end", format!("locals {{\n  a = \"{}", "${".repeat(100_000))),
        Case::new("a line of ten megabytes", format!("locals {{ a = \"{}\" }}\n", "x".repeat(10_000_000))),
    ]
}

/// Locals, one a line.
fn locals(lines: impl Iterator<Item = String>) -> String {
    format!("locals {{\n{}}}\n", lines.collect::<String>())
}

/// Names that need each other.
fn circles() -> Vec<Case> {
    vec![
        Case::new("a circle of two", "locals {\n  a = local.b\n  b = local.a\n}\n"),
        Case::new(
            "a circle of 20,000",
            locals((0..20_000).map(|at| format!("  l{at} = local.l{}\n", (at + 1) % 20_000))),
        ),
        Case::new(
            "a chain of 20,000",
            locals((0..20_000).map(|at| format!("  l{at} = local.l{}\n", at + 1)))
                + "locals {\n  l20000 = 1\n}\n",
        ),
        Case::new(
            "text that doubles 60 times",
            locals((0..60).map(|at| format!("  l{} = \"${{local.l{at}}}${{local.l{at}}}\"\n", at + 1)))
                + "locals {\n  l0 = \"0123456789\"\n}\n",
        ),
        Case::new(
            "a list that doubles 60 times",
            locals((0..60).map(|at| format!("  l{} = [local.l{at}, local.l{at}]\n", at + 1)))
                + "locals {\n  l0 = []\n}\n",
        ),
        Case::local("a template that is its own part", "templatefile(\"${path.root}/t.tpl\", {})")
            .with("t.tpl", "${templatefile(\"t.tpl\", {})}"),
    ]
}

/// What nests.
fn depths() -> Vec<Case> {
    let mut cases = Vec::new();
    for (open, close) in [
        ("[", "]"),
        ("{a=", "}"),
        ("(", ")"),
        ("!", ""),
        ("-", ""),
        ("\"${", "}\""),
        ("upper(", ")"),
        ("try(", ",1)"),
        ("a[", "]"),
        ("[for x in ", " : x]"),
        ("true ? 1 : ", ""),
        ("\"%{ if true }", "%{ endif }\""),
    ] {
        for depth in [10_000, 200_000] {
            let both = format!("{}1{}", open.repeat(depth), close.repeat(depth));
            cases.push(Case::local(&format!("{depth} times {open}"), &both));
        }
        cases.push(Case::local(&format!("{open} without an end"), &open.repeat(200_000)));
    }
    let type_of =
        format!("variable \"a\" {{\n  type = {}string{}\n}}\n", "list(".repeat(10_000), ")".repeat(10_000));
    cases.extend([
        Case::new(
            "10,000 blocks in each other",
            format!("{}{}", "a {\n".repeat(10_000), "}\n".repeat(10_000)),
        ),
        Case::new("a type 10,000 lists deep", type_of),
        Case::local("a sum of 300,000", &format!("1{}", " + 1".repeat(300_000))),
        Case::local("300,000 attributes of each other", &format!("local{}", ".a".repeat(300_000))),
        Case::local("300,000 indexes", &format!("[1]{}", "[0]".repeat(300_000))),
        Case::local("100,000 splats", &format!("[1]{}", "[*]".repeat(100_000))),
        Case::local("JSON 100,000 lists deep", &format!("jsondecode(\"{}\")", "[".repeat(100_000))),
        Case::local("YAML 100,000 lists deep", &format!("yamldecode(\"{}\")", "[".repeat(100_000))),
    ]);
    cases
}

/// What goes on and on.
fn loops() -> Vec<Case> {
    let list = "[for a in range(1000) : [for b in range(1000) : [for c in range(1000) : \"${a}${b}${c}\"]]]";
    let text = "%{ for a in range(1000) }%{ for b in range(1000) }%{ for c in range(1000) }x%{ endfor }%{ endfor }%{ endfor }";
    let megabyte = "x".repeat(1_000_000);
    vec![
        Case::local("a range of a million", "range(1000000)"),
        Case::local("a loop over a range of a million", "[for x in range(0, 1e6) : x]"),
        Case::local("a billion elements", list),
        Case::local("a billion turns of a template", &format!("\"{text}\"")),
        Case::local("a billion turns of a file", "templatefile(\"${path.root}/t.tpl\", {})")
            .with("t.tpl", text),
        Case::local(
            "a file of a gigabyte",
            &format!("templatefile(\"${{path.root}}/t.tpl\", {{ x = \"{megabyte}\" }})"),
        )
        .with("t.tpl", "%{ for a in range(1000) }${x}%{ endfor }"),
        Case::local("a billion tuples", "setproduct(range(1000), range(1000), range(1000))"),
        Case::local(
            "a list of a million lists",
            "flatten([for a in range(1000) : [for b in range(1000) : [b]]])",
        ),
        Case::local("ten gigabytes of digests", &format!("[for a in range(10000) : sha512(\"{megabyte}\")]")),
        Case::local(
            "a billion comparisons",
            "[for a in range(1000) : [for b in range(1000) : contains(range(1000), -1)]]",
        ),
        Case::local("a text joined to a gigabyte", &format!("join(\"{megabyte}\", range(1000))")),
        Case::local("YAML that is its own part", &format!("yamldecode(\"{}\")", aliases())),
        Case::local("any directories below any", "fileset(path.root, \"**/**/**/**/**/**/**/**/*\")"),
    ]
}

/// Ten times the one before, fifteen times.
fn aliases() -> String {
    let line = |at: u8| {
        let (name, before) = (char::from(b'b' + at), char::from(b'a' + at));
        format!("{name}: &{name} [{}]\\n", vec![format!("*{before}"); 10].join(","))
    };
    format!("a: &a [x]\\n{}", (0..15).map(line).collect::<String>())
}

/// Huge numbers.
fn numbers() -> Vec<Case> {
    let nines = "9".repeat(1_000_000);
    [
        ("1e1000000000", "1e1000000000".to_owned()),
        ("an exponent too long", format!("1e{}", "9".repeat(100))),
        ("1e1000000000 as text", "\"${1e1000000000}\"".to_owned()),
        ("1e1000000000 with a fraction", "1e1000000000 + 0.1".to_owned()),
        ("1e1000000000 modulo 7", "1e1000000000 % 7".to_owned()),
        ("a million digits", nines.clone()),
        ("a million digits as text", format!("\"${{{nines}}}\"")),
        ("a million digits behind the dot", format!("0.{nines}")),
        ("a million digits to be read", format!("parseint(\"{nines}\", 10)")),
        ("2 to the 100,000,000", "pow(2, 100000000)".to_owned()),
        ("a width of a billion", "format(\"%1000000000d\", 1)".to_owned()),
        ("1e1000000000 written out", "format(\"%f\", 1e1000000000)".to_owned()),
        ("an indent of a billion", "indent(1000000000, \"a\\nb\")".to_owned()),
        ("1e1000000000 in JSON", "jsondecode(\"1e1000000000\")".to_owned()),
    ]
    .into_iter()
    .map(|(name, expression)| Case::local(name, &expression))
    .collect()
}

/// Patterns, and long texts.
fn texts() -> Vec<Case> {
    let a = "a".repeat(100_000);
    [
        ("(a+)+$", format!("regex(\"(a+)+$\", \"{a}!\")")),
        ("(a|aa)+$", format!("regex(\"(a|aa)+$\", \"{a}!\")")),
        ("repeats of repeats of repeats", "regex(\"((a{0,1000}){0,1000}){0,1000}\", \"a\")".to_owned()),
        ("lazy stars", format!("regexall(\"a*?a*?a*?a*?a*?b\", \"{a}\")")),
        ("a million empty matches", format!("regexall(\"x*\", \"{}\")", a.repeat(10))),
        (
            "5,000 groups in each other",
            format!("regex(\"{}b{}\", \"a\")", "(a|".repeat(5000), ")".repeat(5000)),
        ),
        (
            "50,000 optional letters",
            format!("regex(\"{}{}\", \"a\")", "a?".repeat(50_000), "a".repeat(50_000)),
        ),
        ("a text that replaces its letters", format!("replace(\"{a}\", \"a\", \"{a}\")")),
        ("a text of a million letters", format!("split(\"\", \"{}\")", a.repeat(10))),
        ("a letter with a million accents", format!("strrev(\"a{}\")", "\u{301}".repeat(1_000_000))),
        ("a line of YAML with a million keys", format!("yamldecode(\"{{{}}}\")", "a,".repeat(1_000_000))),
        ("JSON with a million elements", format!("jsondecode(\"[{}1]\")", "1,".repeat(1_000_000))),
        ("CSV with 20,000 columns", format!("csvdecode(\"{}z\\n{}\")", columns(), ",".repeat(20_000))),
    ]
    .into_iter()
    .map(|(name, expression)| Case::local(name, &expression))
    .collect()
}

fn columns() -> String {
    (0..20_000).map(|at| format!("c{at},")).collect()
}

/// Mistakes by the thousand.
fn multitudes() -> Vec<Case> {
    let many = |count: usize, line: fn(usize) -> String| (0..count).map(line).collect::<String>();
    vec![
        Case::new(
            "20,000 variables without a value",
            many(20_000, |at| format!("variable \"a{at}\" {{}}\n")),
        ),
        Case::new("50,000 times the same variable", "variable \"a\" {}\n".repeat(50_000)),
        Case::new("20,000 unknown blocks", many(20_000, |at| format!("foo{at} {{\n}}\n"))),
        Case::new("100,000 times the same name", locals((0..100_000).map(|_| "  a = 1\n".to_owned()))),
        Case::new("20,000 unknown functions", locals((0..20_000).map(|at| format!("  a{at} = foo(1)\n")))),
        Case::new("5,000 unknown locals", locals((0..5000).map(|at| format!("  a{at} = local.z{at}\n")))),
        Case::new(
            "an object of 50,000 attributes, all missing",
            format!(
                "variable \"a\" {{\n  type = object({{{}}})\n  default = {{}}\n}}\n",
                many(50_000, |at| format!("a{at}=string,"))
            ),
        ),
        Case::local("100,000 things to try", &format!("try({}1)", "foo.bar,".repeat(100_000))),
    ]
}
