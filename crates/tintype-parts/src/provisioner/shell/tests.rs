use tintype_sdk::ExitStatus;
use tintype_testkit::{Answer, FakeMachine, Reach, Sandbox};

use crate::testing::{failure, found_in, provision};

/// A shell provisioner whose script has a known path.
async fn run(sandbox: &Sandbox, json: &str, machine: &FakeMachine) -> String {
    let json = json.replacen('{', r#"{"remote_file": "s.sh", "#, 1);
    failure(provision(sandbox, "shell", &json, machine).await)
}

#[tokio::test]
async fn options() {
    for (json, expected) in [
        (r#"{"inline": ["true"]}"#, vec![]),
        ("{}", vec!["Either a script file or inline script must be specified."]),
        (r#"{"inline": []}"#, vec!["Either a script file or inline script must be specified."]),
        (
            r#"{"script": "gone.sh", "scripts": ["x"], "inline": ["x"], "environment_vars": ["A=1", "B", "=c"]}"#,
            vec![
                "Environment variable not in format 'key=value': B",
                "Environment variable not in format 'key=value': =c",
                "Only one of script or scripts can be specified.",
                "Only a script file or an inline script can be specified, not both.",
                "Bad script 'gone.sh': stat gone.sh: no such file or directory",
            ],
        ),
        (r#"{"script": "gone.sh"}"#, vec!["Bad script 'gone.sh': stat gone.sh: no such file or directory"]),
        (r#"{"scripts": ["."]}"#, vec!["Bad script '.': it is a directory"]),
        (
            r#"{"inline": ["x"], "execute_command": "{{.Path}} {{nope}}"}"#,
            vec!["Invalid template in \"execute_command\""],
        ),
        (r#"{"inline": ["x"], "start_retry_timeout": "5"}"#, vec!["Incorrect attribute value type"]),
    ] {
        assert_eq!(found_in(&Sandbox::new(), "provisioner", "shell", json).await, expected, "{json}");
    }
}

#[tokio::test]
async fn three_round_trips() {
    if !Reach::of_this_run().is_near() {
        return;
    }
    let (sandbox, machine) =
        (Sandbox::new(), FakeMachine::new().answer("/tmp/s.sh", [Answer::says("hello\n")]));
    assert_eq!(run(&sandbox, r#"{"inline": ["echo hello", "x"], "env": {"A": "it's"}}"#, &machine).await, "");
    assert_eq!(
        machine.log(),
        [
            "upload /tmp/s.sh -",
            r#"run chmod 0755 /tmp/s.sh; chmod +x /tmp/s.sh; A='it'"'"'s' PACKER_BUILDER_TYPE='null' PACKER_BUILD_NAME='test'  /tmp/s.sh"#,
            "run rm -f /tmp/s.sh",
        ]
    );
    assert_eq!(machine.file("/tmp/s.sh").unwrap(), b"#!/bin/sh -e\necho hello\nx\n");
    assert_eq!(sandbox.lines(), ["Provisioning with shell script: <tmp>/packer-shell<n>", "out: hello"]);
    assert!(sandbox.left_in_tmp().is_empty());
}

#[tokio::test]
async fn first_lines() {
    for (json, first) in [
        (r#"{"inline": ["x"]}"#, "#!/bin/sh -e"),
        (r##"{"inline": ["#!/bin/zsh", "x"]}"##, "#!/bin/zsh"),
        (r##"{"inline": ["#!/bin/zsh", "x"], "inline_shebang": "/bin/bash"}"##, "#!/bin/bash"),
    ] {
        let machine = FakeMachine::new();
        assert_eq!(run(&Sandbox::new(), json, &machine).await, "");
        let text = String::from_utf8(machine.file("/tmp/s.sh").unwrap()).unwrap();
        assert_eq!(text.lines().next().unwrap(), first);
    }
}

#[tokio::test]
async fn scripts_and_line_ends() {
    for (content, binary, expected) in [
        ("a\r\nb", "false", "a\nb\n"),
        ("a\r\nb", "true", "a\r\nb"),
        ("", "false", ""),
        ("a\rb\r\r\n", "false", "a\rb\r\n"),
    ] {
        let (sandbox, machine) = (Sandbox::new(), FakeMachine::new());
        sandbox.write("x.sh", content);
        let json = format!(
            r#"{{"script": "x.sh", "binary": {binary}, "skip_clean": true, "remote_folder": "/var/tmp/"}}"#
        );
        assert_eq!(run(&sandbox, &json, &machine).await, "");
        assert_eq!(machine.file("/var/tmp/s.sh").unwrap(), expected.as_bytes());
        assert_eq!(sandbox.lines(), ["Provisioning with shell script: x.sh"]);
        assert_eq!(machine.log().len(), 2);
    }
    // A line that Packer cannot upload.
    let (sandbox, machine) = (Sandbox::new(), FakeMachine::new());
    sandbox.write("x.sh", "y".repeat(200_000));
    assert_eq!(run(&sandbox, r#"{"script": "x.sh"}"#, &machine).await, "");
    assert_eq!(machine.file("/tmp/s.sh").unwrap().len(), 200_001);
}

#[tokio::test]
async fn several_scripts_are_removed_once() {
    let (sandbox, machine) = (Sandbox::new(), FakeMachine::new());
    sandbox.write("a", "1");
    sandbox.write("b", "2");
    let json = r#"{"scripts": ["a", "b"], "execute_command": "sudo {{.Path}} {{.Vars}}", "env_var_format": "%s:%s;", "pause_after": "1ms"}"#;
    assert_eq!(run(&sandbox, json, &machine).await, "");
    let run = "run chmod 0755 /tmp/s.sh; sudo /tmp/s.sh PACKER_BUILDER_TYPE:null;PACKER_BUILD_NAME:test;";
    assert_eq!(machine.log(), ["upload /tmp/s.sh -", run, "upload /tmp/s.sh -", run, "run rm -f /tmp/s.sh"]);
    assert_eq!(sandbox.lines().last().unwrap(), "Pausing 1ms after this provisioner...");
}

#[tokio::test]
async fn variables_in_a_file() {
    let (sandbox, machine) = (Sandbox::new(), FakeMachine::new());
    assert_eq!(
        run(
            &sandbox,
            r#"{"inline": ["x"], "use_env_var_file": true, "environment_vars": ["A=b=c"]}"#,
            &machine
        )
        .await,
        ""
    );
    let log = machine.log();
    let file = log[0].split(' ').nth(1).unwrap();
    assert!(file.starts_with("/tmp/varfile_"), "{file}");
    assert_eq!(
        machine.file(file).unwrap(),
        b"export A='b=c'\nexport PACKER_BUILDER_TYPE='null'\nexport PACKER_BUILD_NAME='test'\n"
    );
    assert_eq!(machine.meta(file).unwrap().mode, Some(0o600));
    assert_eq!(
        log[1..],
        [
            "upload /tmp/s.sh -".to_string(),
            format!("run chmod 0755 /tmp/s.sh; chmod +x /tmp/s.sh; . {file} && /tmp/s.sh"),
            format!("run rm -f /tmp/s.sh {file}"),
        ]
    );
}

#[tokio::test]
async fn how_scripts_end() {
    let lost = ExitStatus::DISCONNECTED.0;
    for (json, status, expected) in [
        (
            r#"{"inline": ["x"]}"#,
            3,
            "Script exited with non-zero exit status: 3. Allowed exit codes are: [0]",
        ),
        (
            r#"{"inline": ["x"], "valid_exit_codes": [0, 2]}"#,
            3,
            "Script exited with non-zero exit status: 3. Allowed exit codes are: [0 2]",
        ),
        (r#"{"inline": ["x"], "valid_exit_codes": [3]}"#, 3, ""),
        (r#"{"inline": ["x"], "valid_exit_codes": []}"#, 0, ""),
        (r#"{"inline": ["x"], "expect_disconnect": true}"#, lost, ""),
        (r#"{"inline": ["x"], "valid_exit_codes": [0, 2300218]}"#, lost, ""),
    ] {
        let machine = FakeMachine::new().answer("chmod", [Answer::status(status)]);
        assert_eq!(run(&Sandbox::new(), json, &machine).await, expected);
        // After a failure the script stays, to be looked at.
        assert_eq!(machine.log().last().unwrap() == "run rm -f /tmp/s.sh", expected.is_empty());
    }
    let machine = FakeMachine::new().answer("chmod", [Answer::status(lost)]);
    let error = run(&Sandbox::new(), r#"{"inline": ["x"]}"#, &machine).await;
    assert!(error.starts_with("Script disconnected unexpectedly."), "{error}");
}

#[tokio::test(start_paused = true)]
async fn only_the_transport_is_tried_again() {
    let json = r#"{"inline": ["x"], "start_retry_timeout": "10s"}"#;
    let machine =
        FakeMachine::new().fail_uploads(2).answer("chmod", [Answer::Unreachable, Answer::status(0)]).answer(
            "rm -f",
            [Answer::Unreachable, Answer::status(ExitStatus::DISCONNECTED.0), Answer::status(0)],
        );
    assert_eq!(run(&Sandbox::new(), json, &machine).await, "");
    let count = |what: &str| machine.log().iter().filter(|line| line.contains(what)).count();
    assert_eq!((count("upload"), count("chmod"), count("rm -f")), (4, 2, 3));

    let begin = tokio::time::Instant::now();
    let machine = FakeMachine::new().fail_uploads(1000);
    let error = run(&Sandbox::new(), json, &machine).await;
    assert_eq!(error, "cannot upload the script to /tmp/s.sh: the fake machine cannot be reached");
    let passed = begin.elapsed().as_secs();
    assert!((7..=10).contains(&passed), "{passed}");
}

#[tokio::test]
async fn what_cannot_work_is_not_tried_again() {
    let machine = FakeMachine::new()
        .answer("rm -f", [Answer::Ends { stdout: String::new(), stderr: "rm: no\n".into(), status: 1 }]);
    assert_eq!(
        run(&Sandbox::new(), r#"{"inline": ["x"]}"#, &machine).await,
        "cannot remove the script /tmp/s.sh: rm: no"
    );

    let sandbox = Sandbox::new();
    let comm = std::sync::Arc::new(tintype_comm::NoneCommunicator);
    let mut registry = tintype_sdk::Registry::new();
    crate::register(&mut registry);
    let kind = tintype_sdk::Catalog::provisioner(&registry, "shell").unwrap();
    let options = tintype_testkit::options(r#"{"inline": ["x"]}"#);
    let prepared = kind.prepare(&options, &sandbox.prepare_cx()).await.unwrap();
    let machine = tintype_sdk::Machine::new(comm, Default::default());
    let error = failure(prepared.component.provision(&machine, &sandbox.cx()).await);
    assert!(error.ends_with("Upload is not implemented when communicator = 'none'"), "{error}");
}

#[tokio::test]
async fn told_to_stop_while_a_script_hangs() {
    let (sandbox, machine) = (Sandbox::new(), FakeMachine::new().answer("chmod", [Answer::Hangs]));
    let stop = sandbox.cancel().clone();
    let work = run(&sandbox, r#"{"inline": ["x"]}"#, &machine);
    let (error, ()) = tokio::join!(work, async {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        stop.cancel();
    });
    assert_eq!(error, "Build was cancelled.");
    assert!(sandbox.left_in_tmp().is_empty());
}
