use std::ffi::OsStr;
use std::path::Path;

use super::diff::unified;
use super::files::{Found, find, is_passed_over, joined};
use super::replace::replace;

/// Empty files in a directory of their own.
fn directory(files: &[&str]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for file in files {
        let path = directory.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "").unwrap();
    }
    directory
}

#[track_caller]
fn check_found(files: &[&str], path: &str, recursive: bool, expected: &[&str]) {
    let directory = directory(files);
    let found: Vec<Found> = find(path, directory.path(), recursive).into_iter().map(Result::unwrap).collect();
    let names: Vec<String> = found.iter().map(|found| found.name.replace('\\', "/")).collect();
    assert_eq!(names, expected, "{path}");
    assert!(found.iter().all(|found| found.path.is_file()), "{found:?}");
}

#[test]
fn the_files_of_a_directory() {
    let files = [
        "b.pkr.hcl",
        "a.auto.pkrvars.hcl",
        "c.pkr.json",
        "d.hcl",
        ".e.pkr.hcl",
        "f.pkr.hcl~",
        "#g.pkr.hcl#",
        "#h.pkr.hcl",
        "aa/i.pkr.hcl",
        "aa/j/k.pkrvars.hcl",
        ".git/l.pkr.hcl",
        "m.pkr.hcl/n.pkr.hcl",
    ];
    check_found(&files, ".", false, &["#h.pkr.hcl", "a.auto.pkrvars.hcl", "b.pkr.hcl"]);
    check_found(
        &files,
        ".",
        true,
        &[
            "#h.pkr.hcl",
            "a.auto.pkrvars.hcl",
            "aa/i.pkr.hcl",
            "aa/j/k.pkrvars.hcl",
            "b.pkr.hcl",
            "m.pkr.hcl/n.pkr.hcl",
        ],
    );
    check_found(&files, "./aa//", false, &["aa/i.pkr.hcl"]);
    check_found(&files, "./.e.pkr.hcl", false, &["./.e.pkr.hcl"]);
}

#[test]
fn what_is_no_file_of_the_language_is_named() {
    let directory = directory(&["a.hcl"]);
    for (path, why) in [
        ("a.hcl", "file a.hcl is not a HCL file"),
        ("", "the path is empty"),
        ("none.pkr.hcl", "open none.pkr.hcl: "),
    ] {
        let found = find(path, directory.path(), false);
        let [Err(unfit)] = &found[..] else { panic!("{found:?}") };
        assert_eq!(unfit.name, path);
        assert!(unfit.why.starts_with(why), "{}", unfit.why);
    }
}

#[cfg(unix)]
#[test]
fn a_file_keeps_its_mode_and_its_links() {
    use std::os::unix::fs::PermissionsExt;
    let directory = directory(&["real/a"]);
    let (real, link) = (directory.path().join("real/a"), directory.path().join("b"));
    std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o640)).unwrap();
    std::os::unix::fs::symlink("real/a", &link).unwrap();
    replace(&link, b"new").unwrap();
    assert_eq!(std::fs::read(&real).unwrap(), b"new");
    assert!(link.symlink_metadata().unwrap().is_symlink());
    assert_eq!(real.metadata().unwrap().permissions().mode() & 0o777, 0o640);
    assert_eq!(std::fs::read_dir(directory.path().join("real")).unwrap().count(), 1);
}

#[test]
fn names_are_tidied() {
    for (directory, expected) in [
        (".", "x"),
        ("./a//b/", "a/b/x"),
        ("a/../b", "b/x"),
        ("../a/..", "../x"),
        ("../..", "../../x"),
        ("/..", "/x"),
        ("/a/./b", "/a/b/x"),
    ] {
        assert_eq!(joined(Path::new(directory), OsStr::new("x")), Path::new(expected), "{directory}");
    }
}

#[test]
fn what_editors_leave_is_passed_over() {
    for (name, expected) in [
        ("a.pkr.hcl", false),
        ("#a.pkr.hcl", false),
        (".a.pkr.hcl", true),
        ("a.pkr.hcl~", true),
        ("#a.pkr.hcl#", true),
    ] {
        assert_eq!(is_passed_over(name), expected, "{name}");
    }
}

#[track_caller]
fn check_diff(old: &str, new: &str, expected: &str) {
    let diff = unified("a", old.as_bytes(), new.as_bytes());
    let head = if expected.is_empty() { "" } else { "--- old/a\n+++ new/a\n" };
    assert_eq!(String::from_utf8_lossy(&diff), format!("{head}{expected}"));
}

#[test]
fn hunks_are_those_of_diff() {
    check_diff("a\n", "a\n", "");
    check_diff("", "", "");
    check_diff("a=1\n", "a = 1\n", "@@ -1 +1 @@\n-a=1\n+a = 1\n");
    check_diff(
        "a=1",
        "a = 1",
        "@@ -1 +1 @@\n-a=1\n\\ No newline at end of file\n+a = 1\n\\ No newline at end of file\n",
    );
    check_diff(
        "1\n2\n3\n4\nx\ny\n",
        "1\n2\n3\n4\n x\n y\n",
        "@@ -2,5 +2,5 @@\n 2\n 3\n 4\n-x\n-y\n+ x\n+ y\n",
    );
}

#[test]
fn changes_close_to_each_other_share_a_hunk() {
    let lines = |gap: usize, blank: &str| format!("{blank}x\n{}{blank}y\n", "=\n".repeat(gap));
    check_diff(&lines(6, ""), &lines(6, " "), "@@ -1,8 +1,8 @@\n-x\n+ x\n =\n =\n =\n =\n =\n =\n-y\n+ y\n");
    check_diff(
        &lines(7, ""),
        &lines(7, " "),
        "@@ -1,4 +1,4 @@\n-x\n+ x\n =\n =\n =\n@@ -6,4 +6,4 @@\n =\n =\n =\n-y\n+ y\n",
    );
}
