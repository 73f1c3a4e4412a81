use std::time::{Duration, Instant};

use tintype_sdk::Keep;
use tintype_testkit::{FakeMachine, Reach, Sandbox};

use crate::testing::{failure, found_in, post, provision};

async fn run(sandbox: &Sandbox, json: &str) -> String {
    failure(provision(sandbox, "shell-local", json, &FakeMachine::new()).await)
}

#[tokio::test]
async fn options() {
    let several = "You may only specify one of the following options: Command, Inline, Script or Scripts. Please consolidate these options in your config.";
    for (json, expected) in [
        (r#"{"inline": ["true"]}"#, vec![]),
        ("{}", vec!["Command, Inline, Script and Scripts options cannot all be empty."]),
        (
            r#"{"inline": [], "command": ""}"#,
            vec!["Command, Inline, Script and Scripts options cannot all be empty."],
        ),
        (r#"{"inline": ["x"], "command": "x"}"#, vec![several]),
        (r#"{"script": "a", "scripts": ["a"]}"#, vec![several]),
        (r#"{"script": "gone.sh"}"#, vec!["Bad script 'gone.sh': stat gone.sh: no such file or directory"]),
        (
            r#"{"inline": ["x"], "only_on": ["linux", "beos"]}"#,
            vec!["Invalid OS specified in only_on: 'beos'"],
        ),
        (
            r#"{"inline": ["x"], "environment_vars": ["B"]}"#,
            vec!["Environment variable not in format 'key=value': B"],
        ),
        (r#"{"inline": ["x"], "execute_command": "sh"}"#, vec!["Incorrect attribute value type"]),
        (r#"{"inline": ["x"], "verbose": true}"#, vec!["Unsupported argument"]),
        (r#"{"inline": ["{{build `ID`}}"]}"#, vec!["Invalid template in \"inline[0]\""]),
    ] {
        let sandbox = Sandbox::new();
        sandbox.write("a", "");
        assert_eq!(found_in(&sandbox, "provisioner", "shell-local", json).await, expected, "{json}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn what_it_writes() {
    if !Reach::of_this_run().is_near() {
        return;
    }
    for (json, expected) in [
        (r#"{"command": "echo a; echo b >&2"}"#, vec!["out: a", "err: b"]),
        (r#"{"inline": ["false", "echo no"]}"#, vec![]),
        (r#"{"inline": ["printf 'x  \\n10%%\\r20%%\\nend'"]}"#, vec!["out: x", "out: 20%", "out: end"]),
        (
            r#"{"environment_vars": ["A=1 2", "B=it's"], "env": {"A": "win", "C": "c$x"}, "inline": ["echo \"$A,$B,$C,$PACKER_BUILD_NAME,$PACKER_BUILDER_TYPE\""]}"#,
            vec!["out: win,it's,c$x,test,null"],
        ),
        (
            r#"{"env_var_format": "export X%s='%s'; ", "env": {"A": "1"}, "inline": ["echo $XA"]}"#,
            vec!["out: 1"],
        ),
        (
            r#"{"execute_command": ["/bin/sh", "-c", "B=2 {{.Vars}} {{.Script}} x"], "env": {"A": "1"}, "inline": ["echo $A$B$1"]}"#,
            vec!["out: 12x"],
        ),
        (r#"{"inline_shebang": "/bin/sh", "inline": ["false", "echo on"]}"#, vec!["out: on"]),
        (r#"{"inline": ["echo ${0##*.}"], "tempfile_extension": "py"}"#, vec!["out: py"]),
        (
            r#"{"inline": ["echo $PACKER_RUN_UUID [$PACKER_HTTP_ADDR]"]}"#,
            vec!["out: 11111111-2222-3333-4444-555555555555 []"],
        ),
        (
            r#"{"inline": ["echo {{upper `abc`}},{{build_name}},{{packer_version}}"]}"#,
            vec!["out: ABC,test,1.16.0"],
        ),
    ] {
        let sandbox = Sandbox::new();
        let _ = run(&sandbox, json).await;
        let lines = sandbox.lines();
        assert!(lines[0].starts_with("Running local shell script: <tmp>/packer-shell<n>"), "{lines:?}");
        let mut lines = lines[1..].to_vec();
        lines.sort_by_key(|line| line.starts_with("err"));
        assert_eq!(lines, expected, "{json}");
        assert!(sandbox.left_in_tmp().is_empty());
    }
}

#[cfg(unix)]
#[tokio::test]
async fn how_it_ends() {
    for (json, expected) in [
        (
            r#"{"inline": ["exit 3"]}"#,
            "Script exited with non-zero exit status: 3. Allowed exit codes are: [0]",
        ),
        (r#"{"inline": ["exit 3"], "valid_exit_codes": [0, 3]}"#, ""),
        (
            r#"{"inline": ["exit 0"], "valid_exit_codes": [3]}"#,
            "Script exited with non-zero exit status: 0. Allowed exit codes are: [3]",
        ),
    ] {
        assert_eq!(run(&Sandbox::new(), json).await, expected, "{json}");
    }
    let sandbox = Sandbox::new();
    sandbox.write("x.sh", "echo hi\n");
    let error = run(&sandbox, r#"{"script": "x.sh", "execute_command": ["no-such-program"]}"#).await;
    assert_eq!(error, "Error executing script: x.sh\n\nPlease see output above for more information.");
    assert_eq!(
        sandbox.lines(),
        [
            "Running local shell script: x.sh",
            r#"error: exec: "no-such-program": executable file not found in $PATH"#
        ]
    );
}

#[cfg(unix)]
#[tokio::test]
async fn scripts_run_in_order_from_the_working_directory() {
    if !Reach::of_this_run().is_near() {
        return;
    }
    let sandbox = Sandbox::new();
    for name in ["a.sh", "d/b.sh"] {
        sandbox.write(name, format!("#!/bin/sh\necho {name} $0\n"));
    }
    let json = r#"{"scripts": ["d/b.sh", "a.sh"], "execute_command": ["/bin/sh", "{{.Script}}"]}"#;
    assert_eq!(run(&sandbox, json).await, "");
    let work = sandbox.world().cwd.display().to_string();
    assert_eq!(
        sandbox.lines(),
        [
            "Running local shell script: d/b.sh".to_string(),
            format!("out: d/b.sh {work}/d/b.sh"),
            "Running local shell script: a.sh".to_string(),
            format!("out: a.sh {work}/a.sh"),
        ]
    );
}

#[tokio::test]
async fn without_a_place_for_the_script() {
    let sandbox = Sandbox::new().tmp("/no/such/place");
    let error = run(&sandbox, r#"{"inline": ["true"]}"#).await;
    assert!(error.starts_with("/no/such/place") && error.ends_with("no such file or directory"), "{error}");
}

#[cfg(unix)]
#[tokio::test]
async fn legacy_options_convert() {
    let sandbox = Sandbox::new();
    let json = r#"{"Inline": "echo $A", "environment_vars": "A=1,B=2", "valid_exit_codes": ["0"], "only_on": "linux,darwin"}"#;
    let mut registry = tintype_sdk::Registry::new();
    crate::register(&mut registry);
    let kind = tintype_sdk::Catalog::provisioner(&registry, "shell-local").unwrap();
    let options = tintype_testkit::options(json).loose();
    let prepared = kind.prepare(&options, &sandbox.prepare_cx()).await.unwrap();
    let machine = FakeMachine::new().machine(Default::default());
    prepared.component.provision(&machine, &sandbox.cx()).await.unwrap();
    assert_eq!(sandbox.lines()[1..], ["out: 1"]);
}

#[tokio::test]
async fn other_systems_are_skipped() {
    let sandbox = Sandbox::new();
    assert_eq!(run(&sandbox, r#"{"inline": ["exit 1"], "only_on": ["solaris"]}"#).await, "");
    assert_eq!(sandbox.lines(), ["Skipping shell-local due to runtime OS"]);
}

#[cfg(unix)]
#[tokio::test]
async fn cancellation_ends_the_script_and_what_it_started() {
    if !Reach::of_this_run().is_near() {
        return;
    }
    let sandbox = Sandbox::new();
    let (stop, told) = (sandbox.cancel().clone(), sandbox.told().clone());
    let late = sandbox.path("late");
    let script = format!("sh -c 'sleep 3; echo late >{}' &", late.display());
    let options = serde_json::json!({"inline": [script, "echo begun", "sleep 60"]}).to_string();
    let work = run(&sandbox, &options);
    let begin = Instant::now();
    let (error, ()) = tokio::join!(work, async {
        while !told.lines().contains(&"out: begun".to_string()) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        stop.cancel();
    });
    assert_eq!(error, "Build was cancelled.");
    assert!(begin.elapsed() < Duration::from_secs(20));
    assert!(sandbox.left_in_tmp().is_empty());
    tokio::time::sleep(Duration::from_millis(3500)).await;
    assert!(!late.exists());
}

#[cfg(unix)]
#[tokio::test]
async fn as_a_post_processor() {
    if !Reach::of_this_run().is_near() {
        return;
    }
    let sandbox = Sandbox::new();
    let done =
        post(&sandbox, "shell-local", r#"{"inline": ["echo $PACKER_BUILD_NAME"]}"#, &["f"]).await.unwrap();
    assert_eq!(done.keep, Keep::Always);
    assert_eq!(done.artifact.unwrap().id(), "fake-1");
    assert_eq!(sandbox.lines(), ["Running local shell script: <tmp>/packer-shell<n>", "out: test"]);
    let failed = post(&sandbox, "shell-local", r#"{"inline": ["exit 6"]}"#, &["f"]).await;
    assert_eq!(failure(failed), "Script exited with non-zero exit status: 6. Allowed exit codes are: [0]");
}

/// Many at once, so that one writes its script while another starts its program.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_is_told_that_a_script_is_busy() {
    let work = (0..40).map(|_| {
        tokio::spawn(async {
            let sandbox = Sandbox::new();
            run(&sandbox, r#"{"inline": ["true"], "execute_command": ["{{.Script}}"]}"#).await
        })
    });
    for done in work.collect::<Vec<_>>() {
        assert_eq!(done.await.unwrap(), "");
    }
}
