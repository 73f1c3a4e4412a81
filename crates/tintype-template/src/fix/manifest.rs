//! The fixer for the manifest post-processor.

use super::Fixer;
use super::template::{Template, rename};
use super::value::Value;

pub(super) const FILENAME: Fixer =
    Fixer { name: "manifest-filename", about: "filename becomes output", apply: filename };

fn filename(template: &mut Template) -> Result<(), String> {
    for post in template.post_processors_of("manifest") {
        if let Some(Value::Text(_)) = post.get("filename") {
            rename(post, "filename", "output");
        }
    }
    Ok(())
}
