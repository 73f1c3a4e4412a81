//! When texts are rendered, and how freely what comes of them is read.

use super::{NULL, built, refused, trial, valid, with};

/// A template with variables and one `shell-local` with these members.
fn shell(variables: &str, members: &str) -> String {
    with(&format!(
        "\"variables\": {{{variables}}}, \"provisioners\": [{{\"type\": \"shell-local\", {members}}}]"
    ))
}

#[test]
fn how_often() {
    let nested = r#""a": "{{ `{{user ` }}{{ \"`b`\" }}{{ ` }}` }}", "b": "b""#;
    built(
        "render.settle",
        &format!(
            "{{\"variables\": {{{nested}}}, \"builders\": [{{\"type\": \"null\", \"communicator\": \"none\", \"name\": \"n-{{{{user `a`}}}}\"}}],
              \"provisioners\": [{{\"type\": \"shell-local\", \"inline\": [\"echo ran\"]}}]}}"
        ),
        &["null.n-b: ran"],
    );
    built(
        "render.once",
        &shell(
            nested,
            r#""command": "echo '<{{user `a`}}>'", "execute_command": ["/bin/sh", "-c", "grep '<' {{.Script}}"]"#,
        ),
        &[],
    );
    let manifest = with(&format!(
        "\"variables\": {{{nested}}}, \"post-processors\": [{{\"type\": \"manifest\", \"output\": \"m.json\", \"custom_data\": {{\"k\": \"{{{{user `a`}}}}\"}}}}]"
    ));
    let done = trial("render.once", &manifest).ends("build -color=false t.json", 0, &[]);
    let text = std::fs::read_to_string(done.bench.path("m.json")).unwrap();
    assert!(text.contains(r#""k": "{{user `b` }}""#), "{text}");
}

#[test]
fn what_is_checked() {
    for members in [
        r#""inline": ["{{nope}}"]"#,
        r#""inline": ["true"], "env": {"A": "{{nope}}"}"#,
        r#""inline": ["true"], "env": {"{{nope}}": "a"}"#,
        r#""inline": ["true"], "execute_command": ["sh", "{{nope}}"]"#,
        r#""inline": ["true"], "override": {"null": {"environment_vars": ["A={{nope}}"]}}"#,
    ] {
        refused(
            "render.check",
            &shell("", members),
            &["Failed to prepare build: \"null\"", "\"nope\" not defined"],
        );
    }
}

#[test]
fn what_components_render() {
    built(
        "render.late",
        &shell(
            r#""sh": "/bin/sh""#,
            r#""inline": ["echo \"<$A $B>\""], "environment_vars": ["A=x y"],
               "execute_command": ["{{user `sh`}}", "-c", "B={{build_name}} {{.Vars}} {{.Script}}"]"#,
        ),
        &["null: <x y null>"],
    );
    let files = r#"{"builders": [{"type": "file", "target": "f", "content": "x"}],
        "post-processors": [[{"type": "checksum", "output": "{{.BuildName}}.{{.ChecksumType}}.{{upper `s`}}"}],
                            [{"type": "compress", "output": "{{.BuilderType}}-{{build_name}}.tar"}]]}"#;
    let done = trial("render.late", files).ends("build -color=false t.json", 0, &[]);
    for name in ["file.md5.S", "file-file.tar"] {
        assert!(done.bench.path(name).exists(), "{name}");
    }
    built(
        "render.build",
        &shell(
            "\"n\": \"PackerRunUUID\"",
            r#""inline": ["[ \"$U\" = '{{build `PackerRunUUID`}}' ] && echo same"], "environment_vars": ["U={{build (user `n`)}}"]"#,
        ),
        &["null: same"],
    );
    valid(
        "render.winrm",
        &shell("", r#""inline": ["echo {{.WinRMPassword}}"], "env": {"P": "{{.WinRMPassword}}"}"#),
    );
}

#[test]
fn how_options_are_read() {
    for members in [
        r#""inline": "echo 'ran'""#,
        r#""inline": ["echo 'ran'"], "valid_exit_codes": "0""#,
        r#""inline": ["echo 'ran'"], "valid_exit_codes": ["0", 3]"#,
        r#""inline": ["echo 'ran'"], "valid_exit_codes": 0"#,
        r#""inline": ["echo 'ran'"], "environment_vars": "A=b,C=d""#,
        r#""inline": ["echo 'ran'"], "environment_vars": []"#,
        r#""inline": ["echo 'ran'"], "environment_vars": "", "script": "", "scripts": []"#,
        r#""inline": ["echo 'ran'"], "env": {"A": 5, "B": true}"#,
        r#""INLINE": ["echo 'ran'"], "Only_On": null"#,
        r#""inline": "true,echo 'ran'""#,
    ] {
        built("render.weak", &shell(r#""no": "false""#, members), &["ran"]);
    }
    for (members, why) in [
        (r#""inline": {"a": "b"}"#, "'inline[0]': a string is needed, this is an object"),
        (r#""inline": [["a"]]"#, "'inline[0]': a string is needed, this is a list"),
        (r#""command": ["a"]"#, "'command': a string is needed, this is a list"),
        (r#""command": "a", "use_linux_pathing": "maybe""#, "neither \"true\" nor \"false\""),
        (r#""command": "a", "valid_exit_codes": ["x"]"#, "valid_exit_codes[0]"),
        (r#""command": "a", "env": "A=b""#, "'env'"),
    ] {
        refused("render.weak", &shell("", members), &[why]);
    }
    for (strip, kept) in [
        ("true", false),
        ("\"true\"", false),
        ("\"1\"", false),
        ("\"T\"", false),
        ("1", false),
        ("\"{{user `yes`}}\"", false),
        ("false", true),
        ("\"FALSE\"", true),
        ("\"0\"", true),
        ("0", true),
        ("\"\"", true),
        ("null", true),
    ] {
        let template = format!(
            "{{\"variables\": {{\"yes\": \"true\"}}, \"builders\": [{{\"type\": \"file\", \"target\": \"d/f\"}}], \"post-processors\": [{{\"type\": \"manifest\", \"strip_path\": {strip}}}]}}"
        );
        let done = trial("render.weak", &template).ends("build -color=false t.json", 0, &[]);
        let text = std::fs::read_to_string(done.bench.path("packer-manifest.json")).unwrap();
        assert_eq!(text.contains("d/f"), kept, "strip_path: {strip}\n{text}");
    }
    for (duration, said) in [("\"20ms\"", 0), ("2000000", 0), ("\"2000000\"", 1), ("\"soon\"", 1)] {
        let template =
            with(&format!("\"provisioners\": [{{\"type\": \"sleep\", \"duration\": {duration}}}]"));
        trial("render.weak", &template).ends("build -color=false t.json", said, &[]);
    }
    refused(
        "render.unknown",
        &shell("", "\"inline\": [\"true\"],\n \"comand\": \"x\""),
        &["on t.json line 2", "unknown configuration key: '\"comand\"'", "Did you mean \"command\"?"],
    );
    refused(
        "render.old",
        r#"{"builders": [{"type": "null", "communicator": "none", "ssh_key_path": "k"}]}"#,
        &["Deprecated configuration key: 'ssh_key_path'.", "`packer fix`", "sshkeypath"],
    );
    refused("render.old", r#"{"builders": [{"type": "virtualbox"}]}"#, &["virtualbox-rename"]);
    trial("render.old", &format!("{{{NULL}}}")).ends("fix t.json", 0, &["\"communicator\": \"none\""]);
}
