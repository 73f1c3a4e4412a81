//! Legacy JSON templates from their text to a plan.

use std::sync::Arc;

use diag::{Diagnostics, SourceMap};
use tintype_sdk::{Catalog, Policy};
use tintype_template::{JsonTemplate, LoadRequest, Row};
use tintype_testkit::Sandbox;

use crate::catalog::catalog;
use crate::suite::show_plan;

/// Loads a template, checks it and plans it. Flags are those of the command line.
fn compile(text: &str, flags: &str) -> (Option<JsonTemplate>, String, Diagnostics, Arc<SourceMap>) {
    let sandbox = Sandbox::new();
    sandbox.write("t.json", text);
    let mut request = LoadRequest { path: "t.json".to_owned(), ..LoadRequest::default() };
    for flag in flags.split_whitespace() {
        let (word, value) = flag.split_once('=').expect("flags have values");
        let list = || value.split(',').map(str::to_owned);
        match word {
            "-only" => request.only.extend(list()),
            "-except" => request.except.extend(list()),
            name => request.vars.push((name.to_owned(), value.to_owned())),
        }
    }
    let sources = Arc::new(SourceMap::new());
    let mut template = match JsonTemplate::load(request, sandbox.world().clone(), sources.clone()) {
        Ok(template) => template,
        Err(findings) => return (None, String::new(), findings, sources),
    };
    let mut findings = template.initialise();
    let mut plan = String::new();
    if !findings.has_errors() {
        let registry: Arc<dyn Catalog> = Arc::new(catalog());
        let (planned, found) = template.plan(&*registry, Policy::default());
        findings.extend(found);
        let (text, found) = show_plan(&planned);
        findings.extend(found);
        plan = text;
    }
    (Some(template), plan, findings, sources)
}

/// The plan, then what is wrong: title, and place.
#[track_caller]
fn check(text: &str, flags: &str, expected: &[&str]) {
    let (_, plan, findings, sources) = compile(text, flags);
    let mut shown: Vec<String> = plan.lines().map(str::to_owned).collect();
    shown.extend(findings.iter().map(|finding| {
        let place =
            finding.subject.map(|span| format!(" @ {}", sources.describe(span).replace("t.json:", "")));
        format!("! {}{}", finding.summary, place.unwrap_or_default())
    }));
    assert_eq!(shown, expected, "{text} {flags}");
}

const TWO: &str = r#"{"variables": {"n": "1"},
 "builders": [{"type": "null", "name": "web", "ssh_host": "h"}, {"type": "null"}, {"type": "disk", "name": "a{{user `n`}}"}],
 "provisioners": [{"type": "shell", "inline": "x", "only": ["web"]}, {"type": "shell", "except": ["web", "null"], "max_retries": "{{user `n`}}"}],
 "post-processors": ["manifest", [{"type": "checksum", "name": "sum", "only": ["web"]}, {"type": "manifest", "output": "o"}]]}"#;

#[test]
fn one_build_for_each_builder_by_name() {
    check(
        TWO,
        "",
        &[
            "disk.a1: disk {} [a1 disk]",
            "  provisioner[1] shell {} retries=1",
            "  post-processor[0][0] manifest {} name=manifest",
            "  post-processor[1][1] manifest {output=\"o\"} name=manifest",
            "null: null {} [null null]",
            "  post-processor[0][0] manifest {} name=manifest",
            "  post-processor[1][1] manifest {output=\"o\"} name=manifest",
            "null.web: null {ssh_host=\"h\"} [web null]",
            "  provisioner[0] shell {inline=\"x\"}",
            "  post-processor[0][0] manifest {} name=manifest",
            "  post-processor[1][0] checksum {} name=sum",
            "  post-processor[1][1] manifest {output=\"o\"} name=manifest",
        ],
    );
}

#[test]
fn only_and_except_take_exact_names() {
    check(
        TWO,
        "-only=a1,web -except=sum,web",
        &[
            "disk.a1: disk {} [a1 disk]",
            "  provisioner[1] shell {} retries=1",
            "  post-processor[0][0] manifest {} name=manifest",
            "  post-processor[1][1] manifest {output=\"o\"} name=manifest",
        ],
    );
    // What is left out ends its chain, if it is in it.
    check(
        TWO,
        "-only=web -except=sum",
        &[
            "null.web: null {ssh_host=\"h\"} [web null]",
            "  provisioner[0] shell {inline=\"x\"}",
            "  post-processor[0][0] manifest {} name=manifest",
        ],
    );
    check(TWO, "-only=nul*", &[]);
    check(TWO, "-only=null.web", &[]);
}

#[test]
fn what_is_done_around_a_provisioner() {
    check(
        r#"{"builders": [{"type": "null", "name": "a"}, {"type": "null", "name": "b"}],
 "provisioners": [{"type": "shell", "pause_before": "1s", "timeout": "1m", "override": {"b": {"inline": "b"}}}],
 "error-cleanup-provisioner": {"type": "shell", "only": ["a"], "inline": ["{{build `Host`}}", "{{.ID}}"]}}"#,
        "",
        &[
            "null.a: null {} [a null]",
            "  provisioner[0] shell {} pause=1s timeout=60s",
            "  error-cleanup-provisioner shell {inline=[\"<no value>\", \"<no value>\"]}",
            "null.b: null {} [b null]",
            "  provisioner[0] shell {} + {inline=\"b\"} pause=1s timeout=60s",
            "  error-cleanup-provisioner shell {inline=[\"<no value>\", \"<no value>\"]}",
        ],
    );
}

#[test]
fn names_must_exist() {
    check(
        r#"{"builders": [{"type": "null"}],
 "provisioners": [{"type": "shell", "only": ["nul"], "override": {"x": {}}}],
 "post-processors": [["manifest", {"type": "manifest", "only": ["null"], "except": ["y"]}]]}"#,
        "",
        &[
            "! provisioner 1: only: there is no builder named 'nul' @ 2,46-51",
            "! provisioner 1: override: there is no builder named 'x' @ 2,67-70",
            "! post-processor 1.2: only one of 'only' or 'except' may be specified @ 3,85-88",
            "! post-processor 1.2: except: there is no builder named 'y' @ 3,85-88",
        ],
    );
    check(
        r#"{"variables": {"a": null, "b": "{{user `a`}}"}, "min_packer_version": "99.0"}"#,
        "",
        &[
            "! at least one builder must be defined @ 1,1-2",
            "! This template requires Packer version 99.0.0 or higher @ 1,71-77",
            "! required variable not set: a @ 1,16-19",
        ],
    );
    check(
        r#"{"builders": [{"type": "null"}], "min_packer_version": "x"}"#,
        "",
        &["! min_packer_version: Malformed version: x @ 1,56-59"],
    );
}

#[test]
fn unknown_types_leave_other_builds() {
    check(
        r#"{"builders": [{"type": "nul", "name": "a"}, {"type": "null"}],
 "provisioners": [{"type": "shel", "only": ["a"]}, {"type": "shell", "max_retries": "x", "only": ["a"]}],
 "post-processors": [{"type": "manifes", "only": ["a"]}]}"#,
        "",
        &[
            "null: null {} [null null]",
            "! Failed to prepare build: \"a\" @ 2,19-20",
            "! Failed to prepare build: \"a\" @ 2,85-88",
            "! Failed to prepare build: \"a\" @ 3,22-23",
            "! Failed to prepare build: \"a\" @ 1,15-16",
        ],
    );
}

#[test]
fn rendered_names() {
    check(
        r#"{"builders": [{"type": "null", "name": "a"}, {"type": "null", "name": "{{user `n`}}"}]}"#,
        "n=a",
        &["null.a: null {} [a null]", "! Two builders have the name \"a\" @ 1,71-85"],
    );
    check(
        r#"{"builders": [{"type": "null", "name": "{{nope}}"}, {"type": "null"}]}"#,
        "",
        &["null: null {} [null null]", "! Error interpolating builder '{{nope}}' @ 1,40-50"],
    );
}

#[test]
fn secrets_and_the_console() {
    let text = r#"{"variables": {"pw": "x{{user `n`}}", "n": "1"}, "sensitive-variables": ["pw", "nope"], "builders": [{"type": "null"}]}"#;
    let (template, _, findings, _) = compile(text, "n=2");
    assert!(findings.is_empty(), "{findings}");
    let template = template.expect("it loads");
    assert_eq!(template.secrets(), ["x2"]);
    assert_eq!(template.variables_text(), "\nn: 2,\npw: x2,\n");
    assert_eq!(template.evaluate("{{user `pw` | upper}}").as_deref(), Ok("X2"));
    assert!(template.evaluate("{{env `HOME`}}").is_err());
}

#[test]
fn inspected_as_it_is_written() {
    let text = r#"{"variables": {"need": null, "pw": "x", "longer": "{{env `HOME`}}", "same": "x"}, "sensitive-variables": ["pw"],
 "description": "d", "builders": [{"type": "null", "name": "zeta{{user `n`}}"}, {"type": "disk"}], "provisioners": [{"type": "shell"}]}"#;
    let (template, ..) = compile(text, "need=1");
    let shown: Vec<String> = template
        .expect("it loads")
        .inspect()
        .into_iter()
        .map(|row| match row {
            Row::Say(text) => text,
            Row::Machine(category, data) => format!("{category},{}", data.join(",")),
        })
        .take_while(|row| !row.contains("Note:"))
        .collect();
    assert_eq!(
        shown,
        [
            "Packer Inspect: JSON mode",
            "Description:\n",
            "d\n",
            "Required variables:\n",
            "template-variable,need,,1",
            "  need",
            "",
            "Optional variables and their defaults:\n",
            "template-variable,longer,{{env `HOME`}},0",
            "  longer = {{env `HOME`}}",
            "template-variable,pw,<sensitive>,0",
            "  pw     = <sensitive>",
            "template-variable,same,<sensitive>,0",
            "  same   = <sensitive>",
            "",
            "Builders:\n",
            "template-builder,disk,disk",
            "  disk            ",
            "template-builder,zeta{{user `n`}},null",
            "  zeta{{user `n`}} (null)",
            "",
            "Provisioners:\n",
            "template-provisioner,shell",
            "  shell",
        ]
    );
}

/// Whatever people type, there are findings, and never a panic.
#[test]
fn mangled_templates_are_refused_or_read() {
    // Any fixed number will do.
    let mut seed: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut random = move |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed % below.max(1) as u64).unwrap_or(0)
    };
    let pieces = TWO.replace([',', '{'], "\n,{\n");
    for _ in 0..MANGLED {
        let mut lines: Vec<String> = if random(2) == 0 {
            TWO.split_inclusive([',', ':', '{', '[']).map(str::to_owned).collect()
        } else {
            pieces.lines().map(str::to_owned).collect()
        };
        crate::mangle(&mut lines, &mut random);
        compile(&lines.concat(), "n=x");
    }
    let deep = format!("{{\"builders\": {}{}}}", "[".repeat(10_000), "]".repeat(10_000));
    let (template, _, findings, _) = compile(&deep, "");
    assert!(template.is_none() && findings.has_errors());
}

/// How many variants are tried.
const MANGLED: usize = 300;
