use diag::SourceMap;
use hcl::json::parse;

use super::write;
use crate::json::document::Document;

fn upgraded(text: &str, annotations: bool) -> String {
    let sources = SourceMap::new();
    let (root, found) = parse(text, sources.add("t.json", text));
    assert!(found.is_empty(), "{text}: {found:?}");
    let document =
        Document::read(&root).unwrap_or_else(|found| panic!("{}", diag::render_all(&found, &sources)));
    write(&document, annotations).unwrap()
}
