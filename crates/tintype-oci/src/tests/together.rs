//! Images for several platforms under one name, whoever writes it at the same time.

use oci::layer::Compression;
use oci::{Digest, ImageConfig, Index, Layout, Platform};

use tintype_testkit::Registry;

use super::registries::{at, client};
use super::{Bed, commit, name};
use crate::{Base, Keep, Store, StoredImage};

const PLATFORMS: [&str; 4] = ["linux/amd64", "linux/arm64", "linux/riscv64", "linux/s390x"];

fn platform(text: &str) -> Platform {
    text.parse().expect("a platform")
}

async fn image(bed: &Bed, for_platform: &str, content: &str) -> StoredImage {
    let layer = bed.layer(&[("a", content)]).await;
    bed.store.commit(None, commit(&[&layer], ImageConfig::new(&platform(for_platform)))).expect("an image")
}

fn platforms(index: &Index) -> Vec<String> {
    index.manifests.iter().filter_map(|image| image.platform.as_ref()).map(ToString::to_string).collect()
}

/// Two of them twice, the second time with something else.
async fn images(bed: &Bed) -> Vec<StoredImage> {
    let mut all = Vec::new();
    for content in ["old", "new"] {
        for platform in PLATFORMS.iter().take(if content == "old" { 2 } else { 4 }) {
            all.push(image(bed, platform, content).await);
        }
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn in_files() {
    let bed = Bed::new();
    let (dir, file) = (bed.path("layout"), bed.path("out/archive.tar"));
    // What is no archive of images is replaced, as it would be by one image.
    bed.write("out/archive.tar", b"something else");
    let all = images(&bed).await;
    for some in [&all[..2], &all[2..]] {
        let works = some.iter().map(|image| async {
            // As other programs would do it.
            let store = Store::open(bed.store.dir()).expect("a store");
            store.layout_together(image, &dir, "x:1", Compression::ZSTD).await.expect("a layout");
            store.archive_together(image, &file, "x:1", Compression::ZSTD).await.expect("an archive");
        });
        futures::future::join_all(works).await;
    }
    assert_eq!(std::fs::read_dir(bed.path("out")).expect("a directory").count(), 1, "nothing else is left");
    let layout = Layout::open(&dir).expect("a layout");
    let listed = layout.index().expect("a list").manifests;
    assert_eq!(platforms(&Index::gather(layout.blobs(), &listed).expect("an index")), PLATFORMS);
    let cx = tintype_testkit::Sandbox::new().cx();
    let other = Bed::new();
    for (number, wanted) in PLATFORMS.iter().enumerate() {
        for base in [
            Base::Layout { dir: dir.clone(), name: Some("x:1".to_owned()) },
            Base::Archive { file: file.clone(), name: Some("x:1".to_owned()) },
        ] {
            let found = other.store.base(&base, &platform(wanted), &cx).await.expect("an image");
            assert_eq!(found.id, all[2 + number].id, "{wanted} of {base:?}");
        }
    }
}

#[tokio::test]
async fn in_the_store() {
    let bed = Bed::new();
    let all = images(&bed).await;
    let web = name("web:1");
    assert_eq!(bed.store.together(&web).expect("an answer"), None);
    // What stood there alone stays.
    bed.store.tag(&all[1], &web).expect("a name");
    for image in [&all[0], &all[2], &all[5]] {
        bed.store.tag_together(image, &web).await.expect("a name");
    }
    let found = |wanted: &str| {
        bed.store.image_for("web:1", &platform(wanted)).map(|image| image.map(|image| image.id))
    };
    let is = |wanted: &str, image: &StoredImage| {
        assert_eq!(found(wanted).expect("an answer"), Some(image.id.clone()))
    };
    is("linux/amd64", &all[2]);
    is("linux/arm64", &all[1]);
    is("linux/s390x", &all[5]);
    assert!(found("linux/riscv64").is_err(), "it has none for that");
    let host = bed.store.image("web:1").expect("an answer").expect("an image");
    assert!(host.tags.contains(&web));
    // They all stay; what was replaced goes, in time.
    let keep = Keep { unused: std::time::Duration::ZERO, ..Keep::default() };
    let freed = bed.store.gc(keep, &bed.unpacker).await.expect("cleaned");
    let mut gone: Vec<&Digest> = freed.images.iter().collect();
    let mut expected = [&all[0].id, &all[3].id, &all[4].id];
    gone.sort();
    expected.sort();
    assert_eq!(gone, expected);
    is("linux/arm64", &all[1]);
    // One that is removed leaves the name to the others; under its name all lose it.
    bed.store.remove(&host.id.to_string()).expect("removed");
    assert_eq!(bed.store.together(&web).expect("an answer").map(|images| images.len()), Some(2));
    bed.store.remove("web:1").expect("removed");
    assert_eq!(bed.store.together(&web).expect("an answer"), None);
    // Alone again.
    let other = name("other");
    bed.store.tag_together(&image(&bed, "linux/amd64", "x").await, &other).await.expect("a name");
    bed.store.tag(&image(&bed, "linux/arm64", "x").await, &other).expect("a name");
    assert_eq!(bed.store.together(&other).expect("an answer"), None);
}

/// From stores that know nothing of each other, at the same time.
#[tokio::test(flavor = "multi_thread")]
async fn in_a_registry() {
    let Some(registry) = Registry::start() else { return };
    let web = at(&registry, "web:1");
    let beds: Vec<Bed> = (0..4).map(|_| Bed::new()).collect();
    // What stood there alone stays, for its platform.
    let first = Bed::new();
    let alone = image(&first, "linux/ppc64le", "alone").await;
    first.store.push(&alone, &web, &client(), &(), Compression::GZIP).await.expect("pushed");
    for content in ["old", "new"] {
        let works = beds.iter().zip(PLATFORMS).map(|(bed, platform)| {
            let web = &web;
            async move {
                let image = image(bed, platform, content).await;
                let pushed = bed.store.push_together(&image, web, &client(), &(), Compression::GZIP).await;
                pushed.expect("pushed");
                image.id
            }
        });
        let ids = futures::future::join_all(works).await;
        let after = Bed::new();
        for (platform_name, id) in PLATFORMS.iter().zip(ids).chain([(&"linux/ppc64le", alone.id.clone())]) {
            let pulled =
                after.store.pull(&web, &platform(platform_name), &client(), &()).await.expect("pulled");
            assert_eq!(pulled.image.id, id, "{content} for {platform_name}");
        }
    }
    // Nothing new is nothing to send.
    let image = image(&beds[0], PLATFORMS[0], "new").await;
    let digest = beds[0].store.push_together(&image, &web, &client(), &(), Compression::GZIP).await;
    let there = client().manifest(&web).await.expect("an index").descriptor.digest;
    assert_eq!(digest.expect("pushed"), there);
}
