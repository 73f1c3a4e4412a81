//! Arguments as Rust wants them. A call has been checked before a body sees it, so what fails here is only what a type cannot say.

use cty::{Number, Value};
use hcl::FunctionError;

pub(super) type Result<T> = std::result::Result<T, FunctionError>;

/// The argument at an index. A body asks for none that its parameters do not have.
pub(super) fn value(args: &[Value], index: usize) -> Result<&Value> {
    args.get(index).ok_or_else(|| FunctionError::call("an argument is missing"))
}

/// The text of an argument whose parameter is a string.
pub(super) fn text(args: &[Value], index: usize) -> Result<&str> {
    value(args, index)?.as_str().ok_or_else(|| FunctionError::argument(index, "a string is required"))
}

/// The number of an argument whose parameter is a number.
pub(super) fn number(args: &[Value], index: usize) -> Result<&Number> {
    value(args, index)?.as_number().ok_or_else(|| FunctionError::argument(index, "a number is required"))
}

/// The machine integer of an argument whose parameter is a number. The error is text, for the function to say whether the argument or
/// the call is to blame.
pub(super) fn whole(args: &[Value], index: usize) -> std::result::Result<i64, String> {
    let number = number(args, index).map_err(|error| error.message)?;
    number.to_i64().ok_or_else(|| format!("{number} is not a whole number between -2^63 and 2^63"))
}

/// The elements of an argument that is a list, set or tuple.
pub(super) fn elements(args: &[Value], index: usize) -> Result<&[Value]> {
    value(args, index)?
        .elements()
        .ok_or_else(|| FunctionError::argument(index, "a list, set or tuple is required"))
}

/// More bytes in one text are a mistake, and would fill the memory.
pub(super) const MAX_TEXT: usize = 32 << 20;

/// Checks, before a text is made, that there is room for so many bytes.
pub(super) fn room(bytes: usize) -> Result<()> {
    if bytes <= MAX_TEXT {
        return Ok(());
    }
    Err(FunctionError::call(format!("the result would have more than {} MiB", MAX_TEXT >> 20)))
}

/// More elements in one list are a mistake, too.
const MAX_ELEMENTS: usize = 500_000;

/// Checks, before a list is made, that there is room for so many elements.
pub(super) fn room_for(elements: usize) -> Result<()> {
    if elements <= MAX_ELEMENTS {
        return Ok(());
    }
    Err(FunctionError::call(format!("the result would have more than {MAX_ELEMENTS} elements")))
}

/// An error that names the type at hand.
pub(super) fn wanted(what: &str, value: &Value) -> String {
    format!("{what} is required, not {}", with_article(&value.ty().friendly_name()))
}

fn with_article(name: &str) -> String {
    let article = if name.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {name}")
}
