//! What a plugin found wrong, as findings about the block. Plugins join their findings to one text with a count; apart again they read like
//! those of components of ours.

use diag::{Diagnostic, Diagnostics};
use tintype_schema::ConfigValue;
use tintype_sdk::Error;

/// The findings in a refusal.
pub(super) fn errors(text: &str, config: &ConfigValue) -> Diagnostics {
    let parts = joined(text).unwrap_or_else(|| vec![text.trim_end().to_owned()]);
    parts.into_iter().map(|part| placed(Diagnostic::error(part), config)).collect()
}

/// A failure of the plugin itself.
pub(super) fn failure(error: &Error, config: &ConfigValue) -> Diagnostics {
    let mut finding = Diagnostic::error(error.to_string());
    if let Some(hint) = error.hints().first() {
        finding = finding.hint(hint.clone());
    }
    [placed(finding, config)].into_iter().collect()
}

/// What it warns of.
pub(super) fn warnings(texts: Vec<String>, config: &ConfigValue) -> Diagnostics {
    texts.into_iter().map(|text| placed(Diagnostic::warning(text), config)).collect()
}

fn placed(finding: Diagnostic, config: &ConfigValue) -> Diagnostic {
    let finding = finding.at(config.block);
    if config.block.is_some() && !config.block_name.is_empty() {
        finding.in_block(config.block_name.clone())
    } else {
        finding
    }
}

/// The parts of a text such as `2 error(s) occurred:`, an empty line, and lines that begin with `* `.
fn joined(text: &str) -> Option<Vec<String>> {
    let (head, list) = text.split_once('\n')?;
    let (count, words) = head.split_once(' ')?;
    count.parse::<usize>().ok()?;
    if !matches!(words.trim(), "error(s) occurred:" | "error occurred:" | "errors occurred:") {
        return None;
    }
    let mut parts: Vec<String> = Vec::new();
    for line in list.lines() {
        match (line.trim_start().strip_prefix("* "), parts.last_mut()) {
            (Some(part), _) => parts.push(part.to_owned()),
            (None, None) if line.trim().is_empty() => {}
            (None, Some(part)) => {
                part.push('\n');
                part.push_str(line);
            }
            (None, None) => return None,
        }
    }
    let parts: Vec<String> = parts.into_iter().map(|part| part.trim_end().to_owned()).collect();
    (!parts.is_empty()).then_some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let config = ConfigValue::new(cty::Value::empty_object());
        let found: Vec<String> = errors(text, &config).into_iter().map(|finding| finding.summary).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn joined_errors_come_apart() {
        check("it failed", &["it failed"]);
        check("1 error(s) occurred:\n\n* url must be specified", &["url must be specified"]);
        check("2 errors occurred:\n\t* one\n\t* two\n  more\n\n", &["one", "two\n  more"]);
        check("several\nlines", &["several\nlines"]);
        check("x error(s) occurred:\n* y", &["x error(s) occurred:\n* y"]);
        check("1 error(s) occurred:\n\nno list", &["1 error(s) occurred:\n\nno list"]);
    }
}
