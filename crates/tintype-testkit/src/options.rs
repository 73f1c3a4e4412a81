//! Options as JSON text, and findings as lines.

use diag::Diagnostics;
use tintype_schema::ConfigValue;

/// Options from a JSON object, read with the rules of HCL. For those of legacy JSON add `.loose()`.
pub fn options(json: &str) -> ConfigValue {
    ConfigValue::new(cty::json::from_json(json).unwrap_or_else(|error| panic!("{json}: {error:?}")))
}

/// The findings, one line each: the title, after `warning: ` if it is one.
pub fn findings(diagnostics: &Diagnostics) -> Vec<String> {
    diagnostics
        .iter()
        .map(
            |found| {
                if found.is_error() { found.summary.clone() } else { format!("warning: {}", found.summary) }
            },
        )
        .collect()
}

/// The titles of what a component found wrong with its options; nothing when it took them.
pub fn errors<T>(prepared: &Result<T, Diagnostics>) -> Vec<String> {
    prepared.as_ref().err().map(findings).unwrap_or_default()
}
