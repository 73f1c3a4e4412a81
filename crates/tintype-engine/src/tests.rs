//! The engine on plans written by hand, watched through its events.

mod bench;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bench::{Bench, Script, build, post, provisioner};
use tintype_sdk::{Keep, OnError, Policy};

/// Runs the builds and compares what was said, `name: text` a line; errors begin with `!`.
async fn check(bench: &Bench, builds: Vec<tintype_plan::BuildPlan>, expected: &[&str]) {
    let told = bench.run(builds).await.1;
    assert_eq!(told, expected, "{told:#?}");
}

#[tokio::test]
async fn provisioners_run_in_order_and_the_machine_goes_after_them() {
    let bench = Bench::new(Policy::default());
    let mut plan = build("a", &bench);
    plan.provisioners = vec![provisioner(Script::says("one")), provisioner(Script::says("two"))];
    check(&bench, vec![plan], &["a: one", "a: two", "a: machine removed", "a done"]).await;
}

#[tokio::test]
async fn retries_speak_of_the_first_failure() {
    let bench = Bench::new(Policy::default());
    let mut plan = build("a", &bench);
    let mut step = provisioner(Script::fails_each(&["first", "second", "third"]));
    step.max_retries = 2;
    plan.provisioners = vec![step];
    check(
        &bench,
        vec![plan],
        &[
            "a: Provisioner failed with \"first\", retrying with 2 trie(s) left",
            "a: Provisioner failed with \"first\", retrying with 1 trie(s) left",
            "a: retry limit reached.",
            "a: Provisioning step had errors: Running the cleanup provisioner, if present...",
            "a: machine removed",
            "a failed: first",
        ],
    )
    .await;
}

#[tokio::test]
async fn a_retry_that_succeeds_is_success() {
    let bench = Bench::new(Policy::default());
    let mut plan = build("a", &bench);
    let mut step = provisioner(Script::fails_each(&["first"]));
    step.max_retries = 3;
    plan.provisioners = vec![step];
    check(
        &bench,
        vec![plan],
        &[
            "a: Provisioner failed with \"first\", retrying with 3 trie(s) left",
            "a: machine removed",
            "a done",
        ],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_pause_hides_a_timeout() {
    let bench = Bench::new(Policy::default());
    let mut plan = build("a", &bench);
    let mut step = provisioner(Script::sleeps(Duration::from_secs(60)));
    step.pause_before = Duration::from_secs(90);
    step.timeout = Duration::from_secs(1);
    plan.provisioners = vec![step];
    check(
        &bench,
        vec![plan],
        &["a: Pausing 1m30s before the next provisioner...", "a: machine removed", "a done"],
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_timeout_ends_the_provisioner_and_fails_the_build() {
    let bench = Bench::new(Policy::default());
    let mut plan = build("a", &bench);
    let mut step = provisioner(Script::sleeps(Duration::from_secs(60)));
    step.timeout = Duration::from_secs(1);
    plan.provisioners = vec![step];
    check(
        &bench,
        vec![plan],
        &[
            "a: Setting a 1s timeout for the next provisioner...",
            "!a: Cancelling provisioner after a timeout...",
            "a: Provisioning step had errors: Running the cleanup provisioner, if present...",
            "a: machine removed",
            "a failed: provisioner timed out after 1s",
        ],
    )
    .await;
}

#[tokio::test]
async fn a_build_may_go_on_after_an_error() {
    let bench = Bench::new(Policy::default());
    let mut plan = build("a", &bench);
    let mut step = provisioner(Script::fails_each(&["no"]));
    step.continue_on_error = true;
    plan.provisioners = vec![step, provisioner(Script::says("after"))];
    check(
        &bench,
        vec![plan],
        &[
            "a: Warning: Provisioner failed with \"no\", but continue_on_error is set; continuing the build.",
            "a: after",
            "a: machine removed",
            "a done",
        ],
    )
    .await;
}

#[tokio::test]
async fn a_cleanup_that_fails_joins_the_error() {
    let bench = Bench::new(Policy::default());
    let mut plan = build("a", &bench);
    plan.provisioners = vec![provisioner(Script::fails_each(&["no"]))];
    plan.error_cleanup = Some(provisioner(Script::fails_each(&["neither"])));
    check(
        &bench,
        vec![plan],
        &[
            "a: Provisioning step had errors: Running the cleanup provisioner, if present...",
            "a: machine removed",
            "a failed: Cleanup failed: neither. Original Provisioning error: no",
        ],
    )
    .await;
}

#[tokio::test]
async fn abort_keeps_everything() {
    let bench = Bench::new(Policy { on_error: OnError::Abort, ..Policy::default() });
    let mut plan = build("a", &bench);
    plan.provisioners = vec![provisioner(Script::fails_each(&["no"]))];
    plan.error_cleanup = Some(provisioner(Script::says("cleaning")));
    check(
        &bench,
        vec![plan],
        &[
            "!a: no",
            "!a: Step \"StepProvision\" failed, aborting...",
            "!a: aborted: skipping cleanup of step \"StepMachine\"",
            "a failed: no",
        ],
    )
    .await;
}

#[tokio::test]
async fn run_cleanup_provisioner_keeps_all_but_that() {
    let bench = Bench::new(Policy { on_error: OnError::RunCleanupProvisioner, ..Policy::default() });
    let mut plan = build("a", &bench);
    plan.provisioners = vec![provisioner(Script::fails_each(&["no"]))];
    plan.error_cleanup = Some(provisioner(Script::says("cleaning")));
    check(
        &bench,
        vec![plan],
        &[
            "a: Provisioning step had errors: Running the cleanup provisioner, if present...",
            "a: cleaning",
            "!a: no",
            "!a: Step \"StepMachine\" failed, aborting...",
            "a failed: no",
        ],
    )
    .await;
}

#[tokio::test]
async fn ask_retries_and_cleans_up_by_the_answer() {
    let bench = Bench::new(Policy { on_error: OnError::Ask, ..Policy::default() });
    bench.answers(&["x", "r", "c"]);
    let mut plan = build("a", &bench);
    plan.provisioners = vec![provisioner(Script::fails_each(&["no", "still no"]))];
    check(
        &bench,
        vec![plan],
        &[
            "!a: no",
            "!a: Step \"StepProvision\" failed",
            "a: Incorrect input: \"x\"",
            "!a: still no",
            "!a: Step \"StepProvision\" failed",
            "a: Provisioning step had errors: Running the cleanup provisioner, if present...",
            "a: machine removed",
            "a failed: still no",
        ],
    )
    .await;
}

#[tokio::test]
async fn a_panic_is_an_error_and_the_machine_still_goes() {
    let bench = Bench::new(Policy::default());
    let mut plan = build("a", &bench);
    plan.provisioners = vec![provisioner(Script::panics("oh"))];
    let (summary, told) = bench.run(vec![plan]).await;
    assert_eq!(summary.failed, 1);
    assert!(told.contains(&"a: machine removed".to_string()), "{told:#?}");
    assert!(told.contains(&"a failed: internal error: oh".to_string()), "{told:#?}");
}

#[tokio::test(start_paused = true)]
async fn the_first_word_to_stop_ends_waits_and_undoes() {
    let bench = Bench::new(Policy::default());
    let mut plan = build("a", &bench);
    plan.provisioners = vec![provisioner(Script::sleeps(Duration::from_secs(3600)))];
    let cancel = bench.cancel.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(1)).await;
        cancel.cancel();
    });
    let (summary, told) = bench.run(vec![plan]).await;
    assert!(summary.interrupted);
    assert_eq!(told, ["a: machine removed", "a failed: Build was cancelled."]);
}

#[tokio::test(start_paused = true)]
async fn the_second_word_drops_what_does_not_listen() {
    let bench = Bench::new(Policy::default());
    let mut plan = build("a", &bench);
    plan.provisioners = vec![provisioner(Script::deaf())];
    let cancel = bench.cancel.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(1)).await;
        cancel.cancel();
        tokio::time::sleep(Duration::from_secs(1)).await;
        cancel.abort();
    });
    let (_, told) = bench.run(vec![plan]).await;
    assert_eq!(told, ["a: machine removed", "a failed: Build was cancelled."]);
}

#[tokio::test(start_paused = true)]
async fn no_more_builds_at_once_than_allowed() {
    let mut bench = Bench::new(Policy::default());
    bench.parallel = Some(2);
    let builds = ["a", "b", "c", "d", "e"].map(|name| {
        let mut plan = build(name, &bench);
        plan.provisioners = vec![provisioner(Script::sleeps(Duration::from_secs(1)))];
        plan
    });
    bench.run(builds.into()).await;
    assert_eq!(bench.machines.most.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn artifacts_are_kept_by_the_post_processors_word_and_the_users() {
    for (user, keep, artifacts) in [
        (None, Keep::Default(true), vec!["a: machine", "a: made of machine"]),
        (None, Keep::Default(false), vec!["a: made of machine"]),
        (Some(true), Keep::Default(false), vec!["a: machine", "a: made of machine"]),
        (Some(false), Keep::Default(true), vec!["a: made of machine"]),
        (Some(false), Keep::Always, vec!["a: machine", "a: made of machine"]),
    ] {
        let bench = Bench::new(Policy::default());
        let mut plan = build("a", &bench);
        let mut step = post(keep);
        step.keep_input = user;
        plan.post_processors = vec![vec![step]];
        bench.run(vec![plan]).await;
        assert_eq!(bench.artifacts(), artifacts, "{user:?} {keep:?}");
    }
}

#[tokio::test]
async fn a_chain_that_fails_does_not_stop_the_others() {
    let bench = Bench::new(Policy::default());
    let mut plan = build("a", &bench);
    plan.post_processors = vec![vec![bench::failing_post("no")], vec![post(Keep::Default(true))]];
    check(
        &bench,
        vec![plan],
        &[
            "a: machine removed",
            "a: Running post-processor:  (type failing)",
            "a: Running post-processor:  (type maker)",
            "a failed: 1 error(s) occurred:\n\n* Post-processor failed: no",
        ],
    )
    .await;
}

#[tokio::test]
async fn one_bad_build_does_not_stop_the_others() {
    let bench = Bench::new(Policy::default());
    let mut bad = build("bad", &bench);
    bad.provisioners = vec![bench::unprepared()];
    let good = build("good", &bench);
    let plan = tintype_plan::Plan { builds: vec![bad, good], sources: Arc::default() };
    let (ready, findings) = crate::prepare(plan).await;
    assert_eq!(ready.builds.iter().map(|build| &**build.name()).collect::<Vec<_>>(), ["good"]);
    assert_eq!(findings.iter().map(|finding| finding.summary.as_str()).collect::<Vec<_>>(), ["never good"]);
}
