use diag::SourceMap;

use super::read;

/// What a text gives: nothing when it is fine, else each finding as it is shown, less the hint.
#[track_caller]
fn check(text: &str, expected: &str) {
    let sources = SourceMap::new();
    let file = sources.add("t.json", text);
    let shown = match read(text, file, &sources) {
        Ok(_) => String::new(),
        Err(findings) => {
            let findings: Vec<String> = findings
                .into_iter()
                .map(|finding| diag::render(&diag::Diagnostic { hint: None, ..finding }, &sources))
                .collect();
            findings.concat()
        }
    };
    let shown = shown.replace("Error: Invalid legacy JSON template\n\n", "");
    assert_eq!(shown.trim_end(), expected, "{text}");
}

#[test]
fn good_texts() {
    check(r#"{"a": [1, {"a": 2}], "b": {"a": null}}"#, "");
    check(r#"{"a": 1, "A": 2}"#, "");
}

#[test]
fn the_place_of_an_error() {
    check(
        "{\n  \"builders\": [\n    {\"type\": \"null\",}\n  ]\n}",
        r#"  on t.json line 3:
   2:   "builders": [
   3:     {"type": "null",}
                         ^

Original error: Trailing comma in object: In JSON no comma may stand after the
last element.
At line 3, column 20 (offset 37)."#,
    );
    check(
        "build {\n}",
        r#"  on t.json line 1:
   1: build {
      ^^^^^

Original error: Invalid JSON keyword: "build" is no word of JSON. Text is
written in double quotes.
At line 1, column 1 (offset 0)."#,
    );
    check(
        "",
        "  on t.json line 1:\n   1: \n      ^\n\nOriginal error: Missing value: Here a value must stand, but the text ends.\nAt line 1, column 1 (offset 0).",
    );
}

#[test]
fn every_duplicate() {
    check(
        "{\"a\": [{\"x\": 1, \"x\": 2}],\n \"b\": 1, \"b\": 2}",
        r#"  on t.json line 1:
   1: {"a": [{"x": 1, "x": 2}],
                      ^^^

Original error: duplicate field: x

  on t.json line 2:
   2:  "b": 1, "b": 2}
               ^^^

Original error: duplicate field: b"#,
    );
}
