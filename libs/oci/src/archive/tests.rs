use super::{DockerImage, docker, oci, read};
use crate::layer::{Compression, LayerWriter, Limits, recompress};
use crate::tarball::{Entry, Kind, TarWriter};
use crate::{Blobs, Descriptor, Digest, Error, History, Image, Index, Layout, Platform, media};

fn store() -> (tempfile::TempDir, Blobs) {
    let dir = tempfile::tempdir().expect("a directory");
    let blobs = Blobs::at(dir.path().join("blobs"));
    (dir, blobs)
}

fn amd64() -> Platform {
    Platform::linux("amd64")
}

/// An image with a layer for each of these contents.
fn image(blobs: &Blobs, platform: &str, contents: &[(&str, Compression)]) -> (Image, Descriptor) {
    let mut image = Image::scratch(&platform.parse().expect("a platform"));
    for (content, compression) in contents {
        let mut writer =
            LayerWriter::new(blobs.writer().expect("a writer"), *compression, Some(5)).expect("a writer");
        let entry = Entry { size: content.len() as u64, mtime: 9, ..Entry::new(*content, Kind::File, 0o644) };
        writer.append(&entry, &mut content.as_bytes()).expect("room");
        let (layer, blob) = writer.finish().expect("a layer");
        assert_eq!(blob.keep(compression.media_type()).expect("room"), layer.blob);
        image.add_layer(&layer, History { created_by: Some((*content).to_owned()), ..History::default() });
    }
    let stored = image.store(blobs).expect("room");
    (image, stored)
}

#[test]
fn oci_archives() {
    let (_from, here) = store();
    let (_, one) = image(&here, "linux/amd64", &[("a", Compression::GZIP), ("b", Compression::ZSTD)]);
    let (_, two) = image(&here, "linux/arm64", &[("a", Compression::GZIP)]);
    let index = serde_json::to_vec(&Index::new(vec![one.clone(), two.clone()])).expect("JSON");
    let index = here.put(media::INDEX, &index).expect("room");
    let listed = [(index, Some("many".to_owned())), (two.clone(), Some("two".to_owned()))];
    let archive = oci(&here, &listed, Vec::new()).expect("an archive");
    assert!(archive == oci(&here, &listed, Vec::new()).expect("an archive"), "the same bytes");

    let gzipped = {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut gzip, &archive).expect("room");
        gzip.finish().expect("an end")
    };
    for bytes in [&archive, &gzipped] {
        let (_to, back) = store();
        let found = read(bytes.as_slice(), &back).expect("it reads");
        assert_eq!(found.find(&back, Some("many"), &amd64()).expect("it is there").digest, one.digest);
        assert_eq!(found.find(&back, Some("two"), &amd64()).expect("it is there").digest, two.digest);
        assert!(matches!(found.find(&back, Some("three"), &amd64()), Err(Error::NotFound { .. })));
        assert!(matches!(found.find(&back, None, &amd64()), Err(Error::Document { .. })));
        for image in [&one, &two] {
            for layer in Image::load(&back, image).expect("an image").manifest.layers {
                assert!(back.has(&layer));
            }
        }
    }
}

#[test]
fn docker_archives() {
    let (_from, here) = store();
    let kinds = [
        ("a", Compression::GZIP),
        ("b", Compression::ZSTD),
        ("c", Compression::None),
        ("a", Compression::None),
    ];
    let (made, stored) = image(&here, "linux/amd64", &kinds);
    let names = ["web:1".parse().expect("a name"), "r.example/web:2".parse().expect("a name")];
    let write = |omit: &dyn Fn(&Digest) -> bool| {
        docker(&here, &[DockerImage { image: &made, names: &names }], omit, Vec::new()).expect("an archive")
    };
    let archive = write(&|_| false);
    let (_to, back) = store();
    let found = read(archive.as_slice(), &back).expect("it reads");
    assert_eq!(found.images[0].names, ["web:1", "r.example/web:2"]);
    let manifest = found.find(&back, Some("docker.io/library/web:1"), &amd64()).expect("it is there");
    assert_eq!(found.find(&back, None, &amd64()).expect("the only one"), manifest);
    let loaded = Image::load(&back, &manifest).expect("an image");
    assert_eq!(loaded.config, made.config);
    let kinds: Vec<&str> = loaded.manifest.layers.iter().map(|layer| layer.media_type.as_str()).collect();
    // What Engines may not know is written as it was.
    assert_eq!(kinds, [media::LAYER_GZIP, media::LAYER, media::LAYER, media::LAYER]);
    assert!(write(&|diff_id| *diff_id == made.config.rootfs.diff_ids[0]).len() < archive.len());
    assert_ne!(stored.digest, manifest.digest);
}

/// As Docker wrote them before: one folder a layer, and links for layers that are there already.
#[test]
fn old_docker_archives() {
    let mut layer = TarWriter::new(Vec::new());
    layer.append(&Entry::new("x", Kind::Directory, 0o755), &mut std::io::empty()).expect("room");
    let layer = layer.finish().expect("an archive");
    let id = Digest::of(&layer);
    let config = format!(
        r#"{{"architecture":"amd64","os":"linux","rootfs":{{"type":"layers","diff_ids":["{id}","{id}"]}}}}"#
    );
    let list = r#"[{"Config":"c.json","RepoTags":null,"Layers":["1/layer.tar","2/layer.tar"]}]"#;
    let build = |files: &[(&str, Result<&[u8], &str>)]| {
        let mut tar = TarWriter::new(Vec::new());
        for (name, content) in files {
            match content {
                Ok(bytes) => tar
                    .append(
                        &Entry { size: bytes.len() as u64, ..Entry::new(*name, Kind::File, 0o644) },
                        &mut &**bytes,
                    )
                    .expect("room"),
                Err(target) => tar
                    .append(
                        &Entry::new(*name, Kind::Symlink(target.as_bytes().to_vec()), 0o777),
                        &mut std::io::empty(),
                    )
                    .expect("room"),
            }
        }
        tar.finish().expect("an archive")
    };
    let sound: Vec<(&str, Result<&[u8], &str>)> = vec![
        ("1/VERSION", Ok(b"1.0")),
        ("1/layer.tar", Ok(&layer)),
        ("2/layer.tar", Err("../1/layer.tar")),
        ("c.json", Ok(config.as_bytes())),
        ("manifest.json", Ok(list.as_bytes())),
        ("repositories", Ok(b"{}")),
    ];
    let (_to, back) = store();
    let found = read(build(&sound).as_slice(), &back).expect("it reads");
    let image = Image::load(&back, &found.images[0].manifest).expect("an image");
    assert_eq!(
        image.manifest.layers.iter().map(|layer| layer.digest.clone()).collect::<Vec<_>>(),
        [id.clone(), id]
    );

    let with = |at: usize, change: (&'static str, Result<&'static [u8], &'static str>)| {
        let mut files = sound.clone();
        files[at] = change;
        build(&files)
    };
    for (what, archive, expected) in [
        ("a link in circles", with(2, ("2/layer.tar", Err("layer.tar"))), "NotFound"),
        ("a missing layer", with(2, ("3/layer.tar", Ok(b""))), "NotFound"),
        ("a missing configuration", with(3, ("d.json", Ok(b"{}"))), "NotFound"),
        ("another configuration", with(3, ("c.json", Ok(b"{}"))), "Document"),
        ("no list", with(4, ("x", Ok(b"{}"))), "Document"),
        ("an odd list", with(4, ("manifest.json", Ok(b"{}"))), "Document"),
        ("no archive", b"hello".repeat(1000), "Damaged"),
        ("nothing", Vec::new(), "Document"),
        ("half", build(&sound)[..3000].to_vec(), "Damaged"),
        (
            "a blob that is none",
            with(
                0,
                ("blobs/sha256/e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", Ok(b"x")),
            ),
            "Mismatch",
        ),
        (
            "another layout",
            build(&[
                ("oci-layout", Ok(br#"{"imageLayoutVersion":"2.0.0"}"#)),
                ("index.json", Ok(br#"{"schemaVersion":2,"manifests":[]}"#)),
            ]),
            "Document",
        ),
    ] {
        let (_to, back) = store();
        let error = read(archive.as_slice(), &back).expect_err(what);
        assert!(format!("{error:?}").starts_with(expected), "{what}: {error:?}");
    }
}

#[test]
fn layouts() {
    let dir = tempfile::tempdir().expect("a directory");
    assert!(matches!(Layout::open(dir.path()), Err(Error::NotFound { .. })));
    let layout = Layout::create(dir.path()).expect("a layout");
    let (_, one) = image(layout.blobs(), "linux/amd64", &[("a", Compression::None)]);
    let (_, two) = image(layout.blobs(), "linux/amd64", &[("b", Compression::None)]);
    assert!(matches!(layout.find(None, &amd64()), Err(Error::NotFound { .. })));
    layout.add(&one, Some("x")).expect("room");
    assert_eq!(layout.find(None, &amd64()).expect("the only one").digest, one.digest);
    layout.add(&two, Some("y")).expect("room");
    layout.add(&two, Some("x")).expect("room");
    layout.add(&two, Some("x")).expect("room");
    let layout = Layout::create(dir.path()).expect("it is one");
    assert_eq!(layout.find(Some("x"), &amd64()).expect("it is there").digest, two.digest);
    assert_eq!(layout.index().expect("a list").manifests.len(), 2);
    let names: Vec<_> =
        std::fs::read_dir(dir.path()).expect("it is there").flatten().map(|item| item.file_name()).collect();
    assert_eq!(names.len(), 3, "{names:?}");
    std::fs::write(dir.path().join("oci-layout"), "{}").expect("room");
    assert!(matches!(Layout::open(dir.path()), Err(Error::Document { .. })));

    // Blobs of another store are taken over, whether or not they are sound names of the same file.
    let (_to, other) = store();
    other.adopt(layout.blobs(), &one).expect("it comes");
    assert_eq!(
        other.document(&one).expect("it is there"),
        layout.blobs().document(&one).expect("it is there")
    );
    assert!(other.adopt(layout.blobs(), &Descriptor::of("", b"none")).is_err());
    std::fs::write(other.path(&two.digest), "wrong").expect("room");
    assert!(other.document(&two).is_err());
}

/// Many at the same time.
#[test]
fn layouts_are_shared() {
    let dir = tempfile::tempdir().expect("a directory");
    std::thread::scope(|scope| {
        for number in 0..8 {
            let dir = dir.path();
            scope.spawn(move || {
                let layout = Layout::create(dir).expect("a layout");
                let content = format!("f{number}");
                let (_, one) = image(
                    layout.blobs(),
                    "linux/amd64",
                    &[(content.as_str(), Compression::None), ("same", Compression::GZIP)],
                );
                layout.add(&one, Some(&content)).expect("room");
            });
        }
    });
    let layout = Layout::open(dir.path()).expect("a layout");
    assert_eq!(layout.index().expect("a list").manifests.len(), 8);
}

/// What programs leave that were killed.
#[test]
fn sweeping() {
    let (_dir, blobs) = store();
    let kept = blobs.put(media::LAYER, b"kept").expect("room");
    // What a writer has begun, and nobody holds any more.
    let writer = blobs.writer().expect("a writer");
    let begun = std::fs::read_dir(blobs.root()).expect("it is there").flatten().map(|item| item.path());
    let begun = begun.into_iter().find(|path| path.is_file()).expect("a file");
    drop(writer);
    std::fs::write(begun, "half").expect("room");
    let part = blobs.partial(&Digest::of(b"new")).expect("a part");
    let (minute, none) = (std::time::Duration::from_secs(60), std::time::Duration::ZERO);
    let files = || walk(blobs.root());
    assert_eq!((blobs.sweep(minute).expect("it reads"), files()), (0, 3));
    assert_eq!((blobs.sweep(none).expect("it reads"), files()), (4, 2), "what is being fetched stays");
    drop(part);
    assert_eq!((blobs.sweep(none).expect("it reads"), files()), (0, 1));
    blobs.verify(&kept).expect("it is whole");
}

fn walk(folder: &std::path::Path) -> usize {
    let items = std::fs::read_dir(folder).expect("it is there").flatten();
    items.map(|item| if item.path().is_dir() { walk(&item.path()) } else { 1 }).sum()
}

#[test]
fn compressing_anew() {
    let (_dir, blobs) = store();
    let (image, _) = image(&blobs, "linux/amd64", &[("a", Compression::ZSTD)]);
    let layer = &image.manifest.layers[0];
    let gzip = recompress(&blobs, layer, Compression::GZIP, Limits::default(), &|| true).expect("a layer");
    assert_eq!(gzip.media_type, media::LAYER_GZIP);
    let stopped = recompress(&blobs, layer, Compression::ZSTD, Limits::default(), &|| false);
    assert!(matches!(stopped, Err(Error::Stopped { .. })));
    let back = recompress(&blobs, &gzip, Compression::ZSTD, Limits::default(), &|| true).expect("a layer");
    assert_eq!(back.digest, layer.digest);
    std::fs::write(blobs.path(&gzip.digest), "wrong").expect("room");
    assert!(recompress(&blobs, &gzip, Compression::None, Limits::default(), &|| true).is_err());
}
