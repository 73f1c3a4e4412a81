//! Tests of the form: what is written, that everything comes back, what is refused.

use super::{Entry, parse, write};
use proptest::prelude::*;

/// One file with these contents is written as `text`, and comes back.
#[track_caller]
fn check(contents: &[u8], text: &str) {
    let entries = [Entry { path: "in/a b.txt".to_owned(), contents: contents.to_owned(), executable: false }];
    let written = write(&entries).expect("the name is good");
    assert_eq!(written, text);
    assert_eq!(parse(&written).as_deref(), Ok(&entries[..]));
}

#[test]
fn contents() {
    check(b"", "--- in/a b.txt ---\n");
    check(b"\n", "--- in/a b.txt ---\n\n");
    check(b"one\ntwo\n", "--- in/a b.txt ---\none\ntwo\n");
    check(b"one\ntwo", "--- in/a b.txt (no newline at the end) ---\none\ntwo\n");
    check(b"a \\ b\n--- x\n", "--- in/a b.txt ---\na \\ b\n--- x\n");
    check("süß\t→\n".as_bytes(), "--- in/a b.txt ---\nsüß\t→\n");
    check(b"one\\\r\n", "--- in/a b.txt (escaped) ---\none\\\\\\r\n");
    check(b"\r", "--- in/a b.txt (no newline at the end, escaped) ---\n\\r\n");
    check(b"\xff\0\n", "--- in/a b.txt (escaped) ---\n\\xff\\x00\n");
    check("\u{feff}a\n".as_bytes(), "--- in/a b.txt (escaped) ---\n\\u{feff}a\n");
    check(b"--- x ---\n", "--- in/a b.txt (escaped) ---\n\\x2d-- x ---\n");
}

#[test]
fn executable_and_order() {
    let entry =
        |path: &str, executable| Entry { path: path.to_owned(), contents: b"x\n".to_vec(), executable };
    let entries = [entry("run.sh", true), entry("a", false)];
    let text = "--- run.sh (executable) ---\nx\n--- a ---\nx\n";
    assert_eq!(write(&entries).as_deref(), Ok(text));
    assert_eq!(parse(text).as_deref(), Ok(&entries[..]));
}

#[test]
fn refused() {
    let message = |text| parse(text).expect_err("must be refused").to_string();
    assert_eq!(message("hi\n--- a ---\n"), "line 1: text before the first section");
    assert_eq!(message("--- a ---\n--- b (bold) ---\n"), "line 2: unknown flag \"bold\"");
    assert_eq!(message("--- a ---\n\n--- a ---\n"), "line 3: a second section \"a\"");
    assert_eq!(message("--- a (escaped) ---\n\\q\n"), "line 1: not an escape: \\q\n");
    assert_eq!(message("--- a (escaped) ---\n\\x9"), "line 1: not an escape: \\x9");
    for path in ["", "a\nb", "a (executable)"] {
        assert!(write(&[Entry { path: path.to_owned(), contents: vec![], executable: false }]).is_err());
    }
}

proptest! {
    #[test]
    fn everything_comes_back(
        files in prop::collection::btree_map("[a-z./ ]{1,8}[a-z]", (prop::collection::vec(any::<u8>(), 0..40), any::<bool>()), 0..4),
    ) {
        let entries: Vec<Entry> = files
            .into_iter()
            .map(|(path, (contents, executable))| Entry { path, contents, executable })
            .collect();
        prop_assert_eq!(parse(&write(&entries).unwrap()).unwrap(), entries);
    }

    #[test]
    fn lines_that_look_like_heads_come_back(lines in prop::collection::vec("-{0,3} ?[a(\\\\\r]{0,2} ?-{0,3}", 0..5)) {
        let entries = vec![Entry { path: "a".to_owned(), contents: lines.join("\n").into_bytes(), executable: false }];
        prop_assert_eq!(parse(&write(&entries).unwrap()).unwrap(), entries);
    }
}
