//! What plugins tell: text of every length and kind, questions, progress, crowds and floods.

use crate::fleet::{
    Yard, at_a_terminal, check, check_with, failed, lines, modes, provisioner, says, succeeded, template,
    verbs,
};

#[test]
fn words_of_every_kind() {
    let all =
        verbs(&["say one", "message two", "error three", "say ", "say four\nfive", "machine kind a b,c"]);
    check(&template(&all, ""), |said, yard| {
        succeeded(said, yard);
        says(said, yard, &["one", "two", "four", "five"]);
        assert!(
            said.stderr.contains("==> probe.a: three\n") || said.stdout.contains("==> probe.a: three\n"),
            "{}",
            said.stderr
        );
    });
    for mode in modes() {
        let yard = Yard::new(mode, &template(&all, ""));
        let said = yard.bench.run(&["build", "-machine-readable", "t.pkr.hcl"]);
        succeeded(&said, &yard);
        assert!(said.stdout.contains(",probe.a,kind,a,b%!(PACKER_COMMA)c\n"), "{}", said.stdout);
    }
}

#[test]
fn lengths_at_every_border_of_the_encoding() {
    let sizes = [1_usize, 31, 32, 255, 256, 65_535, 65_536, 300_000, 5 << 20];
    let all: Vec<String> = sizes.iter().map(|size| format!("long {size}")).collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    check(&template(&verbs(&all), ""), |said, yard| {
        succeeded(said, yard);
        let found: Vec<usize> = lines(said, "probe.a")
            .iter()
            .filter(|line| line.starts_with('x'))
            .map(|line| line.len())
            .collect();
        assert_eq!(found, sizes, "{}", yard.mode.name);
    });
}

#[test]
fn text_that_is_no_text_is_shown_all_the_same() {
    check(&template(&verbs(&["bytes 6265666f7265fffe6166746572", "say on"]), ""), |said, yard| {
        succeeded(said, yard);
        assert!(
            lines(said, "probe.a").iter().any(|line| line.starts_with("before") && line.ends_with("after")),
            "{}",
            said.stdout
        );
        says(said, yard, &["on"]);
    });
}

#[test]
fn fifty_speakers_keep_their_own_order() {
    let build = provisioner(&["crowd 50 40"]);
    check(&template(&verbs(&["crowd 50 40", "provision"]), &build), |said, yard| {
        succeeded(said, yard);
        let mut next = vec![0_usize; 50];
        for line in lines(said, "probe.a") {
            let Some(rest) = line.strip_prefix("crowd ") else { continue };
            let (who, count) = rest.split_once(' ').unwrap();
            let (who, count): (usize, usize) = (who.parse().unwrap(), count.parse().unwrap());
            assert_eq!(next[who] % 40, count, "{}: speaker {who}", yard.mode.name);
            next[who] += 1;
        }
        assert_eq!(next, vec![80; 50]);
    });
}

#[test]
fn a_flood_of_lines_is_told_in_order() {
    check(&template(&verbs(&["flood 20000"]), ""), |said, yard| {
        succeeded(said, yard);
        let found: Vec<&str> =
            lines(said, "probe.a").into_iter().filter(|line| line.starts_with("line ")).collect();
        assert_eq!(found.len(), 20_000);
        assert!(found.iter().enumerate().all(|(index, line)| **line == format!("line {index}")));
    });
}

#[test]
fn output_beside_the_protocol_is_read_away() {
    let all = verbs(&["stdout 20000", "stderr 20000", "say done"]);
    check(&template(&all, ""), |said, yard| {
        succeeded(said, yard);
        says(said, yard, &["done"]);
        assert!(!said.stdout.contains("ooooooo"), "{}", yard.mode.name);
    });
}

#[test]
fn progress_with_odd_names() {
    let all = verbs(&["progress a.b/c.d 1000000", "progress Ui.Say 10", "progress é 5", "say done"]);
    check(&template(&all, ""), |said, yard| {
        succeeded(said, yard);
        says(said, yard, &["progress: 1000000 bytes", "progress: 10 bytes", "done"]);
    });
}

#[test]
fn questions_are_answered_or_not() {
    let text = template(&verbs(&["ask How much?", "say on"]), "");
    check(&text, |said, yard| {
        succeeded(said, yard);
        says(said, yard, &["on"]);
        assert!(
            lines(said, "probe.a")
                .iter()
                .any(|line| line.starts_with("no answer: ") || *line == "answer: \"\""),
            "{}",
            said.stdout
        );
    });
    #[cfg(unix)]
    for mode in modes() {
        let yard = Yard::new(mode, &text);
        let said = at_a_terminal(&yard, &[], "a lot\n");
        succeeded(&said, &yard);
        says(&said, &yard, &["answer: \"a lot\"", "on"]);
    }
}

#[test]
fn secrets_are_hidden_in_what_plugins_tell() {
    let text = format!(
        "variable \"s\" {{\n  default   = \"hidden-text\"\n  sensitive = true\n}}\n{}",
        template("text = var.s\ndo = [\"say it is hidden-text\", \"stderr 1\", \"show config\"]", "")
    );
    check(&text, |said, yard| {
        succeeded(said, yard);
        assert!(!said.stdout.contains("hidden-text"), "{}", said.stdout);
        says(said, yard, &["it is <sensitive>"]);
    });
}

#[test]
fn errors_keep_their_lines() {
    check(&template(&verbs(&["fail first\\nsecond"]), ""), |said, yard| {
        failed(said, yard, "first");
        failed(said, yard, "second");
    });
}

#[test]
fn the_environment_reaches_plugins() {
    check_with(
        &[],
        |_| template(&verbs(&["env PACKER_RUN_UUID", "env TMPDIR", "env PACKER_PLUGIN_MIN_PORT"]), ""),
        |said, yard| {
            succeeded(said, yard);
            let all = lines(said, "probe.a");
            assert!(
                all.iter().any(|line| line.strip_prefix("PACKER_RUN_UUID=").is_some_and(|id| id.len() == 36)),
                "{all:?}"
            );
            assert!(
                all.iter().any(|line| line.strip_prefix("TMPDIR=").is_some_and(|path| !path.is_empty())),
                "{all:?}"
            );
        },
    );
}
