//! Data sources of a plugin.

use crate::fleet::{REQUIRED, Yard, check, check_with, failed, modes, succeeded, verbs};

fn of(options: &str, shown: &str) -> String {
    format!(
        "{REQUIRED}\ndata \"probe\" \"d\" {{\n{options}\n}}\nlocals {{\n  shown = {shown}\n}}\nsource \"null\" \"n\" {{\n  communicator = \"none\"\n}}\nbuild {{\n  sources = [\"null.n\"]\n  provisioner \"shell-local\" {{\n    inline = [\"cat <<'END'\\n${{local.shown}}\\nEND\"]\n  }}\n}}\n"
    )
}

#[test]
fn values_of_every_type_arrive() {
    for (expression, wanted) in [
        ("data.probe.d.text", "from the source: hello"),
        ("data.probe.d.missing == null", "true"),
        ("data.probe.d.number + 1", "43"),
        ("data.probe.d.ratio", "1.5"),
        ("data.probe.d.flag", "true"),
        ("jsonencode(data.probe.d.words)", "[\"one\",\"two\"]"),
        ("jsonencode(data.probe.d.none)", "[]"),
        ("jsonencode(data.probe.d.rows)", "[[\"a\",\"b\"],[]]"),
        ("jsonencode(data.probe.d.tags)", "{\"key\":\"value\",\"other\":\"\"}"),
        ("jsonencode(data.probe.d.part)", "{\"name\":\"root\",\"size\":8}"),
        (
            "jsonencode(data.probe.d.disk)",
            "[{\"labels\":[\"x\"],\"name\":\"first\",\"part\":[{\"name\":\"boot\",\"size\":1}],\"size\":-3}]",
        ),
        ("data.probe.d.huge", "123456789012345678901234567890"),
    ] {
        check(&of("text = \"hello\"", expression), |said, yard| {
            succeeded(said, yard);
            assert!(
                said.stdout.contains(&format!("==> null.n: {wanted}\n")),
                "{} {expression}: {}",
                yard.mode.name,
                said.stdout
            );
        });
    }
}

#[test]
fn options_and_other_values() {
    check(
        &of("value = \"config\"\ntext = \"t\"\ntags = { a = \"b\" }", "jsonencode(data.probe.d)"),
        |said, yard| {
            succeeded(said, yard);
            assert!(
                said.stdout.contains("{\"tags\":{\"a\":\"b\"},\"text\":\"t\",\"words\":[]}"),
                "{}",
                said.stdout
            );
        },
    );
    check(&of("value = \"string\"", "data.probe.d"), |said, yard| {
        succeeded(said, yard);
        assert!(said.stdout.contains("only a text"), "{}", said.stdout);
    });
    check(&of("value = \"set\"", "jsonencode(data.probe.d.set)"), |said, yard| {
        succeeded(said, yard);
        assert!(said.stdout.contains("[1,2]"), "{}", said.stdout);
    });
}

#[test]
fn failures_name_the_source() {
    check(&of(&verbs(&["fail it is not there\\nnor here"]), "data.probe.d.text"), |said, yard| {
        failed(said, yard, "it is not there");
        failed(said, yard, "nor here");
    });
    check(&of("invalid = \"no such thing\"", "1"), |said, yard| failed(said, yard, "no such thing"));
    check(&of(&verbs(&["exit 3"]), "1"), |said, yard| failed(said, yard, "probe"));
    check(&of(&verbs(&["panic oh no"]), "1"), |said, yard| failed(said, yard, "probe"));
}

#[test]
fn one_source_feeds_another() {
    let text = format!(
        "{REQUIRED}\ndata \"probe\" \"first\" {{\n  text = \"one\"\n}}\ndata \"probe-second\" \"d\" {{\n  value = \"config\"\n  text  = data.probe.first.text\n}}\nlocals {{\n  shown = data.probe-second.d.text\n}}\nsource \"probe\" \"a\" {{\n  text = local.shown\n  do = [\"show config\"]\n}}\nbuild {{\n  sources = [\"probe.a\"]\n}}\n"
    );
    check(&text, |said, yard| {
        succeeded(said, yard);
        assert!(said.stdout.contains("\"Text\":\"from the source: one\""), "{}", said.stdout);
    });
}

#[test]
fn validation_does_not_execute_it() {
    for mode in modes() {
        let yard = Yard::new(mode, "");
        let text = of(&verbs(&[&format!("append {} ran", yard.path("ran"))]), "data.probe.d.text");
        yard.bench.write("t.pkr.hcl", text.as_bytes());
        let said = yard.bench.run(&["validate", "t.pkr.hcl"]);
        succeeded(&said, &yard);
        assert!(!yard.bench.path("ran").exists());
        let said = yard.bench.run(&["validate", "-evaluate-datasources", "t.pkr.hcl"]);
        succeeded(&said, &yard);
        assert!(yard.bench.path("ran").exists());
    }
    check_with(&[], |_| of("", "1"), |said, yard| succeeded(said, yard));
}
