//! What buildah, which is not ours, reads of our outputs, and we of its, where it is installed.

use std::path::Path;
use std::process::Command;

use oci::layer::Compression;
use oci::{ImageConfig, Platform};
use tintype_testkit::Sandbox;

use super::{Bed, commit, is_root, name, noise, read, skip};
use crate::{Base, Saved, apply_changes};

/// The output of buildah, which keeps its images in a directory of the test's own.
fn buildah(dir: &Path, arguments: &[&str]) -> Result<String, String> {
    #[expect(clippy::disallowed_methods, reason = "a test's own program, which ends before the test does")]
    let mut command = Command::new("buildah");
    let root = dir.join("buildah");
    command.args(["--storage-driver", "vfs", "--root"]).arg(&root).arg("--runroot").arg(root.join("run"));
    let output = command.args(arguments).output().map_err(|error| error.to_string())?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn buildah_reads_and_writes() {
    let bed = Bed::new();
    // It makes names of paths, and names are in lower case.
    let word = format!("tintype-oci-{}", std::process::id());
    let outputs = tempfile::Builder::new().prefix(&word).rand_bytes(0).tempdir().expect("a directory");
    let dir = outputs.path();
    if !is_root() {
        return skip("buildah needs ids that only root has for certain");
    }
    if let Err(why) = buildah(dir, &["images"]) {
        return skip(&format!("no buildah: {why}"));
    }
    let base = bed.image(None, &[("etc/", ""), ("etc/one", &noise(1, 50_000)), ("gone", "x")]).await;
    let layer = bed.layer(&[("etc/", ""), ("etc/two", "2"), (".wh.gone", "")]).await;
    let mut config = ImageConfig::new(&Platform::host());
    apply_changes(&mut config, &["ENV A=1".to_owned(), "CMD [\"/bin/x\"]".to_owned()]).expect("good");
    let image = bed.store.commit(Some(&base), commit(&[&layer], config)).expect("an image");
    let hex = image.id.hex();
    let mut sources = Vec::new();
    for (word, compression) in
        [("none", Compression::None), ("gzip", Compression::GZIP), ("zstd", Compression::ZSTD)]
    {
        let (layout, archive) = (dir.join(format!("layout-{word}")), dir.join(format!("{word}.tar")));
        bed.store.layout(&image, &layout, Some("x"), compression).await.expect("a layout");
        bed.store.archive(&image, &archive, Some("x"), compression).await.expect("an archive");
        sources
            .extend([format!("oci:{}:x", layout.display()), format!("oci-archive:{}:x", archive.display())]);
    }
    let docker = dir.join("docker.tar");
    let saved = vec![Saved { image: image.clone(), names: vec![name("web:1")] }];
    bed.store.save_file(saved, &docker).await.expect("an archive");
    sources.push(format!("docker-archive:{}", docker.display()));
    for source in &sources {
        let container =
            buildah(dir, &["from", "--quiet", source]).unwrap_or_else(|why| panic!("{source}: {why}"));
        let found = buildah(
            dir,
            &[
                "inspect",
                "--format",
                "{{.FromImageID}} {{.OCIv1.Config.Env}} {{.OCIv1.Config.Cmd}}",
                &container,
            ],
        );
        assert_eq!(found.expect("it is there"), format!("{hex} [A=1] [/bin/x]"), "{source}");
        let mounted = buildah(dir, &["mount", &container]).expect("it is mounted");
        let root = Path::new(&mounted);
        assert_eq!(
            (read(root.join("etc/two")), root.join("gone").exists()),
            ("2".to_owned(), false),
            "{source}"
        );
        buildah(dir, &["rm", &container]).expect("it goes");
        buildah(dir, &["rmi", "--force", hex]).expect("it goes");
    }

    // Its own layout and archives as our base, with one more layer of its.
    let container = buildah(dir, &["from", "--quiet", &sources[0]]).expect("a container");
    let mounted = buildah(dir, &["mount", &container]).expect("it is mounted");
    std::fs::write(Path::new(&mounted).join("three"), "3").expect("a file");
    buildah(dir, &["umount", &container]).expect("it is unmounted");
    let (layout, archive) = (dir.join("theirs"), dir.join("theirs.tar"));
    let other = Bed::new();
    for (to, base) in [
        (format!("oci:{}:y", layout.display()), Base::Layout { dir: layout, name: Some("y".to_owned()) }),
        (format!("docker-archive:{}", archive.display()), Base::Archive { file: archive, name: None }),
    ] {
        buildah(dir, &["commit", "--quiet", &container, &to]).unwrap_or_else(|why| panic!("{to}: {why}"));
        let image = other.store.base(&base, &Platform::host(), &Sandbox::new().cx()).await.expect("a base");
        let trees = other.store.trees(&image, &other.unpacker).await.expect("trees");
        assert!(trees.iter().any(|tree| tree.join("three").exists()), "{to}");
        assert_eq!(image.image.config.config.env, ["A=1"]);
    }
    buildah(dir, &["rm", "--all"]).expect("they go");
}
