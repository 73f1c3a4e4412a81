//! Paths as texts: nothing here looks at a file. Parts are separated by `/` on every platform.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use cty::{Type, Value};
use hcl::{Function, FunctionError};
use tintype_sdk::World;

use super::args::text;
use crate::os;

pub(super) fn functions(world: &Arc<World>) -> Vec<Function> {
    let (for_abspath, for_expand) = (Arc::clone(world), Arc::clone(world));
    vec![
        Function::new("abspath", Type::String, move |args, _| {
            let path = for_abspath.cwd.join(text(args, 0)?);
            Ok(Value::string(os::clean(&os::slashes(&path.to_string_lossy()))))
        })
        .doc("The path made absolute: relative paths begin at the working directory.")
        .param("path", Type::String)
        .examples(&[(r#"abspath("/a/b/../c")"#, "/a/c")]),
        Function::new("basename", Type::String, |args, _| {
            let path = os::slashes(text(args, 0)?);
            let trimmed = path.trim_end_matches('/');
            let base = match (path.is_empty(), trimmed.is_empty()) {
                (true, _) => ".",
                (false, true) => "/",
                (false, false) => trimmed.rsplit('/').next().unwrap_or(trimmed),
            };
            Ok(Value::string(base))
        })
        .doc("The last part of the path.")
        .param("path", Type::String)
        .examples(&[(r#"basename("/var/lib/images/disk.qcow2")"#, "disk.qcow2"), (r#"basename("")"#, ".")]),
        Function::new("dirname", Type::String, |args, _| Ok(Value::string(os::directory_of(text(args, 0)?))))
            .doc("The path without its last part.")
            .param("path", Type::String)
            .examples(&[
                (r#"dirname("/var/lib/images/disk.qcow2")"#, "/var/lib/images"),
                (r#"dirname("name")"#, "."),
            ]),
        Function::new("pathexpand", Type::String, move |args, _| {
            let path = text(args, 0)?;
            if !path.starts_with('~') {
                return Ok(Value::string(path));
            }
            let path = expand_home(path, for_expand.home.as_deref()).map_err(FunctionError::call)?;
            Ok(Value::string(os::clean(&os::slashes(&path.to_string_lossy()))))
        })
        .doc("The path with ~ at its beginning replaced by the home directory.")
        .param("path", Type::String)
        .examples(&[(r#"pathexpand("a/~")"#, "a/~")]),
    ]
}

/// The path with `~` at its beginning replaced. On failure: why it cannot be.
pub(super) fn expand_home(path: &str, home: Option<&Path>) -> Result<PathBuf, String> {
    let Some(rest) = path.strip_prefix('~') else { return Ok(path.into()) };
    if !(rest.is_empty() || rest.starts_with('/') || rest.starts_with(std::path::MAIN_SEPARATOR)) {
        return Err(format!(
            "{path:?} begins with the home directory of another user; only the own one, ~/, can be used"
        ));
    }
    let home = home.ok_or("there is no home directory to put in place of ~")?;
    Ok(home.join(rest.trim_start_matches(['/', std::path::MAIN_SEPARATOR])))
}
