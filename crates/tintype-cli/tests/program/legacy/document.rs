//! What may stand in a template, and where.

use super::{NULL, built, refused, trial, valid, with};

const TWO: &str = r#""builders": [{"type": "null", "communicator": "none", "name": "a"}, {"type": "null", "communicator": "none", "name": "b"}]"#;

fn step(members: &str) -> String {
    with(&format!("\"provisioners\": [{{\"type\": \"shell-local\", \"inline\": [\"echo ran\"], {members}}}]"))
}

fn posts(list: &str) -> String {
    with(&format!("\"post-processors\": {list}"))
}

#[test]
fn keys_of_the_root() {
    valid("doc.keys", r#"{"Builders": [{"TYPE": "null", "Communicator": "none"}], "PROVISIONERS": []}"#);
    // The exact name goes before one that only resembles it.
    valid("doc.keys", &with(r#""BUILDERS": 5"#).replace("\"BUILDERS\": 5", "\"_BUILDERS\": \"5\""));
    valid("doc.comment-keys", &with(r#""_note": "x""#));
    refused("doc.comment-keys", &with(r#""_note": 5"#), &["a key that begins with _ is a comment"]);
    refused(
        "doc.unknown-keys",
        &with(r#""provisioner": []"#),
        &["unknown root level key", "\"provisioners\""],
    );
    refused("doc.unknown-keys", &with(r#""other": []"#), &["on t.json line 1", "unknown root level key"]);
    valid("doc.ignored", &with(r#""comments": [{"a": "b"}], "push": {"name": "x", "vcs": true}"#));
    refused(
        "doc.ignored",
        &with(r#""comments": ["a"]"#),
        &["comments: number 1 must be an object of strings"],
    );
}

#[test]
fn texts() {
    refused(
        "doc.duplicates",
        &with(r#""description": "a", "description": "b""#),
        &["duplicate field: description"],
    );
    refused(
        "doc.duplicates",
        &step(r#""override": {"null": {"env": {"A": "1", "A": "2"}}}"#),
        &["duplicate field: A"],
    );
    refused(
        "doc.syntax",
        "{\n  \"variables\": {}\n  \"builders\": []\n}",
        &[
            "on t.json line 3",
            "   2:   \"variables\": {}\n",
            "   3:   \"builders\"",
            "^",
            "line 3, column 3 (offset 22)",
            ".pkr.hcl",
        ],
    );
}

#[test]
fn variables_and_builders() {
    valid("doc.variables", &with(r#""variables": {"a": "", "b": "x"}"#));
    for wrong in ["5", "true", "[]", "{}"] {
        refused(
            "doc.variables",
            &with(&format!("\"variables\": {{\"a\": {wrong}}}")),
            &["a string, or null"],
        );
    }
    built(
        "doc.sensitive",
        &with(
            r#""variables": {"a": "hidden-{{user `b`}}", "b": "word"}, "sensitive-variables": ["a", "nope"],
               "provisioners": [{"type": "shell-local", "inline": ["echo a {{user `a`}} b"]}]"#,
        ),
        &["a <sensitive> b", "≠hidden-word"],
    );
    refused("doc.builder-type", r#"{"builders": [{"name": "a"}]}"#, &["builder 1: it must have a \"type\""]);
    refused("doc.builder-type", r#"{"builders": ["null"]}"#, &["builder 1: an object is needed"]);
    trial("doc.builder-name", &with("\"description\": \"d\"")).ends(
        "inspect t.json",
        0,
        &["Builders:", "  null\n"],
    );
    refused(
        "doc.builder-name",
        r#"{"builders": [{"type": "null"}, {"type": "file", "name": "null"}]}"#,
        &["builder 2: there is a builder named 'null' already"],
    );
    built(
        "doc.name-template",
        r#"{"variables": {"n": "x"}, "builders": [{"type": "null", "communicator": "none", "name": "n-{{user `n`}}"}],
            "provisioners": [{"type": "shell-local", "inline": ["echo ran"], "only": ["n-{{user `n`}}"],
                              "override": {"n-{{user `n`}}": {"inline": ["echo over"]}}}]}"#,
        &["null.n-x: over"],
    );
    refused(
        "doc.name-template",
        r#"{"variables": {"n": "x"}, "builders": [{"type": "null", "communicator": "none", "name": "n-{{user `n`}}"}],
            "provisioners": [{"type": "shell-local", "inline": ["echo ran"], "only": ["n-x"]}]}"#,
        &["there is no builder named 'n-x'"],
    );
}

#[test]
fn provisioners() {
    built(
        "doc.step-keys",
        &step(
            r#""only": ["null"], "except": [], "override": {}, "pause_before": "1ms", "timeout": "1m", "max_retries": 1"#,
        ),
        &["Pausing 1ms before the next provisioner...", "null: ran"],
    );
    refused("doc.step-others", &step(r#""name": "x""#), &["unknown configuration key: '\"name\"'"]);
    refused(
        "doc.step-others",
        &step(r#""continue_on_error": true"#),
        &["unknown configuration key: '\"continue_on_error\"'"],
    );
    built(
        "doc.step-weak",
        &step(r#""only": "null", "override": [], "pause_before": 1000000, "max_retries": "0""#),
        &["Pausing 1ms", "null: ran"],
    );
    refused("doc.step-weak", &step(r#""pause_before": "5 minutes""#), &["pause_before", "in duration"]);
    for count in ["2", "\"2\"", "\"{{user `n`}}\"", "\"{{user (printf `%s` `n`)}}\""] {
        let template = with(&format!(
            "\"variables\": {{\"n\": \"2\"}}, \"provisioners\": [{{\"type\": \"shell-local\", \"inline\": [\"exit 3\"], \"max_retries\": {count}}}]"
        ));
        trial("doc.max-retries", &template).ends(
            "build -color=false t.json",
            1,
            &["retrying with 2 trie(s) left", "retrying with 1 trie(s) left", "retry limit reached."],
        );
    }
    refused("doc.max-retries", &step(r#""max_retries": "many""#), &["max_retries must be a whole number"]);
    let cleanup = format!(
        "{{{TWO}, \"provisioners\": [{{\"type\": \"shell-local\", \"inline\": [\"false\"]}}],
          \"error-cleanup-provisioner\": {{\"type\": \"shell-local\", \"inline\": [\"echo cleaned\"], \"only\": [\"a\"]}}}}"
    );
    trial("doc.cleanup", &cleanup).ends(
        "build -color=false -parallel-builds=1 t.json",
        1,
        &["null.a: cleaned", "null.b: cleaned"],
    );
}

#[test]
fn post_processors() {
    built(
        "doc.posts",
        &posts(
            r#"["manifest", {"type": "manifest", "output": "b.json"}, ["manifest", {"type": "manifest", "name": "last"}]]"#,
        ),
        &[
            "Running post-processor: manifest\n",
            "post-processor: manifest\n",
            "post-processor: manifest\n",
            "last (type manifest)",
        ],
    );
    refused(
        "doc.posts",
        &posts(r#"[["manifest", ["manifest"]]]"#),
        &["post-processor 1.2: a chain holds no chains"],
    );
    refused(
        "doc.posts",
        &posts("[5]"),
        &["post-processor 1.1: a string, an object or an array of them is needed"],
    );
    valid(
        "doc.post-keys",
        &posts(r#"[{"type": "manifest", "name": "m", "only": ["null"], "keep_input_artifact": true}]"#),
    );
    refused(
        "doc.post-keys",
        &posts(r#"[{"type": "manifest", "keep_input_artifact": "yes"}]"#),
        &["a bool is needed"],
    );
    refused(
        "doc.numbers",
        r#"{"builders": [{"type": "null"}, 5], "provisioners": [{}], "post-processors": ["a", ["b", {}]]}"#,
        &["builder 2: ", "provisioner 1: ", "post-processor 2.2: "],
    );
}

#[test]
fn the_template_as_a_whole() {
    refused("doc.whole", "{}", &["at least one builder must be defined"]);
    refused(
        "doc.whole",
        &step(r#""only": ["null"], "except": ["null"]"#),
        &["provisioner 1: only one of 'only' or 'except' may be specified"],
    );
    for (member, word) in [
        (r#""only": ["nul"]"#, "only"),
        (r#""except": ["nul"]"#, "except"),
        (r#""override": {"nul": {}}"#, "override"),
    ] {
        let said = format!("provisioner 1: {word}: there is no builder named 'nul'");
        refused("doc.whole", &step(member), &[&said, "Did you mean \"null\"?"]);
    }
    valid("doc.version", &with(r#""min_packer_version": "1.16.0""#));
    refused("doc.version", &with(r#""min_packer_version": "1.16.1""#), &["Packer version 1.16.1 or higher"]);
    refused("doc.version", &with(r#""min_packer_version": "new""#), &["Malformed version: new"]);
    let required = format!("{{\"variables\": {{\"a\": null, \"b\": null}}, {NULL}}}");
    trial("doc.required", &required)
        .ends("validate -var a=1 t.json", 1, &["required variable not set: b", "≠not set: a"])
        .ends("validate -var a=1 -var b= t.json", 0, &[])
        .ends("validate -syntax-only t.json", 0, &[]);
}
