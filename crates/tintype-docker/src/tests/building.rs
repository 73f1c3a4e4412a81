//! Whole builds: what is said, what comes of them, what is left.

use std::sync::Arc;

use expect_test::{Expect, expect};
use tintype_sdk::{Error, RemoteCommand};
use tintype_testkit::{FakeArtifact, FakeHook, Reach};

use super::engine::{IMAGE, build, driver, in_container, lines, post, sandbox};
use crate::artifact::{EXPORT_ID, IMPORT_ID};
use crate::post::{DockerImport, DockerPush, DockerSave, DockerTag};

fn check(lines: &[String], expected: Expect) {
    expected.assert_eq(&format!("{}\n", lines.join("\n")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_that_is_thrown_away() {
    let Some(sandbox) = sandbox().await else { return };
    let built = in_container(&sandbox, "", |machine, cx| async move {
        let status = machine
            .comm()
            .start(RemoteCommand::new("echo hi; sleep 0.2; echo oops >&2; exit 3"))
            .await?
            .show(&cx)
            .await?;
        assert_eq!(status.0, 3);
        Ok(())
    })
    .await
    .expect("it builds")
    .expect("an artifact");
    assert_eq!(built.describe(), "Exported Docker file: ");
    check(
        &lines(&sandbox),
        expect![[r#"
            Creating a temporary directory for sharing data...
            Starting docker container...
            Run command: docker run -v <config>/tmp<n>:/packer-files -d -i -t --entrypoint=/bin/sh -- debian:bookworm-slim
            Container ID: <hex>
            Using docker communicator to connect: <ip>
            out: hi
            err: oops
            Killing the container: <hex>
        "#]],
    );
    assert_eq!(std::fs::read_dir(&sandbox.world().config_dir).expect("there").count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_with_names_in_a_file() {
    let Some(sandbox) = sandbox().await else { return };
    let json = format!(
        r#"{{"image": "{IMAGE}", "pull": false, "commit": true, "author": "me <me@x>", "message": "made",
            "changes": ["LABEL k=\"v w\"", "ENV PATH=$PATH:/opt"]}}"#
    );
    let built =
        build(&sandbox, &json, Arc::new(FakeHook::nothing())).await.expect("it builds").expect("an artifact");
    assert_eq!(built.builder_id(), "packer.post-processor.docker-import");
    let tagged = post::<DockerTag>(
        &sandbox,
        r#"{"repository": "tintype-test-tag", "tags": ["a", "b"]}"#,
        built.clone(),
    )
    .await
    .expect("it tags");
    let tagged = tagged.artifact.expect("an artifact");
    let engine = driver(&sandbox).await;
    let image = engine.image("tintype-test-tag:a").await.expect("an answer").expect("an image");
    assert_eq!(image.id, built.id());
    assert_eq!(image.cmd, ["bash"]);
    // One empty word is what stands for none.
    assert_eq!(image.entrypoint, [""]);
    let saved =
        post::<DockerSave>(&sandbox, r#"{"path": "out/i.tar"}"#, tagged.clone()).await.expect("it saves");
    assert_eq!(
        saved.artifact.expect("an artifact").describe(),
        "Imported Docker image: tintype-test-tag:b with tags tintype-test-tag:a tintype-test-tag:b"
    );
    assert_eq!(sandbox.names("out"), ["i.tar"]);
    tagged.destroy(&sandbox.cx()).await.expect("gone");
    engine.remove_image("tintype-test-tag:a").await.expect("gone");
    check(
        &lines(&sandbox),
        expect![[r#"
            Creating a temporary directory for sharing data...
            Starting docker container...
            Run command: docker run -v <config>/tmp<n>:/packer-files -d -i -t --entrypoint=/bin/sh -- debian:bookworm-slim
            Container ID: <hex>
            Using docker communicator to connect: <ip>
            Committing the container
            Image ID: sha256:<hex>
            Killing the container: <hex>
            Tagging image: sha256:<hex>
            Repository: tintype-test-tag:a
            Tagging image: sha256:<hex>
            Repository: tintype-test-tag:b
            Saving image: tintype-test-tag:b
            Saved to: out/i.tar
        "#]],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_leaves_nothing() {
    let Some(sandbox) = sandbox().await else { return };
    let built = in_container(&sandbox, "", |_, _| async { Err(Error::user("no")) }).await;
    assert_eq!(built.err().expect("an error").to_string(), "no");
    let shown = lines(&sandbox);
    assert_eq!(
        shown[shown.len() - 3..],
        [
            "Provisioning step had errors: Running the cleanup provisioner, if present...",
            "error cleanup",
            "Killing the container: <hex>"
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_that_is_nowhere() {
    let Some(sandbox) = sandbox().await else { return };
    let json = r#"{"image": "tintype-no-such-image:0", "pull": false, "discard": true}"#;
    let error = build(&sandbox, json, Arc::new(FakeHook::nothing())).await.err().expect("an error");
    let text = error.to_string();
    assert!(text.starts_with("Error running container: Docker exited with a non-zero exit status.\nStderr: Unable to find image 'tintype-no-such-image:0' locally\n"), "{text}");
    // Hints do not go through a pipe.
    assert_eq!(error.hints().len(), usize::from(Reach::of_this_run().is_near()));
}

#[tokio::test(flavor = "multi_thread")]
async fn told_to_stop_it_makes_neither_artifact_nor_error() {
    let Some(sandbox) = sandbox().await else { return };
    let cancel = sandbox.cancel().clone();
    let hook = FakeHook::new(move |machine, cx| {
        let cancel = cancel.clone();
        async move {
            let running = machine.comm().start(RemoteCommand::new("sleep 60")).await?;
            cancel.cancel();
            running.show(&cx).await.map(drop)
        }
    });
    let json = format!(r#"{{"image": "{IMAGE}", "pull": false, "commit": true}}"#);
    assert!(build(&sandbox, &json, Arc::new(hook)).await.expect("no error").is_none());
    assert_eq!(lines(&sandbox).last().map(String::as_str), Some("Killing the container: <hex>"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_keeps_what_was_there_until_it_is_done() {
    let Some(sandbox) = sandbox().await else { return };
    let json = format!(r#"{{"image": "{IMAGE}", "pull": false, "export_path": "deep/o.tar"}}"#);
    let built =
        build(&sandbox, &json, Arc::new(FakeHook::nothing())).await.expect("it builds").expect("an artifact");
    assert_eq!(built.describe(), "Exported Docker file: deep/o.tar");
    assert_eq!(sandbox.names("deep"), ["o.tar"]);
    let mut archive = tar::Archive::new(std::fs::File::open(sandbox.path("deep/o.tar")).expect("there"));
    assert!(archive.entries().expect("a tar").count() > 100);
    built.destroy(&sandbox.cx()).await.expect("gone");
    assert!(sandbox.names("deep").is_empty());
}

#[tokio::test]
async fn what_post_processors_cannot_use() {
    let Some(sandbox) = sandbox().await else { return };
    let other = || Arc::new(FakeArtifact { builder_id: "packer.file".into(), ..FakeArtifact::default() });
    let mut refused = Vec::new();
    refused
        .push(post::<DockerTag>(&sandbox, r#"{"repository": "a"}"#, other()).await.err().expect("refused"));
    refused.push(post::<DockerPush>(&sandbox, "{}", other()).await.err().expect("refused"));
    refused.push(post::<DockerSave>(&sandbox, r#"{"path": "a"}"#, other()).await.err().expect("refused"));
    refused.push(
        post::<DockerImport>(&sandbox, r#"{"repository": "a"}"#, other()).await.err().expect("refused"),
    );
    for error in refused {
        assert!(error.to_string().starts_with("Unknown artifact type: packer.file\n"), "{error}");
    }
    let image =
        FakeArtifact { builder_id: IMPORT_ID.into(), id: "sha256:1".into(), ..FakeArtifact::default() };
    let error = post::<DockerPush>(&sandbox, "{}", Arc::new(image)).await.err().expect("refused");
    assert_eq!(error.to_string(), "Error pushing sha256:1: the image has no name");
    let thrown_away = FakeArtifact { builder_id: EXPORT_ID.into(), ..FakeArtifact::default() };
    let error = post::<DockerImport>(&sandbox, r#"{"repository": "a"}"#, Arc::new(thrown_away))
        .await
        .err()
        .expect("refused");
    assert_eq!(error.to_string(), "The artifact has no file to import");
}
