//! Cases of the formatter: a file in, the file out, the printed name, and that a second run changes nothing.

use crate::cases::{Files, text};
use crate::checks::differ;
use crate::options::Options;
use crate::sandbox::{Ran, Sandbox};
use std::io::{Error, ErrorKind};

/// # Errors
/// The program cannot be started, or the case has no input.
pub fn run(files: &Files, options: &Options) -> std::io::Result<Vec<String>> {
    let source = files.iter().find(|(path, _)| path.starts_with("in."));
    let (name, before) =
        source.ok_or_else(|| Error::new(ErrorKind::NotFound, "the case has no in.* section"))?;
    let before = &before.contents;
    let want = files.get(&name.replacen("in", "out", 1)).map(|entry| &entry.contents);
    let sandbox = Sandbox::new(&options.binary, false)?;
    let file = sandbox.work().join(name);
    std::fs::write(&file, before)?;
    let call = |arguments: &[&str], input: Option<&[u8]>| -> std::io::Result<Ran> {
        let mut command = vec![options.binary.clone().into(), "fmt".into()];
        command.extend(arguments.iter().map(Into::into));
        sandbox.run(&command, input, &sandbox.work())
    };
    let piped = call(&["-"], Some(before))?;
    let written = call(&[name], None)?;
    let after = std::fs::read(&file)?;
    let compare = |what: &str, want: &[u8], got: &[u8]| differ(what, want, got, options.verbose);

    let mut problems = compare("exit", text(files, "exit").trim().as_bytes(), written.exit.as_bytes());
    problems.extend(compare("exit of fmt -", written.exit.as_bytes(), piped.exit.as_bytes()));
    let Some(want) = want else {
        problems.extend(compare("file after an error", before, &after));
        return Ok(problems);
    };
    problems.extend(compare("file", want, &after));
    problems.extend(compare("fmt -", &sandbox.normal(want), &piped.stdout));
    let printed = if want == before { String::new() } else { format!("{name}\n") };
    problems.extend(compare("printed name", printed.as_bytes(), &written.stdout));
    if call(&["-check", name], None)?.exit != "0" {
        problems.push("formatting the result again changes it".to_owned());
    }
    Ok(problems)
}
