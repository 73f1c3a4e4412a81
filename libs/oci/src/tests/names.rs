//! Names of images, digests and platforms.

use crate::{Descriptor, Digest, Platform, Reference, media};

#[test]
fn references() {
    for (text, expected) in [
        ("debian", "docker.io/library/debian:latest"),
        ("debian:12", "docker.io/library/debian:12"),
        ("a/b", "docker.io/a/b:latest"),
        ("docker.io/debian", "docker.io/library/debian:latest"),
        ("index.docker.io/a/b", "docker.io/a/b:latest"),
        ("localhost/a", "localhost/a:latest"),
        ("localhost:5000/a", "localhost:5000/a:latest"),
        ("[::1]:5000/a", "[::1]:5000/a:latest"),
        ("r.example/a/b/c:1.0_x-y", "r.example/a/b/c:1.0_x-y"),
        ("r.example:443/a__b/c---d", "r.example:443/a__b/c---d:latest"),
        ("Example/a", "Example/a:latest"),
        ("", "it names no repository"),
        ("a//b", "its repository has characters that are not allowed"),
        ("a/../b", "its repository has characters that are not allowed"),
        ("a_-b", "its repository has characters that are not allowed"),
        ("Debian", "a repository is written in lower case"),
        ("debian:", "its tag has characters that are not allowed, or is longer than 128"),
        ("debian:.x", "its tag has characters that are not allowed, or is longer than 128"),
        ("r.example:x/a", "its registry is no host"),
        ("r.example:99999/a", "its registry is no host"),
        ("-r.example/a", "its registry is no host"),
        ("a@sha256:12", "it has not the right number of digits"),
        ("a@md5:12", "only sha256 and sha512 are known"),
    ] {
        let found = match text.parse::<Reference>() {
            Ok(name) => name.to_string(),
            Err(crate::Error::Reference { why, .. } | crate::Error::Digest { why, .. }) => why.to_owned(),
            Err(error) => error.to_string(),
        };
        assert_eq!(found, expected, "{text:?}");
    }
    let long = "a".repeat(300);
    assert!(long.parse::<Reference>().is_err());
}

#[test]
fn what_is_asked_for() {
    let digest = Digest::of(b"");
    let name: Reference = format!("debian:12@{digest}").parse().expect("a name");
    assert_eq!(name.wanted(), digest.to_string());
    assert_eq!(name.familiar(), format!("debian:12@{digest}"));
    assert_eq!(name.repository.login_key(), "https://index.docker.io/v1/");
    let name: Reference = format!("r.example/a@{digest}").parse().expect("a name");
    assert_eq!(name.to_string(), format!("r.example/a@{digest}"));
    assert_eq!(
        "docker.io/library/a/b".parse::<Reference>().expect("a name").familiar(),
        "library/a/b:latest"
    );
}

#[test]
fn digests() {
    let empty = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(Digest::of(b"").to_string(), empty);
    assert_eq!(empty.parse::<Digest>().expect("a digest"), Digest::of(b""));
    for wrong in ["", "sha256", "sha256:", "sha256:XYZ", &empty.to_uppercase(), &empty.replace('e', "/")] {
        assert!(wrong.parse::<Digest>().is_err(), "{wrong:?}");
    }
}

#[test]
fn platforms() {
    let image = |platform: &str| Descriptor {
        platform: platform.parse().ok(),
        ..Descriptor::of(media::MANIFEST, platform.as_bytes())
    };
    let all = [
        "linux/amd64",
        "linux/arm/v5",
        "linux/arm/v6",
        "linux/arm/v7",
        "linux/arm64",
        "unknown/unknown",
        "linux/amd64/v3",
        "windows/amd64",
    ]
    .map(image);
    for (wanted, expected) in [
        ("linux/amd64", "linux/amd64"),
        ("linux/x86_64", "linux/amd64"),
        ("linux/amd64/v2", "linux/amd64"),
        ("linux/amd64/v4", "linux/amd64/v3"),
        ("linux/arm", "linux/arm/v7"),
        ("linux/arm/v6", "linux/arm/v6"),
        ("linux/arm64/v8", "linux/arm64"),
        ("linux/aarch64", "linux/arm64"),
        ("linux/s390x", "none"),
        ("unknown/unknown", "none"),
    ] {
        let wanted: Platform = wanted.parse().expect("a platform");
        let found = wanted.choose(&all, "it").map(|image| image.platform.clone().expect("one").to_string());
        assert_eq!(found.unwrap_or_else(|_| "none".to_owned()), expected, "{wanted}");
    }
    let error = "linux/s390x".parse::<Platform>().expect("one").choose(&all[..2], "it").expect_err("none");
    assert_eq!(error.to_string(), "it has no image for linux/s390x, only for linux/amd64, linux/arm/v5");
    for wrong in ["", "linux", "linux/", "a/b/c/d", "linux/a b"] {
        assert!(wrong.parse::<Platform>().is_err(), "{wrong:?}");
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, ..Default::default() })]

    /// Whatever the text, it is read or refused; and what was read is written so that it is read again as the same.
    #[test]
    fn any_text(text in "[a-z0-9A-Z:@/._\\-\\[\\] ü]{0,40}") {
        if let Ok(name) = text.parse::<Reference>() {
            let again: Reference = name.to_string().parse().expect("a name");
            let tag = name.tag.clone().or_else(|| name.digest.is_none().then(|| "latest".to_owned()));
            proptest::prop_assert!(!name.repository.path().contains(".."));
            proptest::prop_assert_eq!(again, Reference { tag, ..name });
        }
        let _ = (text.parse::<Digest>(), text.parse::<Platform>());
    }
}
