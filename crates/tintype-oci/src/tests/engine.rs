//! What an Engine makes of our archives, and we of its, where there is one.

use std::io::Write as _;
use std::process::{Command, Stdio};

use oci::{ImageConfig, Platform};
use tintype_testkit::Sandbox;

use super::{Bed, commit, name, noise, read, skip};
use crate::{Base, Saved, apply_changes};

/// The output of the client program.
pub(crate) fn docker(arguments: &[&str], input: &[u8]) -> Result<Vec<u8>, String> {
    #[expect(clippy::disallowed_methods, reason = "a test's own client, which ends before the test does")]
    let mut command = Command::new("docker");
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| error.to_string())?;
    child.stdin.take().expect("a pipe").write_all(input).map_err(|error| error.to_string())?;
    let output = child.wait_with_output().map_err(|error| error.to_string())?;
    if output.status.success() {
        Ok(output.stdout)
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

pub(crate) fn text(arguments: &[&str]) -> String {
    let output = docker(arguments, b"").unwrap_or_else(|why| panic!("docker {arguments:?}: {why}"));
    String::from_utf8_lossy(&output).trim().to_owned()
}

pub(crate) fn there_is_none() -> bool {
    let answer = docker(&["version", "--format", "{{.Server.Version}}"], b"");
    answer.inspect_err(|why| skip(&format!("no Engine: {why}"))).is_err()
}

/// Removed at the end, whatever that is.
pub(crate) struct Gone(pub(crate) &'static [&'static str], pub(crate) String);

impl Drop for Gone {
    fn drop(&mut self) {
        let _ = docker(&[self.0, &[self.1.as_str()]].concat(), b"");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_loads() {
    if there_is_none() {
        return;
    }
    let bed = Bed::new();
    let tag = format!("tintype-oci-test:{}", std::process::id());
    let base = bed.image(None, &[("etc/", ""), ("etc/one", &noise(1, 5000)), ("gone", "x")]).await;
    let layer = bed.layer(&[("etc/", ""), ("etc/two", "2"), (".wh.gone", "")]).await;
    let mut config = ImageConfig::new(&Platform::host());
    let changes = [
        "ENV A=1",
        "CMD [\"/bin/x\"]",
        "LABEL a=b",
        "WORKDIR /w",
        "EXPOSE 80",
        "HEALTHCHECK --interval=5s CMD true",
    ];
    apply_changes(&mut config, &changes.map(str::to_owned)).expect("good");
    let image = bed.store.commit(Some(&base), commit(&[&layer], config)).expect("an image");
    let file = bed.path("image.tar");
    let saved = vec![Saved { image: image.clone(), names: vec![name(&tag)] }];
    bed.store.save_file(saved, &file).await.expect("an archive");
    text(&["load", "--input", file.to_str().expect("text")]);
    let _image = Gone(&["rmi", "--force"], tag.clone());
    // The Engine calls it what we do.
    assert_eq!(text(&["inspect", "--format", "{{.Id}}", &tag]), image.id.to_string());
    let found = text(&[
        "inspect",
        "--format",
        "{{.Config.Env}} {{.Config.Cmd}} {{.Config.Labels}} {{.Config.WorkingDir}} {{.Config.Healthcheck.Interval}}",
        &tag,
    ]);
    assert_eq!(found, "[A=1] [/bin/x] map[a:b] /w 5s");
    let container = text(&["create", &tag]);
    let _container = Gone(&["rm", "--force"], container.clone());
    let files = docker(&["export", &container], b"").expect("an archive");
    let mut reader = oci::tarball::TarReader::new(&files[..], "export");
    let mut names = Vec::new();
    while let Some(entry) = reader.next_entry().expect("an entry") {
        names.push(entry.name());
    }
    assert!(names.contains(&"etc/one".to_owned()) && names.contains(&"etc/two".to_owned()), "{names:?}");
    assert!(!names.contains(&"gone".to_owned()), "{names:?}");

    // And back, under the same id.
    let back = bed.write("back.tar", &docker(&["save", &tag], b"").expect("an archive"));
    let other = Bed::new();
    let base = Base::Archive { file: back, name: Some(tag) };
    let again = other.store.base(&base, &Platform::host(), &Sandbox::new().cx()).await.expect("a base");
    assert_eq!(again.id, image.id);
    let trees = other.store.trees(&again, &other.unpacker).await.expect("trees");
    assert_eq!(read(trees[0].join("etc/two")), "2");
}

/// Layers that the Engine has need not be sent.
#[tokio::test(flavor = "multi_thread")]
async fn only_what_is_new() {
    if there_is_none() {
        return;
    }
    let bed = Bed::new();
    let tags = ["base", "more"].map(|word| format!("tintype-oci-test-{word}:{}", std::process::id()));
    let base = bed.image(None, &[("one", &noise(u64::from(std::process::id()), 200_000))]).await;
    let more = bed.image(Some(&base), &[("two", "2")]).await;
    let have = base.image.config.rootfs.diff_ids.clone();
    let mut removed = Vec::new();
    for (image, tag, omitted) in [(base, &tags[0], Vec::new()), (more, &tags[1], have)] {
        let id = image.id.to_string();
        let saved = vec![Saved { image, names: vec![name(tag)] }];
        let omit = move |diff_id: &oci::Digest| omitted.contains(diff_id);
        let archive = bed.store.save(saved, omit, Vec::new()).await.expect("an archive");
        docker(&["load"], &archive).expect("it loads");
        removed.push(Gone(&["rmi", "--force"], tag.clone()));
        assert_eq!(text(&["inspect", "--format", "{{.Id}}", tag]), id);
        assert_eq!(archive.len() < 100_000, tag == &tags[1], "{}", archive.len());
    }
}
