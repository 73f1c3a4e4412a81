use std::sync::Arc;

use tintype_testkit::{FakeHook, Reach, Sandbox};

use crate::testing::{build, failure, found_in};

const HOST: &str = "a Host must be specified, please reference your communicator documentation";
const USER: &str = "a Username must be specified, please reference your communicator documentation";
const LOGIN: &str =
    "one authentication method must be specified, please reference your communicator documentation";
const TOO_MANY: &str = "only one of ssh_agent_auth, ssh_password, and ssh_private_key_file must be specified";

#[tokio::test]
async fn options() {
    let ssh_user =
        "An ssh_username must be specified\n  Note: some builders used to default ssh_username to \"root\".";
    for (json, expected) in [
        (r#"{"communicator": "none"}"#, vec![]),
        ("{}", vec![ssh_user, HOST, USER, LOGIN]),
        (r#"{"communicator": "telnet"}"#, vec!["Communicator type telnet is invalid"]),
        (r#"{"ssh_host": "h", "ssh_username": "u", "ssh_password": "p"}"#, vec![]),
        (
            r#"{"ssh_host": "h", "ssh_username": "u", "ssh_password": "p", "ssh_agent_auth": true}"#,
            vec![TOO_MANY],
        ),
        (r#"{"ssh_host": "h", "ssh_username": "u"}"#, vec![LOGIN]),
        (
            r#"{"communicator": "winrm", "winrm_password": "p"}"#,
            vec!["winrm_username must be specified.", HOST, USER],
        ),
        (r#"{"communicator": "none", "size": 1}"#, vec!["Unsupported argument"]),
    ] {
        assert_eq!(found_in(&Sandbox::new(), "builder", "null", json).await, expected, "{json}");
    }
}

#[tokio::test]
async fn without_a_communicator() {
    if !Reach::of_this_run().is_near() {
        return;
    }
    let sandbox = Sandbox::new();
    let hook = Arc::new(FakeHook::nothing());
    let artifact =
        build(&sandbox, "null", r#"{"communicator": "none"}"#, hook.clone()).await.unwrap().unwrap();
    assert_eq!((artifact.builder_id(), artifact.id().as_str()), ("fnoeding.null", "Null"));
    assert_eq!(artifact.describe(), "Did not export anything. This is the null builder");
    assert_eq!(sandbox.told().steps(), ["StepConnect", "StepProvision"]);
    let machine = hook.machine().unwrap();
    let names: Vec<&str> = machine.vars().keys().map(String::as_str).collect();
    assert_eq!(machine.vars()["ID"].as_str(), Some("Null"));
    assert_eq!(names, ["ID", "PackerHTTPAddr", "PackerHTTPIP", "PackerHTTPPort", "PackerRunUUID"]);
}

#[tokio::test]
async fn ssh_says_what_is_missing() {
    let sandbox = Sandbox::new();
    let json = r#"{"ssh_host": "h", "ssh_username": "u", "ssh_password": "p"}"#;
    let result = build(&sandbox, "null", json, Arc::new(FakeHook::nothing())).await;
    assert_eq!(failure(result), "This version cannot connect by SSH yet");
}
