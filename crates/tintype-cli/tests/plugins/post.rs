//! Artifacts and post-processors of a plugin.

use crate::fleet::{Yard, block, check, check_with, failed, lines, modes, says, succeeded, template, verbs};

fn post(lines: &[&str], more: &str) -> String {
    block("post-processor", "probe", lines, more)
}

fn builds(more: &str) -> String {
    format!("{}id = \"i-7\"\nfiles = [\"one\", \"two\"]\n{more}", verbs(&[]))
}

#[test]
fn states_of_every_type_pass_through() {
    let small = "2^31: int64(2147483648)|-32: int64(-32)|-33: int64(-33)|127: int64(127)|128: int64(128)|255: int64(255)|256: int64(256)|bool: bool(true)|bytes: []uint8(00ff)|early: time.Time(1969-12-31T23:59:55.000000007Z)|empty: string(\"\")|float32: float64(0.25)|float64: float64(1.5)|least: int64(-9223372036854775808)|list: []interface {}[string(\"a\"), string(\"b\")]|map: map[interface {}]interface {}{key: string(\"value\")}|mixed: []interface {}[string(\"a\"), int64(1), nil, bool(true)]|none: []interface {}[]|not text: string(\"\\xff\\xfe\")|par.artifact.metadata: map[interface {}]interface {}{ImageID: string(\"i-1\"), Labels: map[interface {}]interface {}{os: string(\"none\")}, ProviderRegion: string(\"here\")}|seconds: time.Time(2023-11-14T22:13:20Z)|string: string(\"text\")|time: time.Time(2023-11-14T22:13:20.000000005Z)|uint32: uint64(200)|uint64: uint64(18446744073709551615)|uint8: uint64(200)|whole: float64(2)";
    check(&template(&builds(""), &post(&["states", "states unheard"], "")), |said, yard| {
        succeeded(said, yard);
        let all: Vec<&str> =
            lines(said, "probe.a").into_iter().filter_map(|line| line.strip_prefix("(probe): ")).collect();
        for wanted in small.split('|') {
            let wanted = format!("state {wanted}");
            assert!(all.contains(&wanted.as_str()), "{}: no {wanted} in {all:#?}", yard.mode.name);
        }
        for wanted in [
            "builder tintype.probe.builder",
            "id i-7",
            "string thing i-7 of builder",
            "files []string[string(\"one\"), string(\"two\")]",
            "state unheard: nil",
        ] {
            assert!(all.contains(&wanted), "{}: no {wanted} in {all:#?}", yard.mode.name);
        }
        assert!(
            all.iter().any(|line| line.starts_with("state 65536 long: ") && line.ends_with(" 65546")),
            "{all:#?}"
        );
    });
}

#[test]
fn the_builds_values_are_the_artifacts_state() {
    check(&template(&builds(""), &post(&["states generated_data"], "")), |said, yard| {
        succeeded(said, yard);
        assert!(said.stdout.contains("Custom: string(\"of our own\")"), "{}", said.stdout);
    });
}

#[test]
fn an_artifact_is_kept_or_destroyed_as_everybody_wishes() {
    // keep, force_keep of the plugin, keep_input_artifact of the template: is the input kept?
    for (keep, force, template_keeps, kept) in [
        (false, false, None, false),
        (true, false, None, true),
        (true, false, Some(false), false),
        (false, false, Some(true), true),
        (true, true, Some(false), true),
        (false, true, Some(true), true),
    ] {
        let asked =
            template_keeps.map_or_else(String::new, |keeps| format!("keep_input_artifact = {keeps}\n"));
        check_with(
            &[],
            |yard| {
                let more =
                    format!("artifact = \"new\"\nid = \"i-8\"\nkeep = {keep}\nforce_keep = {force}\n{asked}");
                template(&builds(&format!("destroyed = {:?}", yard.path("destroyed"))), &post(&[], &more))
            },
            |said, yard| {
                succeeded(said, yard);
                assert_eq!(
                    !yard.bench.path("destroyed").exists(),
                    kept,
                    "{}: {keep} {force} {template_keeps:?}: {}",
                    yard.mode.name,
                    said.stdout
                );
                assert!(said.stdout.contains("--> probe.a: thing i-8 of post\n"), "{}", said.stdout);
                assert_eq!(said.stdout.contains("thing i-7 of builder"), kept, "{}", said.stdout);
            },
        );
    }
}

#[test]
fn the_same_artifact_and_none() {
    check(&template(&builds(""), &post(&[], "artifact = \"same\"")), |said, yard| {
        succeeded(said, yard);
        assert!(said.stdout.contains("thing i-7 of builder"), "{}", said.stdout);
    });
    check(&template(&builds(""), &post(&["say here"], "artifact = \"none\"")), |said, yard| {
        succeeded(said, yard);
        assert!(said.stdout.contains("here"), "{}", said.stdout);
    });
    check(
        &template(&format!("artifact = \"none\"\n{}", verbs(&[])), &post(&["say never"], "")),
        |said, yard| {
            succeeded(said, yard);
            assert!(!said.stdout.contains("never"), "{}", said.stdout);
        },
    );
}

#[test]
fn destroying_may_fail_on_both_sides() {
    check(
        &template(&builds("destroy_error = \"it is stuck\""), &post(&[], "artifact = \"new\"")),
        |said, yard| {
            failed(said, yard, "it is stuck");
        },
    );
    // The SDK's own client cannot read that failure; ours can, and tells a plugin in the form that it understands.
    check(
        &template(
            &builds("destroy_error = \"it is stuck\""),
            &post(&["destroy", "states string"], "artifact = \"same\""),
        ),
        |said, yard| {
            assert!(
                said.stdout.contains("not destroyed: it is stuck"),
                "{}: {}",
                yard.mode.name,
                said.stdout
            );
            assert!(said.stdout.contains("state string: string(\"text\")"), "{}", said.stdout);
        },
    );
    check_with(
        &[],
        |yard| {
            template(
                &builds(&format!("destroyed = {:?}", yard.path("destroyed"))),
                &post(&["destroy"], "artifact = \"new\"\nkeep = true"),
            )
        },
        |said, yard| {
            succeeded(said, yard);
            assert!(yard.bench.path("destroyed").exists());
        },
    );
}

#[test]
fn a_failing_post_processor_fails_the_build() {
    check(&template(&builds(""), &post(&["fail no space"], "")), |said, yard| failed(said, yard, "no space"));
    check(&template(&builds(""), &post(&[], "invalid = \"bad option\"")), |said, yard| {
        failed(said, yard, "bad option")
    });
}

#[test]
fn chains_hand_artifacts_on() {
    let chain = format!(
        "  post-processors {{\n{}{}  }}\n",
        post(&["states string"], "artifact = \"new\"\nid = \"first\""),
        block("post-processor", "probe-second", &["states string"], "artifact = \"new\"\nid = \"second\"")
    );
    check(&template(&builds(""), &chain), |said, yard| {
        succeeded(said, yard);
        says(said, yard, &["(probe): id i-7", "(probe-second): id first"]);
        assert!(said.stdout.contains("thing second of post"), "{}", said.stdout);
    });
}

#[test]
fn an_artifact_is_told_to_machines() {
    for mode in modes() {
        let yard = Yard::new(mode, &template(&builds(""), ""));
        let said = yard.bench.run(&["build", "-machine-readable", "t.pkr.hcl"]);
        succeeded(&said, &yard);
        for wanted in [
            ",probe.a,artifact,0,builder-id,tintype.probe.builder\n",
            ",probe.a,artifact,0,id,i-7\n",
            ",probe.a,artifact,0,string,thing i-7 of builder\n",
            ",probe.a,artifact,0,files-count,2\n",
            ",probe.a,artifact,0,file,1,two\n",
        ] {
            assert!(said.stdout.contains(wanted), "{}: no {wanted} in {}", mode.name, said.stdout);
        }
    }
}
