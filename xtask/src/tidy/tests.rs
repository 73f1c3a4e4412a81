//! Tests of the checks themselves: each must find what it is for and leave the rest alone.

use super::floors::{Package, Use};
use super::{Tracked, floors, links, modules, text};

const PICTURE: &str = "# A\n| floor | crates |\n|---|---|\n| 2 | `top` |\n| 1 | `middle` `some-testkit` (for tests) |\n\
    | 0 | `libs/low` |\n\nWithin floor 1, `middle` uses `odd`: why not; `x` uses `y`.\n";

fn package(name: &str, folder: &str, uses: &[(&str, bool)]) -> Package {
    let uses = uses.iter().map(|(name, in_tests)| Use { name: (*name).to_owned(), in_tests: *in_tests });
    let targets = vec![format!("{folder}/src/lib.rs")];
    Package { name: name.to_owned(), folder: folder.to_owned(), targets, uses: uses.collect() }
}

#[track_caller]
fn floors(top: &[(&str, bool)], low: &[(&str, bool)], expected: &[&str]) {
    let page = PICTURE.split("Within").next();
    let packages = [
        package("top", "crates/top", top),
        package("middle", "crates/middle", &[]),
        package("some-testkit", "crates/some-testkit", &[]),
        package("low", "libs/low", low),
    ];
    assert_eq!(floors::check(&packages, page), expected);
}

#[test]
fn a_package_uses_what_lies_below() {
    floors(&[("middle", false), ("low", false), ("some-testkit", true)], &[], &[]);
    floors(
        &[("top", false)],
        &[],
        &["crates/top/Cargo.toml: top (floor 2) may not use top (floor 2): only what lies below"],
    );
    floors(
        &[("some-testkit", false)],
        &[],
        &["crates/top/Cargo.toml: some-testkit is for tests: make it a dev-dependency"],
    );
    floors(
        &[],
        &[("middle", true)],
        &["libs/low/Cargo.toml: low is a library of its own and cannot use middle"],
    );
}

#[test]
fn the_picture_is_the_workspace() {
    let mistakes =
        floors::check(&[package("new", "libs/new", &[]), package("low", "libs/low", &[])], Some(PICTURE));
    let expected = [
        "ARCHITECTURE.md: new stands on no floor",
        "ARCHITECTURE.md: the picture has middle, the workspace has not",
        "ARCHITECTURE.md: the picture has some-testkit, the workspace has not",
        "ARCHITECTURE.md: the picture has top, the workspace has not",
        "ARCHITECTURE.md: middle does not use odd",
        "ARCHITECTURE.md: x does not use y",
    ];
    assert_eq!(mistakes, expected);
    assert_eq!(floors::check(&[], None).len(), 1);
}

#[test]
fn neighbours_by_exception() {
    let page = "| 1 | `a` |\n| 0 | `b` `c` |\nWithin floor 0, `b` uses `c`.\n";
    let packages = [
        package("a", "libs/a", &[("b", false)]),
        package("b", "libs/b", &[("c", false)]),
        package("c", "libs/c", &[]),
    ];
    assert_eq!(floors::check(&packages, Some(page)), [""; 0]);
}

fn tracked(files: &[(&str, &str)]) -> Vec<Tracked> {
    let file = |(path, text): &(&str, &str)| Tracked {
        path: (*path).to_owned(),
        contents: text.as_bytes().to_vec(),
    };
    files.iter().map(file).collect()
}

#[test]
fn forgotten_files() {
    let files = tracked(&[
        ("libs/a/src/lib.rs", "mod b;\n#[cfg(test)]\nmod tests;\n#[path = \"odd.rs\"]\nmod strange;\n"),
        ("libs/a/src/b.rs", "pub(crate) mod c; // why\n"),
        ("libs/a/src/b/c.rs", "mod d;"),
        ("libs/a/src/b/c/d/mod.rs", "include!(\"../../table.rs\");"),
        ("libs/a/src/b/table.rs", ""),
        ("libs/a/src/odd.rs", ""),
        ("libs/a/src/tests.rs", ""),
        ("libs/a/src/b/tests.rs", ""),
        ("libs/a/tests/ui/wrong.rs", ""),
    ]);
    let mistakes = modules::check(&[package("a", "libs/a", &[])], &files);
    assert_eq!(mistakes, ["libs/a/src/b/tests.rs: no module names it, so it is never compiled"]);
}

#[test]
fn look() {
    let mistakes = |path: &str, text: &str| -> Vec<String> {
        tracked(&[(path, text)]).iter().flat_map(text::check).collect()
    };
    assert!(mistakes("src/tests.rs", "use super::*;\n").is_empty());
    assert!(mistakes("a.rs", "//! For tests.\n#[expect(x, reason = \"y\")]\n").is_empty());
    assert_eq!(mistakes("a.rs", "fn a() {}\n").len(), 1);
    assert_eq!(
        mistakes("a.rs", "//! A.\n    #[allow(dead_code)]\n"),
        ["a.rs:2: say #[expect(..., reason = \"...\")]"]
    );
    assert_eq!(mistakes("a.rs", &format!("//! A.\n{}", "\n".repeat(900))).len(), 1);
    assert_eq!(mistakes("a.md", &["cd /wo", "rk/main"].concat()).len(), 1);
}

#[test]
fn pages() {
    let page =
        "# One & two\n## One\n## One\n[a](b.md#top) [web](https://x.y) [c](#one-1)\n```\n[x](no.md)\n```\n";
    assert_eq!(links::links(page), [(4, "b.md#top"), (4, "#one-1")]);
    let headings: Vec<String> = links::headings(page).into_iter().collect();
    assert_eq!(headings, ["one", "one--two", "one-1"]);
    let files =
        tracked(&[("docs/a.md", page), ("docs/b.md", "# Low\n[up](../x/) [out](../../y.md) [a](a.md)")]);
    let expected = [
        "docs/a.md:4: b.md#top: no such heading",
        "docs/b.md:2: ../x/: no such file",
        "docs/b.md:2: ../../y.md: leads out of the project",
    ];
    assert_eq!(links::check(&files), expected);
}
