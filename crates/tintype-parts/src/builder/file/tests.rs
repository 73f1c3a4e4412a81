use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use tintype_sdk::{Error, RemoteCommand};
use tintype_testkit::{FakeHook, Reach, Sandbox};

use crate::testing::{build, failure, found_in, tiny_disk};

#[tokio::test]
async fn options() {
    for (json, expected) in [
        (r#"{"target": "t", "content": "x"}"#, vec![]),
        (r#"{"content": "x"}"#, vec!["target required"]),
        (r#"{"target": "t", "content": "x", "source": "s"}"#, vec!["Cannot specify source file AND content"]),
        (
            r#"{"target": "t"}"#,
            vec!["warning: Both source file and contents are blank; target will have no content"],
        ),
    ] {
        assert_eq!(found_in(&Sandbox::new(), "builder", "file", json).await, expected, "{json}");
    }
}

#[tokio::test]
async fn content() {
    let sandbox = Sandbox::new();
    let json = r#"{"target": "d/e/t.txt", "content": "h\u00e9llo\n"}"#;
    let artifact = build(&sandbox, "file", json, Arc::new(FakeHook::nothing())).await.unwrap().unwrap();
    assert_eq!(sandbox.text("d/e/t.txt").unwrap(), "h\u{e9}llo\n");
    assert_eq!(sandbox.names("d/e"), ["t.txt"]);
    assert_eq!(sandbox.path("d/e/t.txt").metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!((artifact.builder_id(), artifact.id().as_str()), ("packer.file", "File"));
    assert_eq!(artifact.describe(), "Stored file: d/e/t.txt");
    assert_eq!(artifact.files(), [std::path::PathBuf::from("d/e/t.txt")]);
    assert!(sandbox.lines().is_empty());
    artifact.destroy(&sandbox.cx()).await.unwrap();
    assert!(sandbox.read("d/e/t.txt").is_none());
    artifact.destroy(&sandbox.cx()).await.unwrap();
}

#[tokio::test]
async fn source() {
    let sandbox = Sandbox::new();
    let source = sandbox.write("s.sh", "#!/bin/sh\n");
    std::fs::set_permissions(source, std::fs::Permissions::from_mode(0o700)).unwrap();
    build(&sandbox, "file", r#"{"target": "t", "source": "s.sh"}"#, Arc::new(FakeHook::nothing()))
        .await
        .unwrap();
    assert_eq!(sandbox.lines(), ["Copying s.sh to t", "Copied 10 bytes"]);
    assert_eq!(sandbox.text("t").unwrap(), "#!/bin/sh\n");
    assert_eq!(sandbox.path("t").metadata().unwrap().permissions().mode() & 0o111, 0);
}

#[tokio::test]
async fn a_file_that_is_there_is_replaced_or_stays() {
    let sandbox = Sandbox::new();
    sandbox.write("t", "old");
    for (json, why) in [
        (r#"{"target": "t", "source": "gone"}"#, "cannot read gone: no such file or directory"),
        (r#"{"target": "t", "source": "."}"#, "cannot read .: is a directory"),
    ] {
        let result = build(&sandbox, "file", json, Arc::new(FakeHook::nothing())).await;
        assert_eq!(failure(result), why);
        assert_eq!(sandbox.text("t").unwrap(), "old");
    }
    std::fs::create_dir(sandbox.path("dir")).unwrap();
    let result =
        build(&sandbox, "file", r#"{"target": "dir", "content": "x"}"#, Arc::new(FakeHook::nothing())).await;
    assert_eq!(failure(result), "cannot write dir: is a directory");
    let result =
        build(&sandbox, "file", r#"{"target": "t/x", "content": "x"}"#, Arc::new(FakeHook::nothing())).await;
    assert_eq!(failure(result), "cannot write t/x: not a directory");

    std::os::unix::fs::symlink("t", sandbox.path("link")).unwrap();
    build(&sandbox, "file", r#"{"target": "link", "content": "new"}"#, Arc::new(FakeHook::nothing()))
        .await
        .unwrap();
    assert_eq!(sandbox.text("t").unwrap(), "new");
    assert_eq!(sandbox.names(""), ["dir", "link", "t"]);
    assert!(sandbox.path("link").is_symlink());
    build(&sandbox, "file", r#"{"target": "/dev/null", "content": "x"}"#, Arc::new(FakeHook::nothing()))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_full_disk_leaves_nothing_behind() {
    if !Reach::of_this_run().is_near() {
        return;
    }
    let sandbox = Sandbox::new();
    let Some(_disk) = tiny_disk(&sandbox) else { return };
    sandbox.write("tiny/t", "old");
    let json = format!(r#"{{"target": "tiny/t", "content": "{}"}}"#, "x".repeat(100_000));
    let error = build(&sandbox, "file", &json, Arc::new(FakeHook::nothing())).await.err().unwrap();
    assert_eq!(error.to_string(), "cannot write tiny/t: no space left on device");
    assert_eq!(error.hints().len(), 1);
    assert_eq!(
        (sandbox.names("tiny"), sandbox.text("tiny/t").unwrap().as_str()),
        (vec!["t".to_string()], "old")
    );
}

#[tokio::test]
async fn provisioners_reach_nothing_and_run_without_steps() {
    if !Reach::of_this_run().is_near() {
        return;
    }
    let sandbox = Sandbox::new();
    let hook = Arc::new(FakeHook::new(|machine, _| async move {
        assert_eq!(machine.comm().kind(), "dummy");
        let (status, ..) = machine.comm().start(RemoteCommand::new("exit 1")).await?.gather(1).await?;
        assert!(status.success());
        Err(Error::user("provisioner failed"))
    }));
    let result = build(&sandbox, "file", r#"{"target": "t", "content": "x"}"#, hook.clone()).await;
    assert_eq!(failure(result), "provisioner failed");
    assert_eq!(sandbox.text("t").unwrap(), "x");
    assert!(sandbox.told().steps().is_empty());
    assert!(hook.machine().unwrap().vars().contains_key("PackerRunUUID"));
}
