//! Names of images, and where Engines are found.

use expect_test::{Expect, expect};
use sha2::{Digest, Sha256};
use tintype_testkit::Sandbox;

use crate::client_files::ClientFiles;
use crate::endpoint::Endpoint;
use crate::reference::Reference;

#[test]
fn names_of_images() {
    let parts = |name: &str| {
        let found = Reference::parse(name);
        format!(
            "{name}: {} {} {} {}\n",
            found.registry_key(),
            found.familiar(),
            found.tag_or_digest(),
            found.canonical()
        )
    };
    let list = [
        "debian",
        "debian:12",
        "a/b",
        "localhost/a",
        "127.0.0.1:5000/a/b:c",
        "r.io/a@sha256:1",
        "r.io/a:t@sha256:1",
        "index.docker.io/library/x",
        "",
        ":",
        "@",
    ];
    let text: String = list.into_iter().map(parts).collect();
    expect![[r#"
        debian: https://index.docker.io/v1/ debian latest docker.io/library/debian:latest
        debian:12: https://index.docker.io/v1/ debian 12 docker.io/library/debian:12
        a/b: https://index.docker.io/v1/ a/b latest docker.io/a/b:latest
        localhost/a: localhost localhost/a latest localhost/a:latest
        127.0.0.1:5000/a/b:c: 127.0.0.1:5000 127.0.0.1:5000/a/b c 127.0.0.1:5000/a/b:c
        r.io/a@sha256:1: r.io r.io/a sha256:1 r.io/a@sha256:1
        r.io/a:t@sha256:1: r.io r.io/a sha256:1 r.io/a:t@sha256:1
        index.docker.io/library/x: https://index.docker.io/v1/ x latest docker.io/library/x:latest
        : https://index.docker.io/v1/  latest docker.io/library/:latest
        :: https://index.docker.io/v1/   docker.io/library/:
        @: https://index.docker.io/v1/   docker.io/library/@
    "#]]
    .assert_eq(&text);
}

/// Where the Engine is, in these surroundings.
fn check(env: &[(&str, &str)], config: &str, expected: Expect) {
    let mut sandbox = Sandbox::new();
    let docker = sandbox.world().home.clone().expect("a home").join(".docker");
    std::fs::create_dir(&docker).expect("made");
    std::fs::write(docker.join("config.json"), config).expect("written");
    let id = |name: &str| Sha256::digest(name).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let write = |path: std::path::PathBuf, text: &str| {
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("made");
        std::fs::write(path, text).expect("written");
    };
    write(
        docker.join("contexts/meta").join(id("far")).join("meta.json"),
        r#"{"Name":"far","Metadata":{},"Endpoints":{"docker":{"Host":"tcp://far:2376","SkipTLSVerify":false}}}"#,
    );
    write(docker.join("contexts/tls").join(id("far")).join("docker/ca.pem"), "");
    write(docker.join("contexts/meta").join(id("bad")).join("meta.json"), "{");
    write(docker.join("ca.pem"), "");
    write(docker.join("cert.pem"), "");
    write(docker.join("key.pem"), "");
    for (name, value) in env {
        sandbox = sandbox.env(name, value);
    }
    let files = ClientFiles::read(sandbox.world());
    let text = match Endpoint::resolve(sandbox.world(), &files) {
        Ok(endpoint) => {
            assert_eq!(
                Endpoint::from_place(&endpoint.to_place()),
                Some(Endpoint { assumed: false, ..endpoint.clone() })
            );
            format!("{endpoint:?} {}", files.problem.as_deref().unwrap_or_default())
        }
        Err(error) => format!("error: {error}"),
    };
    let home = sandbox.world().home.clone().expect("a home").display().to_string();
    expected
        .assert_eq(&text.replace(&id("far"), "<far>").replace(&id("bad"), "<bad>").replace(&home, "<home>"));
}

#[test]
fn an_engine_is_where_it_usually_is() {
    check(
        &[],
        "{}",
        expect![[r#"Endpoint { host: "unix:///var/run/docker.sock", tls: None, assumed: true } "#]],
    );
    check(
        &[],
        "{ not json",
        expect![[
            r#"Endpoint { host: "unix:///var/run/docker.sock", tls: None, assumed: true } <home>/.docker/config.json: key must be a string at line 1 column 3"#
        ]],
    );
}

#[test]
fn an_engine_is_where_the_environment_says() {
    check(
        &[("DOCKER_HOST", " tcp://h:2375 ")],
        r#"{"currentContext": "far"}"#,
        expect![[r#"Endpoint { host: "tcp://h:2375", tls: None, assumed: false } "#]],
    );
    check(
        &[("DOCKER_HOST", "tcp://h:2376"), ("DOCKER_TLS_VERIFY", "1")],
        "{}",
        expect![[
            r#"Endpoint { host: "tcp://h:2376", tls: Some(Tls { ca: Some("<home>/.docker/ca.pem"), identity: Some(("<home>/.docker/cert.pem", "<home>/.docker/key.pem")), skip_verify: false }), assumed: false } "#
        ]],
    );
    check(
        &[("DOCKER_HOST", "tcp://h"), ("DOCKER_TLS", "1"), ("DOCKER_CERT_PATH", "/none")],
        "{}",
        expect![[
            r#"Endpoint { host: "tcp://h", tls: Some(Tls { ca: None, identity: None, skip_verify: true }), assumed: false } "#
        ]],
    );
}

#[test]
fn an_engine_is_where_a_context_says() {
    check(
        &[],
        r#"{"currentContext": "far"}"#,
        expect![[
            r#"Endpoint { host: "tcp://far:2376", tls: Some(Tls { ca: Some("<home>/.docker/contexts/tls/<far>/docker/ca.pem"), identity: None, skip_verify: false }), assumed: false } "#
        ]],
    );
    check(
        &[("DOCKER_CONTEXT", "default")],
        r#"{"currentContext": "far"}"#,
        expect![[r#"Endpoint { host: "unix:///var/run/docker.sock", tls: None, assumed: true } "#]],
    );
    check(
        &[("DOCKER_CONTEXT", "nowhere")],
        "{}",
        expect![[
            r#"error: The docker context "nowhere" cannot be used: <home>/.docker/contexts/meta/20aeff0494e828d188c704e1f488a589b15ae01d11f6cb129f62129caa6cc543/meta.json: No such file or directory (os error 2)"#
        ]],
    );
    check(
        &[("DOCKER_CONTEXT", "bad")],
        "{}",
        expect![[
            r#"error: The docker context "bad" cannot be used: <home>/.docker/contexts/meta/<bad>/meta.json: EOF while parsing an object at line 1 column 1"#
        ]],
    );
}
