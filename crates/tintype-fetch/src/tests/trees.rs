//! Which files in a plugin directory are plugins, and what is remembered of them.

use std::time::{Duration, SystemTime};

use go_version::Constraint;
use tintype_testkit::Sandbox;

use super::plugins::{binary, plant, script, source, write_program};
use crate::{Digest, Examiner, Platform, Query, Tree};

const ZZ: &str = "github.com/acme/zz";

struct Setting {
    sandbox: Sandbox,
    tree: Tree,
    examiner: Examiner,
}

impl Setting {
    fn new() -> Self {
        let sandbox = Sandbox::new();
        let tree = Tree::of(sandbox.world());
        let examiner = Examiner::new(&sandbox.cx());
        Self { sandbox, tree, examiner }
    }

    fn plant(&self, folder: &str, name: &str, content: &str) -> std::path::PathBuf {
        plant(self.tree.dir(), folder, name, content)
    }

    /// Names of what is found, and how much was skipped.
    async fn names(&self, query: &Query<'_>) -> (Vec<String>, usize) {
        let listing = self.tree.list(query, &self.examiner).await;
        (listing.found.iter().map(|found| found.name.to_string()).collect(), listing.skipped.len())
    }
}

#[tokio::test]
async fn matrix() {
    let setting = Setting::new();
    let platform = Platform::current();
    let name = |version: &str| binary("zz", version);
    setting.plant(ZZ, &name("1.0.0"), &script("1.0.0", ""));
    setting.plant(ZZ, &name("1.10.0"), &script("1.10.0", ""));
    setting.plant(ZZ, &name("1.9.0"), &script("1.9.0+meta", ""));
    setting.plant(ZZ, &name("2.0.0-dev"), &script("2.0.0-dev", ""));
    setting.plant("example.com/a/b/zz", &name("3.0.0"), &script("3.0.0", ""));
    // Not even looked at.
    setting.plant(ZZ, "packer-plugin-zz_v1.0.0_x5.0_plan9_mips", &script("1.0.0", ""));
    setting.plant(ZZ, &binary("zz-other", "1.0.0"), &script("1.0.0", ""));
    setting.plant("", &name("9.0.0"), &script("9.0.0", ""));
    let deep = "github.com/acme/zz/".to_owned() + &"d/".repeat(20);
    setting.plant(&deep, &name("9.0.0"), &script("9.0.0", ""));
    // Skipped.
    setting.plant(ZZ, &name("1.1.1"), &script("1.1.2", "says another version"));
    setting.plant(ZZ, &name("01.0.0"), &script("1.0.0", "not canonical"));
    setting.plant(
        ZZ,
        &format!("packer-plugin-zz_v1.0.0_x5.1_{platform}"),
        &script("1.0.0", "newer interface"),
    );
    setting.plant(
        ZZ,
        &format!("packer-plugin-zz_v1.0.0_x4.0_{platform}"),
        &script("1.0.0", "older interface"),
    );
    setting.plant(ZZ, &name("1.2.0+m"), &script("1.2.0+m", "metadata"));
    setting.plant(ZZ, &name("1.3.0"), "#!/bin/sh\nexit 1\n");
    setting.plant(ZZ, &name("1.4.0"), "#!/bin/sh\necho no JSON\n");
    let bad = setting.plant(ZZ, &name("1.5.0"), &script("1.5.0", "sum"));
    write_program(&bad, &script("1.5.0", "another sum"));
    let bare = setting.plant(ZZ, &name("1.6.0"), &script("1.6.0", "no sum file"));
    std::fs::remove_file(format!("{}_SHA256SUM", bare.display())).unwrap();

    let all = Query { source: Some(&source()), ..Query::default() };
    let found = [name("1.0.0"), name("1.9.0"), name("1.10.0"), name("2.0.0-dev")];
    assert_eq!(setting.names(&all).await, (found.to_vec(), 9));
    let (newest, _) = setting.tree.newest(&all, &setting.examiner).await;
    assert_eq!(newest.unwrap().name.to_string(), name("2.0.0-dev"));
    let constraint: Constraint = ">= 1.9, != 1.10.0".parse().unwrap();
    let query = Query { constraint: Some(&constraint), releases_only: true, ..all };
    assert_eq!(setting.names(&query).await.0, [name("1.9.0")]);
    // Before a release is what leads up to it.
    let constraint: Constraint = ">= 2.0.0".parse().unwrap();
    assert_eq!(setting.names(&Query { constraint: Some(&constraint), ..all }).await.0, [name("2.0.0-dev")]);
    let everywhere = setting.names(&Query { name: Some("zz"), ..Query::default() }).await.0;
    assert_eq!(everywhere.last(), Some(&name("3.0.0")));
    assert_eq!(setting.tree.plugin_names(), ["zz", "zz-other"]);
}

#[tokio::test]
async fn binaries_are_read_and_asked_once() {
    let setting = Setting::new();
    let log = setting.sandbox.path("log");
    let content = script("1.0.0", "").replace("[ ", &format!("echo asked >>{}\n[ ", log.display()));
    let path = setting.plant(ZZ, &binary("zz", "1.0.0"), &content);
    // As after a while: what was changed just now is not trusted to stay as it is.
    let old = SystemTime::now() - Duration::from_secs(3600);
    std::fs::File::open(&path).unwrap().set_modified(old).unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    for _ in 0..3 {
        setting.examiner.examine(&path).await.unwrap();
    }
    assert_eq!(std::fs::read_to_string(&log).unwrap(), "asked\n");
    setting.examiner.keep(&path, "spec", b"bytes");
    assert_eq!(setting.examiner.kept(&path, "spec").as_deref(), Some(&b"bytes"[..]));

    // Same length, time of modification set back: the time of change tells.
    let changed = content.replace("protocol_version", "protocol-version");
    assert_eq!(changed.len(), content.len());
    write_program(&path, &changed);
    std::fs::File::open(&path).unwrap().set_modified(old).unwrap();
    let error = setting.examiner.examine(&path).await.unwrap_err().to_string();
    assert!(error.starts_with("its checksum is "), "{error}");
    assert_eq!(setting.examiner.kept(&path, "spec"), None);

    // The sum file is compared in every run.
    std::fs::write(format!("{}_SHA256SUM", path.display()), Digest::of(changed.as_bytes()).to_string())
        .unwrap();
    assert!(!setting.examiner.examine(&path).await.unwrap().description.protobuf);
    std::fs::write(format!("{}_SHA256SUM", path.display()), "short").unwrap();
    assert!(setting.examiner.examine(&path).await.is_err());
}

#[tokio::test]
async fn sum_files_may_have_more_in_them() {
    let setting = Setting::new();
    let path = setting.plant(ZZ, &binary("zz", "1.0.0"), &script("1.0.0", ""));
    let sum = format!("{}_SHA256SUM", path.display());
    let hex = std::fs::read_to_string(&sum).unwrap();
    for (text, fine) in [
        (format!("{}  name\n", hex.to_uppercase()), true),
        (format!("{hex}trailing"), true),
        (format!(" {hex}"), false),
        (String::new(), false),
        ("0".repeat(64), false),
    ] {
        std::fs::write(&sum, &text).unwrap();
        assert_eq!(setting.examiner.examine(&path).await.is_ok(), fine, "{text:?}");
    }
}
