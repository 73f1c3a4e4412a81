//! Manifests, indexes and configurations.

use crate::{Descriptor, Document, ImageConfig, Manifest, media};

const BLOB: &str = r#"{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","size":0}"#;

#[test]
fn manifests_and_indexes() {
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    for (text, kind, expected) in [
        (r#"{"schemaVersion":2,"config":BLOB,"layers":[]}"#, None, "manifest"),
        (r#"{"schemaVersion":2,"config":BLOB,"layers":[]}"#, Some(media::DOCKER_MANIFEST), "manifest"),
        (r#"{"schemaVersion":2,"config":BLOB,"layers":[],"new":[1.50]}"#, Some("text/plain"), "manifest"),
        (
            r#"{"schemaVersion":2,"manifests":[]}"#,
            Some("application/vnd.oci.image.index.v1+json; charset=x"),
            "index",
        ),
        (r#"{"schemaVersion":2,"manifests":[],"layers":[]}"#, None, "both"),
        (r#"{"schemaVersion":1,"fsLayers":[]}"#, None, "first schema"),
        (r#"{"schemaVersion":3,"manifests":[]}"#, None, "schema version is 3"),
        (
            r#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","config":BLOB,"layers":[]}"#,
            None,
            "manifests",
        ),
        (
            r#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}"#,
            Some(media::MANIFEST),
            "sent as",
        ),
        (r#"{"schemaVersion":2,"mediaType":"text/html","manifests":[]}"#, None, "neither"),
        (
            r#"{"schemaVersion":2,"config":{"mediaType":"a","digest":"sha256:..","size":1},"layers":[]}"#,
            None,
            "digits",
        ),
        (
            r#"{"schemaVersion":2,"config":{"mediaType":"a","digest":"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","size":-1},"layers":[]}"#,
            None,
            "invalid number",
        ),
        ("[]", None, "no JSON object"),
        ("<html>", None, "no JSON"),
        (&deep, None, "recursion"),
    ] {
        let text = text.replace("BLOB", BLOB);
        let found = match Document::parse(text.as_bytes(), kind, "it") {
            Ok(Document::Manifest(manifest)) => {
                let again = serde_json::to_string(&manifest).expect("JSON");
                assert_eq!(again, text, "nothing is lost");
                "manifest".to_owned()
            }
            Ok(Document::Index(_)) => "index".to_owned(),
            Err(error) => error.to_string(),
        };
        assert!(found.contains(expected), "{text}: {found}");
    }
}

#[test]
fn configurations() {
    // What Docker writes: nulls, fields of its own, numbers as they are.
    let text = r#"{"architecture":"amd64","config":{"Hostname":"","Env":["A=1"],"Cmd":null,"Volumes":null,"ExposedPorts":{"80/tcp":{}},"Labels":null,"Healthcheck":{"Interval":30000000000}},"container":"1","created":"2024-01-01T00:00:00Z","docker_version":"20","os":"linux","rootfs":{"type":"layers","diff_ids":["sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"]},"history":null}"#;
    let config = ImageConfig::parse(text.as_bytes(), "it").expect("a configuration");
    assert_eq!((config.config.env.as_slice(), config.rootfs.diff_ids.len()), (&["A=1".to_owned()][..], 1));
    let again = String::from_utf8(config.to_bytes()).expect("text");
    for kept in
        [r#""docker_version":"20""#, r#""Hostname":"""#, r#""Interval":30000000000"#, r#""80/tcp":{}"#]
    {
        assert!(again.contains(kept), "{kept} in {again}");
    }
    let mut two = config.clone();
    two.rootfs.diff_ids.push(crate::Digest::of(b"x"));
    let chain = two.chain_ids();
    let both = format!("{} {}", two.rootfs.diff_ids[0], two.rootfs.diff_ids[1]);
    assert_eq!(chain, [two.rootfs.diff_ids[0].clone(), crate::Digest::of(both.as_bytes())]);
    let minimal = ImageConfig::parse(br#"{"rootfs":{"type":"layers"},"config":null}"#, "it").expect("one");
    assert_eq!(minimal.platform().to_string(), "/");
    assert!(ImageConfig::parse(b"{}", "it").is_err());
}

#[test]
fn docker_media_types() {
    let layer = |kind| Descriptor::of(kind, b"");
    let config = layer(media::CONFIG);
    let docker = Manifest::new(config.clone(), vec![layer(media::LAYER_GZIP)]).to_docker().expect("docker's");
    assert_eq!(docker.media_type(), media::DOCKER_MANIFEST);
    assert_eq!(docker.layers[0].media_type, media::DOCKER_LAYER_GZIP);
    assert!(Manifest::new(config, vec![layer(media::LAYER_ZSTD)]).to_docker().is_none());
}
