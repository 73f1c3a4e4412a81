//! Provisioners of a plugin on the machine of a plugin: commands, streams, files, folders, hooks, data.

use crate::fleet::{block, check, check_with, failed, lines, provisioner, says, succeeded, template, verbs};

fn builds(lines: &[&str]) -> String {
    template(&verbs(&["provision"]), &provisioner(lines))
}

#[test]
fn commands_with_every_set_of_streams() {
    let all = [
        "run echo out; echo err >&2",
        "run-stdout echo out; echo err >&2",
        "run-stderr echo out; echo err >&2",
        "run-silent echo out",
        "run true",
        "run-stdin hello tr a-z A-Z",
        "run-stdin 3000000 wc -c | tr -d ' '",
        "run-stdin 3000000 true",
        "run exec 1>&-; sleep 0.1; echo late >&2",
        "run-with-ui echo shown; exit 4",
    ];
    check(&builds(&all), |said, yard| {
        succeeded(said, yard);
        says(
            said,
            yard,
            &[
                "exit 0, stdout \"out\\n\", stderr \"err\\n\"",
                "exit 0, stdout \"out\\n\", stderr \"\"",
                "exit 0, stdout \"\", stderr \"err\\n\"",
                "exit 0, stdout \"\", stderr \"\"",
                "exit 0, stdout \"\", stderr \"\"",
                "exit 0, stdout \"HELLO\", stderr \"\"",
                "exit 0, stdout \"3000000\\n\", stderr \"\"",
                "shown",
                "exit 4",
            ],
        );
        assert!(said.stdout.contains("stderr \"late\\n\""), "{}", said.stdout);
    });
}

#[test]
fn exit_codes_of_every_width() {
    let codes = [0, 1, 3, 123, 127, 128, 255, -1, 2_300_218];
    let all: Vec<String> = codes.iter().map(|code| format!("run !exit {code}")).collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    check(&builds(&all), |said, yard| {
        succeeded(said, yard);
        let wanted: Vec<String> =
            codes.iter().map(|code| format!("exit {code}, stdout \"\", stderr \"\"")).collect();
        says(said, yard, &wanted.iter().map(String::as_str).collect::<Vec<_>>());
    });
}

#[test]
fn a_hundred_megabytes_on_both_streams() {
    check(&builds(&["count-output !flood 100"]), |said, yard| {
        succeeded(said, yard);
        says(said, yard, &["exit 0, stdout 104857600 bytes, stderr 104857600 bytes"]);
    });
}

#[test]
fn fifty_commands_at_once() {
    check(&builds(&["parallel 50 echo %"]), |said, yard| {
        succeeded(said, yard);
        let wanted: Vec<String> = (0..50).map(|number| format!("0:{number}")).collect();
        says(said, yard, &[&format!("parallel {}", wanted.join(" "))]);
    });
}

#[test]
fn refusals_are_told_and_the_connection_lives_on() {
    let all = [
        "try run !refuse because",
        "try upload 10 !refuse",
        "try download !refuse",
        "try upload-dir !refuse x",
        "try download-dir !refuse x",
        "try upload 3000000 !part",
        "run echo alive",
    ];
    check(&builds(&all), |said, yard| {
        succeeded(said, yard);
        says(
            said,
            yard,
            &[
                "failed: not started: the command was refused: because",
                "failed: the file was refused",
                "failed: no such file here",
                "failed: the folder was refused",
                "failed: the folder was refused",
                "failed: the disk is full",
                "exit 0, stdout \"alive\\n\", stderr \"\"",
            ],
        );
    });
}

#[test]
fn files_of_every_size_go_up_and_come_back() {
    check_with(
        &[],
        |yard| {
            let (empty, big) = (yard.path("empty"), yard.path("big"));
            builds(&[
                &format!("upload 0 {empty}"),
                &format!("upload 104857600 {big}"),
                &format!("download {empty}"),
                &format!("download {big}"),
                "download !make 5000001",
            ])
        },
        |said, yard| {
            succeeded(said, yard);
            let all = lines(said, "probe.a");
            says(said, yard, &["uploaded 0 bytes", "uploaded 104857600 bytes"]);
            for wanted in [
                "downloaded 0 bytes, sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                "downloaded 104857600 bytes, sha256 ",
                "downloaded 5000001 bytes, sha256 ",
            ] {
                assert!(
                    all.iter().any(|line| line.starts_with(wanted)),
                    "{}: {wanted}: {all:?}",
                    yard.mode.name
                );
            }
            assert_eq!(std::fs::metadata(yard.bench.path("big")).unwrap().len(), 104_857_600);
        },
    );
}

#[cfg(unix)]
#[test]
fn what_is_known_of_a_file_goes_with_it() {
    use std::os::unix::fs::PermissionsExt as _;
    check_with(
        &[],
        |yard| {
            yard.bench.write("local", b"12345");
            let permissions = std::fs::Permissions::from_mode(0o751);
            std::fs::set_permissions(yard.bench.path("local"), permissions).unwrap();
            builds(&[&format!("upload-info {} {}", yard.path("local"), yard.path("there"))])
        },
        |said, yard| {
            succeeded(said, yard);
            let note = std::fs::read_to_string(yard.bench.path("there.info")).unwrap();
            assert!(note.contains(" 5 -rwxr-x--x false "), "{}: {note}", yard.mode.name);
            let when = std::fs::metadata(yard.bench.path("local")).unwrap().modified().unwrap();
            let seconds = when.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
            assert!(note.ends_with(&format!(" {seconds}")), "{note}");
        },
    );
}

#[test]
fn folders_go_both_ways() {
    check_with(
        &[],
        |yard| {
            yard.bench.write("from/one", b"1");
            builds(&[
                &format!("upload-dir {} {} *.tmp *.log", yard.path("from"), yard.path("up")),
                &format!("download-dir {} {}", yard.path("from"), yard.path("down")),
            ])
        },
        |said, yard| {
            succeeded(said, yard);
            for name in ["up/one", "down/one"] {
                assert_eq!(std::fs::read(yard.bench.path(name)).unwrap(), b"1");
            }
            let note = std::fs::read_to_string(yard.bench.path("up/up.note")).unwrap();
            assert_eq!(note, "[]string[string(\"*.tmp\"), string(\"*.log\")]");
            assert!(yard.bench.path("down/down.note").exists());
        },
    );
}

#[test]
fn an_upload_whose_source_breaks_ends() {
    check_with(
        &[],
        |yard| builds(&[&format!("try upload-break 1000000 {}", yard.path("half")), "run echo alive"]),
        |said, yard| {
            succeeded(said, yard);
            says(said, yard, &["exit 0, stdout \"alive\\n\", stderr \"\""]);
        },
    );
}

#[test]
fn data_of_the_build_arrive_with_their_types() {
    let source = format!("data = \"rich\"\n{}", verbs(&["provision"]));
    check(&template(&source, &provisioner(&["show data"])), |said, yard| {
        succeeded(said, yard);
        says(
            said,
            yard,
            &[
                "data Big: int64(1099511627776)",
                "data Bytes: []uint8(0102)",
                "data ConnType: string(\"ssh\")",
                "data Count: int64(7)",
                "data Flag: bool(true)",
                "data Port: int64(2222)",
                "data Ratio: float64(1.5)",
                "data SSHAgentAuth: bool(false)",
                "data Words: []interface {}[string(\"a\"), string(\"b\")]",
            ],
        );
    });
    check(
        &template(
            &format!("data = \"none\"\n{}", verbs(&["provision"])),
            &provisioner(&["show data", "say done"]),
        ),
        |said, yard| {
            succeeded(said, yard);
            says(said, yard, &["done"]);
        },
    );
}

#[test]
fn hooks_with_nothing_to_do_and_without_a_machine() {
    check(
        &template(&verbs(&["provision", "hook unknown_hook", "bare-hook", "cleanup", "say done"]), ""),
        |said, yard| {
            succeeded(said, yard);
            says(said, yard, &["done"]);
        },
    );
    check(&template(&verbs(&["bare-hook"]), &provisioner(&["say without a machine"])), |said, yard| {
        succeeded(said, yard);
        says(said, yard, &["without a machine"]);
    });
}

#[test]
fn provisioning_twice_runs_everything_twice() {
    check(
        &template(&verbs(&["provision", "provision"]), &provisioner(&["say here", "show prepared"])),
        |said, yard| {
            succeeded(said, yard);
            says(said, yard, &["here", "here"]);
        },
    );
}

#[test]
fn the_cleanup_provisioner_runs_after_a_failure() {
    let build = provisioner(&["fail on purpose"])
        + &block("error-cleanup-provisioner", "probe", &["run echo tidying", "say tidied"], "");
    check(&template(&verbs(&["provision"]), &build), |said, yard| {
        failed(said, yard, "on purpose");
        says(said, yard, &["exit 0, stdout \"tidying\\n\", stderr \"\"", "tidied"]);
    });
}
