//! Images and their names: how they are found, named and removed, and what a commit writes down.

use oci::{History, Image, ImageConfig, Manifest, Platform, media};

use super::{Bed, commit, name, noise, tar};
use crate::{Error, Store, apply_changes};

#[tokio::test]
async fn found_as_docker_finds_them() {
    let bed = Bed::new();
    let image = bed.image(None, &[("a", "1")]).await;
    bed.store.tag(&image, &name("web")).expect("a name");
    bed.store.tag(&image, &name("localhost:5000/x/web:2")).expect("a name");
    let id = image.id.to_string();
    let hex = image.id.hex();
    for found in [
        "web",
        "web:latest",
        "library/web",
        "docker.io/library/web",
        "docker.io/web:latest",
        "localhost:5000/x/web:2",
        &id,
        hex,
        &hex[..12],
        &id[..20],
    ] {
        let stored = bed.store.image(found).expect("an answer").unwrap_or_else(|| panic!("{found}"));
        assert_eq!(stored.id, image.id);
        let tags: Vec<String> = stored.tags.iter().map(oci::Reference::familiar).collect();
        assert_eq!(tags, ["web:latest", "localhost:5000/x/web:2"]);
    }
    for missing in
        ["web:1", "other/web", "localhost:5000/x/web", "sha256:00", &"0".repeat(64), "", "A/B", ":", "ä"]
    {
        assert_eq!(bed.store.image(missing).expect("an answer"), None, "{missing}");
    }
    assert!(matches!(bed.store.expect("nobody"), Err(Error::NoImage { .. })));
    assert_eq!(bed.store.images().expect("a list").len(), 1);
}

#[tokio::test]
async fn beginnings_of_ids() {
    let bed = Bed::new();
    let mut ids = Vec::new();
    // Of so many, two begin alike.
    for number in 0..40 {
        let mut config = ImageConfig::new(&Platform::host());
        config.config.user = number.to_string();
        ids.push(bed.store.commit(None, commit(&[], config)).expect("an image").id);
    }
    let twice =
        ids.iter().find(|id| ids.iter().filter(|other| other.hex()[..2] == id.hex()[..2]).count() > 1);
    if let Some(id) = twice {
        assert!(matches!(bed.store.image(&id.hex()[..2]), Err(Error::Ambiguous { .. })));
        assert_eq!(bed.store.image(id.hex()).expect("an answer").map(|image| image.id).as_ref(), Some(id));
    }
}

#[tokio::test]
async fn names_come_and_go() {
    let bed = Bed::new();
    let one = bed.image(None, &[("a", "1")]).await;
    let two = bed.image(None, &[("a", "2")]).await;
    bed.store.tag(&one, &name("web:1")).expect("a name");
    bed.store.tag(&one, &name("web:2")).expect("a name");
    // A name stands for one image.
    bed.store.tag(&two, &name("web:1")).expect("a name");
    assert_eq!(bed.store.expect("web:1").expect("an image").id, two.id);
    assert_eq!(bed.store.expect("web:2").expect("an image").id, one.id);
    let digest = format!("web@{}", one.id);
    assert!(matches!(bed.store.tag(&one, &name(&digest)), Err(Error::Name { .. })));

    bed.store.tag(&two, &name("other")).expect("a name");
    let removed = bed.store.remove("web:1").expect("removed");
    assert_eq!((removed.names, removed.image), (vec![name("web:1")], None));
    assert!(bed.store.image(two.id.hex()).expect("an answer").is_some());
    let removed = bed.store.remove("other").expect("removed");
    assert_eq!(removed.image, Some(two.id.clone()));
    assert_eq!(bed.store.image(two.id.hex()).expect("an answer"), None);
    let removed = bed.store.remove(one.id.hex()).expect("removed");
    assert_eq!((removed.names, removed.image), (vec![name("web:2")], Some(one.id)));
    assert!(matches!(bed.store.remove("web:2"), Err(Error::NoImage { .. })));
    assert!(!bed.store.untag(&name("web:2")).expect("an answer"));
}

#[tokio::test]
async fn what_a_commit_writes_down() {
    let bed = Bed::new();
    let base = bed.image(None, &[("a", "1")]).await;
    let layer = bed.layer(&[("b", "2")]).await;
    let mut config = base.image.config.clone();
    apply_changes(&mut config, &["ENV X=1".to_owned()]).expect("a change");
    let history = History { created_by: Some("shell".to_owned()), ..History::default() };
    let image = bed.store.commit(
        Some(&base),
        crate::Commit {
            layers: vec![(&layer, history)],
            config,
            author: "somebody".to_owned(),
            message: "a build".to_owned(),
            created: Some(1_700_000_000),
        },
    );
    let Image { manifest, config } = image.expect("an image").image;
    assert_eq!(manifest.layers, [base.image.manifest.layers[0].clone(), layer.blob.clone()]);
    assert_eq!(manifest.layers[1].media_type, media::LAYER);
    assert_eq!(config.rootfs.diff_ids, [base.image.config.rootfs.diff_ids[0].clone(), layer.diff_id.clone()]);
    assert_eq!(
        (config.author.as_deref(), config.created.as_deref()),
        (Some("somebody"), Some("2023-11-14T22:13:20Z"))
    );
    assert_eq!(config.config.env, ["X=1"]);
    let last = config.history.last().expect("a history");
    assert_eq!((last.created_by.as_deref(), last.comment.as_deref()), (Some("shell"), Some("a build")));
    assert_eq!((config.history.len(), last.empty_layer), (2, false));

    // Without a layer there is a history all the same.
    let again = bed.store.commit(Some(&base), commit(&[], base.image.config.clone())).expect("an image");
    assert_eq!(again.image.manifest.layers.len(), 1);
    assert!(again.image.config.history.last().is_some_and(|last| last.empty_layer));
    // Now, when no time is given.
    let now = crate::Commit { created: None, ..commit(&[], base.image.config.clone()) };
    let now = bed.store.commit(Some(&base), now).expect("an image").image.config.created.expect("a time");
    assert!(now.starts_with("20") && now.ends_with('Z') && now.as_str() > "2024", "{now}");
}

/// The same twice, in two stores, is the same to the last byte.
#[tokio::test]
async fn the_same_is_the_same() {
    let mut found = Vec::new();
    for _ in 0..2 {
        let bed = Bed::new();
        let dir = bed.path("tree");
        std::fs::create_dir_all(dir.join("sub")).expect("a directory");
        // Younger than the time that counts.
        std::fs::write(dir.join("sub/file"), noise(1, 10_000)).expect("a file");
        let layer = bed.store.make_layer(Some(1_700_000_000), move |writer| {
            let mut taking =
                oci::layer::Taking { owners: Some(&|_, _| (0, 0)), skip: &|_| false, note: &mut |_| {} };
            Ok(oci::layer::merge(&[&dir], writer, &mut taking)?)
        });
        let layer = layer.await.expect("a layer");
        let config = ImageConfig::new(&Platform::linux("amd64"));
        let image = bed.store.commit(None, commit(&[&layer], config)).expect("an image");
        found.push((image.id, image.manifest.digest));
    }
    assert_eq!(found[0], found[1]);
}

/// Layers of Docker's own kind are called by OCI's names as soon as one of ours lies on them.
#[tokio::test]
async fn on_top_of_dockers() {
    let bed = Bed::new();
    let base = bed.image(None, &[("a", "1")]).await;
    let mut docker = base.image.clone();
    docker.manifest = Manifest { media_type: Some(media::DOCKER_MANIFEST.to_owned()), ..docker.manifest };
    docker.manifest.config.media_type = media::DOCKER_CONFIG.to_owned();
    docker.manifest.layers[0].media_type = media::DOCKER_LAYER.to_owned();
    let stored = docker.store(bed.store.blobs()).expect("stored");
    let stored = bed.store.record(&stored).expect("an image");
    let image = bed.image(Some(&stored), &[("b", "1")]).await;
    let types: Vec<&str> =
        image.image.manifest.layers.iter().map(|layer| layer.media_type.as_str()).collect();
    assert_eq!(types, [media::LAYER, media::LAYER]);
    assert_eq!(image.image.manifest.config.media_type, media::CONFIG);
    assert_eq!(image.manifest.media_type, media::MANIFEST);
}

#[tokio::test]
async fn imports() {
    let bed = Bed::new();
    let platform = Platform::linux("arm64");
    let import = |bytes: Vec<u8>, changes: &[&str]| {
        let changes: Vec<String> = changes.iter().map(|change| (*change).to_owned()).collect();
        let (store, platform) = (bed.store.clone(), platform.clone());
        async move { store.import(std::io::Cursor::new(bytes), &platform, &changes, "imported", Some(0)).await }
    };
    let image = import(tar(&[("etc/", ""), ("etc/x", "1")]), &["CMD [\"/x\"]"]).await.expect("an image");
    assert_eq!(image.image.config.config.cmd.as_deref(), Some(&["/x".to_owned()][..]));
    assert_eq!(
        (image.image.config.architecture.as_str(), image.image.config.created.as_deref()),
        ("arm64", Some("1970-01-01T00:00:00Z"))
    );
    let gzip = oci::layer::recompress(
        bed.store.blobs(),
        &image.image.manifest.layers[0],
        oci::layer::Compression::GZIP,
        oci::layer::Limits::NONE,
        &|| true,
    );
    let gzip = std::fs::read(bed.store.blobs().path(&gzip.expect("a blob").digest)).expect("a blob");
    let same = import(gzip, &["CMD [\"/x\"]"]).await.expect("an image");
    assert_eq!(same.id, image.id);
    for bad in [
        b"no archive at all, but long enough to look like one".repeat(40),
        tar(&[("a", &noise(1, 5000))])[..3000].to_vec(),
    ] {
        assert!(import(bad, &[]).await.is_err());
    }
    assert!(matches!(import(tar(&[]), &["RUN x"]).await, Err(Error::Change { .. })));
}

/// Documents that somebody has spoilt are named.
#[tokio::test]
async fn spoilt_documents() {
    let bed = Bed::new();
    let image = bed.image(None, &[("a", "1")]).await;
    let path = bed.store.dir().join("images").join(format!("{}.json", image.id.hex()));
    std::fs::write(&path, "{").expect("a file");
    let error = bed.store.image(image.id.hex()).expect_err("it is damaged");
    assert!(matches!(&error, Error::Damaged { path: named, .. } if *named == path), "{error}");
    assert_eq!(bed.store.images().expect("the others"), []);
    // A name that was spoilt is none, and hides no other.
    bed.store.write(crate::store::Part::Names, &"0".repeat(64), &"no name").expect("a file");
    // Without its blobs there is no image, and it may be made again.
    std::fs::remove_file(&path).expect("gone");
    let image = bed.image(None, &[("a", "1")]).await;
    bed.store.blobs().remove(&image.image.manifest.config.digest).expect("gone");
    assert_eq!(bed.store.image(image.id.hex()).expect("an answer"), None);
    assert_eq!(bed.image(None, &[("a", "1")]).await.id, image.id);
}

#[cfg(unix)]
#[test]
fn for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().expect("a directory");
    let store = Store::open(&dir.path().join("oci")).expect("a store");
    let mode = std::fs::metadata(store.dir()).expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}
