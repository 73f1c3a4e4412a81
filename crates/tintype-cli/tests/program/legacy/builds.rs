//! Which builds there are, what is done in each, and what `inspect` says of them.

use super::{built, trial, valid};

/// Three builders, one with a rendered name, and chains of post-processors.
const THREE: &str = r#"{"variables": {"n": "1", "need": "x"},
 "builders": [{"type": "null", "communicator": "none", "name": "web"}, {"type": "null", "communicator": "none"},
              {"type": "null", "communicator": "none", "name": "a{{user `n`}}"}],
 "provisioners": [{"type": "shell-local", "inline": ["echo '<{{build_name}}>'"], "except": ["web"]},
                  {"type": "shell-local", "inline": ["echo '[{{build_name}}]'"], "only": ["web", "null"]}],
 "post-processors": [[{"type": "manifest", "name": "first", "output": "{{build_name}}"}, "manifest", {"type": "shell-local", "inline": ["echo '({{build_name}})'"]}],
                     {"type": "shell-local", "name": "alone", "inline": ["true"], "only": ["web"]}]}"#;

#[test]
fn selection() {
    for (flags, wanted) in [
        ("", ["'null.a1' finished", "'null' finished", "'null.web' finished"]),
        ("-only=a1,web", ["≠'null' finished", "'null.a1' finished", "'null.web' finished"]),
        ("-only=a1 -only=web", ["≠'null' finished", "'null.a1' finished", "'null.web' finished"]),
        ("-except=null", ["≠'null' finished", "'null.a1' finished", "'null.web' finished"]),
        ("-only=null,web -except=web", ["≠web", "≠a1", "'null' finished"]),
    ] {
        let args = format!("build -color=false -parallel-builds=1 {flags} t.json");
        trial("build.select", THREE).ends(&args, 0, &wanted);
    }
    for none in ["-only=null.web", "-only=we*", "-only=a{{user␣`n`}}", "-only=null -except=null"] {
        trial("build.select", THREE).ends(
            &format!("build -color=false {none} t.json"),
            1,
            &["No builds to run"],
        );
    }
    trial("build.except-post", THREE)
        .ends(
            "build -color=false -except=first t.json",
            0,
            &["≠post-processor: first", "≠(web)", "post-processor: alone"],
        )
        .ends(
            "build -color=false -except=manifest t.json",
            0,
            &["≠(web)", "post-processor: first", "≠processor: manifest"],
        )
        .ends(
            "build -color=false -except=shell-local,alone -only=web t.json",
            0,
            &["≠(web)", "≠alone", "processor: manifest"],
        );
}

#[test]
fn order_and_names() {
    built("build.order", THREE, &["<a1>"]);
    let serial = "build -color=false -parallel-builds=1 t.json";
    trial("build.order", THREE).ends(serial, 0, &["null.a1: <a1>", "null: <null>", "null.web: [web]"]);
    trial("build.title", THREE).ends(
        serial,
        0,
        &["'null.a1' finished", "'null' finished", "'null.web' finished"],
    );
    trial("build.filter", THREE).ends(
        serial,
        0,
        &[
            "≠<web>",
            "≠[a1]",
            "null.a1: <a1>",
            "null: <null>",
            "null: [null]",
            "null.web: [web]",
            "post-processor: alone",
        ],
    );
}

#[test]
fn around_a_provisioner() {
    built(
        "build.override",
        r#"{"builders": [{"type": "null", "communicator": "none", "name": "a"}, {"type": "null", "communicator": "none", "name": "b"}],
            "provisioners": [{"type": "shell-local", "inline": ["echo one", "echo two"], "env": {"X": "1", "Y": "1"},
                              "override": {"b": {"inline": ["echo over"], "env": {"X": "2"}}}},
                             {"type": "shell-local", "inline": ["echo \"$X$Y\""], "env": {"X": "1", "Y": "1"},
                              "override": {"a": {"env": {"X": "2"}}}}],
            "post-processors": []}"#,
        &["null.b: over"],
    );
    let overridden = r#"{"builders": [{"type": "null", "communicator": "none"}],
        "provisioners": [{"type": "shell-local", "inline": ["echo one", "echo two"], "override": {"null": {"INLINE": ["echo \"$Y\""], "env": {"Y": "over"}}}}]}"#;
    built("build.override", overridden, &["null: over\n", "null: two\n"]);
    let around = |members: &str| {
        format!(
            r#"{{"builders": [{{"type": "null", "communicator": "none"}}],
                "provisioners": [{{"type": "shell-local", "inline": ["sleep 0.1; exit 1"], {members}}}]}}"#
        )
    };
    for (members, wanted) in [
        (
            r#""pause_before": "10ms", "timeout": "1ms""#,
            ["Pausing 10ms before the next provisioner...", "≠Setting", "non-zero exit status"],
        ),
        (
            r#""timeout": "1ms", "max_retries": 1"#,
            ["Setting a 1ms timeout for the next provisioner...", "with 1 trie(s) left", "Setting a 1ms"],
        ),
        (
            r#""timeout": "2m", "max_retries": 0"#,
            ["Setting a 2m0s timeout", "≠trie(s)", "non-zero exit status: 1"],
        ),
    ] {
        trial("build.around", &around(members)).ends("build -color=false t.json", 1, &wanted);
    }
}

#[test]
fn inspection() {
    trial("build.inspect", THREE)
        .ends(
            "inspect t.json",
            0,
            &[
                "Packer Inspect: JSON mode\n",
                "Optional variables and their defaults:\n\n  n    = 1\n  need = x\n",
                "Builders:\n\n  a{{user `n`}} (null)\n  null         \n  web           (null)\n",
                "Provisioners:\n\n  shell-local\n  shell-local\n",
            ],
        )
        .ends("inspect -var n=5 t.json", 0, &["  n    = 1\n"]);
    let text = r#"{"description": "some words", "variables": {"r": null, "pw": "hidden", "o": "{{env `X`}}"}, "sensitive-variables": ["pw"], "builders": [{"type": "none-such"}]}"#;
    trial("build.inspect", text).ends(
        "inspect t.json",
        0,
        &[
            "Description:\n\nsome words\n",
            "Required variables:\n\n  r\n",
            "  o  = {{env `X`}}\n",
            "  pw = <sensitive>\n",
            "none-such",
            "<No provisioners>",
            "≠hidden",
        ],
    );
    trial("build.machine", text).ends(
        "inspect -machine-readable t.json",
        0,
        &[
            ",,template-variable,r,,1\n",
            ",,template-variable,o,{{env `X`}},0\n",
            ",,template-variable,pw,<sensitive>,0\n",
            ",,template-builder,none-such,none-such\n",
        ],
    );
    trial("build.machine", THREE).ends(
        "inspect -machine-readable t.json",
        0,
        &[",,template-provisioner,shell-local\n"],
    );
    valid("build.select", THREE);
}
