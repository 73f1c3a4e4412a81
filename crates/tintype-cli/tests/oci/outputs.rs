//! Where images go, and what is in them.

use std::path::Path;

use crate::bench::{Bench, as_everybody, once, program, skip};

/// The digest of the only image in a layout.
fn digest(bench: &Bench, layout: &str) -> String {
    let index = bench.read(&format!("{layout}/index.json"));
    let index: serde_json::Value = serde_json::from_str(&index).expect("JSON");
    index["manifests"][0]["digest"].as_str().expect("a digest").to_owned()
}

fn document(bench: &Bench, layout: &str, digest: &str) -> serde_json::Value {
    let path = format!("{layout}/blobs/{}", digest.replace(':', "/"));
    serde_json::from_str(&bench.read(&path)).expect("JSON")
}

/// Two builds of the same are the same bytes when the time is said.
#[test]
fn the_same_bytes_twice() {
    as_everybody(|bench| {
        let bench = bench.env("SOURCE_DATE_EPOCH", "1700000000");
        for layout in ["first", "second"] {
            let more = format!(
                "output {{ layout = \"{layout}\" }}\n  changes = [\"LABEL a=b\", \"USER 0\"]\n  author = \"me\""
            );
            bench.make("", &more, "echo now > /made; mkdir /d; ln -s made /l").good();
            std::thread::sleep(std::time::Duration::from_millis(1100));
        }
        assert_eq!(digest(&bench, "first"), digest(&bench, "second"));
        let manifest = document(&bench, "first", &digest(&bench, "first"));
        let config = document(&bench, "first", manifest["config"]["digest"].as_str().expect("a digest"));
        assert_eq!(config["created"], "2023-11-14T22:13:20Z");
        assert_eq!(config["author"], "me");
        assert_eq!(config["config"]["Labels"]["a"], "b");
    });
}

/// A time that is none is told before anything is done.
#[test]
fn no_time() {
    once(|bench| {
        let bench = bench.env("SOURCE_DATE_EPOCH", "yesterday");
        let text = bench.make("", "discard = true", "echo at-work").bad();
        assert!(
            text.contains("SOURCE_DATE_EPOCH is \"yesterday\"") && !text.contains("oci.x: at-work"),
            "{text}"
        );
    });
}

/// One layer for all provisioners, or one each; layers that hold nothing are not made.
#[test]
fn layers_by_step() {
    once(|bench| {
        for (layers, expected) in [("one", 2), ("step", 3)] {
            bench.write(
                "t.pkr.hcl",
                format!(
                    "source \"oci\" \"x\" {{\n  base = {{ rootfs = \"rootfs\" }}\n  output {{\n    layout = \"{layers}\"\n    layers = \"{layers}\"\n    compression = \"none\"\n  }}\n}}\nbuild {{\n  sources = [\"oci.x\"]\n  provisioner \"shell\" {{\n    inline = [\"echo 1 > /one\"]\n  }}\n  provisioner \"shell\" {{\n    inline = [\"cat /one > /two\", \"rm /one\"]\n  }}\n}}\n"
                ),
            );
            bench.build("t.pkr.hcl").good();
            let manifest = document(&bench, layers, &digest(&bench, layers));
            assert_eq!(manifest["layers"].as_array().map(Vec::len), Some(expected), "{manifest}");
            let base = format!("layout = \"{layers}\"");
            let text =
                bench.make(&base, "discard = true", "echo \"found: $(cat /two) $(ls /one 2>&1)\"").good();
            assert!(text.contains("found: 1 ls: /one: No such file or directory"), "{text}");
        }
    });
}

/// Nothing of what makes a container work stays in the image.
#[test]
fn only_what_changed() {
    as_everybody(|bench| {
        let more = "output { layout = \"out\" }\n  tmpfs = [\"/scratch\"]\n  volumes = { \"rootfs/etc\" = \"/seen\" }";
        let text = bench
            .make(
                "",
                more,
                "echo 1 > /scratch/a; cat /seen/group; cat /etc/resolv.conf > /dev/null; echo x > /new",
            )
            .good();
        assert!(text.contains("root:x:0:"), "{text}");
        let manifest = document(&bench, "out", &digest(&bench, "out"));
        let layers = manifest["layers"].as_array().expect("layers");
        let layer = layers.last().and_then(|layer| layer["digest"].as_str()).expect("a layer");
        let blob = bench.path("out/blobs").join(layer.replace(':', "/"));
        let listed =
            program("sh").args(["-c", "zstd -dcq \"$0\" | tar -t"]).arg(blob).output().expect("it runs");
        let mut names: Vec<String> =
            String::from_utf8_lossy(&listed.stdout).lines().map(str::to_owned).collect();
        names.retain(|name| !name.starts_with("tmp"));
        assert_eq!(names, ["new"], "{}", String::from_utf8_lossy(&listed.stderr));
    });
}

/// An Engine runs what was made.
#[test]
fn an_engine_takes_it() {
    if !program("docker").arg("version").output().is_ok_and(|output| output.status.success()) {
        return skip("no Docker Engine");
    }
    once(|bench| {
        let name = format!("tintype-oci-test:{}", std::process::id());
        let changes = "changes = [\"CMD [\\\"cat\\\", \\\"/made\\\"]\"]";
        let run = |what: &str| {
            let ran = program("docker").args(["run", "--rm", &name]).output().expect("it runs");
            assert_eq!(
                String::from_utf8_lossy(&ran.stdout),
                "made\n",
                "{what}: {}",
                String::from_utf8_lossy(&ran.stderr)
            );
            assert!(program("docker").args(["rmi", &name]).output().expect("it runs").status.success());
        };
        let load = format!("output {{ load = \"{name}\" }}\n  {changes}");
        bench.make("", &load, "echo made > /made").good();
        run("loaded");
        for compression in ["gzip", "zstd", "none"] {
            let more = format!(
                "output {{\n    docker_archive = \"d.tar\"\n    name = \"{name}\"\n    compression = \"{compression}\"\n  }}\n  {changes}"
            );
            bench.make("", &more, "echo made > /made").good();
            let loaded =
                program("docker").args(["load", "-qi"]).arg(bench.path("d.tar")).output().expect("it runs");
            assert!(loaded.status.success(), "{}", String::from_utf8_lossy(&loaded.stderr));
            run(compression);
        }
        assert!(Path::new(&bench.store()).is_dir());
    });
}
