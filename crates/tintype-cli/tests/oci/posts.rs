//! What post-processors do with images made without an Engine.

use crate::bench::{Bench, as_everybody, once};

const ALL: &str = r#"
build {
  sources = ["KIND.x"]
  provisioner "shell" {
    inline = ["echo made > /made", "echo \"kind ${build.ConnType} of ${build.SourceImageSha256}\""]
  }
  post-processors {
    post-processor "docker-tag" {
      repository = "team/app"
      tags       = ["1", "2"]
    }
    post-processor "docker-save" {
      path = "saved.tar"
    }
  }
  post-processor "manifest" {
    output = "manifest.json"
  }
}
"#;

fn check(bench: &Bench, source: &str, kind: &str) {
    let build = ALL.replace("KIND", kind);
    bench.write("t.pkr.hcl", format!("{source}{build}"));
    let text = bench.build("t.pkr.hcl").good();
    for line in [
        "Repository: team/app:1",
        "Repository: team/app:2",
        "Saved to: saved.tar",
        &format!("kind {kind} of sha256:"),
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    let manifest: serde_json::Value = serde_json::from_str(&bench.read("manifest.json")).expect("JSON");
    let id = manifest["builds"][0]["artifact_id"].as_str().expect("an id");
    assert!(id.starts_with("sha256:"), "{id}");
    let text = bench.make("archive = \"saved.tar\"", "discard = true", "echo \"found: $(cat /made)\"").good();
    assert!(text.contains("found: made"), "{text}");
    let text = bench
        .make("image = \"team/app:2\"", "pull = false\n  discard = true", "echo \"found: $(cat /made)\"")
        .good();
    assert!(text.contains("found: made"), "{text}");
}

#[test]
fn they_follow_the_image() {
    as_everybody(|bench| {
        check(&bench, "source \"oci\" \"x\" {\n  base = { rootfs = \"rootfs\" }\n}\n", "oci");
    });
}

/// A template of the docker builder, as it is.
#[test]
fn docker_without_an_engine() {
    as_everybody(|bench| {
        bench.make("", "output { name = \"base:1\" }", "true").good();
        let bench = bench.env("TINTYPE_DOCKER", "embedded").env("DOCKER_HOST", "unix:///nowhere");
        let source = "source \"docker\" \"x\" {\n  image = \"base:1\"\n  pull = false\n  commit = true\n}\n";
        check(&bench, source, "docker");
    });
}

/// What is put into an image's volumes is no part of the next image, as with Docker; in the builder `oci` they are directories like any.
#[test]
fn volumes_of_an_image() {
    as_everybody(|bench| {
        let more = "changes = [\"VOLUME /data\"]\n  output { name = \"base:1\" }";
        bench.make("", more, "mkdir /data; echo 1 > /data/first").good();
        let embedded = bench.env("TINTYPE_DOCKER", "embedded").env("DOCKER_HOST", "unix:///nowhere");
        let line = "ls /data; echo 2 > /data/later; rm /data/first; echo 3 > /beside";
        embedded.write(
            "t.pkr.hcl",
            format!("source \"docker\" \"x\" {{\n  image = \"base:1\"\n  pull = false\n  commit = true\n}}\nbuild {{\n  sources = [\"docker.x\"]\n  provisioner \"shell\" {{\n    inline = [\"{line}\"]\n  }}\n  post-processor \"docker-tag\" {{\n    repository = \"next\"\n    tags = [\"1\"]\n  }}\n}}\n"),
        );
        let text = embedded.build("t.pkr.hcl").good();
        assert!(text.contains("docker.x: first"), "{text}");
        let text =
            embedded.make("image = \"next:1\"", "pull = false\n  discard = true", "ls /data /beside").good();
        assert!(text.contains("first") && text.contains("/beside") && !text.contains("later"), "{text}");
    });
}

/// Files that were exported become an image again.
#[test]
fn files_are_imported() {
    once(|bench| {
        bench.write(
            "t.pkr.hcl",
            "source \"oci\" \"x\" {\n  base = { rootfs = \"rootfs\" }\n  export_path = \"files.tar\"\n}\nbuild {\n  sources = [\"oci.x\"]\n  provisioner \"shell\" {\n    inline = [\"echo made > /made\"]\n  }\n  post-processor \"docker-import\" {\n    repository = \"imported\"\n    tag = \"1\"\n    changes = [\"ENV A=b\"]\n  }\n}\n",
        );
        let text = bench.build("t.pkr.hcl").good();
        assert!(text.contains("Imported ID: sha256:"), "{text}");
        let text = bench
            .make(
                "image = \"imported:1\"",
                "pull = false\n  discard = true",
                "echo \"found: $(cat /made) $A\"",
            )
            .good();
        assert!(text.contains("found: made b"), "{text}");
    });
}

/// The files of an output are those of the artifact.
#[test]
fn sums_of_what_was_written() {
    once(|bench| {
        bench.write(
            "t.pkr.hcl",
            "source \"oci\" \"x\" {\n  base = { rootfs = \"rootfs\" }\n  output {\n    archive = \"out/image.tar\"\n    layout = \"out/layout\"\n  }\n}\nbuild {\n  sources = [\"oci.x\"]\n  post-processor \"checksum\" {\n    checksum_types = [\"sha256\"]\n    output = \"sums\"\n  }\n}\n",
        );
        bench.build("t.pkr.hcl").good();
        let sums = bench.read("sums");
        for name in ["image.tar", "index.json", "oci-layout"] {
            assert!(sums.contains(name), "{name}: {sums}");
        }
    });
}

/// What only an Engine can do says so.
#[test]
fn what_needs_an_engine() {
    once(|bench| {
        bench.make("", "output { name = \"base:1\" }", "true").good();
        bench.write("Dockerfile", "FROM base:1\n");
        let bench = bench.env("TINTYPE_DOCKER", "embedded");
        for (more, says) in [
            ("image = \"base:1\"\n  runtime = \"kata\"", "--runtime kata needs a Docker Engine"),
            ("build {\n    path = \"Dockerfile\"\n  }", "A Dockerfile needs a Docker Engine"),
            (
                "image = \"base:1\"\n  volumes = { named = \"/data\" }",
                "the volume \"named\" needs a Docker Engine",
            ),
            (
                "image = \"base:1\"\n  run_command = [\"-d\", \"--gpus\", \"all\", \"--\", \"{{.Image}}\"]",
                "--gpus needs a Docker Engine",
            ),
        ] {
            let pull = if more.starts_with("image") { "pull = false" } else { "" };
            bench.write(
                "t.pkr.hcl",
                format!("source \"docker\" \"x\" {{\n  discard = true\n  {pull}\n  {more}\n}}\nbuild {{\n  sources = [\"docker.x\"]\n}}\n"),
            );
            let text = bench.build("t.pkr.hcl").bad();
            assert!(text.contains(says), "{more}: {text}");
            assert_eq!(bench.runs(), 0);
        }
        let bench = bench.env("TINTYPE_DOCKER", "podman");
        let text = bench.build("t.pkr.hcl").bad();
        assert!(text.contains("TINTYPE_DOCKER is \"podman\", which is no engine"), "{text}");
    });
}
