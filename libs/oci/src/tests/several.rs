//! Images for several platforms under one name.

use crate::{Blobs, Descriptor, Digest, Image, Index, Layout, Platform, REF_NAME, media};

fn image(blobs: &Blobs, platform: &str, user: &str) -> Descriptor {
    let mut image = Image::scratch(&platform.parse().expect("a platform"));
    image.config.config.user = user.to_owned();
    image.store(blobs).expect("an image")
}

fn platforms(index: &Index) -> Vec<String> {
    let shown = |image: &Descriptor| image.platform.as_ref().map(ToString::to_string).unwrap_or_default();
    index.manifests.iter().map(shown).collect()
}

#[test]
fn one_for_each_platform() {
    let dir = tempfile::tempdir().expect("a directory");
    let blobs = Blobs::at(dir.path());
    let (amd, arm, riscv) = (
        image(&blobs, "linux/amd64", ""),
        image(&blobs, "linux/arm64", ""),
        image(&blobs, "linux/riscv64", ""),
    );
    let made = |order: &[&Descriptor]| {
        let mut index = Index::new(Vec::new());
        order.iter().for_each(|image| index.put(image));
        index
    };
    let index = made(&[&arm, &riscv, &amd]);
    assert_eq!(platforms(&index), ["linux/amd64", "linux/arm64", "linux/riscv64"]);
    // Whichever came first, and however often.
    assert_eq!(index.to_bytes(), made(&[&amd, &arm, &amd, &riscv, &arm]).to_bytes());
    // The variant that everybody means is no other platform.
    let newer = image(&blobs, "linux/arm64/v8", "newer");
    let index = made(&[&amd, &arm, &newer]);
    assert_eq!(platforms(&index), ["linux/amd64", "linux/arm64/v8"]);
    let old = image(&blobs, "linux/arm/v6", "");
    assert_eq!(made(&[&old, &image(&blobs, "linux/arm/v7", "")]).manifests.len(), 2);
}

/// What builders attest of an image goes with it.
#[test]
fn attestations() {
    let dir = tempfile::tempdir().expect("a directory");
    let blobs = Blobs::at(dir.path());
    let (amd, arm) = (image(&blobs, "linux/amd64", ""), image(&blobs, "linux/arm64", ""));
    let attested = |of: &Descriptor| {
        let mut made = Descriptor::of(media::MANIFEST, of.digest.hex().as_bytes());
        made.platform = Some("unknown/unknown".parse::<Platform>().expect("a platform"));
        made.annotations.insert("vnd.docker.reference.digest".to_owned(), of.digest.to_string());
        made
    };
    let mut index = Index::new(vec![attested(&amd), attested(&arm), amd.clone(), arm.clone()]);
    index.put(&amd);
    assert_eq!(index.manifests.len(), 4, "the same again changes nothing");
    let newer = image(&blobs, "linux/amd64", "newer");
    index.put(&newer);
    let digests: Vec<&Digest> = index.manifests.iter().map(|image| &image.digest).collect();
    assert_eq!(digests, [&newer.digest, &arm.digest, &attested(&arm).digest]);
}

#[test]
fn in_a_layout() {
    let dir = tempfile::tempdir().expect("a directory");
    let layout = Layout::create(dir.path().join("l")).expect("a layout");
    let blobs = layout.blobs();
    let of = |platform: &str, user: &str| image(blobs, platform, user);
    layout.add(&of("linux/s390x", ""), Some("other")).expect("listed");
    // One that stood there alone stays, for its platform.
    layout.add(&Descriptor { platform: None, ..of("linux/amd64", "") }, Some("x")).expect("listed");
    let names = ["linux/arm64", "linux/riscv64", "linux/ppc64le", "linux/arm64"];
    std::thread::scope(|scope| {
        for (number, platform) in names.iter().enumerate() {
            let (layout, image) = (&layout, of(platform, &(number / 3).to_string()));
            scope.spawn(move || layout.add_platform(&image, "x").expect("listed"));
        }
    });
    let listed = layout.index().expect("a list").manifests;
    let named = |image: &&Descriptor| image.annotations.get(REF_NAME).is_some_and(|name| name == "x");
    let [index] = listed.iter().filter(named).collect::<Vec<_>>()[..] else { panic!("{listed:?}") };
    assert_eq!((listed.len(), index.media_type.as_str()), (2, media::INDEX));
    let index = Index::gather(blobs, std::slice::from_ref(index)).expect("an index");
    assert_eq!(platforms(&index), ["linux/amd64", "linux/arm64", "linux/ppc64le", "linux/riscv64"]);
    assert!(index.manifests.iter().all(|image| image.annotations.is_empty()));
    let found = layout.find(Some("x"), &Platform::linux("riscv64")).expect("an image");
    assert_eq!(found.digest, of("linux/riscv64", "0").digest);
    // A name can be taken back for one image.
    layout.add(&of("linux/amd64", "alone"), Some("x")).expect("listed");
    assert_eq!(layout.index().expect("a list").manifests.len(), 2);
}
