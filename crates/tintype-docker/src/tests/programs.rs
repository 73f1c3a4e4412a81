//! The same builds through the client program, as for podman; and images from a Dockerfile.

use std::sync::Arc;

use expect_test::{Expect, expect};
use tintype_sdk::{FileMeta, RemoteCommand};
use tintype_testkit::{FakeHook, Sandbox};

use super::engine::{IMAGE, build, driver, lines, post, sandbox, skip};
use crate::post::{DockerImport, DockerSave, DockerTag};

/// The client program by its place: what has another name than `docker` is run.
async fn with_client() -> Option<(Sandbox, String)> {
    let sandbox = sandbox().await?;
    let path = sandbox.world().env("PATH").unwrap_or_default().to_owned();
    let found = std::env::split_paths(&path).map(|dir| dir.join("docker")).find(|path| path.is_file());
    match found {
        Some(client) => Some((sandbox, client.display().to_string())),
        None => skip("no docker client"),
    }
}

fn check(sandbox: &Sandbox, client: &str, expected: Expect) {
    let shown: Vec<String> =
        lines(sandbox).into_iter().map(|line| line.replace(client, "<client>")).collect();
    expected.assert_eq(&format!("{}\n", shown.join("\n")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_build_through_the_client() {
    let Some((sandbox, client)) = with_client().await else { return };
    sandbox.write("d/x", "1");
    let dir = sandbox.path("d");
    let hook = FakeHook::new(move |machine, cx| {
        let dir = dir.clone();
        async move {
            let comm = machine.comm();
            let script = "#!/bin/sh\nread -r line; echo $line; exit 4\n";
            let meta = FileMeta { mode: Some(0o755), ..FileMeta::default() };
            comm.upload("/tmp/s.sh", Box::new(std::io::Cursor::new(script)), meta, &|_| ()).await?;
            comm.start(RemoteCommand::new("chmod 0755 /tmp/s.sh")).await?.show(&cx).await?;
            let stdin = Box::new(std::io::Cursor::new("in\n"));
            let command = RemoteCommand { command: "/tmp/s.sh".into(), stdin: Some(stdin) };
            assert_eq!(comm.start(command).await?.show(&cx).await?.0, 4);
            comm.upload_dir("/new", &dir, &|_| ()).await?;
            let mut content = Vec::new();
            comm.download("/new/x", &mut content, &|_| ()).await?;
            assert_eq!(content, b"1");
            assert!(comm.download("/none", &mut tokio::io::sink(), &|_| ()).await.is_err());
            comm.download_dir("/new", &dir, &|_| ()).await
        }
    });
    let json = format!(
        r#"{{"image": "{IMAGE}", "pull": false, "export_path": "o.tar", "docker_path": "{client}"}}"#
    );
    let built = build(&sandbox, &json, Arc::new(hook)).await.expect("it builds").expect("an artifact");
    assert_eq!(sandbox.names("d"), ["new", "x"]);
    let import = format!(
        r#"{{"repository": "tintype-test-import", "tag": "1", "docker_path": "{client}", "changes": ["CMD [\"sh\"]"]}}"#
    );
    let imported = post::<DockerImport>(&sandbox, &import, built)
        .await
        .expect("it imports")
        .artifact
        .expect("an artifact");
    let tag = format!(r#"{{"repository": "tintype-test-import", "tags": ["2"], "docker_path": "{client}"}}"#);
    let tagged = post::<DockerTag>(&sandbox, &tag, imported.clone())
        .await
        .expect("it tags")
        .artifact
        .expect("an artifact");
    let save = format!(r#"{{"path": "i.tar", "docker_path": "{client}"}}"#);
    post::<DockerSave>(&sandbox, &save, tagged.clone()).await.expect("it saves");
    tagged.destroy(&sandbox.cx()).await.expect("gone");
    imported.destroy(&sandbox.cx()).await.expect("gone");
    assert!(tagged.destroy(&sandbox.cx()).await.is_err());
    check(
        &sandbox,
        &client,
        expect![[r#"
        Creating a temporary directory for sharing data...
        Starting docker container...
        Run command: <client> run -v <config>/tmp<n>:/packer-files -d -i -t --entrypoint=/bin/sh -- debian:bookworm-slim
        Container ID: <hex>
        Using docker communicator to connect: <ip>
        out: in
        Exporting the container
        Killing the container: <hex>
        Importing image: Container
        Repository: tintype-test-import:1
        Imported ID: sha256:<hex>
        Tagging image: tintype-test-import:1
        Repository: tintype-test-import:2
        Saving image: tintype-test-import:2
        Saved to: i.tar
    "#]],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_run_through_the_client() {
    let Some((sandbox, client)) = with_client().await else { return };
    let json = format!(
        r#"{{"image": "{IMAGE}", "pull": false, "discard": true, "docker_path": "{client}",
            "run_command": ["-d", "--entrypoint=/no/such", "{{{{.Image}}}}"]}}"#
    );
    let error = build(&sandbox, &json, Arc::new(FakeHook::nothing())).await.err().expect("an error");
    assert!(error.to_string().contains("no such file or directory"), "{error}");
    // It was made, and is found by what it shares with us.
    assert_eq!(lines(&sandbox).last().map(String::as_str), Some("Killing the container: <hex>"));
}

#[tokio::test(flavor = "multi_thread")]
async fn options_that_only_the_client_knows() {
    let Some((sandbox, _)) = with_client().await else { return };
    let json = format!(
        r#"{{"image": "{IMAGE}", "pull": false, "discard": true,
            "run_command": ["-dit", "--network", "name=bridge", "--entrypoint=/bin/sh", "{{{{.Image}}}}"]}}"#
    );
    build(&sandbox, &json, Arc::new(FakeHook::nothing())).await.expect("it builds");
    let json = json.replace("--network", "--bogus");
    let error = build(&sandbox, &json, Arc::new(FakeHook::nothing())).await.err().expect("an error");
    assert!(error.to_string().contains("--bogus"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_from_a_dockerfile() {
    let Some(sandbox) = sandbox().await else { return };
    sandbox.write(
        "far/Dockerfile",
        format!("FROM {IMAGE}\nARG WHO=me\nLABEL tintype-test=1\nCOPY . /c\nRUN echo $WHO >/who\n"),
    );
    sandbox.write("ctx/.dockerignore", "*.tmp\nsub\n!sub/back\n");
    for name in ["a", "b.tmp", "sub/c", "sub/back"] {
        sandbox.write(&format!("ctx/{name}"), "");
    }
    let hook = FakeHook::new(move |machine, cx| async move {
        let command = "cat /who; cd /c; find . -type f | sort | xargs";
        machine.comm().start(RemoteCommand::new(command)).await?.show(&cx).await.map(drop)
    });
    let json = r#"{"discard": true, "build":
        {"path": "far/Dockerfile", "build_dir": "ctx", "pull": false, "compress": true, "arguments": {"WHO": "you"}}}"#;
    build(&sandbox, json, Arc::new(hook)).await.expect("it builds");
    let shown = lines(&sandbox);
    assert_eq!(
        shown[..3],
        [
            "Creating a temporary directory for sharing data...",
            "Building base image...",
            "Finished building base image \"sha256:<hex>\""
        ]
    );
    assert!(shown.contains(&"out: you".to_owned()), "{shown:?}");
    assert!(shown.contains(&"out: ./.dockerignore ./a ./sub/back".to_owned()), "{shown:?}");
    let id = sandbox.lines()[2].split('"').nth(1).expect("an id").to_owned();
    assert_eq!(driver(&sandbox).await.image(&id).await.expect("an answer"), None);

    sandbox.write("far/Dockerfile", format!("FROM {IMAGE}\nRUN echo before; exit 5\n"));
    let error = build(&sandbox, json, Arc::new(FakeHook::nothing())).await.err().expect("an error");
    assert!(error.to_string().starts_with("Error building base image: "), "{error}");
    assert!(error.to_string().contains("returned a non-zero code: 5"), "{error}");
    assert!(lines(&sandbox).contains(&"error: before".to_owned()));
}
