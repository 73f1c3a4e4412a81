//! What must hold for any bytes, a module for each target. Nothing here runs by itself: `fuzz_targets` hands the bytes over, and
//! `run` builds and starts the targets.

pub mod checksums;
pub mod describe;
pub mod evaluator;
pub mod formatter;
pub mod go_template;
pub mod gob;
pub mod json_syntax;
pub mod legacy_json;
pub mod lexer;
pub mod message_pack;
pub mod packed;
pub mod parser;
pub mod plugin_answers;
mod surroundings;
pub mod wire;

use std::borrow::Cow;

use diag::{Diagnostics, FileId, SourceMap};

/// The file that all texts are said to be.
const FILE: FileId = FileId(0);

/// Bytes as the programs read a file.
fn text(bytes: &[u8]) -> Cow<'_, str> {
    hcl::lexer::decode(bytes, FILE).0
}

/// Findings can be shown, lie in the text and do not cut characters.
fn sound(findings: &Diagnostics, text: &str) {
    for finding in findings {
        for span in finding.subject.into_iter().chain(finding.context) {
            assert!(text.get(span.range()).is_some(), "{span:?} is not in {text:?}: {finding}");
        }
        assert!(!finding.summary.is_empty(), "a finding without a title");
    }
    let sources = SourceMap::new();
    sources.add("fuzzed", text);
    diag::render_all(findings, &sources);
}
