//! Pulls and pushes with real registries: `beds/docker/up.sh` starts one on port 5000 and one with a login (bed, bed) on port 5001.

use std::sync::Arc;

use expect_test::{Expect, expect};
use tintype_sdk::Artifact;
use tintype_testkit::{FakeHook, Reach, Sandbox};

use super::engine::{IMAGE, build, driver, lines, post, sandbox, skip};
use crate::post::{DockerPush, DockerTag};

const OPEN: &str = "127.0.0.1:5000";
const LOCKED: &str = "127.0.0.1:5001";

async fn with_registry() -> Option<Sandbox> {
    let sandbox = sandbox().await?;
    for address in [OPEN, LOCKED] {
        if tokio::net::TcpStream::connect(address).await.is_err() {
            return skip(&format!("no registry at {address}"));
        }
    }
    Some(sandbox)
}

/// An image under this name.
async fn made(sandbox: &Sandbox, repository: &str) -> Arc<dyn Artifact> {
    let json = format!(
        r#"{{"image": "{IMAGE}", "pull": false, "commit": true, "changes": ["LABEL for={repository}"]}}"#
    );
    let built =
        build(sandbox, &json, Arc::new(FakeHook::nothing())).await.expect("it builds").expect("an artifact");
    let tag = format!(r#"{{"repository": "{repository}", "tags": ["1"]}}"#);
    post::<DockerTag>(sandbox, &tag, built).await.expect("it tags").artifact.expect("an artifact")
}

fn check(sandbox: &Sandbox, from: usize, expected: Expect) {
    let digest =
        regex::Regex::new("sha256:<hex>|(?:[0-9a-f]|<sensitive>){8,12}: |size: [0-9]+").expect("a pattern");
    let shown: Vec<String> = lines(sandbox)
        .split_off(from)
        .into_iter()
        .map(|line| digest.replace_all(&line, "#").into_owned())
        .collect();
    // Layers come in any order and state.
    let mut shown: Vec<String> = shown.into_iter().filter(|line| !line.starts_with('#')).collect();
    shown.dedup();
    expected.assert_eq(&format!("{}\n", shown.join("\n")));
}

#[tokio::test(flavor = "multi_thread")]
async fn there_and_back() {
    let Some(sandbox) = with_registry().await else { return };
    let name = format!("{OPEN}/tintype-test/there");
    let tagged = made(&sandbox, &name).await;
    let before = sandbox.lines().len() - 1;
    let pushed = post::<DockerPush>(&sandbox, "{}", tagged.clone())
        .await
        .expect("it pushes")
        .artifact
        .expect("an artifact");
    assert_eq!(pushed.builder_id(), "packer.post-processor.docker-push");
    let data = pushed.state("generated_data").expect("data");
    let digest =
        data.get_attr("Digest").and_then(|digest| digest.as_str().map(str::to_owned)).expect("a digest");
    assert!(digest.starts_with(&format!("{name}@sha256:")), "{digest}");
    check(
        &sandbox,
        before,
        expect![[r#"
            Creating temporary Docker configuration directory
            Pushing: <ip>:5000/tintype-test/there:1
            The push refers to repository [<ip>:5000/tintype-test/there]
            1: digest: # #
            Pushing: <ip>:5000/tintype-test/there:1
            The push refers to repository [<ip>:5000/tintype-test/there]
            1: digest: # #
        "#]],
    );

    driver(&sandbox).await.remove_image(&tagged.id()).await.expect("removed");
    let before = lines(&sandbox).len();
    let json = format!(r#"{{"image": "{name}:1", "discard": true}}"#);
    let built =
        build(&sandbox, &json, Arc::new(FakeHook::nothing())).await.expect("it builds").expect("an artifact");
    let data = built.state("generated_data").expect("data");
    assert_eq!(data.get_attr("SourceImageDigest").and_then(|value| value.as_str()), Some(digest.as_str()));
    check(
        &sandbox,
        before,
        expect![[r#"
            Creating a temporary directory for sharing data...
            Pulling Docker image: <ip>:5000/tintype-test/there:1
            1: Pulling from tintype-test/there
            Digest: #
            Status: Downloaded newer image for <ip>:5000/tintype-test/there:1
            <ip>:5000/tintype-test/there:1
            Starting docker container...
            Run command: docker run -v <config>/tmp<n>:/packer-files -d -i -t --entrypoint=/bin/sh -- <ip>:5000/tintype-test/there:1
            Container ID: <hex>
            Using docker communicator to connect: <ip>
            Killing the container: <hex>
        "#]],
    );
    driver(&sandbox).await.remove_image(&tagged.id()).await.expect("removed");
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_a_login() {
    let Some(sandbox) = with_registry().await else { return };
    let name = format!("{LOCKED}/tintype-test/login");
    let tagged = made(&sandbox, &name).await;
    // Kept logins do not count for a push, unless their directory is named.
    let docker = sandbox.world().home.clone().expect("a home").join(".docker");
    std::fs::create_dir(&docker).expect("made");
    let config = format!(r#"{{"auths": {{"{LOCKED}": {{"auth": "YmVkOmJlZA=="}}}}}}"#);
    std::fs::write(docker.join("config.json"), config).expect("written");
    let refused = post::<DockerPush>(&sandbox, "{}", tagged.clone()).await.err().expect("refused");
    assert!(refused.to_string().starts_with(&format!("Error pushing {name}:1: ")), "{refused}");
    // Hints do not go over the wire.
    let near = Reach::of_this_run().is_near();
    assert!(!near || refused.hints().iter().any(|hint| hint.contains("DOCKER_CONFIG")));

    let before = lines(&sandbox).len();
    let login = format!(
        r#"{{"login": true, "login_server": "{LOCKED}", "login_username": "bed", "login_password": "bed"}}"#
    );
    post::<DockerPush>(&sandbox, &login, tagged.clone()).await.expect("it pushes");
    check(
        &sandbox,
        before,
        expect![[r#"
            Creating temporary Docker configuration directory
            Logging in...
            Login Succeeded
            Pushing: <ip>:5001/tintype-test/login:1
            The push refers to repository [<ip>:5001/tintype-test/login]
            1: digest: # #
            Pushing: <ip>:5001/tintype-test/login:1
            The push refers to repository [<ip>:5001/tintype-test/login]
            1: digest: # #
            Logging out...
            Removing login credentials for <ip>:5001
        "#]],
    );
    let wrong = login.replace(r#""login_password": "bed""#, r#""login_password": "no""#);
    let refused = post::<DockerPush>(&sandbox, &wrong, tagged.clone()).await.err().expect("refused");
    assert!(refused.to_string().contains("401"), "{refused}");

    // A pull uses kept logins.
    driver(&sandbox).await.remove_image(&tagged.id()).await.expect("removed");
    let json = format!(r#"{{"image": "{name}:1", "discard": true}}"#);
    build(&sandbox, &json, Arc::new(FakeHook::nothing())).await.expect("it builds");
    std::fs::remove_file(docker.join("config.json")).expect("removed");
    let refused = build(&sandbox, &json, Arc::new(FakeHook::nothing())).await.err().expect("refused");
    assert!(refused.to_string().starts_with("Error pulling Docker image: "), "{refused}");
    assert!(!near || refused.hints().iter().any(|hint| hint.contains("docker login")));
    let before = lines(&sandbox).len();
    let json = format!(r#"{{"image": "{name}:1", "discard": true, {}"#, &login[1..]);
    build(&sandbox, &json, Arc::new(FakeHook::nothing())).await.expect("it builds");
    check(
        &sandbox,
        before,
        expect![[r#"
            Creating a temporary directory for sharing data...
            Pulling Docker image: <ip>:5001/tintype-test/login:1
            Logging in...
            Login Succeeded
            1: Pulling from tintype-test/login
            Digest: #
            Status: Image is up to date for <ip>:5001/tintype-test/login:1
            <ip>:5001/tintype-test/login:1
            Logging out...
            Removing login credentials for <ip>:5001
            Starting docker container...
            Run command: docker run -v <config>/tmp<n>:/packer-files -d -i -t --entrypoint=/bin/sh -- <ip>:5001/tintype-test/login:1
            Container ID: <hex>
            Using docker communicator to connect: <ip>
            Killing the container: <hex>
        "#]],
    );
    driver(&sandbox).await.remove_image(&tagged.id()).await.expect("removed");
}
