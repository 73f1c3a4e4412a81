//! What is measured, against what, and what is wanted of it.

use super::data;
use super::engine::Engine;
use super::hostile;
use super::images;
use super::language;
use super::plugins;
use super::process::{Stage, Times, Work, in_turn};
use super::table::{Row, Wanted};
use std::cell::RefCell;
use std::fmt::Write as _;
use std::path::Path;

pub(super) struct Measure {
    pub name: &'static str,
    pub take: fn(&Stage) -> Result<Vec<Row>, String>,
}

pub(super) const ALL: &[Measure] = &[
    Measure { name: "version", take: version },
    Measure { name: "null build with ten commands", take: ten_commands },
    Measure { name: "200 null builds", take: many_builds },
    Measure { name: "memory", take: memory },
    Measure { name: "command output", take: output },
    Measure { name: "trivial docker build", take: docker },
    Measure { name: "upload into a container", take: upload },
    Measure { name: "checksum md5", take: |stage| checksum(stage, "md5") },
    Measure { name: "checksum sha1", take: |stage| checksum(stage, "sha1") },
    Measure { name: "checksum sha256", take: |stage| checksum(stage, "sha256") },
    Measure { name: "checksum sha512", take: |stage| checksum(stage, "sha512") },
    Measure { name: "compress tar.gz", take: |stage| compress(stage, "tar.gz") },
    Measure { name: "compress tar.bzip2", take: |stage| compress(stage, "tar.bzip2") },
    Measure { name: "compress tar.xz", take: |stage| compress(stage, "tar.xz") },
    Measure { name: "compress tar.lz4", take: |stage| compress(stage, "tar.lz4") },
    Measure { name: "compress zip", take: |stage| compress(stage, "zip") },
    Measure { name: "oci: one command", take: |stage| images::one_command(stage, engine(stage)?) },
    Measure { name: "oci: package", take: images::package },
    Measure { name: "oci: many", take: images::many },
    Measure { name: "oci: memory", take: images::memory },
    Measure { name: "oci: registry", take: images::registry },
    Measure { name: "language: large template", take: language::large_template },
    Measure { name: "language: growth", take: language::growth },
    Measure { name: "language: layout", take: language::layout },
    Measure { name: "language: legacy", take: language::legacy_templates },
    Measure { name: "language: bad input", take: hostile::bad_input },
    Measure { name: "plugins: finding", take: plugins::finding },
    Measure { name: "plugins: starting", take: plugins::starting },
    Measure { name: "plugins: telling", take: plugins::telling },
    Measure { name: "plugins: two wires", take: plugins::relaying },
    Measure { name: "plugins: one wire", take: plugins::carrying },
];

const MIB: u64 = 1 << 20;

fn build<'a>(stage: &'a Stage, program: &'a Path, arguments: &'a [&'a str]) -> Work<'a> {
    let arguments = [&["build"], arguments].concat();
    Box::new(move || stage.piped(program, &arguments).map(drop))
}

/// Ours and, where it is installed, the peer, in turn.
fn against_peer(
    stage: &Stage,
    what: &str,
    rounds: usize,
    arguments: &[&str],
    wanted: Wanted,
) -> Result<Row, String> {
    let Some((peer, _)) = &stage.peer else {
        return Err("no packer is installed to compare with".to_owned());
    };
    let times = in_turn(rounds, &[build(stage, &stage.ours, arguments), build(stage, peer, arguments)])?;
    match times.as_slice() {
        [ours, theirs] => Ok(Row::times(what, ours, "packer", theirs, wanted)),
        _ => Err("not measured".to_owned()),
    }
}

fn alone(rounds: usize, work: Work<'_>) -> Result<Times, String> {
    in_turn(rounds, &[work])?.pop().ok_or_else(|| "not measured".to_owned())
}

fn version(stage: &Stage) -> Result<Vec<Row>, String> {
    let times = alone(20, Box::new(|| stage.run(&stage.ours, &["version"])))?;
    Ok(vec![Row::figure("`version`", times.best() * 1e3, "ms", Wanted::AtMost(10.0))])
}

fn ten_commands(stage: &Stage) -> Result<Vec<Row>, String> {
    let what = "null build, ten `shell-local`";
    Ok(vec![against_peer(stage, what, 7, &["ten-commands.pkr.hcl"], Wanted::AtMost(0.1))?])
}

/// One template with that many null builds.
fn many(stage: &Stage, count: usize) -> Result<String, String> {
    let mut text = String::new();
    let mut sources = Vec::new();
    for number in 0..count {
        // Writing to a string cannot fail.
        let _ = write!(text, "source \"null\" \"n{number}\" {{\n  communicator = \"none\"\n}}\n\n");
        sources.push(format!("    \"source.null.n{number}\",\n"));
    }
    let _ = write!(text, "build {{\n  sources = [\n{}  ]\n}}\n", sources.concat());
    let name = format!("many-{count}.pkr.hcl");
    crate::files::write(&stage.path(&name), text.as_bytes())?;
    Ok(name)
}

fn many_builds(stage: &Stage) -> Result<Vec<Row>, String> {
    let (few, all) = (many(stage, 200)?, many(stage, 800)?);
    let (few, all) = ([few.as_str()], [all.as_str()]);
    let times = in_turn(7, &[build(stage, &stage.ours, &few), build(stage, &stage.ours, &all)])?;
    let [few, all] = times.as_slice() else { return Err("not measured".to_owned()) };
    Ok(vec![
        Row::figure("200 null builds in one template", few.best(), "s", Wanted::AtMost(0.5)),
        Row::figure(
            "800 null builds / 4 times 200 (1: linear)",
            all.best() / (4.0 * few.best()),
            "x",
            Wanted::AtMost(1.3),
        ),
    ])
}

#[expect(clippy::cast_precision_loss, reason = "megabytes for a reader")]
pub(super) fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / MIB as f64
}

/// Lines of a hundred bytes for so many megabytes.
fn lines(megabytes: f64) -> String {
    format!("lines={:.0}", megabytes * 1e4)
}

fn memory(stage: &Stage) -> Result<Vec<Row>, String> {
    let of = |arguments: &[&str]| stage.memory(&stage.ours, &[&["build"], arguments].concat()).map(megabytes);
    let null = of(&["null.pkr.hcl"])?;
    let (little, much) = (lines(2.0), lines(20.0));
    let little = of(&["-var", &little, "output.pkr.hcl"])?;
    let much = of(&["-var", &much, "output.pkr.hcl"])?;
    Ok(vec![
        Row::figure("peak memory of a null build", null, "MiB", Wanted::AtMost(30.0)),
        Row::figure("peak memory, 20 MB of output / 2 MB (1: flat)", much / little, "x", Wanted::AtMost(1.2)),
    ])
}

/// The peer gets a tenth of the output: its rate is the same, and life is short.
fn output(stage: &Stage) -> Result<Vec<Row>, String> {
    let Some((peer, _)) = &stage.peer else {
        return Err("no packer is installed to compare with".to_owned());
    };
    let (much, little) = (lines(20.0), lines(2.0));
    let (much, little) = (["-var", &much, "output.pkr.hcl"], ["-var", &little, "output.pkr.hcl"]);
    let ours = alone(5, build(stage, &stage.ours, &much))?;
    let theirs = alone(2, build(stage, peer, &little))?;
    let (ours, theirs) = (20.0 / ours.best(), 2.0 / theirs.best());
    Ok(vec![Row::rates(
        "20 MB of command output through a build",
        ours,
        "packer",
        theirs,
        Wanted::AtLeast(100.0),
    )])
}

pub(super) fn engine(stage: &Stage) -> Result<&Engine, String> {
    stage.engine.get_or_init(Engine::new).as_ref().map_err(String::clone)
}

/// The digest of the image that a build says it made.
fn made(output: &str) -> Option<String> {
    let (_, digest) = output.rsplit_once("image: sha256:")?;
    digest.get(..64).map(|digest| format!("sha256:{digest}"))
}

fn docker(stage: &Stage) -> Result<Vec<Row>, String> {
    let engine = engine(stage)?;
    let images = RefCell::new(Vec::new());
    let build = |program| -> Work<'_> {
        let images = &images;
        Box::new(move || {
            let output = stage.piped(program, &["build", "-color=false", "trivial-docker.pkr.hcl"])?;
            images.borrow_mut().extend(made(&output));
            Ok(())
        })
    };
    let bare: Work<'_> = Box::new(|| {
        images.borrow_mut().push(engine.bare_build()?);
        Ok(())
    });
    let mut works = vec![build(stage.ours.as_path()), bare];
    works.extend(stage.peer.as_ref().map(|(peer, _)| build(peer.as_path())));
    let times = in_turn(7, &works);
    for image in images.borrow().iter() {
        engine.forget(image)?;
    }
    let times = times?;
    let (Some(ours), Some(bare)) = (times.first(), times.get(1)) else {
        return Err("not measured".to_owned());
    };
    let what = "trivial docker build";
    let mut rows = vec![Row::times(what, ours, "bare Engine API calls", bare, Wanted::AtMost(1.15))];
    rows.extend(times.get(2).map(|theirs| Row::times(what, ours, "packer", theirs, Wanted::Nothing)));
    Ok(rows)
}

/// What the upload adds to a build, against the one call that a bare upload is.
fn upload(stage: &Stage) -> Result<Vec<Row>, String> {
    const BYTES: u64 = 512 * MIB;
    let engine = engine(stage)?;
    let (large, small) = (stage.path("large.bin"), stage.path("small.bin"));
    data::noise(&large, BYTES)?;
    data::noise(&small, 8)?;
    let (with, without) =
        (["-var", "file=large.bin", "upload.pkr.hcl"], ["-var", "file=small.bin", "upload.pkr.hcl"]);
    let container = engine.container()?;
    let bare: Work<'_> = Box::new(|| {
        let mut file = std::fs::File::open(&large).map_err(|error| error.to_string())?;
        container.put("/tmp", "uploaded", BYTES, &mut file)
    });
    let times = in_turn(4, &[build(stage, &stage.ours, &with), bare, build(stage, &stage.ours, &without)]);
    container.remove()?;
    std::fs::remove_file(&large).map_err(|error| error.to_string())?;
    let times = times?;
    let [with, bare, without] = times.as_slice() else { return Err("not measured".to_owned()) };
    let rate = |seconds: f64| megabytes(BYTES) / seconds;
    let (ours, bare) = (rate(with.best() - without.best()), rate(bare.best()));
    let what = "512 MiB into a container (what it adds to a build)";
    Ok(vec![Row::rates(what, ours, "bare archive call", bare, Wanted::AtLeast(0.9))])
}

/// The system's tools for the same work; the best of those that are installed counts.
fn against_tools(
    stage: &Stage,
    what: &str,
    arguments: &[&str],
    tools: &[(&str, String)],
    rounds: usize,
) -> Result<Row, String> {
    let shell = Path::new("sh");
    let there: Vec<&(&str, String)> =
        tools.iter().filter(|(name, _)| crate::programs::answers("which", &[name])).collect();
    let mut works = vec![build(stage, &stage.ours, arguments)];
    works.extend(
        there.iter().map(|(_, line)| -> Work<'_> { Box::new(move || stage.run(shell, &["-c", line])) }),
    );
    let times = in_turn(rounds, &works)?;
    let Some((ours, others)) = times.split_first() else { return Err("not measured".to_owned()) };
    let best = there.iter().zip(others).min_by(|(_, a), (_, b)| a.best().total_cmp(&b.best()));
    let ((name, _), best) = best.ok_or("none of the tools is installed")?;
    Ok(Row::times(what, ours, name, best, Wanted::AtMost(1.1)))
}

fn checksum(stage: &Stage, kind: &str) -> Result<Vec<Row>, String> {
    let file = stage.path("sums.bin");
    data::noise(&file, 512 * MIB)?;
    let option = format!("type={kind}");
    let tool = format!("{kind}sum");
    let tools = [
        (tool.as_str(), format!("{kind}sum sums.bin")),
        ("openssl", format!("openssl dgst -{kind} sums.bin")),
    ];
    let arguments = ["-var", "file=sums.bin", "-var", &option, "checksum.pkr.hcl"];
    let row = against_tools(stage, &format!("`checksum` {kind}, 512 MiB"), &arguments, &tools, 4);
    std::fs::remove_file(&file).map_err(|error| error.to_string())?;
    Ok(vec![row?])
}

fn compress(stage: &Stage, format: &str) -> Result<Vec<Row>, String> {
    const FILE: &str = "system.bin";
    data::system(&stage.path(FILE), 64 * MIB)?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let tar = |pipe: &str| format!("tar -c {FILE} | {pipe} > out.tool");
    let tools = match format {
        "tar.gz" => vec![("pigz", tar(&format!("pigz -p {cores}"))), ("gzip", tar("gzip"))],
        "tar.bzip2" => vec![("lbzip2", tar(&format!("lbzip2 -n {cores}"))), ("bzip2", tar("bzip2"))],
        "tar.xz" => vec![("xz", tar(&format!("xz -T {cores}")))],
        "tar.lz4" => vec![("lz4", tar("lz4 -q"))],
        _ => vec![("zip", format!("rm -f out.tool.zip; zip -q out.tool.zip {FILE}"))],
    };
    let output = format!("output=out.{format}");
    let input = format!("file={FILE}");
    let arguments = ["-force", "-var", &input, "-var", &output, "compress.pkr.hcl"];
    let rounds = if format == "tar.xz" { 2 } else { 3 };
    Ok(vec![against_tools(stage, &format!("`compress` {format}, 64 MiB"), &arguments, &tools, rounds)?])
}
