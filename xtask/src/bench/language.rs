//! What is measured of the template languages: how fast templates are read, checked, laid out and upgraded, and how that grows.

use super::measures::megabytes;
use super::process::{Stage, Times, Work, in_turn};
use super::table::{Row, Wanted};
use crate::files;
use std::fmt::Write as _;
use std::path::Path;

/// So many variables as a template of people has them: 65 bytes each, with one source and one build behind them.
fn variables(stage: &Stage, count: usize) -> Result<(String, u64), String> {
    let mut text = String::new();
    for number in 0..count {
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "variable \"v{number:06}\" {{\n  type    = string\n  default = \"value {number:06}\"\n}}\n"
        );
    }
    text.push_str("source \"null\" \"n\" {\n  communicator = \"none\"\n}\nbuild {\n  sources = [\"source.null.n\"]\n}\n");
    let name = format!("variables-{count}.pkr.hcl");
    files::write(&stage.path(&name), text.as_bytes())?;
    Ok((name, text.len() as u64))
}

/// A legacy template: variables, builders that use them, a provisioner.
fn legacy(stage: &Stage, variables: usize, builders: usize) -> Result<String, String> {
    let variables: serde_json::Map<String, serde_json::Value> =
        (0..variables).map(|number| (format!("v{number:06}"), format!("value {number:06}").into())).collect();
    let builder = |number: usize| {
        let host = format!("host-{{{{user `v{:06}`}}}}", number % variables.len());
        serde_json::json!({
            "type": "null", "name": format!("n{number}"), "ssh_host": host, "ssh_username": "root", "ssh_password": "none",
        })
    };
    let template = serde_json::json!({
        "builders": (0..builders).map(builder).collect::<Vec<_>>(),
        "provisioners": [{ "type": "shell", "inline": ["echo {{user `v000001`}}"] }],
        "variables": variables,
    });
    let name = format!("legacy-{}-{builders}.json", variables.len());
    files::write(&stage.path(&name), format!("{template:#}\n").as_bytes())?;
    Ok(name)
}

/// A folder of files with everything that the layout changes.
fn untidy(stage: &Stage, count: usize) -> Result<String, String> {
    let block = "source \"null\" \"n\" {\n communicator=\"none\" # why\n  ssh_host = \"h\"\n\n tags = {a=1, long_name=\"${ var.x }\"}\n\
                 \tscript=<<E\n text ${ upper( var.y ) }\nE\n  list=[for x in [1,2]: x+1]\n}\n";
    for number in 0..count {
        files::write(&stage.path(&format!("untidy/f{number:04}.pkr.hcl")), block.repeat(8).as_bytes())?;
    }
    Ok("untidy".to_owned())
}

fn peer(stage: &Stage) -> Result<&Path, String> {
    stage
        .peer
        .as_ref()
        .map(|(peer, _)| peer.as_path())
        .ok_or_else(|| "no packer is installed to compare with".to_owned())
}

/// The same arguments for us and for the peer, in turn.
fn row(stage: &Stage, what: &str, rounds: usize, arguments: &[&str], wanted: f64) -> Result<Row, String> {
    let peer = peer(stage)?;
    let run = |program| -> Work<'_> { Box::new(move || stage.piped(program, arguments).map(drop)) };
    match in_turn(rounds, &[run(&stage.ours), run(peer)])?.as_slice() {
        [ours, theirs] => Ok(Row::times(what, ours, "packer", theirs, Wanted::AtMost(wanted))),
        _ => Err("not measured".to_owned()),
    }
}

/// Ours alone, several things in turn.
fn ours(stage: &Stage, rounds: usize, calls: &[&[&str]]) -> Result<Vec<Times>, String> {
    let works: Vec<Work<'_>> = calls
        .iter()
        .map(|call| -> Work<'_> { Box::new(|| stage.piped(&stage.ours, call).map(drop)) })
        .collect();
    in_turn(rounds, &works)
}

pub(super) fn large_template(stage: &Stage) -> Result<Vec<Row>, String> {
    let (name, length) = variables(stage, 20_000)?;
    let syntax = row(
        stage,
        "`validate -syntax-only`, 20,000 variables",
        7,
        &["validate", "-syntax-only", &name],
        0.15,
    )?;
    let whole = row(stage, "`validate`, 20,000 variables", 7, &["validate", &name], 0.15)?;
    let memory = megabytes(stage.memory(&stage.ours, &["validate", &name])?) / megabytes(length);
    let what = format!("peak memory of that / its {:.1} MB of text", megabytes(length));
    Ok(vec![syntax, whole, Row::figure(&what, memory, "x", Wanted::AtMost(20.0))])
}

/// What a process costs by itself is taken away, on both sides: it would make any growth look small.
pub(super) fn growth(stage: &Stage) -> Result<Vec<Row>, String> {
    let (few, _) = variables(stage, 1_000)?;
    let (many, length) = variables(stage, 100_000)?;
    let times = ours(
        stage,
        5,
        &[&["version"], &["validate", &few], &["validate", &many], &["fmt", "-check", &many]],
    )?;
    let [alone, few, many, layout] = times.as_slice() else { return Err("not measured".to_owned()) };
    let growth = (many.best() - alone.best()) / (100.0 * (few.best() - alone.best()));
    // The layout parses the file, and then some: parsing alone is faster than this.
    let rate = megabytes(length) / (layout.best() - alone.best());
    Ok(vec![
        Row::figure(
            "`validate` of 100,000 variables / 100 times 1,000 (1: linear)",
            growth,
            "x",
            Wanted::AtMost(1.3),
        ),
        Row::figure("parsing and laying out 100,000 variables", rate, "MB/s", Wanted::AtLeast(20.0)),
    ])
}

pub(super) fn layout(stage: &Stage) -> Result<Vec<Row>, String> {
    let folder = untidy(stage, 1_000)?;
    Ok(vec![row(stage, "`fmt` of 1,000 files", 7, &["fmt", "-write=false", &folder], 0.15)?])
}

/// The peer needs two seconds for each builder of a template with 5,000 variables: it gets a smaller one, which flatters it.
pub(super) fn legacy_templates(stage: &Stage) -> Result<Vec<Row>, String> {
    let small = legacy(stage, 500, 50)?;
    let what = "legacy `validate`, 500 variables, 50 builders";
    let validate = row(stage, what, 2, &["validate", &small], 0.1)?;
    let large = legacy(stage, 5_000, 500)?;
    let alone = ours(stage, 3, &[&["validate", &large]])?;
    let large = alone.first().ok_or("not measured")?.best();
    let builders = legacy(stage, 10, 500)?;
    let upgrade = ["hcl2_upgrade", "-output-file=upgraded.pkr.hcl", &builders];
    Ok(vec![
        validate,
        Row::figure("the same, 5,000 variables, 500 builders", large, "s", Wanted::Nothing),
        row(stage, "`hcl2_upgrade`, 500 builders", 7, &upgrade, 0.15)?,
    ])
}
