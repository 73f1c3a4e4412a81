//! Options of the oci builder: what is refused, all at once. What it does with good ones is tested with the whole program.

use expect_test::{Expect, expect};
use tintype_sdk::{BuilderKind, Native};
use tintype_testkit::{Sandbox, errors, findings, options};

use super::engine::prepare_cx;
use crate::oci::OciBuilder;

async fn refused(json: &str, expected: Expect) {
    let sandbox = Sandbox::new();
    std::fs::create_dir(sandbox.path("dir")).expect("made");
    sandbox.write("file", "x");
    let prepared = Native::<OciBuilder>::new().prepare(&options(json), &prepare_cx(&sandbox)).await;
    let text = match &prepared {
        Ok(prepared) => findings(&prepared.warnings).join("\n"),
        Err(_) => errors(&prepared).join("\n"),
    };
    expected.assert_eq(&text);
}

#[tokio::test]
async fn what_is_refused() {
    refused(r#"{"base": {"image": "a"}}"#, expect![[r#""#]]).await;
    refused(r#"{"base": {"image": "a", "debootstrap": "", "mirror": ""}, "commit": true}"#, expect![[r#""#]])
        .await;
    refused(
        r#"{"base": {"scratch": true}, "output": {"layout": "l", "name": "n"}, "communicator": "docker"}"#,
        expect![[r#""#]],
    )
    .await;
    refused(r#"{}"#, expect!["`base` is required: what the image is made of"]).await;
    refused(
        r#"{"base": {}, "output": {}, "discard": true, "network": "bridge", "platform": "windows/amd64",
            "changes": ["CMD x", "FROM y"], "volumes": {"/a": "b"}, "tmpfs": ["c"], "communicator": "ssh"}"#,
        expect![[r#"
            One of "image", "layout", "archive", "rootfs", "debootstrap" or "scratch" must be set
            One of "layout", "archive", "docker_archive", "push", "load" or "name" must be set
            Cannot specify more than one of output, discard, and export_path
            "bridge" is no kind of network
            Communicator type ssh is invalid
            Containers of windows need a Docker Engine
            "FROM y": FROM changes no configuration; these do: HEALTHCHECK, CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME, WORKDIR
            "b" is no absolute path in the container
            "c" is no absolute path in the container"#]],
    )
    .await;
    refused(
        r#"{"base": {"image": "A b", "name": "n", "variant": "v"}, "commit": false, "platform": "amd64",
            "output": {"push": "a@sha256:0", "load": "B", "compression": "lzma", "layers": "all", "archive": "x/"}}"#,
        expect![[r#"
            "A b" is no name of an image: a repository is written in lower case
            `name` chooses an image of a layout or an archive
            `variant` is for `debootstrap`
            "a@sha256:0" has a digest, which only the finished image has
            "B" is no name of an image: a repository is written in lower case
            "lzma" is no kind of compression
            "all" is no way to make layers
            `archive` must be a file, not a directory
            "amd64" is no platform: it is written os/architecture or os/architecture/variant"#]],
    )
    .await;
    refused(
        r#"{"base": {"rootfs": "none"}, "pull": true, "export_path": "dir", "commit": false}"#,
        expect![[r#"
            warning: `pull` has no effect without `image` in `base`
            export_path must be a file, not a directory
            There is no file or directory none"#]],
    )
    .await;
    refused(
        r#"{"base": {"layout": "file"}, "output": {"layout": "file", "archive": "dir", "docker_archive": "dir"}}"#,
        expect![[r#"
            `archive` and `docker_archive` name the same file
            There is no directory file
            `archive` must be a file, not a directory
            `docker_archive` must be a file, not a directory
            `layout` must be a directory, not a file"#]],
    )
    .await;
    refused(
        r#"{"base": {"scratch": true}, "output": {"layout": "l", "push": "a:1", "index": true}}"#,
        expect![[r#""#]],
    )
    .await;
    refused(
        r#"{"base": {"scratch": true}, "output": {"docker_archive": "d", "load": "a:1", "index": true}}"#,
        expect![[r#"
            An Engine has one image under a name, and no index
            An Engine's archive has one image under a name, and no index
            `index` needs a name, under which the images stand together"#]],
    )
    .await;
    refused(
        r#"{"base": {"debootstrap": "--help"}, "commit": false}"#,
        expect![[r#"
        "--help" is no name of a release
        No instructions given for handling the artifact; expected output, discard, or export_path"#]],
    )
    .await;
}
