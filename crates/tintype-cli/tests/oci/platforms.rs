//! Images for several platforms of one template, under one name.

use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;

use crate::bench::{Bench, as_everybody, once, program, skip};

/// Two sources of one build, from nothing, with one file.
fn template(output: &str, content: &str) -> String {
    format!(
        r#"
source "oci" "app" {{
  base = {{ scratch = true }}
  output {{
    {output}
    index = true
  }}
}}
build {{
  source "oci.app" {{
    name     = "amd64"
    platform = "linux/amd64"
  }}
  source "oci.app" {{
    name     = "arm64"
    platform = "linux/arm64"
  }}
  provisioner "file" {{
    content     = "{content} for ${{source.name}}"
    destination = "/made"
  }}
}}
"#
    )
}

/// What the image for a platform holds, found as a base.
fn made(bench: &Bench, base: &str, platform: &str) -> String {
    let more = format!("platform = \"{platform}\"\n  pull = false\n  export_path = \"files.tar\"");
    let text = format!(
        "source \"oci\" \"x\" {{\n  base = {{ {base} }}\n  {more}\n}}\nbuild {{\n  sources = [\"oci.x\"]\n}}\n"
    );
    bench.write("read.pkr.hcl", text);
    bench.build("read.pkr.hcl").good();
    let read =
        program("tar").args(["-xOf"]).arg(bench.path("files.tar")).arg("made").output().expect("it runs");
    String::from_utf8_lossy(&read.stdout).into_owned()
}

#[test]
fn in_files_and_in_the_store() {
    as_everybody(|bench| {
        for content in ["old", "new"] {
            let output = "layout = \"out/app\"\n    archive = \"out/app.tar\"\n    name = \"app:1\"";
            bench.write("t.pkr.hcl", template(output, content));
            bench.build("t.pkr.hcl").good();
        }
        for base in
            ["layout = \"out/app\", name = \"app:1\"", "archive = \"out/app.tar\"", "image = \"app:1\""]
        {
            for platform in ["amd64", "arm64"] {
                let found = made(&bench, base, &format!("linux/{platform}"));
                assert_eq!(found, format!("new for {platform}"), "{base}");
            }
        }
        let index: serde_json::Value = serde_json::from_str(&bench.read("out/app/index.json")).expect("JSON");
        assert_eq!(index["manifests"].as_array().map(Vec::len), Some(1), "{index}");
    });
}

/// What others read of it: a registry keeps it, and buildah lists and pulls it.
#[test]
fn in_a_registry() {
    if TcpStream::connect("127.0.0.1:5000").is_err() {
        return skip("no registry at 127.0.0.1:5000");
    }
    once(|bench| {
        let name = format!("127.0.0.1:5000/tintype-oci/platforms-{}:1", std::process::id());
        for content in ["old", "new"] {
            bench.write("t.pkr.hcl", template(&format!("push = \"{name}\""), content));
            bench.build("t.pkr.hcl").good();
        }
        for platform in ["amd64", "arm64"] {
            std::fs::remove_dir_all(bench.store()).expect("removed");
            let found = made(&bench, &format!("image = \"{name}\""), &format!("linux/{platform}"));
            assert_eq!(found, format!("new for {platform}"));
        }
        let buildah = |args: &[&str]| {
            let (root, run) = (bench.path("buildah"), bench.path("buildah-run"));
            let mut command = program("buildah");
            command
                .args(["--storage-driver", "vfs", "--root"])
                .arg(root)
                .arg("--runroot")
                .arg(run)
                .args(args);
            let output = command.output().ok()?;
            let text = [output.stdout, output.stderr].concat();
            Some(String::from_utf8_lossy(&text).trim().to_owned())
        };
        for platform in ["amd64", "arm64"] {
            let pull = ["pull", "-q", "--tls-verify=false", "--arch", platform, &name];
            let Some(id) = buildah(&pull) else { return skip("no buildah") };
            let inspect = ["inspect", "--type", "image", "--format", "{{.OCIv1.Architecture}}", &id];
            assert_eq!(buildah(&inspect).as_deref(), Some(platform), "{id}");
        }
    });
}

/// A command in an image for another processor fails with the way out, and is not tried again.
#[test]
fn without_an_emulator() {
    once(|bench| {
        // A program for a processor that nobody has.
        let head = [&b"\x7fELF\x02\x01\x01"[..], &[0; 9], b"\x02\0\xed\xfe\x01\0\0\0", &[0; 40]].concat();
        for folder in ["bin", "tmp"] {
            std::fs::create_dir_all(bench.path("foreign").join(folder)).expect("made");
        }
        bench.write("foreign/bin/sh", head);
        let all = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(bench.path("foreign/bin/sh"), all).expect("changed");
        let more = "platform = \"linux/mips64le\"\n  discard = true";
        let text = bench.make("rootfs = \"foreign\"", more, "true").bad();
        assert!(text.contains("runs no programs for linux/mips64le"), "{text}");
        let told = bench.command(&["build", "-json", "t.pkr.hcl"]).output().expect("it runs").stdout;
        assert!(String::from_utf8_lossy(&told).contains("tonistiigi/binfmt --install mips64le"));
    });
}
