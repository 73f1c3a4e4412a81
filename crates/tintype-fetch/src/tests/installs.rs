//! Installing from the release index and from GitHub, both played by a server of the test's own.

use std::sync::Arc;

use tintype_testkit::Sandbox;

use super::plugins::{binary, script, source, zip};
use super::server::{Reply, Server};
use crate::{Digest, Http, Installed, Installer, Locked, Order, Platform, Tree, install_local, public};

struct Setting {
    server: Server,
    sandbox: Sandbox,
}

impl Setting {
    fn new() -> Self {
        let server = Server::start();
        let sandbox = Sandbox::new()
            .env("TINTYPE_RELEASES_URL", &format!("{}/releases", server.url))
            .env("TINTYPE_GITHUB_API_URL", &format!("{}/api", server.url))
            .env("TINTYPE_GITHUB_URL", &format!("{}/site/", server.url));
        Self { server, sandbox }
    }

    fn installer(&self) -> Installer {
        let http = Arc::new(Http::new(self.sandbox.world()));
        Installer {
            tree: Tree::of(self.sandbox.world()),
            remotes: public(self.sandbox.world(), &http),
            http,
            cx: self.sandbox.cx(),
        }
    }

    /// Tags on GitHub.
    fn tags(&self, tags: &[&str]) {
        let refs: Vec<_> =
            tags.iter().map(|tag| serde_json::json!({ "ref": format!("refs/tags/{tag}") })).collect();
        let path = "/api/repos/acme/packer-plugin-zz/git/matching-refs/tags";
        self.server.put(path, Reply::of(serde_json::to_vec(&refs).unwrap()));
    }

    /// A release on GitHub with this archive.
    fn release(&self, version: &str, archive: Vec<u8>) -> String {
        let base = format!("/site/acme/packer-plugin-zz/releases/download/v{version}");
        let file = format!("{}.zip", binary("zz", version));
        let sums = format!(
            "{}  {file}\n{}  packer-plugin-zz_v{version}_x5.0_plan9_mips.zip\n",
            Digest::of(&archive),
            "0".repeat(64)
        );
        self.server.put(&format!("{base}/packer-plugin-zz_v{version}_SHA256SUMS"), Reply::of(sums));
        let path = format!("{base}/{file}");
        self.server.put(&path, Reply::of(archive));
        path
    }

    fn good(&self, version: &str) -> String {
        self.release(version, zip(&binary("zz", version), script(version, "").as_bytes()))
    }

    /// A release in the index.
    fn indexed(&self, version: &str, protocol: &str) {
        let base = "/releases/packer-plugin-zz";
        let index = serde_json::json!({ "versions": { version: { "name": "packer-plugin-zz", "version": version } } });
        self.server.put(&format!("{base}/index.json"), Reply::of(index.to_string()));
        let archive = zip(&binary("zz", version), script(version, "").as_bytes());
        let file = format!("packer-plugin-zz_{version}_{}.zip", Platform::current());
        let files = format!("{base}/{version}/packer-plugin-zz_{version}");
        let sums = format!("{}  {file}\n", Digest::of(&archive));
        self.server.put(&format!("{files}_SHA256SUMS"), Reply::of(sums));
        let manifest = serde_json::json!({ "version": 1, "metadata": { "protocol_version": protocol } });
        self.server.put(&format!("{files}_manifest.json"), Reply::of(manifest.to_string()));
        self.server.put(&format!("{base}/{version}/{file}"), Reply::of(archive));
    }

    async fn install(&self, constraint: &str) -> Result<Installed, String> {
        self.install_with(constraint, false, None).await
    }

    async fn install_with(
        &self,
        constraint: &str,
        force: bool,
        locked: Option<&Locked>,
    ) -> Result<Installed, String> {
        let constraint = constraint.parse().unwrap();
        let order = Order { source: &source(), constraint: &constraint, force, locked };
        self.installer().install(order).await.map_err(|error| format!("{error}{}", error.hints().concat()))
    }

    /// Fails with a text that has all of these.
    async fn fails(&self, constraint: &str, words: &[&str]) {
        let error = self.install(constraint).await.unwrap_err();
        for word in words {
            assert!(error.contains(word), "{error}\nlacks {word}");
        }
        assert!(!self.sandbox.world().config_dir.join("plugins/github.com").exists());
    }
}

#[tokio::test]
async fn from_the_index() {
    let setting = Setting::new();
    setting.indexed("1.2.3", "5.0");
    let installed = setting.install(">= 1").await.unwrap();
    assert_eq!((installed.version.to_string().as_str(), installed.was_there), ("1.2.3", false));
    assert!(installed.path.ends_with(format!("github.com/acme/zz/{}", binary("zz", "1.2.3"))));
    let sum = std::fs::read_to_string(format!("{}_SHA256SUM", installed.path.display())).unwrap();
    assert_eq!(sum, installed.binary.to_string());
    assert!(!setting.server.asked().iter().any(|line| line.contains("/api/")));
    assert!(setting.install(">= 1").await.unwrap().was_there);
    let zips = |setting: &Setting| setting.server.asked().iter().filter(|line| line.contains(".zip")).count();
    assert_eq!(zips(&setting), 1);
    assert!(!setting.install_with(">= 1", true, None).await.unwrap().was_there);
    assert_eq!(zips(&setting), 2);
}

#[tokio::test]
async fn the_index_is_asked_first_and_then_alone() {
    let setting = Setting::new();
    setting.indexed("1.0.0", "5.0");
    setting.tags(&["v2.0.0"]);
    setting.good("2.0.0");
    setting.fails(">= 2", &["no version meets \">= 2\""]).await;
}

#[tokio::test]
async fn another_interface() {
    let setting = Setting::new();
    setting.indexed("1.0.0", "6.0");
    setting.fails(">= 1", &["v1.0.0: it speaks the interface x6.0"]).await;
}

#[tokio::test]
async fn from_github() {
    let setting = Setting::new();
    setting.tags(&["v1.0.0", "v1.10.0", "v1.9.0", "v2.0.0-rc1", "nonsense", "v3"]);
    setting.good("1.0.0");
    setting.good("1.9.0");
    setting.good("1.10.0");
    let installed = setting.install("~> 1.0").await.unwrap();
    assert_eq!(installed.version.to_string(), "1.10.0");
    assert_eq!(installed.archives.len(), 2);
    let asked = setting.server.asked();
    assert!(asked.iter().all(|line| !line.contains("authorization")), "{asked:#?}");
    let agent = "user-agent=packer-getter-github-1.16.0";
    assert!(asked.iter().filter(|line| !line.contains("/releases/packer")).all(|line| line.contains(agent)));
}

#[tokio::test]
async fn the_token_goes_to_the_interface_alone() {
    let mut setting = Setting::new();
    setting.sandbox = setting.sandbox.env("PACKER_GITHUB_API_TOKEN", "secret");
    setting.tags(&["v1.0.0"]);
    setting.good("1.0.0");
    setting.install(">= 1").await.unwrap();
    for line in setting.server.asked() {
        assert_eq!(line.contains("authorization=Bearer secret"), line.starts_with("GET /api/"), "{line}");
    }
}

#[tokio::test]
async fn versions_that_will_not_do_are_passed_over() {
    let setting = Setting::new();
    setting.tags(&["v1.0.0", "v1.1.0", "v1.2.0", "v1.3.0", "v1.4.0"]);
    setting.good("1.0.0");
    // Says another version; fails; has no such file; has no release.
    setting.release("1.1.0", zip(&binary("zz", "1.1.0"), script("1.0.9", "").as_bytes()));
    setting.release("1.2.0", zip(&binary("zz", "1.2.0"), b"#!/bin/sh\nexit 3\n"));
    setting.release("1.3.0", zip("../../evil", b"x"));
    assert_eq!(setting.install(">= 1").await.unwrap().version.to_string(), "1.0.0");
    let folder = setting.sandbox.world().config_dir.join("plugins/github.com/acme/zz");
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), 2);
    assert!(!setting.sandbox.world().config_dir.join("evil").exists());
}

#[tokio::test]
async fn wrong_archives() {
    let setting = Setting::new();
    setting.tags(&["v1.0.0"]);
    let path = setting.release("1.0.0", zip(&binary("zz", "1.0.0"), b"x"));
    setting.server.put(&path, Reply::of("another file"));
    setting.fails(">= 1", &["v1.0.0: ", "its checksum is ", "it should be "]).await;
    setting.release("1.0.0", b"no archive".to_vec());
    setting.fails(">= 1", &["v1.0.0: ", "the archive cannot be read"]).await;
    setting.release("1.0.0", zip(&binary("zz", "1.0.0"), script("1.0.0-dev", "").as_bytes()));
    setting.fails(">= 1", &["version 1.0.0-dev"]).await;
}

#[tokio::test]
async fn rate_limit() {
    let setting = Setting::new();
    let path = "/api/repos/acme/packer-plugin-zz/git/matching-refs/tags";
    let headers =
        vec![("x-ratelimit-remaining", "0".to_owned()), ("x-ratelimit-reset", "2000000000".to_owned())];
    setting.server.put(path, Reply::refusal(403, headers));
    setting.fails(">= 1", &["rate limit", "2033-05-18 03:33:20 UTC", "PACKER_GITHUB_API_TOKEN"]).await;
    setting.server.put(path, Reply::refusal(429, vec![("retry-after", "120".to_owned())]));
    setting.fails(">= 1", &["rate limit", "min)"]).await;
}

#[tokio::test]
async fn other_sources_need_a_mirror() {
    let setting = Setting::new();
    let source = "example.com/a/b/zz".parse().unwrap();
    let constraint = ">= 1".parse().unwrap();
    let order = Order { source: &source, constraint: &constraint, force: false, locked: None };
    let error = setting.installer().install(order).await.unwrap_err();
    assert!(error.to_string().contains("github.com/NAMESPACE/NAME"), "{error}");
    assert_eq!(setting.server.asked(), Vec::<String>::new());
}

#[tokio::test]
async fn broken_downloads_go_on() {
    let setting = Setting::new();
    setting.tags(&["v1.0.0"]);
    let noise: String = (0..2000_u32).map(|n| Digest::of(&n.to_le_bytes()).to_string()).collect();
    let archive = zip(&binary("zz", "1.0.0"), script("1.0.0", &noise).as_bytes());
    let path = setting.release("1.0.0", archive.clone());
    setting.server.put(&path, Reply { breaks_after: Some(10_000), ..Reply::of(archive.clone()) });
    setting.install(">= 1").await.unwrap();
    let asked = setting.server.asked();
    let zips: Vec<&String> = asked.iter().filter(|line| line.contains(".zip")).collect();
    assert_eq!(zips.len(), 2, "{zips:#?}");
    assert!(zips[1].contains("range=bytes=10000-"), "{zips:#?}");

    // What an earlier run left, right or wrong.
    let part =
        setting.sandbox.world().config_dir.join(format!("plugins/.tintype/{}.part", Digest::of(&archive)));
    for (left, times) in
        [(archive[..5000].to_vec(), 1), (vec![7; 5000], 2), (archive.clone(), 1), (vec![7; 900_000], 2)]
    {
        std::fs::write(&part, left).unwrap();
        let before = setting.server.asked().len();
        setting.install_with(">= 1", true, None).await.unwrap();
        let asked = setting.server.asked();
        assert_eq!(asked[before..].iter().filter(|line| line.contains(".zip")).count(), times);
        assert!(!part.exists());
    }
}

#[tokio::test]
async fn many_at_once_download_once() {
    let setting = Setting::new();
    setting.indexed("1.0.0", "5.0");
    let constraint = ">= 1".parse().unwrap();
    let (one, two, three) = (setting.installer(), setting.installer(), setting.installer());
    let source = source();
    let order = Order { source: &source, constraint: &constraint, force: false, locked: None };
    let all = futures::future::join_all([one.install(order), two.install(order), three.install(order)]).await;
    assert_eq!(all.into_iter().filter(|result| result.as_ref().is_ok_and(|done| done.was_there)).count(), 2);
    assert_eq!(setting.server.asked().iter().filter(|line| line.contains(".zip")).count(), 1);
}

#[tokio::test]
async fn locked_digests() {
    let setting = Setting::new();
    setting.tags(&["v1.0.0"]);
    setting.good("1.0.0");
    let installed = setting.install(">= 1").await.unwrap();
    let platform = Platform::current();
    let mut locked = Locked {
        version: installed.version.clone(),
        archives: installed.archives.clone(),
        binaries: [(platform.clone(), installed.binary)].into(),
    };
    assert!(setting.install_with(">= 1", false, Some(&locked)).await.unwrap().was_there);
    // Only the archive's digest is known: the binary must come from it.
    locked.binaries.clear();
    assert!(!setting.install_with(">= 1", false, Some(&locked)).await.unwrap().was_there);
    locked.binaries.insert(platform.clone(), Digest::of(b""));
    let error = setting.install_with(">= 1", true, Some(&locked)).await.unwrap_err();
    assert!(error.contains("the lock file says"), "{error}");
    locked.archives.insert(platform, Digest::of(b""));
    let error = setting.install_with(">= 1", true, Some(&locked)).await.unwrap_err();
    assert!(error.contains("the lock file says"), "{error}");
}

#[tokio::test]
async fn from_a_file() {
    let setting = Setting::new();
    let tree = Tree::of(setting.sandbox.world());
    for (version, installed) in [
        ("1.2.3", Some("1.2.3")),
        ("1.2.3+meta", Some("1.2.3")),
        ("1.2.3-dev+meta", Some("1.2.3-dev")),
        ("1.2.3-rc1", None),
    ] {
        let file = setting.sandbox.path("plugin.sh");
        super::plugins::write_program(&file, &script(version, ""));
        let result = install_local(&tree, &file, &source(), &setting.sandbox.cx()).await;
        let name = result.as_ref().ok().and_then(|path| path.file_name()?.to_str());
        assert_eq!(name, installed.map(|version| binary("zz", version)).as_deref(), "{version}: {result:?}");
    }
}
