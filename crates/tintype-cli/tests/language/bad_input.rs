//! Templates that want to fill the memory, the stack or the day: each ends soon, with a diagnostic or a value, and never with a panic.

use std::process::Command;
use std::time::{Duration, Instant};

use crate::bench::{Bench, Said, program};

/// Ten times what the program may take, for it is not optimised here and the machine is shared.
const LIMIT: Duration = Duration::from_secs(10);

/// `validate` where only so much memory can be had: 200 MiB, and what the stacks of threads reserve without using it.
fn validate(bench: &Bench, template: &str) -> Said {
    let mut command = bench.command(&["validate", template]);
    if cfg!(target_os = "linux") {
        let inner = command;
        command = program("sh".as_ref());
        // Stacks count as soon as they are reserved, and there is a thread for each processor.
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let limit = format!("ulimit -d {}; exec \"$@\"", 290_000 + processors * 5_000);
        command.args(["-c", &limit, "sh"]).arg(inner.get_program()).args(inner.get_args());
        adopt(&mut command, &inner);
    }
    Said::from(command.output().unwrap())
}

/// Directory and environment of another command.
fn adopt(command: &mut Command, other: &Command) {
    if let Some(directory) = other.get_current_dir() {
        command.current_dir(directory);
    }
    for (name, value) in other.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command.stdin(std::process::Stdio::null());
}

const BUILD: &str =
    "source \"null\" \"n\" {\n  communicator = \"none\"\n}\nbuild {\n  sources = [\"null.n\"]\n}\n";

/// The template must give this title; without one it must be valid.
#[track_caller]
fn check_in(bench: &Bench, what: &str, title: &str) {
    let begun = Instant::now();
    let said = validate(bench, "t.pkr.hcl");
    let output = format!("{}{}", said.stdout, said.stderr);
    let shown: String = output.chars().take(2000).collect();
    assert!(begun.elapsed() < LIMIT, "{what} takes {:?}", begun.elapsed());
    assert!(!output.contains("panicked"), "{what}: {shown}");
    if title.is_empty() {
        assert_eq!(said.code, 0, "{what}: {shown}");
    } else {
        assert_eq!(said.code, 1, "{what}: {shown}");
        assert!(output.contains(&format!("Error: {title}")), "{what}: {shown}");
    }
}

/// Each expression, as a local.
fn check(cases: &[(&str, &str)]) {
    for (expression, title) in cases {
        let bench = Bench::of(&format!("locals {{\n  a = {expression}\n}}\n{BUILD}"));
        let what: String = expression.chars().take(80).collect();
        check_in(&bench, &what, title);
    }
}

const TOO_LARGE: &str = "Result too large";
const CALL: &str = "Error in function call";
const ARGUMENT: &str = "Invalid function argument";

/// What only goes on and on is no nesting.
#[test]
fn long_chains_are_read() {
    let many = 5000;
    check(&[
        (&vec!["1"; many].join(" + "), ""),
        (&vec!["\"a\""; many].join(" == "), ""),
        (&vec!["1 * 2 - 3"; many].join(" - "), ""),
        (&vec!["true"; many].join(" && "), ""),
        (&format!("{}0", "false ? 1 : ".repeat(many)), ""),
        (&format!("try({{ a = 1 }}{}, 1)", ".a".repeat(many)), ""),
        (&format!("try([1]{}, 1)", "[0]".repeat(many)), ""),
        (&format!("\"{}\"", "${1}".repeat(many)), ""),
    ]);
}

#[test]
fn deep_nesting_is_refused() {
    let nested = |open: &str, close: &str| format!("{}1{}", open.repeat(10_000), close.repeat(10_000));
    for (open, close) in [
        ("[", "]"),
        ("(", ")"),
        ("{ a = ", "}"),
        ("abs(", ")"),
        ("\"${", "}\""),
        ("[for x in ", ": x]"),
        ("[1][*][", "]"),
        ("-", ""),
        ("true ? ", " : 1"),
    ] {
        check(&[(&nested(open, close), "Nesting too deep")]);
    }
    let blocks = Bench::of(&format!("{}{}", "a {\n".repeat(10_000), "}\n".repeat(10_000)));
    check_in(&blocks, "blocks", "Nesting too deep");
    let types = format!("{}string{}", "list(".repeat(10_000), ")".repeat(10_000));
    check_in(&Bench::of(&format!("variable \"a\" {{\n  type = {types}\n}}\n")), "types", "Nesting too deep");
    let directives = format!("\"{}{}\"", "%{ if true }".repeat(3000), "%{ endif }".repeat(3000));
    check(&[(&directives, "Nesting too deep")]);
}

#[test]
fn loops_end() {
    check(&[
        ("range(1000000)", CALL),
        ("range(1e300)", CALL),
        ("range(0, 1, 0)", CALL),
        ("[for i in range(1000) : [for j in range(1000) : i * j]]", TOO_LARGE),
        ("{ for i in range(1000) : i => { for j in range(1000) : j => i } }", TOO_LARGE),
        ("[for i in range(1000) : [for j in range(1000) : [for k in range(1000) : 1 if false]]]", TOO_LARGE),
        (
            "\"%{ for i in range(1000) }%{ for j in range(1000) }%{ for k in range(1000) }%{ endfor }%{ endfor }%{ endfor }\"",
            TOO_LARGE,
        ),
        ("[for i in range(1000) : can([for j in range(1000) : [for k in range(1000) : 1]])]", TOO_LARGE),
        ("flatten([for i in range(1000) : range(1000)])", TOO_LARGE),
        ("setproduct(range(1000), range(1000))", CALL),
        ("setproduct(range(1000), range(1000), range(1000), range(1000))", CALL),
    ]);
}

#[test]
fn texts_stay_small() {
    let long = "a".repeat(30_000);
    check(&[
        (
            "join(\"\", [for i in range(1000) : join(\"\", [for j in range(1000) : \"0123456789012345678901234567890123456789\"])])",
            TOO_LARGE,
        ),
        ("format(\"%999999999s\", \"x\")", CALL),
        ("format(\"%0999999999d\", 1)", CALL),
        ("format(\"%.999999999f\", 1)", CALL),
        ("format(\"%99999999999999999999s\", \"x\")", CALL),
        ("formatlist(\"%9999999s\", range(1000))", CALL),
        (&format!("replace(\"{long}\", \"a\", \"{long}\")"), CALL),
        (&format!("replace(\"{long}\", \"\", \"{long}\")"), CALL),
        (&format!("regex_replace(\"{long}\", \"a\", \"{long}\")"), CALL),
        (&format!("join(\"{long}\", split(\"\", \"{long}\"))"), CALL),
        ("indent(999999999, \"a\\nb\")", CALL),
    ]);
}

/// Forty locals, each made of the one before twice.
#[test]
fn doubling_ends() {
    for (first, step, title) in [
        ("\"0123456789\"", "\"${@}${@}\"", TOO_LARGE),
        ("\"0123456789\"", "format(\"%s%s\", @, @)", CALL),
        ("\"0123456789\"", "join(@, [\"a\", \"b\", \"c\"])", CALL),
        ("[1]", "[@, @]", TOO_LARGE),
        ("{ a = 1 }", "{ a = @, b = @ }", TOO_LARGE),
        ("[1]", "concat(@, @)", CALL),
    ] {
        let step =
            |index: usize| format!("  l{} = {}\n", index + 1, step.replace('@', &format!("local.l{index}")));
        let steps: String = (0..40).map(step).collect();
        let bench =
            Bench::of(&format!("locals {{\n  l0 = {first}\n{steps}  z = jsonencode(local.l40)\n}}\n{BUILD}"));
        check_in(&bench, first, title);
    }
}

#[test]
fn templates_that_loop_end() {
    let bench = Bench::of(&format!(
        "locals {{\n  a = templatefile(\"loop.tpl\", {{ n = range(1000) }})\n}}\n{BUILD}"
    ));
    bench.write(
        "loop.tpl",
        format!("%{{ for i in n }}%{{ for j in n }}{}%{{ endfor }}%{{ endfor }}", "x".repeat(1000))
            .as_bytes(),
    );
    check_in(&bench, "a gigabyte", CALL);
    bench.write("loop.tpl", b"${templatefile(\"loop.tpl\", {})}");
    check_in(&bench, "a template that reads itself", CALL);
}

#[test]
fn numbers_have_no_end() {
    let digits = "7".repeat(100_000);
    check(&[
        ("1e999999999", ""),
        ("1e-999999999", ""),
        ("\"${1e999999999}\"", ""),
        ("1e999999999 * 1e999999999", ""),
        ("0 * 1e999999999", "Operation failed"),
        (&digits, ""),
        (&format!("{digits}.{digits}e-{digits}"), ""),
        (&format!("convert(\"{digits}\", number) + 1"), ""),
        (&format!("parseint(\"{digits}\", 10)"), ""),
        (&format!("parseint(\"{}\", 62)", "z".repeat(50_000)), ""),
        ("jsonencode(1e999999999)", CALL),
        ("jsondecode(\"1e999999999\")", ""),
        ("yamldecode(\"a: 1e999999999\")", ""),
        ("pow(10, 1e9)", ""),
        ("cidrhost(\"::/0\", 1e999)", CALL),
        ("cidrsubnet(\"::/0\", 32, 1e18)", CALL),
        ("timeadd(\"2020-01-01T00:00:00Z\", \"999999999999h\")", CALL),
        ("substr(\"abc\", -9e18, 9e18)", ""),
    ]);
}

#[test]
fn patterns_do_not_blow_up() {
    let text = "a".repeat(50_000);
    check(&[
        (&format!("regex(\"(a+)+$\", \"{text}b\")"), CALL),
        (&format!("regexall(\"(x+x+)+y\", \"{text}\")"), ""),
        ("regex(\"a{1000}{1000}\", \"a\")", ARGUMENT),
        ("regex(\"((((a{100}){100}){100}){100})\", \"a\")", ARGUMENT),
        (&format!("regex(\"{}a{}\", \"a\")", "(".repeat(5000), ")".repeat(5000)), ARGUMENT),
        (&format!("fileset(\".\", \"{}\")", "{a,b}".repeat(100)), CALL),
        (&format!("fileset(\".\", \"{}\")", "{".repeat(5000)), CALL),
        (&format!("fileset(\".\", \"{}\")", "*a".repeat(200)), ""),
    ]);
}

#[test]
fn decoders_do_not_blow_up() {
    let anchors: String = (b'a'..=b'h')
        .map(|c| {
            format!(
                "{0}: &{0} [{1}]\\n",
                char::from(c + 1),
                vec![format!("*{}", char::from(c)); 10].join(",")
            )
        })
        .collect();
    check(&[
        (&format!("yamldecode(\"a: &a [1,1,1,1,1,1,1,1,1,1]\\n{anchors}\")"), CALL),
        ("yamldecode(\"&a [*a]\")", CALL),
        (&format!("yamldecode(\"{}\")", "[".repeat(100_000)), CALL),
        (&format!("yamldecode(\"{}a\")", "- ".repeat(50_000)), CALL),
        (&format!("jsondecode(\"{}{}\")", "[".repeat(50_000), "]".repeat(50_000)), CALL),
        (&format!("jsondecode(\"{}\")", "{\\\"a\\\":".repeat(50_000)), CALL),
        (&format!("csvdecode(\"a\\n{}\")", "x\\n".repeat(20_000)), ""),
    ]);
}

#[test]
fn hashes_that_take_days_are_refused() {
    check(&[("bcrypt(\"x\", 31)", ARGUMENT), ("bcrypt(\"x\", 20)", ARGUMENT), ("bcrypt(\"x\", 32)", CALL)]);
}

#[cfg(unix)]
#[test]
fn devices_end() {
    check(&[
        ("file(\"/dev/zero\")", CALL),
        ("filebase64(\"/dev/zero\")", CALL),
        ("templatefile(\"/dev/zero\", {})", CALL),
        ("fileexists(\"/dev/zero\")", CALL),
    ]);
}

#[test]
fn long_cycles_are_told() {
    let many = 3000;
    let next = |index: usize| format!("  l{index} = local.l{}\n", (index + 1) % many);
    let bench = Bench::of(&format!("locals {{\n{}}}\n{BUILD}", (0..many).map(next).collect::<String>()));
    check_in(&bench, "a cycle", "failed to prepare execution graph");
}

/// Bytes that are no template.
#[test]
fn bytes() {
    let whole = format!("locals {{\n  a = \"x\"\n}}\n{BUILD}");
    for (bytes, title) in [
        (b"locals {\n  a = \"\xff\xfe\"\n}\n".to_vec(), "Invalid character encoding"),
        (b"\xff\xfel\0o\0c\0".to_vec(), "Invalid character encoding"),
        (b"locals {\n  a = \"\0\"\n  b = \0\n}\n".to_vec(), "Invalid character"),
        (vec![0; 100_000], "Invalid character"),
        (b"{".repeat(100_000), "Argument or block definition required"),
        (b"\"".repeat(100_001), "Invalid argument name"),
        ([b"\xef\xbb\xbf", whole.as_bytes()].concat(), ""),
        (whole.replace('\n', "\r\n").into_bytes(), ""),
        (whole.replace('\n', "\r").into_bytes(), "Invalid"),
    ] {
        let bench = Bench::new(&[]);
        bench.write("t.pkr.hcl", &bytes);
        let begin = bytes.get(..bytes.len().min(20)).unwrap_or_default();
        check_in(&bench, &String::from_utf8_lossy(begin), title);
    }
}
