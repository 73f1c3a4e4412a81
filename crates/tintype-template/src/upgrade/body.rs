//! Options of a component as the body of a block. The blanks are for the formatter.

use super::calls::Failure;
use super::names::key;
use super::text::quoted;
use crate::fix::value::{Object, Value};

/// Keys whose objects are blocks, whatever is in them: plugins declare them so.
const BLOCKS: [&str; 3] = ["linux_options", "network_interface", "shared_image_gallery"];

/// What becomes of a text: the inside of the quotes in HCL. The name is that of the one builder for which the text counts, if it is not
/// for all that the block is for.
pub(super) type Texts<'t> = &'t mut dyn FnMut(&str, Option<&str>) -> Result<String, Failure>;

/// The body of a block.
pub(super) struct Body<'b> {
    /// What is taken over.
    pub options: &'b Object,
    /// Arguments that are expressions already, among the options.
    pub ready: Vec<(&'static str, String)>,
}

impl Body<'_> {
    /// Writes its lines, sorted by key.
    pub(super) fn write(mut self, texts: Texts<'_>, out: &mut String) -> Result<(), Failure> {
        self.ready.sort();
        let mut ready = self.ready.into_iter().peekable();
        for (name, value) in self.options {
            while let Some((name, expression)) = ready.next_if(|(before, _)| *before < name.as_str()) {
                out.push_str(&format!("{name} = {expression}\n"));
            }
            option(name, value, texts, out)?;
        }
        ready.for_each(|(name, expression)| out.push_str(&format!("{name} = {expression}\n")));
        Ok(())
    }
}

fn option(name: &str, value: &Value, texts: Texts<'_>, out: &mut String) -> Result<(), Failure> {
    if !hcl::is_identifier(name) {
        out.push_str(&format!("# {} was left out: HCL has no arguments of such a name\n", quoted(name)));
        return Ok(());
    }
    match value {
        Value::List(items) if items.is_empty() => {}
        Value::List(items) if items.iter().all(|item| matches!(item, Value::Object(_))) => {
            for item in items {
                block(name, item, texts, out)?;
            }
        }
        Value::Object(inner) if is_block(name, inner) => block(name, value, texts, out)?,
        value => {
            out.push_str(name);
            out.push_str(" = ");
            expression(value, None, texts, out)?;
            out.push('\n');
        }
    }
    Ok(())
}

fn block(name: &str, value: &Value, texts: Texts<'_>, out: &mut String) -> Result<(), Failure> {
    out.push_str(name);
    out.push_str(" {\n");
    if let Value::Object(options) = value {
        Body { options, ready: Vec::new() }.write(texts, out)?;
    }
    out.push_str("}\n");
    Ok(())
}

/// Whether an object is a block rather than a map: then it holds more than texts and numbers, or nothing of both.
fn is_block(name: &str, object: &Object) -> bool {
    if BLOCKS.contains(&name) {
        return true;
    }
    // What no block could have as a name is a key of a map.
    if object.keys().any(|key| !hcl::is_identifier(key)) {
        return false;
    }
    let is_scalar = |value: &Value| matches!(value, Value::Bool(_) | Value::Number(_) | Value::Text(_));
    let is_complex = |value: &Value| matches!(value, Value::List(_) | Value::Object(_));
    object.values().any(is_complex) || !object.values().any(is_scalar)
}

/// Writes a value: lists on one line, objects with a line for each key.
pub(super) fn expression(
    value: &Value,
    builder: Option<&str>,
    texts: Texts<'_>,
    out: &mut String,
) -> Result<(), Failure> {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(yes) => out.push_str(if *yes { "true" } else { "false" }),
        Value::Number(number) => out.push_str(&number.to_string()),
        Value::Text(text) => {
            out.push('"');
            out.push_str(&texts(text, builder)?);
            out.push('"');
        }
        Value::List(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                expression(item, builder, texts, out)?;
            }
            out.push(']');
        }
        Value::Object(object) if object.is_empty() => out.push_str("{}"),
        Value::Object(object) => {
            out.push_str("{\n");
            for (name, value) in object {
                if name.contains("{{") {
                    out.push('"');
                    out.push_str(&texts(name, builder)?);
                    out.push('"');
                } else {
                    out.push_str(&key(name));
                }
                out.push_str(" = ");
                expression(value, builder, texts, out)?;
                out.push('\n');
            }
            out.push('}');
        }
    }
    Ok(())
}

/// A text as it is: for blocks that cannot be taken over.
pub(super) fn untouched(text: &str, _: Option<&str>) -> Result<String, Failure> {
    let whole = quoted(text);
    Ok(whole.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or_default().to_owned())
}
