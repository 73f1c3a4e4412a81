//! What plugins cost: finding them, starting them, and what goes over the wire. The plugin is that of `tests/go-plugin`, built with Go.

use super::process::{Stage, Work, in_turn};
use super::table::{Row, Wanted};
use crate::files;
use std::cell::OnceCell;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The plugin, installed for [`Stage`] as eight plugins of 40 MB.
pub(super) struct Fleet {
    binary: PathBuf,
}

const COUNT: usize = 8;
const BYTES: u64 = 40 << 20;

/// Where and as what Go built it, once for all measures.
pub(super) type Built = OnceCell<Result<Fleet, String>>;

fn system() -> (&'static str, &'static str) {
    let os = if cfg!(target_os = "macos") { "darwin" } else { std::env::consts::OS };
    let arch = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    (os, arch)
}

fn install(root: &Path, stage: &Stage) -> Result<Fleet, String> {
    let built = stage.path("probe");
    let status = Command::new("go")
        .current_dir(root.join("tests/go-plugin"))
        .args(["build", "-trimpath", "-o"])
        .arg(&built)
        .arg(".")
        .env("CGO_ENABLED", "0")
        .status();
    match status {
        Ok(status) if status.success() => (),
        Ok(status) => return Err(format!("go build: {status}")),
        Err(error) => return Err(format!("no Go to build the plugin with: {error}")),
    }
    // What follows a program in its file is not looked at, and plugins that people use are as large as this.
    let grown = std::fs::OpenOptions::new().write(true).open(&built).and_then(|file| file.set_len(BYTES));
    grown.map_err(|error| files::at(&built, error))?;
    let (os, arch) = system();
    let mut first = None;
    for number in 0..COUNT {
        let name = if number == 0 { "probe".to_owned() } else { format!("other{number}") };
        let folder = stage.path("plugins").join("github.com/tintype").join(&name);
        std::fs::create_dir_all(&folder).map_err(|error| files::at(&folder, error))?;
        let binary = folder.join(format!("packer-plugin-{name}_v1.2.3_x5.0_{os}_{arch}"));
        std::fs::copy(&built, &binary).map_err(|error| files::at(&binary, error))?;
        let sum = stage.piped(Path::new("sha256sum"), &["-b", &binary.to_string_lossy()])?;
        let digest = sum.split_whitespace().next().unwrap_or_default().to_owned();
        let mut beside = binary.as_os_str().to_owned();
        beside.push("_SHA256SUM");
        files::write(Path::new(&beside), digest.as_bytes())?;
        first.get_or_insert(binary);
    }
    Ok(Fleet { binary: first.ok_or("nothing installed")? })
}

fn fleet(stage: &Stage) -> Result<&Fleet, String> {
    stage.fleet.get_or_init(|| install(&stage.root, stage)).as_ref().map_err(String::clone)
}

/// A template with a source of the plugin that does this, and so many provisioners that do nothing.
fn template(stage: &Stage, name: &str, verbs: &[&str], provisioners: usize) -> Result<(), String> {
    let verbs: Vec<String> = verbs.iter().map(|verb| format!("{verb:?}")).collect();
    let mut text = "packer {\n  required_plugins {\n    probe = {\n      source  = \"github.com/tintype/probe\"\n      version = \">= 1.0.0\"\n    }\n  }\n}\n".to_owned();
    // Writing to a string cannot fail.
    let _ = write!(
        text,
        "source \"probe\" \"a\" {{\n  do = [{}]\n}}\nbuild {{\n  sources = [\"probe.a\"]\n",
        verbs.join(", ")
    );
    text.push_str(&"  provisioner \"probe\" {\n  }\n".repeat(provisioners));
    text.push_str("}\n");
    files::write(&stage.path(name), text.as_bytes())
}

pub(super) fn finding(stage: &Stage) -> Result<Vec<Row>, String> {
    fleet(stage)?;
    template(stage, "one.pkr.hcl", &[], 0)?;
    let validate: Work<'_> = Box::new(|| stage.run(&stage.ours, &["validate", "one.pkr.hcl"]));
    let hash: Work<'_> = Box::new(|| {
        stage.run(
            Path::new("sh"),
            &[
                "-c",
                "sha256sum plugins/*/*/*/packer-plugin-*_amd64 plugins/*/*/*/packer-plugin-*_arm64; true",
            ],
        )
    });
    let describe: Work<'_> = Box::new(|| stage.run(&stage.ours, &["describe", "probe"]));
    let built_in: Work<'_> = Box::new(|| stage.run(&stage.ours, &["describe", "shell-local"]));
    // Once before, so that what is kept between runs is there.
    validate()?;
    describe()?;
    let times = in_turn(7, &[validate, hash, describe, built_in])?;
    let [validate, hash, describe, built_in] = times.as_slice() else {
        return Err("not measured".to_owned());
    };
    Ok(vec![
        Row::times(
            "`validate` with one of eight plugins of 40 MB",
            validate,
            "sha256sum of all",
            hash,
            Wanted::AtMost(0.2),
        ),
        Row::figure(
            "`describe` of a plugin's component, over that of a built-in one",
            (describe.best() - built_in.best()) * 1e3,
            "ms",
            Wanted::AtMost(5.0),
        ),
    ])
}

/// Starts the plugin as a host does and waits for its first line.
fn own_start(binary: &Path) -> Result<(), String> {
    let failed = |error: std::io::Error| files::at(binary, error);
    let mut child = Command::new(binary)
        .args(["start", "provisioner", "-packer-default-plugin-name-"])
        .env("PACKER_PLUGIN_MAGIC_COOKIE", "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2")
        .env("PACKER_PLUGIN_MIN_PORT", "10000")
        .env("PACKER_PLUGIN_MAX_PORT", "25000")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    let mut line = String::new();
    if let Some(output) = child.stdout.take() {
        BufReader::new(output).read_line(&mut line).map_err(failed)?;
    }
    child.kill().map_err(failed)?;
    child.wait().map_err(failed)?;
    // It was killed before it could take its socket away.
    if let Some((_, path)) = line.trim().rsplit_once('|')
        && line.contains("|unix|")
    {
        std::fs::remove_file(path).map_err(failed)?;
    }
    if line.starts_with("5|0|") { Ok(()) } else { Err(format!("{}: said {line:?}", binary.display())) }
}

pub(super) fn starting(stage: &Stage) -> Result<Vec<Row>, String> {
    const MANY: usize = 21;
    let fleet = fleet(stage)?;
    template(stage, "few.pkr.hcl", &["provision"], 1)?;
    template(stage, "many.pkr.hcl", &["provision"], MANY)?;
    let few: Work<'_> = Box::new(|| stage.piped(&stage.ours, &["build", "few.pkr.hcl"]).map(drop));
    let many: Work<'_> = Box::new(|| stage.piped(&stage.ours, &["build", "many.pkr.hcl"]).map(drop));
    let own: Work<'_> = Box::new(|| own_start(&fleet.binary));
    few()?;
    let times = in_turn(7, &[few, many, own])?;
    let [few, many, own] = times.as_slice() else { return Err("not measured".to_owned()) };
    let each = (many.best() - few.best()) / (MANY - 1) as f64;
    Ok(vec![
        Row::figure("start of a plugin by itself", own.best() * 1e3, "ms", Wanted::Nothing),
        Row::figure(
            "one more component of a plugin in a build, over that start",
            (each - own.best()) * 1e3,
            "ms",
            Wanted::AtMost(5.0),
        ),
    ])
}

/// The figure that follows `before` in what a build said.
fn figure_after(said: &str, before: &str) -> Result<f64, String> {
    let (_, rest) = said.split_once(before).ok_or_else(|| format!("the build does not say {before:?}"))?;
    let number: String = rest.chars().take_while(|sign| sign.is_ascii_digit() || *sign == '.').collect();
    number.parse().map_err(|_| format!("no figure after {before:?}"))
}

/// The best of some builds by what they say of themselves.
fn best(stage: &Stage, template: &str, before: &str, better: fn(f64, f64) -> f64) -> Result<f64, String> {
    let mut found: Option<f64> = None;
    for _ in 0..5 {
        let said = stage.piped(&stage.ours, &["build", "-color=false", template])?;
        let figure = figure_after(&said, before)?;
        found = Some(found.map_or(figure, |known| better(known, figure)));
    }
    found.ok_or_else(|| "not measured".to_owned())
}

pub(super) fn telling(stage: &Stage) -> Result<Vec<Row>, String> {
    fleet(stage)?;
    template(stage, "flood.pkr.hcl", &["flood 20000"], 0)?;
    let seconds = best(stage, "flood.pkr.hcl", "flood: 20000 lines in ", f64::min)?;
    let lines = 20_000.0 / seconds;
    Ok(vec![Row::figure("lines that a plugin tells", lines, "a second", Wanted::AtLeast(10_000.0))])
}

/// What the plugin gives away to a host of Go, made of the same libraries: its own share of all that follows.
fn between_go(binary: &Path) -> Result<f64, String> {
    let failed = |error: std::io::Error| files::at(binary, error);
    let job = serde_json::json!({
        "Binary": binary,
        "Kind": "provisioner",
        "Component": "-packer-default-plugin-name-",
        "Protobuf": true,
        "Options": "do = [\"upload 536870912 !count\"]",
    });
    let mut fastest = 0.0f64;
    for _ in 0..5 {
        let mut host = Command::new(binary)
            .arg("host")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(failed)?;
        if let Some(mut input) = host.stdin.take() {
            input.write_all(job.to_string().as_bytes()).map_err(failed)?;
        }
        let said = host.wait_with_output().map_err(failed)?;
        fastest = fastest.max(figure_after(&String::from_utf8_lossy(&said.stdout), "rate: ")?);
    }
    Ok(fastest)
}

/// What a provisioner of a plugin moves on a machine of a plugin: every byte crosses two wires.
pub(super) fn relaying(stage: &Stage) -> Result<Vec<Row>, String> {
    let fleet = fleet(stage)?;
    let build = |verb: &str| {
        format!(
            "source \"probe\" \"a\" {{\n  do = [\"provision\"]\n}}\nbuild {{\n  sources = [\"probe.a\"]\n  provisioner \"probe\" {{\n    do = [\"{verb}\"]\n  }}\n}}\n"
        )
    };
    files::write(&stage.path("relay-up.pkr.hcl"), build("upload 536870912 !count").as_bytes())?;
    files::write(&stage.path("relay-down.pkr.hcl"), build("download !make 536870912").as_bytes())?;
    let up = best(stage, "relay-up.pkr.hcl", "rate: ", f64::max)?;
    let down = best(stage, "relay-down.pkr.hcl", "rate: ", f64::max)?;
    let go = between_go(&fleet.binary)?;
    Ok(vec![
        Row::figure(
            "upload by a plugin to a host of Go (one wire, for comparison)",
            go,
            "MB/s",
            Wanted::Nothing,
        ),
        Row::figure("upload by a plugin to a plugin's machine (two wires)", up, "MB/s", Wanted::Nothing),
        Row::figure("download (two wires, and a digest in the plugin)", down, "MB/s", Wanted::Nothing),
    ])
}

/// Bytes that go up and back.
const CARRIED: u64 = 256 << 20;

/// Up and back between a plugin's provisioner and a container, one of an Engine and one that needs none. What comes without a length is
/// kept in a file until it is known. The plugin counts what comes back and does nothing else with it.
pub(super) fn carrying(stage: &Stage) -> Result<Vec<Row>, String> {
    fleet(stage)?;
    super::images::base(stage)?;
    let engine = super::measures::engine(stage)?;
    let container = engine.container()?;
    container.exec(&["/bin/sh", "-c", &format!("head -c {CARRIED} /dev/zero > /tmp/carried")])?;
    let mut rows = Vec::new();
    for (verb, what) in [("mirror-file", "a file of 256 MiB"), ("mirror", "256 MiB of unknown length")] {
        let with = format!("{verb}.pkr.hcl");
        let docker = format!(
            "\"docker\" \"d\" {{\n  image   = \"{}\"\n  pull    = false\n  discard = true\n}}",
            super::engine::IMAGE
        );
        carry(stage, &with, verb, &docker)?;
        let without = format!("{verb}-oci.pkr.hcl");
        let oci = format!(
            "\"oci\" \"d\" {{\n  base = {{ archive = \"{}\" }}\n  output {{\n    layout = \"out-carried\"\n  }}\n}}",
            super::images::BASE
        );
        carry(stage, &without, verb, &oci)?;
        let (mut ours, mut own, mut bare) = ((0.0, 0.0), (0.0, 0.0), 0.0f64);
        for _ in 0..5 {
            ours = faster(ours, mirrored(stage, &with)?);
            bare = bare.max(container.get("/tmp/carried")?);
            own = faster(own, mirrored(stage, &without)?);
        }
        let wanted = Wanted::AtLeast(300.0);
        let row = |what: &str, rate: f64| Row::figure(what, rate, "MB/s", wanted);
        rows.push(row(&format!("{what} by a plugin's provisioner into a container of an Engine"), ours.0));
        rows.push(Row::rate_beside("and back", ours.1, "bare archive call", bare, wanted));
        rows.push(row(&format!("{what} by a plugin's provisioner into a container of `oci`"), own.0));
        rows.push(row("and back", own.1));
    }
    container.remove()?;
    Ok(rows)
}

/// A template whose machine is made by this source, and whose provisioner does this with it.
fn carry(stage: &Stage, name: &str, verb: &str, source: &str) -> Result<(), String> {
    let kind = source.split('"').nth(1).unwrap_or_default();
    let text = format!(
        "source {source}\nbuild {{\n  sources = [\"{kind}.d\"]\n  provisioner \"probe\" {{\n    do = [\"{verb} {CARRIED} /tmp/mirrored\"]\n  }}\n}}\n"
    );
    files::write(&stage.path(name), text.as_bytes())
}

/// How fast it went up and back in one build.
fn mirrored(stage: &Stage, template: &str) -> Result<(f64, f64), String> {
    let said = stage.piped(&stage.ours, &["build", "-color=false", template])?;
    Ok((figure_after(&said, "mirror: up ")?, figure_after(&said, "MB/s, down ")?))
}

fn faster(one: (f64, f64), other: (f64, f64)) -> (f64, f64) {
    (one.0.max(other.0), one.1.max(other.1))
}
