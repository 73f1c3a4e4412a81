//! Cases of the console: blocks of `> EXPRESSION` and its output in text files; each expression goes alone through a
//! pipe to a new process.

use crate::checks::{differ, quote};
use crate::normal::contains;
use crate::options::Options;
use crate::sandbox::Sandbox;
use std::ffi::OsString;
use std::path::Path;

/// One expression and what it gives.
pub struct Block {
    /// Arguments of `console`.
    flags: Vec<String>,
    /// Bytes: what is recorded need not be UTF-8.
    expression: Vec<u8>,
    output: Vec<Vec<u8>>,
}

/// The blocks of a file: each ends with a line `---`; one without an expression is a remark.
pub fn blocks(text: &[u8]) -> Vec<Block> {
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    let lines: Vec<&[u8]> = text.split(|byte| *byte == b'\n').collect();
    lines.split(|line| *line == b"---").filter_map(block).collect()
}

fn block(lines: &[&[u8]]) -> Option<Block> {
    let start = lines.iter().position(|line| line.starts_with(b"> "))?;
    let (head, rest) = lines.split_at(start);
    let (expression, output) = rest.split_first()?;
    let mut flags: Vec<String> = head
        .iter()
        .filter_map(|line| shlex::split(&String::from_utf8_lossy(line.strip_prefix(b"@ ")?)))
        .flatten()
        .collect();
    let knows_language =
        |flag: &String| flag.contains("config-type") || flag.ends_with(".hcl") || flag.ends_with(".json");
    if !flags.iter().any(knows_language) {
        flags.insert(0, "-config-type=hcl2".to_owned());
    }
    let output = output.iter().map(|line| line.to_vec()).collect();
    Some(Block { flags, expression: expression.get(2..)?.to_vec(), output })
}

/// # Errors
/// The program cannot be started.
pub fn run(block: &Block, folder: &Path, options: &Options) -> std::io::Result<Vec<String>> {
    let sandbox = Sandbox::new(&options.binary, false)?;
    let mut command: Vec<OsString> = vec![options.binary.clone().into(), "console".into()];
    command.extend(block.flags.iter().map(OsString::from));
    let input = [&block.expression[..], b"\n"].concat();
    let ran = sandbox.run(&command, Some(&input), folder)?;
    let both = [&ran.stdout[..], &ran.stderr].concat();
    let shown = |text: &[u8]| quote(String::from_utf8_lossy(text).trim());
    let first = block.output.first().map_or(&b""[..], Vec::as_slice);
    if let Some(title) = first.strip_prefix(b"! error") {
        let title = title.trim_ascii_start();
        if ran.exit == "0" {
            return Ok(vec![format!("expected an error, got {}", shown(&ran.stdout))]);
        }
        let told = contains(&both, title);
        return Ok(if told { Vec::new() } else { vec![format!("the error lacks {}", shown(title))] });
    }
    if ran.exit != "0" {
        return Ok(vec![format!("exit {}: {}", ran.exit, shown(&both))]);
    }
    let want = sandbox.normal(&block.output.join(&b'\n'));
    Ok(differ("result", &want, ran.stdout.strip_suffix(b"\n").unwrap_or(&ran.stdout), options.verbose))
}
