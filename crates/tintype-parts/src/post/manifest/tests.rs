use std::time::{Duration, Instant};

use tintype_sdk::{Keep, Policy};
use tintype_testkit::Sandbox;

use super::escaped;
use crate::testing::{failure, post, tiny_disk};

async fn run(sandbox: &Sandbox, json: &str, files: &[&str]) -> String {
    failure(post(sandbox, "manifest", json, files).await)
}

#[tokio::test]
async fn the_file() {
    let sandbox = Sandbox::new();
    sandbox.write("d/f.txt", "hello\n");
    let json = r#"{"strip_path": true, "strip_time": true, "custom_data": {"b": "<&>", "a": "1"}, "output": "m/m.json"}"#;
    let done = post(&sandbox, "manifest", json, &["d/f.txt", "gone"]).await.unwrap();
    assert_eq!((done.keep, done.artifact.unwrap().id().as_str()), (Keep::Always, "fake-1"));
    let expected = r#"{
  "builds": [
    {
      "name": "test",
      "builder_type": "null",
      "files": [
        {
          "name": "f.txt",
          "size": 6
        },
        {
          "name": "gone",
          "size": 0
        }
      ],
      "artifact_id": "fake-1",
      "packer_run_uuid": "11111111-2222-3333-4444-555555555555",
      "custom_data": {
        "a": "1",
        "b": "\u003c\u0026\u003e"
      }
    }
  ],
  "last_run_uuid": "11111111-2222-3333-4444-555555555555"
}"#;
    assert_eq!(sandbox.text("m/m.json").unwrap(), expected);
    assert_eq!(sandbox.names("m"), ["m.json"]);
    assert!(sandbox.lines().is_empty());
}

#[tokio::test]
async fn without_files_and_with_time() {
    let sandbox = Sandbox::new();
    assert_eq!(run(&sandbox, "{}", &[]).await, "");
    let text = sandbox.text("packer-manifest.json").unwrap();
    assert!(text.contains("\"files\": null,") && text.contains("\"custom_data\": null\n"), "{text}");
    let time = text.split("\"build_time\": ").nth(1).unwrap();
    assert_eq!(time.split(',').next().unwrap().len(), 10);
}

#[tokio::test]
async fn entries_of_earlier_runs() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "packer-manifest.json",
        r#"{"builds": [{"name": "old", "mine": 1}], "last_run_uuid": "other"}"#,
    );
    assert_eq!(run(&sandbox, "{}", &[]).await, "");
    let text = sandbox.text("packer-manifest.json").unwrap();
    assert!(text.contains("\"old\"") && text.contains("\"mine\": 1") && !text.contains("other"), "{text}");

    let sandbox = Sandbox::new().policy(Policy { force: true, ..Policy::default() });
    sandbox.write("packer-manifest.json", r#"{"builds": [{"name": "old"}], "last_run_uuid": "other"}"#);
    assert_eq!(run(&sandbox, "{}", &[]).await, "");
    assert_eq!(run(&sandbox, "{}", &[]).await, "");
    let text = sandbox.text("packer-manifest.json").unwrap();
    assert_eq!((text.contains("\"old\""), text.matches("artifact_id").count()), (false, 2));
}

#[tokio::test]
async fn what_is_no_manifest_stays() {
    for (content, why) in [
        ("hello", "packer-manifest.json is not a manifest: expected value at line 1 column 1"),
        ("[]", "packer-manifest.json is not a manifest: it has no list of builds"),
        (r#"{"builds": 1}"#, "packer-manifest.json is not a manifest: it has no list of builds"),
    ] {
        let sandbox = Sandbox::new();
        sandbox.write("packer-manifest.json", content);
        assert_eq!(run(&sandbox, "{}", &[]).await, why);
        assert_eq!(sandbox.text("packer-manifest.json").unwrap(), content);
        assert_eq!(sandbox.names(""), ["packer-manifest.json"]);
    }
    for content in ["", "{}", r#"{"builds": null}"#] {
        let sandbox = Sandbox::new();
        sandbox.write("packer-manifest.json", content);
        assert_eq!(run(&sandbox, "{}", &[]).await, "");
    }
}

#[tokio::test]
async fn many_builds_at_once() {
    let sandbox = Sandbox::new();
    let work = (0..20).map(|_| run(&sandbox, "{}", &[]));
    for done in futures_joined(work).await {
        assert_eq!(done, "");
    }
    assert_eq!(sandbox.text("packer-manifest.json").unwrap().matches("artifact_id").count(), 20);
}

/// Drives all of them together.
async fn futures_joined<T>(work: impl Iterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut work: Vec<_> = work.map(Box::pin).collect();
    let mut done = Vec::new();
    std::future::poll_fn(|cx| {
        work.retain_mut(|one| match one.as_mut().poll(cx) {
            std::task::Poll::Ready(result) => {
                done.push(result);
                false
            }
            std::task::Poll::Pending => true,
        });
        if work.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    done
}

#[tokio::test]
async fn a_lock_that_nobody_holds_any_more() {
    let sandbox = Sandbox::new();
    sandbox.write("packer-manifest.json.lock", "");
    let begin = Instant::now();
    assert_eq!(run(&sandbox, "{}", &[]).await, "");
    assert!(begin.elapsed() >= Duration::from_millis(600));
    assert_eq!(sandbox.names(""), ["packer-manifest.json"]);
}

#[tokio::test]
async fn where_nothing_can_be_written() {
    let sandbox = Sandbox::new();
    sandbox.write("file", "");
    assert_eq!(
        run(&sandbox, r#"{"output": "file/m.json"}"#, &[]).await,
        "cannot read file/m.json: not a directory"
    );
    let Some(_disk) = tiny_disk(&sandbox) else { return };
    sandbox.write("tiny/fill", vec![0; 60 << 10]);
    let json = format!(r#"{{"output": "tiny/m.json", "custom_data": {{"a": "{}"}}}}"#, "x".repeat(8000));
    assert_eq!(run(&sandbox, &json, &[]).await, "cannot write tiny/m.json: no space left on device");
    assert_eq!(sandbox.names("tiny"), ["fill"]);
}

#[test]
fn characters_as_go_writes_them() {
    assert_eq!(escaped("\"<a> & \u{2028}\u{e9}\""), "\"\\u003ca\\u003e \\u0026 \\u2028\u{e9}\"");
}
