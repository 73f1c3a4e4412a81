//! Small rules: which commands may share a shell, what a commit undoes, who owns uploads, where a path is cut.

use crate::communicator::split_path;
use crate::driver::Image;
use crate::owner::number_of;
use crate::session::{Ends, harmless};
use crate::steps::commit::changes_of;

#[test]
fn commands_that_may_share_a_shell() {
    for command in ["chmod 0755 /tmp/script_1.sh", "rm -f /tmp/a", "rm -f ", "mkdir -p '/a b'", "true"] {
        assert!(harmless(command), "{command}");
    }
    for command in [
        "",
        "chmod +x a; a",
        "rm -f $HOME",
        "rm -rf /a",
        "rm -f *",
        "rm -f a && b",
        "rm -f 'a",
        "rm -f `a`",
        "mkdir a\nb",
        "rm -i a",
        "rmdir a",
        "echo a",
        "rm -f ~",
        "rm -f \u{1}",
    ] {
        assert!(!harmless(command), "{command}");
    }
    assert!(!harmless(&format!("rm -f {}", "a".repeat(5000))));
}

#[test]
fn what_a_commit_undoes() {
    let image = Image { cmd: vec!["a".into(), "\"".into()], ..Image::default() };
    let check = |given: &[&str], expected: &[&str]| {
        let given: Vec<String> = given.iter().map(|change| (*change).to_owned()).collect();
        assert_eq!(changes_of(&given, &image), expected);
    };
    check(&[], &[r#"CMD ["a","\""]"#, r#"ENTRYPOINT [""]"#]);
    check(&["CMD x"], &["CMD x", r#"ENTRYPOINT [""]"#]);
    check(&["ENTRYPOINT x", "ENV a=b"], &["ENTRYPOINT x", "ENV a=b", r#"CMD ["a","\""]"#]);
}

#[test]
fn numbers_of_users() {
    let list = b"root:x:0:0::/:/bin/sh\nbad\nnobody:x:65534:65534::/:\nodd:x:y:\n";
    assert_eq!(number_of(list, "nobody"), Some(65534));
    assert_eq!(number_of(list, "odd"), None);
    assert_eq!(number_of(list, "bad"), None);
    assert_eq!(number_of(list, "no"), None);
}

#[test]
fn paths() {
    assert_eq!(split_path("/a/b"), ("/a", "b"));
    assert_eq!(split_path("/a"), ("/", "a"));
    assert_eq!(split_path("a"), ("/", "a"));
    assert_eq!(split_path("a/b/"), ("a", "b"));
    assert_eq!(split_path("/"), ("/", ""));
}

/// What a command wrote, cut in every way that two streams can be.
#[test]
fn the_end_of_a_commands_output() {
    use tintype_event::Stream::{Stderr, Stdout};
    let mark: std::sync::Arc<[u8]> = (*b"\x01m\x01").into();
    let written: [(_, &[u8], &[u8]); 3] = [
        (Stdout, b"one\x01two\x01", b"\x01m\x0142\nlater"),
        (Stdout, b"", b"\x01m\x010\n"),
        (Stdout, b"\x01m\x02\x01", b"\x01m\x01137\n"),
    ];
    for (_, text, end) in written {
        let all = [text, end].concat();
        for size in 1..=all.len() {
            let mut ends = Ends::new(&mark);
            let mut got = Vec::new();
            assert_eq!(
                ends.take(Stderr, bytes::Bytes::from_static(b"e\x01m\x01\n")).as_deref(),
                Some(b"e".as_slice())
            );
            for piece in all.chunks(size) {
                got.extend(ends.take(Stdout, bytes::Bytes::copy_from_slice(piece)).unwrap_or_default());
            }
            let number: String =
                String::from_utf8_lossy(&end[3..]).lines().next().unwrap_or_default().to_owned();
            assert_eq!(got, text, "{size}");
            assert_eq!(ends.status().map(|status| status.0.to_string()), Some(number));
            assert!(ends.rest().is_empty());
        }
    }
    let mut ends = Ends::new(&mark);
    assert_eq!(ends.take(Stdout, bytes::Bytes::from_static(b"a\x01m")).as_deref(), Some(b"a".as_slice()));
    assert_eq!(ends.status(), None);
    assert_eq!(ends.rest(), [(Stdout, bytes::Bytes::from_static(b"\x01m"))]);
}
