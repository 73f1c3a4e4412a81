//! Being told to stop: once, twice.

#![cfg(unix)]

use std::io::Read;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use crate::bench::{Bench, docker, program};

fn start(bench: &Bench) -> Child {
    bench.command(&["build", "-color=false", "t.pkr.hcl"]).stdout(Stdio::piped()).spawn().unwrap()
}

fn signal(child: &Child, name: &str) {
    let id = child.id().to_string();
    assert!(program(Path::new("kill")).args(["-s", name, &id]).status().unwrap().success());
}

fn until(what: &str, mut done: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !done() {
        assert!(begun.elapsed() < Duration::from_secs(60), "never: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn end(mut child: Child) -> (i32, String) {
    let mut text = String::new();
    child.stdout.take().unwrap().read_to_string(&mut text).unwrap();
    (child.wait().unwrap().code().unwrap(), text)
}

#[test]
fn a_script_that_will_not_listen_ends_all_the_same() {
    let bench = Bench::of(
        "source \"null\" \"a\" {\n  communicator = \"none\"\n}\nbuild {\n  sources = [\"null.a\"]\n  provisioner \"shell-local\" {\n    inline = [\"trap '' INT TERM\", \"touch started\", \"sleep 300 & wait; sleep 300\"]\n  }\n}\n",
    );
    let child = start(&bench);
    until("the script starts", || bench.path("started").exists());
    let begun = Instant::now();
    signal(&child, "INT");
    let (code, text) = end(child);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("Cancelling build after receiving interrupt"), "{text}");
    assert!(text.ends_with("Cleanly cancelled builds after being interrupted.\n"), "{text}");
    assert!(begun.elapsed() < Duration::from_secs(30));
    assert_eq!(bench.left_over(), Vec::<String>::new());
}

#[test]
fn no_container_is_left_after_one_or_two_words() {
    if !docker() {
        return;
    }
    for (index, signals) in [&["TERM"][..], &["INT", "INT"]].into_iter().enumerate() {
        let label = format!("tintype.test=interrupt{index}-{}", std::process::id());
        let bench = Bench::of(&format!(
            "source \"docker\" \"d\" {{\n  image  = \"debian:bookworm-slim\"\n  pull   = false\n  commit = true\n  run_command = [\"-d\", \"-i\", \"-t\", \"--label\", \"{label}\", \"--entrypoint=/bin/sh\", \"--\", \"{{{{.Image}}}}\"]\n}}\nbuild {{\n  sources = [\"docker.d\"]\n  provisioner \"shell\" {{\n    inline = [\"sleep 300\"]\n  }}\n}}\n"
        ));
        let containers = || {
            let filter = format!("label={label}");
            let output =
                program(Path::new("docker")).args(["ps", "-aq", "--filter", &filter]).output().unwrap();
            String::from_utf8_lossy(&output.stdout).lines().count()
        };
        let child = start(&bench);
        until("the container runs", || containers() == 1);
        for name in signals {
            signal(&child, name);
            std::thread::sleep(Duration::from_millis(50));
        }
        let (code, text) = end(child);
        assert_eq!(code, 1, "{text}");
        assert_eq!(containers(), 0, "{text}");
    }
}
