//! Options: what is refused, and what the command line becomes.

use expect_test::{Expect, expect};
use tintype_sdk::{BuilderKind, Native, NativePost, PostProcessorKind};
use tintype_testkit::{Sandbox, errors, findings, options};

use super::engine::prepare_cx;
use crate::builder::{DockerBuilder, volume_source};
use crate::config::DockerConfig;
use crate::post::{DockerImport, DockerPush, DockerSave, DockerTag};

async fn refused(json: &str, expected: Expect) {
    let sandbox = Sandbox::new();
    std::fs::create_dir(sandbox.path("dir")).expect("made");
    let prepared = Native::<DockerBuilder>::new().prepare(&options(json), &prepare_cx(&sandbox)).await;
    let text = match &prepared {
        Ok(prepared) => findings(&prepared.warnings).join("\n"),
        Err(_) => errors(&prepared).join("\n"),
    };
    expected.assert_eq(&text);
}

#[tokio::test]
async fn what_is_refused() {
    refused(r#"{"image": "a", "commit": true}"#, expect![[r#""#]]).await;
    refused(
        r#"{}"#,
        expect![[r#"
        No instructions given for handling the artifact; expected commit, discard, or export_path
        missing 'image' attribute or 'build' section, either needs to be specified for a build to run."#]],
    )
    .await;
    refused(
        r#"{"image": "a", "commit": true, "discard": true, "export_path": "x"}"#,
        expect!["Cannot specify more than one of commit, discard, and export_path"],
    )
    .await;
    refused(
        r#"{"image": "a", "commit": false, "discard": true, "build": {"pull": true}, "pull": true}"#,
        expect![[r#"
            `path` is required for bootstrapping a build with `docker build`
            `image` cannot be specified with a build config
            warning: `pull` has no effect with a build config"#]],
    )
    .await;
    refused(
        r#"{"build": {"path": "D"}, "pull": false, "discard": true}"#,
        expect!["warning: `pull` has no effect with a build config"],
    )
    .await;
    refused(
        r#"{"image": "a", "export_path": "dir"}"#,
        expect!["export_path must be a file, not a directory"],
    )
    .await;
    refused(
        r#"{"image": "a", "export_path": "new/"}"#,
        expect!["export_path must be a file, not a directory"],
    )
    .await;
    refused(
        r#"{"image": "a", "discard": true, "communicator": "telnet", "ecr_login": true}"#,
        expect![[r#"
            ECR login requires login server to be provided.
            Communicator type telnet is invalid"#]],
    )
    .await;
    refused(
        r#"{"image": "a", "discard": true, "run_command": ["{{.Image"]}"#,
        expect![[r#"Invalid template in "run_command[0]""#]],
    )
    .await;
    refused(
        r#"{"image": "a", "discard": true, "run_command": ["{{ .Image | nope }}"], "bogus": 1}"#,
        expect![[r#"
            Unsupported argument
            Invalid template in "run_command[0]""#]],
    )
    .await;
}

async fn refused_by<P: tintype_sdk::PostProcessWith>(json: &str, expected: Expect) {
    let sandbox = Sandbox::new();
    let prepared = NativePost::<P>::new().prepare(&options(json), &prepare_cx(&sandbox)).await;
    let text = match &prepared {
        Ok(prepared) => findings(&prepared.warnings).join("\n"),
        Err(_) => errors(&prepared).join("\n"),
    };
    expected.assert_eq(&text);
}

#[tokio::test]
async fn what_post_processors_refuse() {
    refused_by::<DockerTag>("{}", expect!["repository must be specified"]).await;
    refused_by::<DockerTag>(
        r#"{"repository": "a", "tag": ["b"], "force": true}"#,
        expect!["warning: Deprecated argument"],
    )
    .await;
    refused_by::<DockerImport>("{}", expect!["repository must be specified"]).await;
    refused_by::<DockerSave>("{}", expect!["path must be specified"]).await;
    refused_by::<DockerPush>("{}", expect![[r#""#]]).await;
    refused_by::<DockerPush>(
        r#"{"ecr_login": true}"#,
        expect!["ECR login requires login server to be provided."],
    )
    .await;
}

/// The arguments that options become.
fn check(json: &str, expected: Expect) {
    use tintype_schema::Config;
    let sandbox = Sandbox::new();
    let prepare = prepare_cx(&sandbox);
    let decoded =
        DockerConfig::decode_into(&options(json), &*prepare.interpolation, |mut config: DockerConfig, at| {
            config.prepare(&prepare, at);
            config
        });
    let (config, _) = decoded.expect("good options");
    let args = config.run_args("IMAGE", "/shared", |host| volume_source(host, &sandbox.cx()));
    let home = sandbox.world().home.clone().expect("a home").display().to_string();
    expected.assert_eq(&args.join(" ").replace(&home, "<home>"));
}

#[test]
fn the_command_that_is_shown() {
    check(
        r#"{"image": "a", "discard": true}"#,
        expect!["-v /shared:/packer-files -d -i -t --entrypoint=/bin/sh -- a"],
    );
    check(
        r#"{"image": "a", "discard": true, "device": ["d", "e"], "cap_add": ["A"], "cap_drop": ["B"], "privileged": true, "runtime": "r",
            "platform": "p", "tmpfs": ["/t", "/u:size=1m"], "volumes": {"/b": "/c", "~/a": "/d"}}"#,
        expect![
            "--device d --device e --cap-add A --cap-drop B --privileged --runtime r --platform p --tmpfs /t --tmpfs /u:size=1m -v /b:/c -v <home>/a:/d -v /shared:/packer-files -d -i -t --entrypoint=/bin/sh -- a"
        ],
    );
    check(
        r#"{"build": {"path": "D"}, "discard": true}"#,
        expect!["-v /shared:/packer-files -d -i -t --entrypoint=/bin/sh -- IMAGE"],
    );
    check(
        r#"{"image": "a", "discard": true, "windows_container": true}"#,
        expect!["-v /shared:c:/packer-files -d -i -t --entrypoint=powershell -- a"],
    );
    check(
        r#"{"image": "a", "discard": true, "container_dir": "/q", "run_command": ["-d", "{{ .Image }}:x", "{{ upper `a` }}"]}"#,
        expect!["-v /shared:/q -d a:x A"],
    );
}
