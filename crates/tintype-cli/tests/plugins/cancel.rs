//! Being told to stop while a plugin is at work.

#![cfg(unix)]

use std::io::Read as _;
use std::time::{Duration, Instant};

use crate::bench::Said;
use crate::ends::{lives, signal, start, until};
use crate::fleet::{Yard, block, modes, no_remains, provisioner, template, verbs};

/// Starts, waits for the file `started`, interrupts as often as that, gives what was said.
fn interrupted(yard: &Yard, times: usize) -> (Said, Duration) {
    let mut child = start(yard, &[]);
    until("it starts", || yard.bench.path("started").exists());
    let begun = Instant::now();
    for _ in 0..times {
        signal(child.id(), "INT");
        std::thread::sleep(Duration::from_millis(300));
    }
    let (mut stdout, mut stderr) = (String::new(), String::new());
    child.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    let code = child.wait().unwrap().code().unwrap();
    (Said { code, stdout, stderr }, begun.elapsed())
}

fn check(template: impl Fn(&str) -> String, times: usize, look: impl Fn(&Said, &Yard, Duration)) {
    for mode in modes() {
        let yard = Yard::new(mode, "");
        let text = template(&format!("append {} x", yard.path("started")));
        yard.bench.write("t.pkr.hcl", text.as_bytes());
        let (said, took) = interrupted(&yard, times);
        assert_eq!(said.code, 1, "{}: {}", mode.name, said.stdout);
        assert!(
            said.stdout.contains("Cleanly cancelled builds after being interrupted."),
            "{}: {}",
            mode.name,
            said.stdout
        );
        look(&said, &yard, took);
        no_remains(&yard, &said);
    }
}

#[test]
fn a_builder_hears_it() {
    check(
        |started| template(&verbs(&[started, "sleep 300s"]), ""),
        1,
        |said, yard, took| {
            assert!(
                said.stdout.contains("==> probe.a: was cancelled"),
                "{}: {}",
                yard.mode.name,
                said.stdout
            );
            assert!(took < Duration::from_secs(20), "{took:?}");
        },
    );
}

#[test]
fn a_provisioner_hears_it_and_the_cleanup_runs() {
    let cleanup = block("error-cleanup-provisioner", "probe", &["say tidied"], "");
    check(
        |started| template(&verbs(&["provision"]), &(provisioner(&[started, "sleep 300s"]) + &cleanup)),
        1,
        |said, yard, took| {
            assert!(
                said.stdout.contains("==> probe.a: was cancelled"),
                "{}: {}",
                yard.mode.name,
                said.stdout
            );
            assert!(took < Duration::from_secs(20), "{took:?}");
        },
    );
}

#[test]
fn a_post_processor_hears_it() {
    check(
        |started| {
            template(&verbs(&["say built"]), &block("post-processor", "probe", &[started, "sleep 300s"], ""))
        },
        1,
        |said, yard, took| {
            assert!(said.stdout.contains("was cancelled"), "{}: {}", yard.mode.name, said.stdout);
            assert!(took < Duration::from_secs(20), "{took:?}");
        },
    );
}

#[test]
fn who_will_not_hear_is_ended() {
    for mode in modes() {
        let yard = Yard::new(mode, "");
        let text = template(
            &verbs(&[
                &format!("pid {}", yard.path("pid")),
                &format!("append {} x", yard.path("started")),
                "deaf 300s",
            ]),
            "",
        );
        yard.bench.write("t.pkr.hcl", text.as_bytes());
        let (said, took) = interrupted(&yard, 2);
        assert_eq!(said.code, 1, "{}", said.stdout);
        assert!(took < Duration::from_secs(40), "{took:?}");
        let id = std::fs::read_to_string(yard.bench.path("pid")).unwrap();
        until("the plugin ends", || !lives(&id));
    }
}

/// The SDK's server crashes when it is cancelled before it began; a host must not do that to it.
#[test]
fn a_cancel_at_any_moment_crashes_nothing() {
    let Some(mode) = modes().first() else { return };
    for after in [30, 60, 90, 120, 160, 220] {
        let yard = Yard::new(mode, &template(&verbs(&["sleep 300s"]), ""));
        let mut child = start(&yard, &[]);
        std::thread::sleep(Duration::from_millis(after));
        // It may be gone, when the interrupt came before it listened; no matter.
        signal(child.id(), "INT");
        let mut text = String::new();
        child.stdout.take().unwrap().read_to_string(&mut text).unwrap();
        child.wait().unwrap();
        assert!(!text.contains("panic") && !text.contains("goroutine"), "{after}: {text}");
        until("no socket is left", || yard.bench.left_over().is_empty());
    }
}
