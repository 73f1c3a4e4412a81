//! What is sent to a build of an image, and what is read of a Dockerfile before.

use std::path::Path;

use expect_test::{Expect, expect};

use crate::dockerfile::Dockerfile;
use crate::ignore::Ignored;

fn ignored(patterns: &str, paths: &[&str], expected: Expect) {
    let ignored = Ignored::parse(patterns).expect("patterns");
    let kept: Vec<&str> = paths.iter().copied().filter(|path| !ignored.leaves_out(Path::new(path))).collect();
    expected.assert_eq(&kept.join(" "));
}

#[test]
fn patterns() {
    let paths = [
        "a",
        "a.md",
        "README.md",
        "d/a",
        "d/a.md",
        "d/e/a",
        "d/e/f.tmp",
        "node_modules/x/y",
        "x/node_modules/z",
    ];
    ignored(
        "",
        &paths,
        expect!["a a.md README.md d/a d/a.md d/e/a d/e/f.tmp node_modules/x/y x/node_modules/z"],
    );
    ignored(
        "# comment\n\n*.md\n!README.md",
        &paths,
        expect!["a README.md d/a d/a.md d/e/a d/e/f.tmp node_modules/x/y x/node_modules/z"],
    );
    ignored("**/*.md", &paths, expect!["a d/a d/e/a d/e/f.tmp node_modules/x/y x/node_modules/z"]);
    ignored("/d/\n!d/e/a", &paths, expect!["a a.md README.md d/e/a node_modules/x/y x/node_modules/z"]);
    ignored("**/node_modules", &paths, expect!["a a.md README.md d/a d/a.md d/e/a d/e/f.tmp"]);
    ignored("node_modules", &paths, expect!["a a.md README.md d/a d/a.md d/e/a d/e/f.tmp x/node_modules/z"]);
    ignored("*", &paths, expect![[r#""#]]);
    ignored("**", &paths, expect![[r#""#]]);
    ignored("d/**", &paths, expect!["a a.md README.md node_modules/x/y x/node_modules/z"]);
    ignored("d/?\n[ab]", &paths, expect!["a.md README.md d/a.md node_modules/x/y x/node_modules/z"]);
    ignored("./x/../d\nd\\a", &paths, expect!["a a.md README.md node_modules/x/y x/node_modules/z"]);
    assert!(Ignored::parse("[").is_err());
}

fn read(text: &str, expected: Expect) {
    let found = Dockerfile::read(text);
    expected.assert_eq(&format!(
        "{} unclear={} {:?}",
        found.registries.join(","),
        found.unclear,
        found.buildkit
    ));
}

#[test]
fn dockerfiles() {
    read("", expect![" unclear=false None"]);
    read(
        "FROM debian:12 AS base\nFROM base\nFROM --platform=linux/amd64 r.io/x as y\nCOPY --from=base /a /b\nCOPY --from=0 a b\nCOPY --from=q.io/z a b",
        expect!["https://index.docker.io/v1/,r.io,q.io unclear=false None"],
    );
    read("ARG B=x\nFROM $B\nFROM scratch", expect![" unclear=true None"]);
    read(
        "# syntax=docker/dockerfile:1\nFROM a",
        expect![[r##"https://index.docker.io/v1/ unclear=false Some("# syntax=docker/dockerfile:1")"##]],
    );
    read(
        "FROM a\n# syntax=no\nRUN echo <<<x && cat <<\\\n  x",
        expect!["https://index.docker.io/v1/ unclear=false None"],
    );
    read(
        "FROM a\nRUN --mount=type=cache,target=/c \\\n  # comment\n  make",
        expect![[
            r#"https://index.docker.io/v1/ unclear=false Some("RUN --mount=type=cache,target=/c    make")"#
        ]],
    );
    read(
        "FROM a\nRUN <<EOF\necho\nEOF",
        expect![[r#"https://index.docker.io/v1/ unclear=false Some("RUN <<EOF")"#]],
    );
    read(
        "FROM a\nCOPY --chown=1:1 a b\nCOPY --link a b",
        expect![[r#"https://index.docker.io/v1/ unclear=false Some("COPY --link a b")"#]],
    );
    read(
        "FROM a\nARG TARGETARCH",
        expect![[r#"https://index.docker.io/v1/ unclear=false Some("ARG TARGETARCH")"#]],
    );
}
