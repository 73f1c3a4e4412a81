//! The files of a template: the one that it is written in, and those with values of its variables.

use std::io::Read;

use diag::{Diagnostic, Diagnostics, FileId, SourceMap, Span};
use hcl::json::Node;
use tintype_sdk::World;

use super::reader::{malformed, read, read_any};
use crate::os;

/// What stands in place of a template when none is given, for commands that can do without.
const NOTHING: &str = r#"{"builders": [{"type": "null"}]}"#;

/// Reads the template at a path as the user typed it: `-` is standard input, nothing is a template of next to nothing.
pub(crate) fn template(path: &str, world: &World, sources: &SourceMap) -> Result<Node, Diagnostics> {
    let (text, file) = match path {
        "" => add("<no template>", NOTHING.as_bytes().to_vec(), sources)?,
        "-" => {
            let mut bytes = Vec::new();
            match std::io::stdin().lock().read_to_end(&mut bytes) {
                Ok(_) => add("<stdin>", bytes, sources)?,
                Err(error) => return Err(unreadable("standard input", &error)),
            }
        }
        path => named(path, world, sources)?,
    };
    read(&text, file, sources)
}

/// Reads a file with values. Of a key that an object has twice the last value counts there.
pub(crate) fn values(path: &str, world: &World, sources: &SourceMap) -> Result<Node, Diagnostics> {
    let (text, file) = named(path, world, sources)?;
    read_any(&text, file, sources)
}

fn named(path: &str, world: &World, sources: &SourceMap) -> Result<(String, FileId), Diagnostics> {
    let bytes = std::fs::read(world.cwd.join(path)).map_err(|error| unreadable(path, &error))?;
    add(path, bytes, sources)
}

fn add(name: &str, bytes: Vec<u8>, sources: &SourceMap) -> Result<(String, FileId), Diagnostics> {
    // Places are counted in 32 bits.
    if u32::try_from(bytes.len()).is_err() {
        return Err(malformed(format!("{name} is larger than 4 GiB"), None).into());
    }
    match String::from_utf8(bytes) {
        Ok(text) => {
            let file = sources.add(name, text.as_str());
            Ok((text, file))
        }
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let file = sources.add(name, String::from_utf8_lossy(error.as_bytes()));
            Err(malformed("JSON is text in UTF-8, and this is not", Span::new(file, at, at)).into())
        }
    }
}

fn unreadable(name: &str, error: &std::io::Error) -> Diagnostics {
    Diagnostic::error("Failed to read file")
        .detail(format!("The file \"{name}\" could not be read: {}.", os::error_text(error)))
        .into()
}
