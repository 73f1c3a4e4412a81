//! The benchmark of the project: whole processes, against peers on the same machine in the same run, so that ratios mean
//! something on any machine. Prints the table of `docs/performance.md`. What is measured stands in `measures`.

use crate::{Outcome, files, programs};
use process::Stage;
use std::path::{Path, PathBuf};
use table::Row;

mod data;
mod engine;
mod hostile;
mod images;
mod language;
mod measures;
mod plugins;
pub(crate) mod process;
mod table;

/// The page that holds the table, between two marks.
const PAGE: &str = "docs/performance.md";
const FROM: &str = "<!-- measured by cargo xtask bench -->\n";
const TO: &str = "<!-- end -->\n";

struct Options {
    binary: Option<PathBuf>,
    /// Only measures whose name holds this text.
    only: String,
    /// Writes the table into the page.
    write: bool,
}

pub(crate) fn run(root: &Path, arguments: &[String]) -> Outcome {
    let options = options(arguments)?;
    let binary = match options.binary {
        Some(binary) => std::path::absolute(binary).map_err(|error| error.to_string())?,
        None => release(root)?,
    };
    let stage = Stage::new(root, binary)?;
    let mut rows: Vec<Row> = Vec::new();
    for measure in measures::ALL.iter().filter(|measure| measure.name.contains(&options.only)) {
        eprintln!("{} ...", measure.name);
        match (measure.take)(&stage) {
            Ok(found) => rows.extend(found),
            Err(why) => rows.push(Row::failed(measure.name, &why)),
        }
    }
    let table = table::markdown(&rows, &stage.machine());
    print!("{table}");
    if options.write {
        let page = root.join(PAGE);
        let text = String::from_utf8_lossy(&files::read(&page)?).into_owned();
        files::write(&page, replaced(&text, &table)?.as_bytes())?;
    }
    let short: Vec<&str> = rows.iter().filter(|row| row.falls_short()).map(|row| row.what.as_str()).collect();
    if short.is_empty() { Ok(()) } else { Err(format!("short of what is wanted: {}", short.join("; "))) }
}

fn options(arguments: &[String]) -> Result<Options, String> {
    let mut options = Options { binary: None, only: String::new(), write: false };
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().cloned().ok_or(format!("{argument} needs a value"));
        match argument.as_str() {
            "--binary" => options.binary = Some(value()?.into()),
            "--only" => options.only = value()?,
            "--write" => options.write = true,
            _ => return Err(format!("unknown argument {argument}")),
        }
    }
    Ok(options)
}

/// Builds what users get, and says where it is.
fn release(root: &Path) -> Result<PathBuf, String> {
    let build =
        ["build", "--release", "--package", "tintype-cli", "--message-format=json-render-diagnostics"];
    let messages = programs::output(root, env!("CARGO"), &build)?;
    let messages = String::from_utf8_lossy(&messages).into_owned();
    let mut programs = messages.lines().rev().filter_map(|line| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        Some(PathBuf::from(message.get("executable")?.as_str()?))
    });
    programs.next().ok_or_else(|| "cargo built no program".to_owned())
}

/// The page with the new table between the marks.
fn replaced(page: &str, table: &str) -> Result<String, String> {
    let lacks = || format!("{PAGE} lacks the marks {:?} and {:?}", FROM.trim(), TO.trim());
    let (before, rest) = page.split_once(FROM).ok_or_else(lacks)?;
    let (_, after) = rest.split_once(TO).ok_or_else(lacks)?;
    Ok(format!("{before}{FROM}\n{table}\n{TO}{after}"))
}
