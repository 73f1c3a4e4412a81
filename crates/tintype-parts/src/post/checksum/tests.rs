use tintype_sdk::Keep;
use tintype_testkit::{FakeArtifact, Sandbox};

use crate::testing::{failure, found_in, post, post_on, tiny_disk};

fn shown(files: &[std::path::PathBuf]) -> Vec<String> {
    files.iter().map(|file| file.display().to_string()).collect()
}

#[tokio::test]
async fn options() {
    for (json, expected) in [
        ("{}", vec![]),
        (r#"{"checksum_types": ["crc32", "md5"]}"#, vec!["Unrecognized checksum type: crc32"]),
        (r#"{"output": "{{.Nope"}"#, vec!["Invalid template in \"output\""]),
    ] {
        assert_eq!(found_in(&Sandbox::new(), "post-processor", "checksum", json).await, expected, "{json}");
    }
}

#[tokio::test]
async fn every_type() {
    let sandbox = Sandbox::new();
    sandbox.write("d/f.txt", "hello\n");
    let json = r#"{"checksum_types": ["md5", "sha1", "sha224", "sha256", "sha384", "sha512"], "output": "s/{{.ChecksumType}}-{{.BuildName}}-{{.BuilderType}}"}"#;
    let done = post(&sandbox, "checksum", json, &["d/f.txt"]).await.unwrap();
    assert_eq!(done.keep, Keep::Always);
    for (kind, digest) in [
        ("md5", "b1946ac92492d2347c6235b4d2611184"),
        ("sha1", "f572d396fae9206628714fb2ce00f72e94f2258f"),
        ("sha224", "2d6d67d91d0badcdd06cbbba1fe11538a68a37ec9c2e26457ceff12b"),
        ("sha256", "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"),
    ] {
        assert_eq!(sandbox.text(&format!("s/{kind}-test-null")).unwrap(), format!("{digest}\tf.txt\n"));
    }
    assert_eq!(sandbox.text("s/sha384-test-null").unwrap().len(), 96 + 7);
    assert_eq!(sandbox.text("s/sha512-test-null").unwrap().len(), 128 + 7);
    let artifact = done.artifact.unwrap();
    assert_eq!(artifact.builder_id(), "packer.post-processor.checksum");
    assert_eq!(artifact.files().len(), 7);
    assert!(artifact.describe().starts_with("Created artifact from files: d/f.txt, s/md5-test-null, "));
}

#[tokio::test]
async fn one_file_for_all_and_a_second_run() {
    let sandbox = Sandbox::new();
    sandbox.write("a", "hello\n");
    sandbox.write("b", "");
    let json = r#"{"checksum_types": ["md5", "sha1"], "output": "SUMS"}"#;
    let first = post(&sandbox, "checksum", json, &["a", "b"]).await.unwrap().artifact.unwrap();
    assert_eq!(shown(&first.files()), ["a", "b", "SUMS"]);
    let once = "b1946ac92492d2347c6235b4d2611184\ta\nd41d8cd98f00b204e9800998ecf8427e\tb\n\
                f572d396fae9206628714fb2ce00f72e94f2258f\ta\nda39a3ee5e6b4b0d3255bfef95601890afd80709\tb\n";
    assert_eq!(sandbox.text("SUMS").unwrap(), once);
    let second = post(&sandbox, "checksum", json, &["a", "b"]).await.unwrap().artifact.unwrap();
    assert_eq!(shown(&second.files()), ["a", "b"]);
    assert_eq!(sandbox.text("SUMS").unwrap(), once.repeat(2));
}

#[tokio::test]
async fn defaults() {
    let sandbox = Sandbox::new();
    sandbox.write("f.txt", "hello\n");
    for json in ["{}", r#"{"checksum_types": [], "output": ""}"#] {
        post(&sandbox, "checksum", json, &["f.txt"]).await.unwrap();
    }
    assert_eq!(sandbox.names(""), ["f.txt", "packer_test_null_md5.checksum"]);
    let made = post(&sandbox, "checksum", r#"{"output": "none"}"#, &[]).await.unwrap().artifact.unwrap();
    assert_eq!((made.files().len(), &*made.describe()), (0, "Created artifact from files: "));
    assert_eq!(sandbox.text("none"), None);
}

#[tokio::test]
async fn the_name_may_hold_what_the_build_told() {
    let sandbox = Sandbox::new();
    sandbox.write("f", "x");
    let data = cty::Value::object([("ID".into(), cty::Value::string("i-1"))].into());
    let told = || FakeArtifact {
        state: [("generated_data".to_owned(), data.clone())].into(),
        ..FakeArtifact::with_files(&["f"])
    };
    for (name, json) in [
        ("checksum", r#"{"output": "{{build `ID`}}-{{.ID}}-{{.ChecksumType}}.sum"}"#),
        ("compress", r#"{"output": "{{build `ID`}}-{{.ID}}-{{.BuildName}}.tar"}"#),
    ] {
        let made = post_on(&sandbox, name, json, told()).await.unwrap().artifact.unwrap();
        // Whoever comes next knows it, too.
        assert_eq!(made.state("generated_data"), Some(data.clone()), "{name}");
        let refused = post(&sandbox, name, r#"{"output": "{{build `ID`}}"}"#, &["f"]).await;
        assert!(failure(refused).starts_with("output: template: root:1:"), "{name}");
    }
    assert_eq!(sandbox.names(""), ["f", "i-1-i-1-md5.sum", "i-1-i-1-test.tar"]);
}

#[tokio::test]
async fn failures() {
    let sandbox = Sandbox::new();
    assert_eq!(
        failure(post(&sandbox, "checksum", "{}", &["gone"]).await),
        "cannot read gone: no such file or directory"
    );
    sandbox.write("f", "x");
    let result = post(&sandbox, "checksum", r#"{"output": "."}"#, &["f"]).await;
    assert_eq!(failure(result), "cannot write .: is a directory");

    let Some(_disk) = tiny_disk(&sandbox) else { return };
    sandbox.write("tiny/SUMS", "old\n");
    sandbox.write("tiny/fill", vec![0; 60 << 10]);
    let many = vec!["f"; 3000];
    let result = post(&sandbox, "checksum", r#"{"output": "tiny/SUMS"}"#, &many).await;
    assert_eq!(failure(result), "cannot write tiny/SUMS: no space left on device");
    assert_eq!(sandbox.text("tiny/SUMS").unwrap(), "old\n");
}
