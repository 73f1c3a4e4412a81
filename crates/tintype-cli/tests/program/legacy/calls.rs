//! The language in `{{ }}` and its functions, as an option of a provisioner sees them.

use super::{built, echo, refused, trial, with};

/// A text in an option, and what it becomes.
#[track_caller]
fn gives(rule: &'static str, text: &str, expected: &str) {
    built(rule, &echo(text), &[&format!("null: <{expected}>\n")]);
}

/// A text that is refused in an option.
#[track_caller]
fn fails(rule: &'static str, text: &str, wanted: &[&str]) {
    refused(
        rule,
        &echo(text),
        &[&["Failed to prepare build: \"null\"", "on t.json line 1"], wanted].concat(),
    );
}

#[test]
fn the_language() {
    for (text, expected) in [
        ("{{if eq (user `v`) `Value`}}a{{else if true}}b{{else}}c{{end}}", "a"),
        ("{{range $n := 3}}{{if eq $n 1}}{{continue}}{{end}}{{$n}}{{end}}", "02"),
        ("{{range 9}}{{if gt . 2}}{{break}}{{end}}{{.}}{{end}}", "012"),
        ("{{with user `none`}}x{{else}}empty{{end}}", "empty"),
        ("{{define `t`}}[{{.}}]{{end}}{{template `t` `q`}}{{block `b` 1}}{{.}}{{end}}", "[q]1"),
        ("{{$x := user `v`}}{{$x}}{{$x = `z`}}{{$x}}", "Valuez"),
        ("{{`a` | upper | printf `%s-%s` `b`}}", "b-A"),
        ("a {{- `b` -}} c {{/* nothing */ -}} d", "abc d"),
        ("{{ `{{.Vars}}` | len }}", "9"),
        ("{{ \"\\u00e9\\\"\" | upper }}{{ `\\d` }}", "É\"\\d"),
        ("{{ user (user `w`) }}", "Value"),
    ] {
        gives("call.language", text, expected);
    }
    for text in ["{{if true}}", "{{end}}", "{{user `v` `v`}}", "{{template `none`}}", "{{range 1}}{{else}}"] {
        fails("call.language", text, &["template: root:1"]);
    }
    for (text, expected) in [
        ("{{and 1 0}}{{or 0 2}}{{not 1}}", "02false"),
        ("{{len `abc`}}{{index `abc` 1}}{{slice `abcd` 1 3}}", "398bc"),
        ("{{print 1 2 `x`}}{{printf `%05d|%x|%q` 42 255 `s`}}", "1 2x00042|ff|\"s\""),
        ("{{html `a<b`}}{{urlquery `a b`}}{{js `<`}}", "a&lt;ba+b\\u003C"),
        ("{{eq 1 2 1}}{{ne 1 2}}{{lt 1 2}}{{le 2 2}}{{gt 1 2}}{{ge 1 2}}", "truetruetruetruefalsefalse"),
    ] {
        gives("call.builtins", text, expected);
    }
    gives("call.no-value", "{{.Nope}}", "<no value>");
    fails("call.unknown", "{{if false}}{{nope}}{{end}}", &["function \"nope\" not defined"]);
}

#[test]
fn variables_and_surroundings() {
    gives("call.user", "{{user `v`}}{{user `none`}}", "Value");
    fails("call.env", "{{env `HOME`}}", &["error calling env"]);
    for call in ["vault `a` `b`", "consul_key `a`", "aws_secretsmanager `a`", "aws_secretsmanager_raw `a`"] {
        fails("call.outside", &format!("{{{{{call}}}}}"), &["error calling"]);
    }
    let hcl = |call: &str| {
        format!(
            "source \"null\" \"n\" {{\n  communicator = \"none\"\n}}\nbuild {{\n  sources = [\"null.n\"]\n  provisioner \"shell-local\" {{\n    inline = [\"echo '<{call}>'\"]\n  }}\n}}\n"
        )
    };
    for (rule, call, code) in [
        ("call.user-hcl", "{{user `v`}}", 1),
        ("call.build-hcl", "{{build `PackerRunUUID`}}", 1),
        // Others work there, too.
        ("call.user-hcl", "{{upper `v`}}", 0),
    ] {
        trial(rule, "").file("t.pkr.hcl", &hcl(call)).ends("validate t.pkr.hcl", code, &[]);
    }
    let template = with(
        r#""variables": {"a": "{{build_name}}"}, "provisioners": [{"type": "shell-local", "inline": ["true"]}]"#,
    );
    refused("call.names", &template, &["default value for 'a'"]);
    built(
        "call.names",
        r#"{"builders": [{"type": "null", "communicator": "none", "name": "{{lower `N`}}"}],
            "provisioners": [{"type": "shell-local", "inline": ["echo '<{{build_name}} {{build_type}}>'"]}]}"#,
        &["null.n: <n null>"],
    );
}

#[test]
fn what_the_build_knows() {
    built(
        "call.build",
        &with(
            r#""provisioners": [{"type": "shell-local", "inline": ["echo '<{{build `PackerRunUUID` | len}} {{build `ConnType`}}>'"]}],
               "post-processors": [{"type": "shell-local", "inline": ["echo '<{{build `ID`}}>'"]}]"#,
        ),
        &["null: <36 <no value>>", "<<no value>>"],
    );
    fails("call.build", "{{build `Nope`}}", &["error calling build"]);
}

#[test]
fn time_and_place() {
    gives("call.isotime", "{{isotime | len}} {{isotime `2006` | len}} {{isotime `year` }}", "20 4 year");
    gives("call.isotime", "{{isotime `Z07:00 MST`}}", "Z UTC");
    fails("call.isotime", "{{isotime `a` `b`}}", &["error calling isotime"]);
    gives("call.strftime", "{{strftime `%Y-%m-%d %%` | len}} {{strftime `x%%`}}", "12 x%");
    fails("call.strftime", "{{strftime}}", &["strftime"]);
    gives("call.timestamp", "{{eq timestamp timestamp}} {{timestamp | len}}", "true 10");
    gives("call.uuid", "{{eq uuid uuid}} {{uuid | len}}", "false 36");
    trial("call.dirs", "").file("sub/t.json", &echo("{{template_dir}} {{pwd}}")).ends(
        "build -color=false sub/../sub/t.json",
        0,
        &["/work/sub /", "/work>"],
    );
    gives("call.version", "{{packer_version}}", "1.16.0");
}

#[test]
fn texts() {
    gives("call.case", "{{upper `aé`}}{{lower `AÉ`}}{{user `v` | upper}}", "AÉaéVALUE");
    gives("call.replace", "{{replace `a` `b` 2 `aaa`}} {{replace `a` `b` -1 `aaa`}}", "bba bbb");
    gives("call.replace", "{{replace_all `a` `b` `aaa`}} {{user `v` | replace_all `V` `v`}}", "bbb value");
    gives("call.split", "{{split `a-b-c` `-` 2}}", "c");
    for call in ["{{split `a-b` `-` 2}}", "{{split `a-b` `-` -1}}"] {
        fails("call.split", call, &["error calling split"]);
    }
    fails("call.sed", "{{sed `s/a/b/` `a`}}", &["error calling sed", "replace"]);
    for name in ["clean_resource_name", "clean_ami_name"] {
        fails("call.components", &format!("{{{{{name} `a b`}}}}"), &[&format!("\"{name}\" not defined")]);
    }
}
