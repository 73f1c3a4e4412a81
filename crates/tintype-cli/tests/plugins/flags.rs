//! Flags of `build` and common options of provisioners, with a plugin behind every component.

use crate::fleet::{
    Yard, at_a_terminal, block, check, check_with, failed, lines, modes, no_remains, provisioner, says,
    succeeded, template, verbs,
};

fn full(lines: &[&str]) -> String {
    let build = provisioner(lines) + &block("post-processor", "probe", &["say after"], "");
    template(&format!("id = \"i-1\"\n{}", verbs(&["say before", "provision"])), &build)
}

#[test]
fn everything_external_builds() {
    check(&full(&["say during"]), |said, yard| {
        succeeded(said, yard);
        says(said, yard, &["before", "during", "(probe): after"]);
        assert!(said.stdout.contains("--> probe.a: thing i-1 of builder\n"), "{}", said.stdout);
    });
}

#[cfg(unix)]
#[test]
fn debug_asks_between_steps() {
    for mode in modes() {
        let yard = Yard::new(mode, &full(&["say during", "show config"]));
        let said = at_a_terminal(&yard, &["-debug"], "\n\n\n\n\n\n");
        succeeded(&said, &yard);
        says(&said, &yard, &["before", "during", "(probe): after"]);
        assert!(said.stdout.contains("\"PackerDebug\":true"), "{}", said.stdout);
        no_remains(&yard, &said);
    }
}

#[test]
fn on_error_in_all_its_ways() {
    let text = full(&["fail broken"]);
    for way in ["cleanup", "abort", "run-cleanup-provisioner"] {
        check_with(
            &[&format!("-on-error={way}")],
            |_| text.clone(),
            |said, yard| {
                failed(said, yard, "broken");
                assert!(!said.stdout.contains("(probe): after"), "{}", said.stdout);
            },
        );
    }
    #[cfg(unix)]
    for mode in modes() {
        // What a plugin's builder does about it is its own business: it may ask through us.
        let yard = Yard::new(mode, &template(&verbs(&["ask [c] Clean up or [a] abort?", "fail broken"]), ""));
        let said = at_a_terminal(&yard, &["-on-error=ask"], "a\n");
        failed(&said, &yard, "broken");
        says(&said, &yard, &["answer: \"a\""]);
    }
}

#[test]
fn a_provisioner_that_takes_too_long_is_cancelled() {
    let build = block("provisioner", "probe", &["sleep 300s"], "timeout = \"1s\"");
    check(&template(&verbs(&["provision"]), &build), |said, yard| {
        assert_eq!(said.code, 1, "{}", said.stdout);
        says(said, yard, &["was cancelled"]);
    });
}

#[test]
fn retries_come_after_failures_and_after_timeouts() {
    check_with(
        &[],
        |yard| {
            let build = block(
                "provisioner",
                "probe",
                &[&format!("fail-once {} broken", yard.path("mark")), "say worked"],
                "max_retries = 2",
            );
            template(&verbs(&["provision"]), &build)
        },
        |said, yard| {
            succeeded(said, yard);
            says(said, yard, &["worked"]);
        },
    );
    check_with(
        &[],
        |yard| {
            // The second time the file is there, and the command is quick.
            let command = format!(
                "run if [ -e {0} ]; then echo quick; else touch {0}; sleep 20; fi",
                yard.path("mark")
            );
            let build =
                block("provisioner", "probe", &[&command, "say worked"], "timeout = \"2s\"\nmax_retries = 1");
            template(&verbs(&["provision"]), &build)
        },
        |said, yard| {
            // A provisioner process that was cancelled stays cancelled, so the retry needs a new one.
            succeeded(said, yard);
            says(said, yard, &["worked"]);
        },
    );
}

#[test]
fn builds_beside_each_other_do_not_mix() {
    let sources: String = (0..6)
        .map(|number| {
            format!("  source \"probe.a\" {{\n    name = \"n{number}\"\n    text = \"t{number}\"\n  }}\n")
        })
        .collect();
    let text = template(
        &verbs(&["flood 200", "provision", "show config"]),
        &(sources + &provisioner(&["run echo ${source.name}"])),
    )
    .replace("$${source.name}", "${source.name}")
    .replace("  sources = [\"source.probe.a\"]\n", "");
    check_with(
        &["-parallel-builds=4"],
        |_| text.clone(),
        |said, yard| {
            succeeded(said, yard);
            for number in 0..6 {
                let all = lines(said, &format!("probe.n{number}"));
                assert_eq!(
                    all.iter().filter(|line| line.starts_with("line ")).count(),
                    200,
                    "{}",
                    yard.mode.name
                );
                assert!(
                    all.contains(&format!("exit 0, stdout \"n{number}\\n\", stderr \"\"").as_str()),
                    "{all:?}"
                );
                assert!(all.iter().any(|line| line.contains(&format!("\"Text\":\"t{number}\""))), "{all:?}");
            }
        },
    );
}

#[test]
fn validation_prepares_and_runs_nothing() {
    for mode in modes() {
        let yard = Yard::new(mode, "");
        let build = block(
            "provisioner",
            "probe",
            &[],
            &format!("text = build.ID\non_prepare = [\"append {} p\"]", yard.path("prepared")),
        );
        yard.bench.write(
            "t.pkr.hcl",
            template(&verbs(&[&format!("append {} x", yard.path("ran"))]), &build).as_bytes(),
        );
        let said = yard.bench.run(&["validate", "t.pkr.hcl"]);
        succeeded(&said, &yard);
        assert!(said.stdout.contains("The configuration is valid."), "{}", said.stdout);
        assert!(yard.bench.path("prepared").exists() && !yard.bench.path("ran").exists());
        no_remains(&yard, &said);
    }
}
