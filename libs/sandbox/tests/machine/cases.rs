//! What machines must do. Each case is one function on a bed of its own; the same ones run for root and for ordinary users.

mod lives;
mod programs;
mod trees;

use crate::bed::{Bed, shell};
use crate::users;
use sandbox::Ids;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

macro_rules! cases {
    ($($group:ident::{$($name:ident),*}),* $(,)?) => {
        /// Runs the cases whose names contain one of these words, or all.
        async fn cases(bed: &Bed, who: &str, words: &[&str]) {
            $($(if words.is_empty() || words.iter().any(|word| stringify!($name).contains(word)) {
                let start = Instant::now();
                $group::$name(bed).await;
                say(&format!("{who} {}: {:?}", stringify!($name), start.elapsed()));
            })*)*
        }
    };
}

cases! {
    programs::{programs, users_and_groups, output_and_input, terminals, signals, tasks, tasks_outside},
    trees::{files_and_changes, names, scratch, many_trees, rights, binds, networks},
    lives::{stopping, dropping, killed_from_outside, many_programs, many_machines, limits, refusals},
}

pub fn say(line: &str) {
    _ = writeln!(std::io::stdout(), "{line}");
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// Every case for this user, and then, being root, for ordinary ones.
pub fn all(words: &[&str]) -> ExitCode {
    let dir = users::directory();
    let usable = runtime().block_on(async {
        let start = Instant::now();
        let bed = Bed::new(dir.path()).await;
        say(&format!("found out in {:?}", start.elapsed()));
        let start = Instant::now();
        let again = Bed::new(dir.path()).await;
        say(&format!("remembered in {:?}", start.elapsed()));
        assert_eq!(format!("{:?}", again.abilities), format!("{:?}", bed.abilities));
        if let Err(forbidden) = &bed.abilities.user_namespaces {
            say(&format!("skipped: no machines here: {forbidden}"));
            return false;
        }
        cases(&bed, "this user", words).await;
        true
    });
    if usable && users::can_be_others() {
        killed(dir.path());
        users::others(words);
    }
    ExitCode::SUCCESS
}

/// The cases again, as an ordinary user of whom it is said what to expect: `single` or `range`, then words.
pub fn as_user(expected: &str, dir: &Path) -> ExitCode {
    runtime().block_on(async {
        let start = Instant::now();
        let bed = Bed::new(dir).await;
        say(&format!("found out in {:?}", start.elapsed()));
        let start = Instant::now();
        let again = Bed::new(dir).await;
        say(&format!("remembered in {:?}", start.elapsed()));
        assert_eq!(format!("{:?}", again.abilities), format!("{:?}", bed.abilities));
        if let Err(forbidden) = &bed.abilities.user_namespaces {
            say(&format!("skipped: no machines for ordinary users here: {forbidden}"));
            return;
        }
        for note in &bed.abilities.notes {
            say(&format!("note: {note}"));
        }
        say(&format!("{:?}, {:?}, {:?}", bed.abilities.ids, bed.abilities.overlay, bed.abilities.network));
        let (ids, words) = expected.split_once(' ').unwrap_or((expected, ""));
        let words: Vec<&str> = words.split_whitespace().collect();
        let kind = match bed.abilities.ids {
            Ids::Root => "nested",
            Ids::Range { .. } => "range",
            Ids::Single => "single",
        };
        assert_eq!(kind, ids, "{:?}", bed.abilities);
        cases(&bed, ids, &words).await;
        killed(dir);
        // What this host lets us have is more than others do.
        for (number, overlay) in users::lesser_overlays(&bed.abilities.overlay).into_iter().enumerate() {
            let mut bed = Bed::new(dir).await;
            say(&format!("with {overlay:?}"));
            bed.abilities.overlay = overlay;
            trees::files_and_changes_in(&bed, &format!("lesser-{number}")).await;
            trees::scratch_in(&bed, &format!("lesser-scratch-{number}")).await;
            trees::names_in(&bed, &format!("lesser-names-{number}")).await;
        }
        for (number, network) in users::lesser_networks(&bed.abilities.network).into_iter().enumerate() {
            let mut bed = Bed::new(dir).await;
            say(&format!("with {network:?}"));
            bed.abilities.network = network;
            trees::networks_in(&bed, &format!("lesser-networks-{number}")).await;
        }
    });
    ExitCode::SUCCESS
}

/// Starts a machine with a program in it, says so, and waits to be killed.
pub fn hold_and_be_killed(dir: &Path) -> ExitCode {
    runtime().block_on(async {
        let bed = Bed::new(dir).await;
        let mut spec = bed.spec("held");
        spec.setup.limits.pids = Some(100);
        spec.setup.network = sandbox::Network::Auto;
        let machine = bed.start(&spec).await;
        let _process = machine.exec(shell("trap '' TERM INT HUP; sleep 27182 & sleep 27182")).await.unwrap();
        say("running");
        std::future::pending::<()>().await;
    });
    ExitCode::SUCCESS
}

/// Killed without a chance to tidy, the caller leaves nothing that runs and nothing mounted.
fn killed(dir: &Path) {
    use std::io::BufRead;
    let held = dir.join("killed");
    std::fs::create_dir(&held).unwrap();
    let mut child = users::again(&["hold-and-be-killed", &held.to_string_lossy()])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    std::io::BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "running\n");
    let helpers = users::children("__machine carrier");
    child.kill().unwrap();
    child.wait().unwrap();
    users::assert_gone("sleep 27182");
    users::assert_gone("__machine");
    assert!(!helpers.iter().any(|helper| helper.exists()), "{helpers:?}");
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap();
    assert!(!mounts.contains(&*dir.to_string_lossy()), "{mounts}");
    say("killed: nothing is left");
}
