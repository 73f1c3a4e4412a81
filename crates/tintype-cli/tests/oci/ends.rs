//! However a build ends, nothing of its container is left.

use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use crate::bench::{Bench, as_everybody, program};

/// A number of seconds that no other test sleeps.
fn marked(bench: &Bench, number: u32) -> u32 {
    1_000_000
        + number * 100_000
        + std::process::id() % 50_000
        + if bench.user() == crate::bench::User::Same { 0 } else { 50_000 }
}

fn sleeps(mark: u32) -> bool {
    let wanted = format!("sleep\0{mark}\0");
    let processes = std::fs::read_dir("/proc").expect("there").flatten();
    processes
        .filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok())
        .any(|line| String::from_utf8_lossy(&line).ends_with(&wanted))
}

fn until(what: &str, mut done: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !done() {
        assert!(begun.elapsed() < Duration::from_secs(60), "never: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn started(bench: &Bench, mark: u32) -> Child {
    bench.write("t.pkr.hcl", bench.template("", "output { layout = \"out\" }", &format!("sleep {mark}")));
    let child = bench
        .command(&["build", "-color=false", "t.pkr.hcl"])
        .stdout(Stdio::null())
        .spawn()
        .expect("it runs");
    until("the script runs", || sleeps(mark));
    child
}

fn signal(child: &Child, name: &str) {
    let sent = program("kill").args(["-s", name, &child.id().to_string()]).status().expect("it runs");
    assert!(sent.success());
}

fn mounts(bench: &Bench) -> usize {
    let store = bench.store().display().to_string();
    let mounts = std::fs::read_to_string("/proc/self/mounts").expect("there");
    mounts.lines().filter(|line| line.contains(&store)).count()
}

#[test]
fn told_to_stop() {
    as_everybody(|bench| {
        for (number, signals) in [(1, &["INT"][..]), (2, &["INT", "INT"])] {
            let mark = marked(&bench, number);
            let mut child = started(&bench, mark);
            for name in signals {
                signal(&child, name);
                std::thread::sleep(Duration::from_millis(50));
            }
            assert_eq!(child.wait().expect("it ends").code(), Some(1));
            assert!(!sleeps(mark));
            assert_eq!((bench.runs(), mounts(&bench)), (0, 0));
            assert!(!bench.path("out").exists());
        }
    });
}

#[test]
fn killed() {
    as_everybody(|bench| {
        let mark = marked(&bench, 3);
        let mut child = started(&bench, mark);
        signal(&child, "KILL");
        child.wait().expect("it ends");
        until("what ran in the container ends", || !sleeps(mark));
        assert_eq!(mounts(&bench), 0);
        // What lies there is taken away by whoever comes next.
        bench.make("", "discard = true", "true").good();
        assert_eq!(bench.runs(), 0);
    });
}

#[test]
fn failed() {
    as_everybody(|bench| {
        let text = bench.make("", "output { layout = \"out\" }", "sleep 1000000 & exit 7").bad();
        assert!(text.contains("Script exited with non-zero exit status: 7"), "{text}");
        assert!(text.contains("Killing the container: "), "{text}");
        assert_eq!((bench.runs(), mounts(&bench)), (0, 0));
        assert!(!bench.path("out").exists());
    });
}
