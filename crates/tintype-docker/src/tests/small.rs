//! Small rules: which commands may share a shell, what a commit undoes, who owns uploads, where a path is cut.

use crate::communicator::split_path;
use crate::driver::Image;
use crate::owner::number_of;
use crate::side_shell::harmless;
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
