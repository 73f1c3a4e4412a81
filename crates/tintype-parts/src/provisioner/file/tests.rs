use std::os::unix::fs::PermissionsExt;

use tintype_testkit::{FakeMachine, Sandbox};

use crate::testing::{failure, found_in, provision};

#[tokio::test]
async fn options() {
    for (json, expected) in [
        (r#"{"source": "a", "destination": "/x"}"#, vec![]),
        (r#"{"content": "", "destination": "/x"}"#, vec![]),
        (r#"{"source": "gone", "generated": true, "destination": "/x"}"#, vec![]),
        (r#"{"source": "/remote", "direction": "download", "destination": "x"}"#, vec![]),
        ("{}", vec!["Source must be specified.", "Destination must be specified."]),
        (
            r#"{"sources": ["a", "gone"], "source": "gone2", "destination": "/x"}"#,
            vec![
                "Bad source 'gone': stat gone: no such file or directory",
                "Bad source 'gone2': stat gone2: no such file or directory",
            ],
        ),
        (
            r#"{"source": "a", "content": "x", "destination": "/x"}"#,
            vec!["source(s) conflicts with content."],
        ),
        (
            r#"{"source": "a", "destination": "/x", "direction": "sideways"}"#,
            vec!["Direction must be one of: download, upload."],
        ),
    ] {
        let sandbox = Sandbox::new();
        sandbox.write("a", "");
        assert_eq!(found_in(&sandbox, "provisioner", "file", json).await, expected, "{json}");
    }
}

#[tokio::test]
async fn uploads() {
    for (json, expected) in [
        (r#"{"source": "a.txt", "destination": "/tmp/b"}"#, vec!["upload /tmp/b 0640"]),
        (r#"{"source": "d/c", "destination": "/tmp//"}"#, vec!["upload /tmp/c 0644"]),
        (
            r#"{"sources": ["a.txt", "d/c"], "destination": "/t/"}"#,
            vec!["upload /t/a.txt 0640", "upload /t/c 0644"],
        ),
        (r#"{"content": "x", "destination": "/tmp/c"}"#, vec!["upload /tmp/c 0600"]),
        (r#"{"source": "d/", "destination": "/tmp"}"#, vec!["upload_dir /tmp <work>/d/"]),
        (r#"{"source": "d", "destination": "/tmp"}"#, vec!["upload_dir /tmp <work>/d"]),
    ] {
        let (sandbox, machine) = (Sandbox::new(), FakeMachine::new());
        let a = sandbox.write("a.txt", "a");
        std::fs::set_permissions(a, std::fs::Permissions::from_mode(0o640)).unwrap();
        let c = sandbox.write("d/c", "c");
        std::fs::set_permissions(c, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(failure(provision(&sandbox, "file", json, &machine).await), "", "{json}");
        let work = sandbox.world().cwd.display().to_string();
        let log: Vec<String> = machine.log().iter().map(|line| line.replace(&work, "<work>")).collect();
        assert_eq!(log, expected, "{json}");
        assert!(sandbox.left_in_tmp().is_empty());
    }
}

#[tokio::test]
async fn what_is_said() {
    let (sandbox, machine) = (Sandbox::new(), FakeMachine::new());
    sandbox.write("a", "a");
    provision(&sandbox, "file", r#"{"source": "a", "destination": "/t/"}"#, &machine).await.unwrap();
    provision(&sandbox, "file", r#"{"content": "text", "destination": "/t/c"}"#, &machine).await.unwrap();
    assert_eq!(machine.file("/t/c").unwrap(), b"text");
    let machine = machine.put("/r", b"r");
    let json = r#"{"source": "/r", "direction": "download", "destination": "got"}"#;
    provision(&sandbox, "file", json, &machine).await.unwrap();
    assert_eq!(
        sandbox.lines(),
        ["Uploading a => /t/", "Uploading <tmp>/pkr-file-content<n> => /t/c", "Downloading /r => got"]
    );
}

#[tokio::test]
async fn downloads() {
    for (json, expected) in [
        (r#"{"source": "/r/one", "destination": "x/y/z"}"#, vec![("x/y/z", "1")]),
        (r#"{"source": "/r/one", "destination": "x/"}"#, vec![("x/one", "1")]),
        (r#"{"sources": ["/r/one", "/r/two"], "destination": "x/"}"#, vec![("x/one", "1"), ("x/two", "2")]),
        (r#"{"source": "/r/", "destination": "x/"}"#, vec![("x/one", "1"), ("x/two", "2")]),
    ] {
        let (sandbox, machine) = (Sandbox::new(), FakeMachine::new().put("/r/one", b"1").put("/r/two", b"2"));
        let json = json.replacen('{', r#"{"direction": "download", "#, 1);
        assert_eq!(failure(provision(&sandbox, "file", &json, &machine).await), "", "{json}");
        for (path, content) in expected {
            assert_eq!(sandbox.text(path).as_deref(), Some(content), "{json}");
        }
    }
}

#[tokio::test]
async fn a_failed_download_leaves_what_was_there() {
    let (sandbox, machine) = (Sandbox::new(), FakeMachine::new());
    sandbox.write("x", "old");
    let json = r#"{"source": "/gone", "direction": "download", "destination": "x"}"#;
    assert_eq!(
        failure(provision(&sandbox, "file", json, &machine).await),
        "/gone: no such file or directory"
    );
    assert_eq!((sandbox.names(""), sandbox.text("x").unwrap().as_str()), (vec!["x".to_string()], "old"));
}
