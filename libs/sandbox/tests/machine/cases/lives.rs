//! How machines begin and end, many at once, and those that never are.

use super::say;
use super::trees::assert_nothing_mounted;
use crate::bed::{Bed, run, settle, shell, words};
use crate::users;
use sandbox::{Bind, Error, Limits, Sandbox, Spec};
use std::time::{Duration, Instant};

pub async fn stopping(bed: &Bed) {
    let spec = bed.spec("stopping");
    let machine = bed.start(&spec).await;
    let _polite = machine
        .exec(shell("trap 'echo told > /told; exit' TERM; echo ready > /ready; while :; do sleep 0.01; done"))
        .await
        .unwrap();
    let _deaf = machine.exec(shell("trap '' TERM; sleep 1000")).await.unwrap();
    assert_eq!(run(&machine, shell("while ! test -f /ready; do sleep 0.01; done"), b"").await, "0||");
    let start = Instant::now();
    machine.stop().await.unwrap();
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    assert!(spec.upper.join("told").exists());
    assert_nothing_mounted(&spec);
    // An idle machine stops at once.
    let machine = bed.start(&bed.spec("stopping-idle")).await;
    let start = Instant::now();
    machine.stop().await.unwrap();
    say(&format!("  stop: {:?}", start.elapsed()));
}

pub async fn dropping(bed: &Bed) {
    let machine = bed.start(&bed.spec("dropping")).await;
    let mut process = machine.exec(words(&["sleep", "31415"])).await.unwrap();
    drop(machine);
    assert!(matches!(process.wait().await, Err(Error::Gone(_))));
    users::assert_gone("sleep 31415");
    // A start that nobody waits for any more.
    for wait in [0, 1, 3, 6, 10] {
        let spec = bed.spec(&format!("dropping-{wait}"));
        let start = Sandbox::start(&bed.launcher, &spec, &bed.abilities);
        drop(tokio::time::timeout(Duration::from_millis(wait), start).await);
    }
    users::assert_gone("__machine");
}

/// Somebody on the host kills a part of it.
pub async fn killed_from_outside(bed: &Bed) {
    for part in ["keeper", "init"] {
        let spec = bed.spec(&format!("killed-{part}"));
        let machine = bed.start(&spec).await;
        let mut process = machine.exec(words(&["sleep", "16180"])).await.unwrap();
        // Interrupts at our terminal do not reach it.
        let group = rustix::process::getpgid(Some(users::find_part("keeper"))).unwrap();
        assert_ne!(group, rustix::process::getpgrp());
        users::kill_part(part);
        assert!(matches!(process.wait().await, Err(Error::Gone(_))));
        assert!(matches!(machine.exec(words(&["true"])).await, Err(Error::Gone(_))));
        assert!(matches!(machine.processes().await, Err(Error::Gone(_))));
        machine.stop().await.unwrap();
        users::assert_gone("sleep 16180");
        assert_nothing_mounted(&spec);
    }
}

pub async fn many_programs(bed: &Bed) {
    let machine = std::sync::Arc::new(bed.start(&bed.spec("many")).await);
    let start = Instant::now();
    let mut running = tokio::task::JoinSet::new();
    for worker in 0..8 {
        let machine = std::sync::Arc::clone(&machine);
        running.spawn(async move {
            for number in 0..150 {
                let code = (worker * 31 + number) % 100;
                let text =
                    run(&machine, words(&["sh", "-c", "echo $1; exit $1", "", &code.to_string()]), b"").await;
                assert_eq!(text, format!("{code}|{code}|"));
            }
        });
    }
    while let Some(done) = running.join_next().await {
        done.unwrap();
    }
    say(&format!("  {:?} for each of 1200 programs", start.elapsed() / 1200));
    settle(&machine, 0).await;
    // Whoever is left behind is not left lying.
    assert_eq!(run(&machine, shell("for i in 1 2 3 4 5 6 7 8 9; do (sh -c 'sleep 0.1' &); done; sleep 0.5; cat /proc/[0-9]*/stat 2>/dev/null | grep -c \") Z\""), b"").await, "1|0|");
    std::sync::Arc::into_inner(machine).unwrap().stop().await.unwrap();
}

pub async fn many_machines(bed: &Bed) {
    let mut times = Vec::new();
    for number in 0..10 {
        let spec = bed.spec(&format!("one-{number}"));
        let start = Instant::now();
        let machine = bed.start(&spec).await;
        assert_eq!(run(&machine, words(&["/bin/true"]), b"").await, "0||");
        times.push(start.elapsed());
        machine.stop().await.unwrap();
    }
    times.sort();
    say(&format!("  start to the end of the first program: {:?} (best {:?})", times[5], times[0]));
    let mut running = Vec::new();
    for number in 0..12 {
        let spec = bed.spec(&format!("at-once-{number}"));
        running.push(async move {
            let machine = bed.start(&spec).await;
            let line = format!("echo {number} > /number; cat /number");
            assert_eq!(run(&machine, shell(&line), b"").await, format!("0|{number}|"));
            machine.stop().await.unwrap();
            assert!(Bed::upper(&spec).contains(&"number".to_owned()));
        });
    }
    futures::future::join_all(running).await;
}

pub async fn limits(bed: &Bed) {
    let mut spec = bed.spec("limits");
    spec.setup.limits = Limits { memory: Some(64 << 20), pids: Some(40) };
    let machine = bed.start(&spec).await;
    match &bed.abilities.cgroups {
        sandbox::Cgroups::None(_) => assert_eq!(run(&machine, shell("echo on"), b"").await, "0|on|"),
        _ => {
            // They outlive the loop, however slow this host is.
            let forks = "(i=0; while [ $i -lt 100 ]; do sleep 300 & i=$((i+1)); done); kill -9 -1";
            let text = run(&machine, shell(forks), b"").await;
            assert!(text.contains("ork"), "{text}");
            let text = run(&machine, shell("head -c 300m /dev/zero | tail > /dev/null; echo $?"), b"").await;
            assert!(!text.starts_with("0|0|"), "{text}");
        }
    }
    machine.stop().await.unwrap();
}

pub async fn refusals(bed: &Bed) {
    let refused = async |spec: Spec, part: &str| {
        let error = Sandbox::start(&bed.launcher, &spec, &bed.abilities).await.unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    };
    let mut spec = bed.spec("refused-capability");
    spec.setup.capabilities.add.push("FLY".to_owned());
    refused(spec, "there is no capability `FLY`").await;
    let mut spec = bed.spec("refused-lower");
    spec.lower.push("/no/such/tree".into());
    refused(spec, "No such file or directory").await;
    let mut spec = bed.spec("refused-bind");
    spec.setup.binds.push(Bind { host: "/no/such/file".into(), machine: "/x".into(), read_only: false });
    refused(spec, "cannot mount /no/such/file at /x").await;
    users::assert_gone("__machine");
}
