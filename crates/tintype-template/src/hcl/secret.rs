//! Which texts are secret: those in the values of what is declared sensitive. Hiding them is the work of the door through which all
//! output goes.

use cty::Value;

/// Adds the texts in a value: not names of attributes, not numbers.
pub(crate) fn collect(value: &Value, secrets: &mut Vec<String>) {
    if let Some(text) = value.as_str() {
        if !text.is_empty() {
            secrets.push(text.to_owned());
        }
    } else if let Some(elements) = value.elements() {
        elements.iter().for_each(|element| collect(element, secrets));
    } else if let Some(entries) = value.entries() {
        entries.values().for_each(|value| collect(value, secrets));
    }
}
