//! Images to registries and back. `scripts/with-registries` starts two: 127.0.0.1:5000, open, and 127.0.0.1:5001, with the login bed / bed.

use std::net::TcpStream;

use crate::bench::{as_everybody, once, skip};

fn there(address: &str) -> bool {
    let there = TcpStream::connect(address).is_ok();
    if !there {
        skip(&format!("no registry at {address}"));
    }
    there
}

#[test]
fn there_and_back() {
    if !there("127.0.0.1:5000") {
        return;
    }
    as_everybody(|bench| {
        let name = format!("127.0.0.1:5000/tintype-oci/{}:{}", std::process::id(), bench.user() as u8);
        let push = format!("output {{ push = \"{name}\" }}");
        let text = bench.make("", &push, "echo made > /made").good();
        assert!(text.contains(": Pushed\n") && text.contains("digest: sha256:"), "{text}");
        let text = bench.make("", &push, "echo made > /made").good();
        assert!(text.contains(": Layer already exists\n"), "{text}");
        std::fs::remove_dir_all(bench.store()).expect("removed");
        let base = format!("image = \"{name}\"");
        let text = bench.make(&base, "discard = true", "echo \"found: $(cat /made)\"").good();
        assert!(text.contains(": Pull complete\n") && text.contains("found: made"), "{text}");
        let text = bench.make(&base, "discard = true", "echo \"from ${build.SourceImageDigest}\"").good();
        assert!(
            text.contains("Status: Image is up to date") && text.contains("from 127.0.0.1:5000/"),
            "{text}"
        );
    });
}

#[test]
fn behind_a_login() {
    if !there("127.0.0.1:5001") {
        return;
    }
    once(|bench| {
        let name = format!("127.0.0.1:5001/tintype-oci/{}:1", std::process::id());
        let login = |password: &str| {
            format!(
                "login = true\n  login_server = \"127.0.0.1:5001\"\n  login_username = \"bed\"\n  login_password = \"{password}\""
            )
        };
        let push = format!("output {{ push = \"{name}\" }}");
        let text = bench.make("", &format!("{push}\n  {}", login("bed")), "true").good();
        assert!(text.contains("Login Succeeded") && text.contains("Logging out..."), "{text}");
        let text = bench.make("", &format!("{push}\n  {}", login("wrong")), "true").bad();
        assert!(text.contains("Error logging in to 127.0.0.1:5001"), "{text}");
        let text = bench.make("", &push, "true").bad();
        assert!(text.contains("127.0.0.1:5001 refuses: it wants a login"), "{text}");
    });
}
