//! User variables: where their values come from, and how they use each other.

use super::{built, refused, trial, with};

/// A template with these variables, which prints a text.
fn printing(variables: &str, text: &str) -> String {
    with(&format!(
        "\"variables\": {{{variables}}}, \"provisioners\": [{{\"type\": \"shell-local\", \"inline\": [\"echo '<{text}>'\"]}}]"
    ))
}

#[test]
fn where_values_come_from() {
    let all = printing(
        r#""a": "default", "b": "default", "c": "default", "d": "default""#,
        "{{user `a`}} {{user `b`}} {{user `c`}} {{user `d`}}",
    );
    trial("var.order", &all)
        .file("1.json", r#"{"b": "one", "c": "one", "d": "one"}"#)
        .file("2.json", r#"{"c": "two", "d": "two"}"#)
        .ends(
            "build -color=false -var d=x -var-file=1.json -var-file=2.json -var d=flag t.json",
            0,
            &["<default one two flag>"],
        );
    trial("var.files", &printing("\"a\": \"\"", "{{user `a`}}"))
        .file("values.txt", r#"{"a": "from a text file"}"#)
        .file("hcl.pkrvars.hcl", "a = \"x\"")
        .file("number.json", r#"{"a": 5}"#)
        .file("list.json", r#"["a"]"#)
        .ends("build -color=false -var-file=values.txt t.json", 0, &["<from a text file>"])
        .ends("validate -var-file=hcl.pkrvars.hcl t.json", 1, &["hcl.pkrvars.hcl line 1"])
        .ends("validate -var-file=number.json t.json", 1, &["number.json line 1", "this is a number"])
        .ends("validate -var-file=list.json t.json", 1, &["list.json line 1", "this is an array"])
        .ends("validate -var-file=gone.json t.json", 1, &["gone.json"]);
    trial("var.undeclared", &printing("\"a\": \"{{user `new`}}\"", "{{user `a`}} {{user `new`}}")).ends(
        "build -color=false -var new=n t.json",
        0,
        &["<n n>"],
    );
    trial(
        "var.env",
        &printing("\"a\": \"default\", \"b\": \"{{env `LUNCH`}}\"", "{{user `a`}} {{user `b`}}"),
    )
    .env("PKR_VAR_a", "wrong")
    .env("LUNCH", "soup")
    .ends("build -color=false t.json", 0, &["<default soup>"])
    .ends("build -color=false -var a={{env␣`LUNCH`}} t.json", 0, &["<soup soup>"]);
    refused("var.env", &printing("", "{{env `LUNCH`}}"), &["error calling env"]);
}

#[test]
fn values_that_use_each_other() {
    built(
        "var.any-order",
        &printing(
            r#""a": "a{{user `b`}}", "b": "b{{user `z`}}{{user `c`}}", "c": "{{user \"z\" | upper}}", "z": "z""#,
            "{{user `a`}}",
        ),
        &["<abzZ>"],
    );
    trial("var.flags-too", &printing("\"a\": \"\", \"b\": \"b\"", "{{user `a`}} {{user `f`}}"))
        .file("f.json", r#"{"f": "{{ upper (user `b`) }}"}"#)
        .ends("build -color=false -var a={{user␣`b`}} -var-file=f.json t.json", 0, &["<b B>"]);
    built(
        "var.fields",
        &with(
            r#""variables": {"run": "{{ .PackerRunUUID }}{{user `no`}}", "no": ""},
               "provisioners": [{"type": "shell-local", "environment_vars": ["U={{build `PackerRunUUID`}}"],
                                 "inline": ["[ \"$U\" = '{{user `run`}}' ] && echo same"]}]"#,
        ),
        &["null: same"],
    );
    built(
        "var.progress",
        &printing(r#""a": "{{user `nope`}}", "b": "{{user `c`}}", "c": "c""#, "{{user `a`}}{{user `b`}}"),
        &["<c>"],
    );
    for variables in [
        r#""a": "{{user `nope`}}""#,
        r#""a": "{{user `a`}}""#,
        r#""a": "{{user `b`}}", "b": "{{user `a`}}", "c": "plain""#,
    ] {
        refused(
            "var.in-vain",
            &printing(variables, ""),
            &["Error: error interpolating default value for 'a'", "on t.json line 1"],
        );
    }
    for value in ["{{nope}}", "{{upper}}", "{{user `x`", "{{split `a` `,` 5}}", "{{end}}"] {
        refused(
            "var.broken",
            &printing(&format!("\"a\": \"{value}\", \"b\": \"{{{{user `c`}}}}\", \"c\": \"\""), ""),
            &["error interpolating default value for 'a'", "template: root:1"],
        );
    }
}
