//! Mirrors: a folder that was vendored, the same behind a server, a registry.

use std::sync::Arc;

use tintype_testkit::{Registry, Sandbox};

use super::plugins::{binary, script, source, zip};
use super::server::{Reply, Server};
use crate::{Digest, Http, Installed, Installer, Order, Platform, Tree, mirror, vendor};

fn installer(sandbox: &Sandbox, address: &str) -> Installer {
    let http = Arc::new(Http::new(sandbox.world()));
    let remotes = vec![mirror(address, &sandbox.cx(), &http).unwrap()];
    Installer { tree: Tree::of(sandbox.world()), remotes, http, cx: sandbox.cx() }
}

async fn install(sandbox: &Sandbox, address: &str) -> Result<Installed, String> {
    let constraint = ">= 1".parse().unwrap();
    let order = Order { source: &source(), constraint: &constraint, force: false, locked: None };
    installer(sandbox, address).install(order).await.map_err(|error| error.to_string())
}

/// A folder as somebody fills it by hand: archives and their checksums.
fn folder(sandbox: &Sandbox, versions: &[&str]) {
    for version in versions {
        let archive = zip(&binary("zz", version), script(version, "").as_bytes());
        let file = format!("{}.zip", binary("zz", version));
        let sums = format!("{}  {file}\n", Digest::of(&archive));
        sandbox.write(&format!("m/github.com/acme/zz/{file}"), archive);
        sandbox.write(&format!("m/github.com/acme/zz/packer-plugin-zz_v{version}_SHA256SUMS"), sums);
    }
}

#[tokio::test]
async fn folders_are_vendored_and_served() {
    let sandbox = Sandbox::new();
    folder(&sandbox, &["1.0.0", "1.2.0"]);
    assert_eq!(install(&sandbox, "m").await.unwrap().version.to_string(), "1.2.0");

    let constraint = "< 1.2".parse().unwrap();
    let order = Order { source: &source(), constraint: &constraint, force: false, locked: None };
    let (platforms, to) = ([Platform::current()], sandbox.path("vendored"));
    for was_there in [false, true] {
        let vendored = vendor(&installer(&sandbox, "m"), order, &platforms, &to).await.unwrap();
        assert_eq!(vendored.version.to_string(), "1.0.0");
        assert_eq!(vendored.files.iter().map(|file| file.1).collect::<Vec<_>>(), [was_there]);
    }
    let file = format!("{}.zip", binary("zz", "1.0.0"));
    let names = ["index.json".to_owned(), "packer-plugin-zz_v1.0.0_SHA256SUMS".to_owned(), file];
    assert_eq!(sandbox.names("vendored/github.com/acme/zz"), names);
    let absent = ["plan9_mips".parse().unwrap()];
    let error = vendor(&installer(&sandbox, "m"), order, &absent, &to).await.unwrap_err();
    assert!(error.to_string().contains("none for plan9_mips"), "{error}");

    let server = Server::start();
    for name in names {
        let body = sandbox.read(&format!("vendored/github.com/acme/zz/{name}")).unwrap();
        server.put(&format!("/some/where/github.com/acme/zz/{name}"), Reply::of(body));
    }
    let elsewhere = Sandbox::new();
    let installed = install(&elsewhere, &format!("{}/some/where/", server.url)).await.unwrap();
    assert_eq!((installed.version.to_string().as_str(), installed.was_there), ("1.0.0", false));
    let error = install(&elsewhere, &format!("{}/nowhere", server.url)).await.unwrap_err();
    assert!(error.contains("404"), "{error}");
}

#[tokio::test]
async fn addresses() {
    let sandbox = Sandbox::new();
    let http = Arc::new(Http::new(sandbox.world()));
    for bad in [
        "",
        "ftp://x/y",
        "oci://",
        "oci://host/path",
        "oci://host.example/path?x",
        "oci://host.example/path:tag",
    ] {
        assert!(mirror(bad, &sandbox.cx(), &http).is_err(), "{bad}");
    }
    assert_eq!(mirror("oci://host:5000/a/b/", &sandbox.cx(), &http).unwrap().title(), "oci://host:5000/a/b");
    assert!(install(&sandbox, "not-there").await.unwrap_err().contains("no folder github.com/acme/zz"));
}

/// A registry that wants a token, which it gives to who knows the password.
#[tokio::test]
async fn registries_with_tokens() {
    let server = Server::start();
    let host = server.url.strip_prefix("http://").unwrap();
    let sandbox = Sandbox::new();
    let config = serde_json::json!({ "auths": { host: { "auth": "bmFtZTpwYXNz" } } });
    let home = sandbox.world().home.clone().unwrap().join(".docker");
    std::fs::create_dir_all(&home).unwrap();
    std::fs::write(home.join("config.json"), config.to_string()).unwrap();
    let challenge = format!("Bearer realm=\"{}/token\",service=\"the, registry\"", server.url);
    let tags = "/v2/plugins/github.com/acme/zz/tags/list";
    server.put(tags, Reply::refusal(401, vec![("www-authenticate", challenge)]));
    assert!(install(&sandbox, &format!("oci+http://{host}/plugins")).await.is_err());
    let asked = server.asked();
    let token = asked.iter().find(|line| line.starts_with("GET /token?")).unwrap();
    assert!(token.contains("scope=repository%3Aplugins%2Fgithub.com%2Facme%2Fzz%3Apull"), "{token}");
    assert!(token.contains("authorization=Basic bmFtZTpwYXNz"), "{token}");
}

/// A real registry, where the program `docker-registry` is installed.
#[tokio::test]
async fn a_real_registry() {
    let Some(registry) = Registry::start() else { return };
    let sandbox = Sandbox::new();
    for version in ["1.0.0", "1.1.0"] {
        let archive = zip(&binary("zz", version), script(version, "").as_bytes());
        let file = format!("{}.zip", binary("zz", version));
        push(&registry, "plugins/github.com/acme/zz", version, &file, &archive).await;
    }
    let installed = install(&sandbox, &format!("oci+http://{}/plugins", registry.host)).await.unwrap();
    assert_eq!((installed.version.to_string().as_str(), installed.was_there), ("1.1.0", false));
    assert!(install(&sandbox, &format!("oci+http://{}/other", registry.host)).await.is_err());
}

/// Puts a plugin into a registry.
async fn push(registry: &Registry, repository: &str, version: &str, file: &str, archive: &[u8]) {
    let config = b"{}".as_slice();
    for blob in [config, archive] {
        upload(registry, repository, blob).await;
    }
    let manifest = serde_json::json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": { "mediaType": "application/vnd.unknown.config.v1+json",
                    "digest": format!("sha256:{}", Digest::of(config)), "size": config.len() },
        "layers": [{ "mediaType": "application/zip", "digest": format!("sha256:{}", Digest::of(archive)),
                     "size": archive.len(), "annotations": { "org.opencontainers.image.title": file } }],
    });
    let url = format!("http://{}/v2/{repository}/manifests/v{version}", registry.host);
    let put =
        reqwest::Client::new().put(url).header("content-type", "application/vnd.oci.image.manifest.v1+json");
    assert!(put.body(manifest.to_string()).send().await.unwrap().status().is_success());
}

async fn upload(registry: &Registry, repository: &str, blob: &[u8]) {
    let client = reqwest::Client::new();
    let begun =
        client.post(format!("http://{}/v2/{repository}/blobs/uploads/", registry.host)).send().await.unwrap();
    let location = begun.headers().get("location").unwrap().to_str().unwrap().to_owned();
    let joint = if location.contains('?') { '&' } else { '?' };
    let url = format!("{location}{joint}digest=sha256:{}", Digest::of(blob));
    let put = client.put(url).header("content-type", "application/octet-stream").body(blob.to_vec());
    assert!(put.send().await.unwrap().status().is_success());
}
