//! Contents of files, and which files there are. Relative paths begin where templates say, which is beside the template for all but
//! `filebase64`.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cty::{Type, Value};
use hcl::{Function, FunctionError};
use tintype_sdk::World;

use super::args::{Result, text};
use super::encoding::base64_text;
use super::fileset;
use super::paths::expand_home;
use crate::os;

/// Where relative paths begin, and what `~` stands for.
#[derive(Clone)]
pub(super) struct Places {
    base: PathBuf,
    world: Arc<World>,
}

impl Places {
    pub(super) fn new(base: &Path, world: &Arc<World>) -> Places {
        Places { base: world.cwd.join(base), world: Arc::clone(world) }
    }

    /// A path of a template made absolute.
    pub(super) fn resolve(&self, path: &str) -> Result<PathBuf> {
        let path = expand_home(path, self.world.home.as_deref()).map_err(FunctionError::call)?;
        Ok(self.base.join(path))
    }

    /// The text of a file.
    pub(super) fn read_text(&self, path: &str) -> Result<String> {
        let bytes = read(&self.resolve(path)?, path)?;
        String::from_utf8(bytes)
            .map_err(|_| FunctionError::call(format!("{path:?} is no UTF-8 text; filebase64 reads any file")))
    }
}

/// A larger file belongs to no template.
const MAX_FILE: usize = 64 << 20;

/// The bytes of a file, unless they are too many. Not every file says how large it is: a device never ends.
fn read(place: &Path, path: &str) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let wrong = |error: io::Error| cannot_read(path, &error);
    fs::File::open(place).map_err(wrong)?.take(MAX_FILE as u64 + 1).read_to_end(&mut bytes).map_err(wrong)?;
    if bytes.len() > MAX_FILE {
        return Err(FunctionError::call(format!("{path:?} has more than {} MiB", MAX_FILE >> 20)));
    }
    Ok(bytes)
}

fn cannot_read(path: &str, error: &io::Error) -> FunctionError {
    FunctionError::call(format!("{path:?} cannot be read: {}", os::error_text(error)))
}

pub(super) fn functions(places: &Places) -> Vec<Function> {
    let (for_file, for_exists, for_set) = (places.clone(), places.clone(), places.clone());
    let cwd = places.world.cwd.clone();
    vec![
        Function::new("file", Type::String, move |args, _| Ok(Value::string(for_file.read_text(text(args, 0)?)?)))
            .doc("The text of a file, which must be UTF-8. Relative paths begin beside the template, ~ is the home directory.")
            .param("path", Type::String),
        Function::new("filebase64", Type::String, move |args, _| {
            let path = text(args, 0)?;
            let bytes = read(&cwd.join(path), path)?;
            base64_text(&bytes)
        })
        .doc("The bytes of a file in base64. Relative paths begin at the working directory.")
        .param("path", Type::String),
        Function::new("fileexists", Type::Bool, move |args, _| {
            let path = text(args, 0)?;
            match fs::metadata(for_exists.resolve(path)?) {
                Ok(found) if found.is_file() => Ok(Value::bool(true)),
                Ok(_) => Err(FunctionError::call(format!("{path:?} exists, but is no regular file"))),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Value::bool(false)),
                Err(error) => Err(cannot_read(path, &error)),
            }
        })
        .doc("Whether there is a file. Relative paths begin beside the template, ~ is the home directory.")
        .param("path", Type::String)
        .examples(&[(r#"fileexists("no such file")"#, "false")]),
        Function::new("fileset", Type::set(Type::String), move |args, _| {
            let directory = for_set.resolve(text(args, 0)?)?;
            let found = fileset::find(&directory, text(args, 1)?).map_err(FunctionError::call)?;
            Ok(Value::set(Type::String, found.into_iter().map(Value::string).collect()))
        })
        .doc("The files in a directory whose paths match a pattern: ? * [a-z] {a,b} within a part, ** for any number of directories.")
        .param("directory", Type::String)
        .param("pattern", Type::String)
        .examples(&[(r#"length(fileset("no such directory", "*"))"#, "0")]),
    ]
}
