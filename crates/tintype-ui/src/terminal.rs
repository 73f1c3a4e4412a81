//! The person's terminal: where questions are asked. Standard input is never used for that, it may be a template.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader};

use tintype_event::Target;

use crate::human::prefixed;
use crate::writer::Out;

#[cfg(unix)]
const DEVICE: &str = "/dev/tty";
#[cfg(windows)]
const DEVICE: &str = "CONIN$";

/// Why nobody answered.
#[derive(Debug)]
pub enum TerminalError {
    /// There is none.
    Absent,
    /// Reading failed, or the person ended the input.
    Closed,
}

/// The person's terminal.
pub struct Terminal {
    input: BufReader<File>,
}

impl Terminal {
    /// The terminal of this process, if it has one.
    pub fn open() -> Option<Self> {
        let input = OpenOptions::new().read(true).open(DEVICE).ok()?;
        Some(Self { input: BufReader::new(input) })
    }

    /// Shows a question, with a blank and no line end behind it, and reads a line. Blocks.
    pub fn ask(
        &mut self,
        out: &Out,
        target: Option<&Target>,
        question: &str,
    ) -> Result<String, TerminalError> {
        let mut bytes = match target {
            Some(target) => prefixed(target, question.as_bytes()),
            None => question.as_bytes().to_vec(),
        };
        bytes.push(b' ');
        out.write(&bytes);
        let mut line = String::new();
        match self.input.read_line(&mut line) {
            Ok(0) | Err(_) => Err(TerminalError::Closed),
            Ok(_) => Ok(line.trim_end_matches(['\n', '\r']).to_string()),
        }
    }
}
