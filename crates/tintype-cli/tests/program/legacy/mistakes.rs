//! Legacy JSON templates with mistakes: each is told with file, line and column, ends with 1, and never crashes.

use crate::bench::Bench;

const BUILDER: &str = r#""builders": [{"type": "null", "communicator": "none"}]"#;

/// Validates a template and looks for a place, `line:column` of the first caret, and words.
#[track_caller]
fn check(template: impl AsRef<[u8]>, place: &str, wanted: &[&str]) {
    let bench = Bench::new(&[]);
    bench.write("t.json", template.as_ref());
    let said = bench.run(&["validate", "-json", "t.json"]);
    assert_eq!(said.code, 1, "{}{}", said.stdout, said.stderr);
    assert!(!said.stderr.contains("panicked"), "{}", said.stderr);
    let findings: Vec<serde_json::Value> = said
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .filter(|event: &serde_json::Value| event["type"] == "diagnostic" && event["severity"] == "error")
        .collect();
    let first = findings.first().unwrap_or_else(|| panic!("nothing was found:\n{}", said.stdout));
    let range = &first["range"];
    assert_eq!(
        format!("{} {}:{}", range["file"].as_str().unwrap_or("-"), range["line"], range["column"]),
        format!("t.json {place}"),
        "{first}"
    );
    let text = format!("{} {} {}", first["summary"], first["detail"], first["hint"]);
    for word in wanted {
        assert!(text.contains(word), "«{word}» is missing in {text}");
    }
}

/// A template with these variables.
fn variables(text: &str) -> String {
    format!("{{\n\"variables\": {text},\n{BUILDER}}}")
}

/// A template with this provisioner in line 2.
fn provisioner(text: &str) -> String {
    format!("{{\"provisioners\": [\n{text}],\n{BUILDER}}}")
}

#[test]
fn variables_that_need_themselves() {
    check(variables(r#"{"a": "{{user `a`}}"}"#), "2:15", &["default value for 'a'", "It uses itself"]);
    check(
        variables("{\"a\": \"{{user `b`}}\",\n\"b\": \"{{user `c`}}\",\n\"c\": \"{{user `a`}}\"}"),
        "2:15",
        &["default value for 'a'", "has no value"],
    );
}

#[test]
fn calls_in_variables() {
    check(
        variables(r#"{"a": "x {{nope}}"}"#),
        "2:15",
        &["default value for 'a'", "\\\"nope\\\" not defined"],
    );
    check(variables(r#"{"a": "{{user `x`"}"#), "2:15", &["unclosed action"]);
    check(variables(r#"{"a": "{{upper}}"}"#), "2:15", &["wrong number of args for upper"]);
    check(variables(r#"{"a": "{{build `ID`}}"}"#), "2:15", &["error calling build"]);
}

#[test]
fn calls_in_options() {
    for (call, words) in [
        ("{{nope `x`}}", "\\\"nope\\\" not defined"),
        ("{{user `x`", "unclosed action"),
        ("{{if true}}x", "unexpected EOF"),
        ("{{end}}", "unexpected {{end}}"),
        ("{{env `HOME`}}", "error calling env"),
        ("{{split `a` `,` 7}}", "error calling split"),
        ("{{upper 5}}", "upper"),
        ("{{template `x`}}", "template"),
    ] {
        let text = provisioner(&format!(r#"{{"type": "shell-local", "inline": ["true", "{call}"]}}"#));
        check(&text, "2:44", &["Failed to prepare build", "inline[1]", words]);
    }
}

#[test]
fn keys_that_stand_twice() {
    check("{\n\"builders\": [],\n \"builders\": []}", "3:2", &["duplicate field: builders"]);
    check(
        "{\"builders\": [{\"type\": \"null\", \"x\": {\"y\": 1,\n\"y\": 2}}]}",
        "2:1",
        &["duplicate field: y"],
    );
}

#[test]
fn values_of_the_wrong_kind() {
    check("{\"builders\":\n5}", "2:1", &["builders: an array is needed, this is a number"]);
    check("{\"builders\": [\n[]]}", "2:1", &["builder 1: an object is needed, this is an array"]);
    check(provisioner("7"), "2:1", &["provisioner 1: an object is needed, this is a number"]);
    check(provisioner(r#"{"type": "shell-local", "inline": {"a": 1}}"#), "2:25", &["a string is needed"]);
    check(provisioner(r#"{"type": "shell-local", "inline": [["a"]]}"#), "2:36", &["this is a list"]);
    check(
        provisioner(r#"{"type": "shell-local", "command": "a", "valid_exit_codes": ["x"]}"#),
        "2:62",
        &["valid_exit_codes[0]"],
    );
    check(
        provisioner(r#"{"type": "shell-local", "command": "a", "timeout": "1 day"}"#),
        "2:52",
        &["timeout"],
    );
    check(variables(r#"{"a": 5}"#), "2:20", &["a string, or null", "This is a number"]);
    check("[]", "1:1", &["an object is needed"]);
    check("5", "1:1", &["an object is needed"]);
    check("", "1:1", &["the text ends"]);
}

#[test]
fn texts_that_are_no_json() {
    check("{\"builders\": [],}", "1:16", &["Trailing comma", "column 16 (offset 15)"]);
    check("// none\n{\"builders\": []}", "1:1", &["Original error"]);
    check("{\"builders\": [] /* none */}", "1:17", &["Original error"]);
    check("{'builders': []}", "1:2", &["Original error"]);
    check("{\"description\": \"a\nb\"}", "1:17", &["Original error"]);
    check("{\"description\": \"\\x\"}", "1:18", &["Original error"]);
    check("{\"builders\": []} {}", "1:18", &["Original error"]);
    check(b"{\"description\":\n \"\xff\"}", "2:3", &["UTF-8"]);
    check(b"\xff\xfe{\0}\0", "1:1", &["UTF-8"]);
}

#[test]
fn deep_nesting() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let deep = format!("{}1{}", open.repeat(10_000), close.repeat(10_000));
        // 500 levels are read.
        check(&deep, &format!("1:{}", 500 * open.len() + 1), &["deep"]);
        let option = provisioner(&format!(r#"{{"type": "shell-local", "inline": {deep}}}"#));
        check(&option, &format!("2:{}", 497 * open.len() + 35), &["deep"]);
    }
    let call = format!("{{{{{}1{}}}}}", "(".repeat(10_000), ")".repeat(10_000));
    check(provisioner(&format!(r#"{{"type": "shell-local", "command": "{call}"}}"#)), "2:25", &["deep"]);
    let blocks = format!("{}{}", "{{if true}}".repeat(10_000), "{{end}}".repeat(10_000));
    check(provisioner(&format!(r#"{{"type": "shell-local", "command": "{blocks}"}}"#)), "2:25", &["deep"]);
}

#[test]
fn a_byte_order_mark() {
    check(format!("\u{feff}{{{BUILDER}}}"), "1:1", &["byte order mark", "UTF-8 with BOM"]);
}

#[test]
fn what_fix_would_repair() {
    let hint = "Please call `packer fix` against your template";
    for (builder, place, fixer) in [
        (r#"{"type": "null", "communicator": "none", "ssh_key_path": "k"}"#, "2:42", "sshkeypath"),
        (r#"{"type": "null", "communicator": "none", "ssh_disable_agent": true}"#, "2:42", "sshdisableagent"),
        (r#"{"type": "null", "communicator": "none", "iso_md5": "k"}"#, "2:42", "iso-md5"),
        (r#"{"type": "docker", "image": "a", "discard": true, "login_email": "k"}"#, "2:51", "docker-email"),
    ] {
        let text = format!("{{\"builders\": [\n{builder}]}}");
        check(
            &text,
            place,
            &["Deprecated configuration key: '", hint, &format!("The fixer for it is {fixer} (")],
        );
    }
    let post = |text: &str| format!("{{{BUILDER}, \"post-processors\": [\n{text}]}}");
    check(post(r#"{"type": "manifest", "filename": "x"}"#), "2:22", &[hint, "manifest-filename"]);
    // What no fixer knows is just unknown.
    check(
        post(r#"{"type": "manifest", "filname": "x"}"#),
        "2:22",
        &["unknown configuration key: '\\\"filname\\\"'"],
    );
    check(
        "{\"builders\": [\n{\"type\": \"vmware\"}]}",
        "2:1",
        &["It is named \\\"vmware-iso\\\" now", "vmware-rename"],
    );
}
