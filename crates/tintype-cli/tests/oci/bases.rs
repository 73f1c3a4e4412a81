//! What images are made of.

use crate::bench::{as_everybody, once, program, skip};

/// Each form that an image or its files can have is a base, and what was in it is there.
#[test]
fn every_base_that_needs_no_network() {
    as_everybody(|bench| {
        let outputs = "output {\n    layout = \"layout\"\n    archive = \"oci.tar\"\n    docker_archive = \"docker.tar\"\n    name = \"made:1\"\n  }\n  changes = [\"ENV SAID=hello\"]";
        bench.make("", outputs, "echo made > /made; mkdir -p /deep/er; chmod 700 /deep").good();
        let packed = program("tar")
            .args(["-czf", "rootfs.tgz", "-C", "rootfs", "."])
            .current_dir(bench.path(""))
            .status();
        assert!(packed.expect("tar runs").success());
        for base in [
            "layout = \"layout\"",
            "layout = \"layout\", name = \"made:1\"",
            "archive = \"oci.tar\"",
            "archive = \"docker.tar\"",
            "image = \"made:1\"",
        ] {
            let pull = if base.starts_with("image") { "pull = false" } else { "" };
            let more = format!("discard = true\n  {pull}");
            let text = bench.make(base, &more, "echo \"found: $(cat /made) $SAID $(ls -d /deep/er)\"").good();
            assert!(text.contains("found: made hello /deep/er"), "{base}: {text}");
        }
        let text = bench
            .make("rootfs = \"rootfs.tgz\"", "discard = true", "echo \"found: $(cat /etc/passwd)\"")
            .good();
        assert!(text.contains("found: root:x:0:0"), "{text}");
    });
}

/// A base is written as a block or as an object, in HCL, in its JSON form, and in legacy JSON.
#[test]
fn every_way_to_write_it() {
    once(|bench| {
        bench.write(
            "block.pkr.hcl",
            "source \"oci\" \"x\" {\n  base {\n    rootfs = \"rootfs\"\n  }\n  output = { name = \"block:1\" }\n}\nbuild {\n  sources = [\"oci.x\"]\n}\n",
        );
        bench.write(
            "json.pkr.json",
            r#"{"source": {"oci": {"x": {"base": {"rootfs": "rootfs"}, "output": {"name": "json:1"}}}}, "build": {"sources": ["oci.x"]}}"#,
        );
        bench.write(
            "legacy.json",
            r#"{"builders": [{"type": "oci", "base": {"rootfs": "rootfs"}, "output": {"name": "legacy:1"}}]}"#,
        );
        for (template, name) in
            [("block.pkr.hcl", "block:1"), ("json.pkr.json", "json:1"), ("legacy.json", "legacy:1")]
        {
            let text = bench.build(template).good();
            assert!(text.contains(&format!("Naming the image: {name}")), "{text}");
        }
    });
}

/// A base that is none is named, and nothing is left of it.
#[test]
fn bad_bases() {
    once(|bench| {
        bench.write("noise.tar", [7u8; 4096]);
        bench.write("empty.tar", [0u8; 1024]);
        std::fs::create_dir(bench.path("bare")).expect("made");
        for (base, says) in [
            ("rootfs = \"nowhere\"", "There is no file or directory nowhere"),
            ("rootfs = \"noise.tar\"", "noise.tar"),
            ("rootfs = \"empty.tar\"", "empty.tar"),
            ("archive = \"noise.tar\"", "noise.tar"),
            ("archive = \"empty.tar\"", "empty.tar"),
            ("layout = \"bare\"", "bare"),
            ("image = \"127.0.0.1:9/none:1\"", "127.0.0.1:9"),
            ("image = \"Bad Name\"", "no name of an image"),
            ("image = \"a\", scratch = true", "Only one of"),
            ("mirror = \"m\"", "One of"),
            ("rootfs = \"rootfs\", imag = \"a\"", "There is no argument named \"imag\" here"),
        ] {
            let text = bench.make(base, "discard = true", "true").bad();
            assert!(text.contains(says), "{base}: {text}");
            assert_eq!(bench.runs(), 0, "{base}: {text}");
        }
    });
}

/// From nothing: files alone.
#[test]
fn nothing_and_a_file() {
    once(|bench| {
        bench.write("hello", "hello\n");
        bench.write(
            "t.pkr.hcl",
            "source \"oci\" \"x\" {\n  base = { scratch = true }\n  export_path = \"out.tar\"\n}\nbuild {\n  sources = [\"oci.x\"]\n  provisioner \"file\" {\n    source = \"hello\"\n    destination = \"/hello\"\n  }\n}\n",
        );
        bench.build("t.pkr.hcl").good();
        let listed =
            program("tar").args(["-tf", "out.tar"]).current_dir(bench.path("")).output().expect("tar runs");
        let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
        assert!(listed.lines().any(|line| line.trim_start_matches("./") == "hello"), "{listed}");
    });
}

/// What an Engine of this user has is a base, too, when no registry is to be asked first.
#[test]
fn images_of_an_engine() {
    if !program("docker").arg("version").output().is_ok_and(|output| output.status.success()) {
        return skip("no Docker Engine");
    }
    once(|bench| {
        let name = format!("tintype-oci-taken:{}", std::process::id());
        let import = "tar -C rootfs -c . | docker import -c 'ENV SAID=hello' - \"$0\"";
        let imported =
            program("sh").args(["-c", import, &name]).current_dir(bench.path("")).output().expect("it runs");
        assert!(imported.status.success());
        let base = format!("image = \"{name}\"");
        for _ in 0..2 {
            let text = bench.make(&base, "pull = false\n  discard = true", "echo \"found: $SAID\"").good();
            assert!(text.contains("found: hello"), "{text}");
            // The second time it is here.
            let _ = program("docker").args(["rmi", &name]).output().expect("it runs");
        }
    });
}

/// The ways in which commands run in a container.
#[test]
fn ways_in() {
    as_everybody(|bench| {
        for (more, inline, says) in [
            ("network = \"none\"", "ls /sys/class/net | cat", "oci.x: lo\n"),
            ("exec_user = \"0:0\"", "id -u", "oci.x: 0\n"),
            ("pty = true", "test -t 1 && echo a-terminal", "a-terminal"),
            ("cap_drop = [\"ALL\"]", "cat /proc/self/status | sed -n /^CapEff/p", "0000000000000000"),
            ("changes = [\"USER nobody\"]", "id -u", "oci.x: 0\n"),
            (
                "volumes = { \"rootfs/etc\" = \"/seen:ro\" }",
                "echo x > /seen/new || echo read-only",
                "read-only",
            ),
        ] {
            let more = format!("discard = true\n  {more}");
            let text = bench.make("", &more, inline).good();
            assert!(text.contains(says), "{more}: {text}");
        }
    });
}
