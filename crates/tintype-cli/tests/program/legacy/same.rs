//! A template and what `hcl2_upgrade` makes of it build the same: the engine cannot tell which one it was given.

use std::path::Path;

use regex::Regex;
use serde_json::Value;

use super::{Trial, trial};
use crate::bench::{Bench, docker, program};

/// Components that this program brings along.
const OURS: [&str; 16] = [
    "artifice",
    "breakpoint",
    "checksum",
    "compress",
    "docker",
    "docker-import",
    "docker-push",
    "docker-save",
    "docker-tag",
    "file",
    "manifest",
    "null",
    "shell",
    "shell-local",
    "sleep",
    "http",
];

fn upgraded(rule: &'static str, template: &str) -> Trial {
    trial(rule, template).ends("hcl2_upgrade t.json", 0, &["Successfully created"])
}

/// What a build tells, without what differs from run to run.
fn story(bench: &Bench, template: &str) -> Vec<String> {
    let said = bench.run(&["build", "-json", "-parallel-builds=1", template]);
    // The id of the run; the numbers of scripts; a post-processor of HCL2 has no name when the template gives none.
    let changing = Regex::new("[0-9a-f]{8}-[0-9a-f-]{27}|shell[0-9]+|sha256:[0-9a-f]{64}").unwrap();
    let unnamed = Regex::new(r"post-processor:  \(type (.*)\)").unwrap();
    let mut events = Vec::new();
    for line in said.stdout.lines() {
        let mut event: Value = serde_json::from_str(line).unwrap();
        let fields = event.as_object_mut().unwrap();
        if fields["type"] == "progress" || fields["type"] == "progress_ended" {
            continue;
        }
        for field in ["seq", "time", "seconds", "range"] {
            fields.remove(field);
        }
        let text = event.to_string().replace(&bench.tmp().display().to_string(), "*");
        let text = unnamed.replace_all(&text, "post-processor: $1").into_owned();
        events.push(changing.replace_all(&text, "*").into_owned());
    }
    assert_eq!(said.code, 0, "{events:#?}\n{}", said.stderr);
    events
}

#[track_caller]
fn same(template: &str) {
    let first = Bench::new(&[("t.json", template)]);
    let second = upgraded("up.same", template).bench;
    let told = story(&first, "t.json");
    assert!(told.len() > 3, "{told:?}");
    assert_eq!(told, story(&second, "t.json.pkr.hcl"), "{template}");
    let files = |bench: &Bench| {
        let mut files = Vec::new();
        for entry in std::fs::read_dir(bench.path("")).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().to_string_lossy().into_owned();
            if !name.starts_with("t.json") && entry.path().is_file() {
                files.push((
                    name,
                    String::from_utf8_lossy(&std::fs::read(entry.path()).unwrap()).into_owned(),
                ));
            }
        }
        files.sort();
        files
    };
    assert_eq!(files(&first), files(&second), "{template}");
}

#[test]
fn files_and_scripts() {
    for template in [
        r#"{"variables": {"v": "${x} %{y} \"q\" \\ 'z'", "w": "{{user `v`}}!", "up": "{{upper `low`}}"},
            "builders": [{"type": "file", "name": "a", "target": "out-{{build_name}}.txt", "content": "{{user `w`}} {{user `up`}} {{packer_version}} {{build_type}}\n"},
                         {"type": "file", "name": "b-b", "target": "b.txt", "source": "t.json"}],
            "provisioners": [{"type": "shell-local", "inline": ["echo {{build_name}} {{build_type}}", "cat out-a.txt"], "only": ["a"]},
                             {"type": "shell-local", "inline": ["echo \"$X\""], "env": {"X": "{{user `v`}}"}, "override": {"b-b": {"env": {"X": "other"}}}}],
            "post-processors": [["checksum", {"type": "shell-local", "inline": ["ls *.checksum"], "except": ["b-b"]}],
                                {"type": "compress", "only": ["a"], "output": "{{.BuildName}}.lz4", "keep_input_artifact": true}]}"#,
        r#"{"variables": {"n": "two words", "sh": "sh"}, "sensitive-variables": ["n"],
            "builders": [{"type": "null", "name": "n", "communicator": "none"}],
            "provisioners": [{"type": "shell-local", "execute_command": ["sh", "-c", "{{.Vars}} {{user `sh`}} {{.Script}}"], "environment_vars": ["A=b", "C={{user `n`}}"],
                              "inline": ["echo $A $C {{build `PackerRunUUID`}} {{replace_all `a` `b` `aaa`}} {{split `x,y` `,` 1}}"], "max_retries": "1", "pause_before": "1ms"},
                             {"type": "shell-local", "inline": ["test -e once || { touch once; exit 1; }"], "max_retries": 2, "timeout": "1m"}],
            "post-processors": [[{"type": "shell-local", "name": "last", "inline": ["echo {{build_name}} {{lower `A`}}"]}]]}"#,
        r#"{"builders": [{"type": "null", "name": "n", "communicator": "none"}, {"type": "file", "name": "f", "target": "f", "content": "{{ `{{x}}` }}."}],
            "provisioners": [{"type": "shell-local", "inline": ["echo 'a\\tb' $HOME_NOT ${X:-y} 100%"]}]}"#,
    ] {
        same(template);
    }
}

#[test]
fn images() {
    if !docker() {
        return;
    }
    let template = |tag: &str| {
        format!(
            r#"{{"variables": {{"greeting": "hello", "who": "{{{{upper `world`}}}}"}},
                "builders": [{{"type": "docker", "name": "d", "image": "debian:bookworm-slim", "pull": false, "commit": true,
                               "changes": ["ENV WHO={{{{user `who`}}}}", "CMD [\"sh\", \"-c\", \"cat /greeting\"]"],
                               "run_command": ["-d", "-i", "-t", "--entrypoint=/bin/sh", "--", "{{{{.Image}}}}"]}}],
                "provisioners": [{{"type": "shell", "inline": ["echo {{{{user `greeting`}}}} {{{{user `who`}}}} > /greeting", "echo $PACKER_BUILD_NAME"]}},
                                 {{"type": "file", "source": "t.json", "destination": "/t.json", "only": ["d"]}}],
                "post-processors": [{{"type": "docker-tag", "repository": "tintype-same", "tags": ["{tag}"]}}]}}"#
        )
    };
    let docker = |args: &[&str]| {
        let output = program(Path::new("docker")).args(args).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let both = ["json", "hcl"].map(|tag| {
        let trial = upgraded("up.same", &template(tag));
        let file = if tag == "json" { "t.json" } else { "t.json.pkr.hcl" };
        trial.ends(&format!("build -color=false {file}"), 0, &["docker.d: d\n", "finished after"]);
        let image = format!("tintype-same:{tag}");
        let about =
            docker(&["image", "inspect", "--format", "{{json .Config}} {{len .RootFS.Layers}}", &image]);
        let said = docker(&["run", "--rm", &image]);
        docker(&["image", "rm", "-f", &image]);
        (about, said)
    });
    assert_eq!(both[0].1, "hello WORLD\n");
    assert_eq!(both[0], both[1]);
}

/// The types in a template, at whatever place they stand.
fn types(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| types(item, found)),
        Value::Object(fields) => {
            for key in ["builders", "provisioners", "post-processors", "error-cleanup-provisioner"] {
                if let Some(Value::String(ty)) = fields.get(key).and_then(|part| part.get("type")) {
                    found.push(ty.clone());
                }
                for item in fields.get(key).and_then(Value::as_array).into_iter().flatten() {
                    let chain = item.as_array().map_or(std::slice::from_ref(item), Vec::as_slice);
                    for one in chain {
                        found.extend(one.as_str().or_else(|| one.get("type")?.as_str()).map(str::to_owned));
                    }
                }
            }
        }
        _ => {}
    }
}

/// The exit code of a build, and what its scripts print, without times and ids.
fn printed(bench: &Bench, values: &[String], template: &str) -> (i32, Vec<String>) {
    let mut args = vec!["build", "-json", "-parallel-builds=1"];
    args.extend(values.iter().map(String::as_str));
    args.push(template);
    let said = bench.run(&args);
    let here = bench.path("").display().to_string();
    let changing = Regex::new("[0-9a-f-]{8,}|[0-9:]{5,}").unwrap();
    let mut lines: Vec<String> = said
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .filter(|event: &Value| event["type"] == "output")
        .map(|event| event["line"].to_string())
        // The directory of the template is absolute in one language, and as it was typed in the other.
        .map(|line| {
            line.replace(here.trim_end_matches('/'), ".").replace(&bench.tmp().display().to_string(), "*")
        })
        .map(|line| changing.replace_all(&line, "*").into_owned())
        .collect();
    // Builders are built in the order of their names, sources in that of their types.
    lines.sort();
    (said.code, lines)
}

#[test]
fn every_recorded_upgrade_is_a_good_template() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/compat/cli");
    let undeclared = Regex::new("(?m)^variable \"(.*)\" \\{\n  type = string\n\\}").unwrap();
    let (mut read, mut built) = (0, 0);
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if !name.starts_with("upgrade-") {
            continue;
        }
        let entries = casefile::parse(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let Some(template) = entries.iter().find(|entry| entry.path == "in/t.json") else { continue };
        let text = String::from_utf8_lossy(&template.contents).into_owned();
        let Ok(json) = serde_json::from_str::<Value>(&text) else { continue };
        let mut found = Vec::new();
        types(&json, &mut found);
        let known = found.iter().all(|ty| OURS.contains(&ty.as_str()));
        let required = json["variables"].as_object().into_iter().flatten();
        let mut values: Vec<String> =
            required.filter(|(_, value)| value.is_null()).map(|(name, _)| format!("-var={name}=x")).collect();
        let trial = trial("up.same", &text);
        trial.run("hcl2_upgrade t.json");
        let new = std::fs::read_to_string(trial.bench.path("t.json.pkr.hcl")).unwrap();
        // What the old template takes as empty must have a value in the new one.
        values.extend(undeclared.captures_iter(&new).map(|found| format!("-var={}=x", &found[1])));
        let mut args = vec!["validate"];
        if !known {
            args.push("-syntax-only");
        }
        args.extend(values.iter().map(String::as_str));
        args.push("t.json.pkr.hcl");
        let said = trial.bench.run(&args);
        let old = trial.bench.run(&[&args[..args.len() - 1], &["t.json"]].concat());
        read += 1;
        // One that was refused before may be refused now, but none that was good.
        assert!(said.code == 0 || (old.code != 0 && known), "{name} {args:?}\n{}\n{new}", said.stdout);
        if known && old.code == 0 && !found.iter().any(|ty| ty.starts_with("docker")) {
            built += 1;
            let (first, second) = (Bench::new(&[("t.json", &text)]), trial.bench);
            assert_eq!(
                printed(&first, &values, "t.json"),
                printed(&second, &values, "t.json.pkr.hcl"),
                "{name}\n{new}"
            );
        }
    }
    assert!(read > 20 && built > 5, "{read} {built}");
}
