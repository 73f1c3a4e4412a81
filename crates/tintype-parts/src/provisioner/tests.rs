use std::sync::Arc;

use tintype_testkit::{Answers, FakeMachine, Sandbox};

use crate::testing::{failure, must_run, provision};

#[tokio::test(start_paused = true)]
async fn sleep() {
    let (sandbox, machine) = (Sandbox::new(), FakeMachine::new());
    let begin = tokio::time::Instant::now();
    provision(&sandbox, "sleep", r#"{"duration": "1m30s"}"#, &machine).await.unwrap();
    assert_eq!(begin.elapsed().as_secs(), 90);
    assert!(sandbox.lines().is_empty());
    sandbox.cancel().cancel();
    let result = provision(&sandbox, "sleep", r#"{"duration": "10h"}"#, &machine).await;
    assert!(result.unwrap_err().is_cancelled());
}

#[tokio::test]
async fn breakpoint() {
    for (json, line, error) in [
        (
            r#"{"disable": true, "note": "look"}"#,
            r#"Breakpoint provisioner with note "look" disabled; continuing..."#,
            "",
        ),
        (r#"{"disable": true}"#, "Breakpoint provisioner disabled; continuing...", ""),
        (
            r#"{"note": "look"}"#,
            r#"Pausing at breakpoint provisioner with note "look"."#,
            "Error asking for input: no available tty",
        ),
        ("{}", "Pausing at breakpoint provisioner.", "Error asking for input: no available tty"),
    ] {
        let sandbox = Sandbox::new();
        assert_eq!(failure(provision(&sandbox, "breakpoint", json, &FakeMachine::new()).await), error);
        assert_eq!(sandbox.lines(), [line]);
    }
    let answers = Arc::new(Answers::new(&[""]));
    let sandbox = Sandbox::new().asker(answers.clone());
    provision(&sandbox, "breakpoint", "{}", &FakeMachine::new()).await.unwrap();
    assert_eq!(answers.asked(), ["Press enter to continue."]);
}

/// What a component says of its key arrives through the adapter; one that says nothing always runs.
#[tokio::test]
async fn keys() {
    assert_eq!(must_run("sleep", r#"{"duration": "1s"}"#).await, None);
    assert_eq!(must_run("breakpoint", "{}").await.as_deref(), Some("the provisioner names no key"));
}
