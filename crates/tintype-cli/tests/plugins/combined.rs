//! Components of plugins beside built-in ones.

use crate::bench::{docker, program};
use crate::fleet::{REQUIRED, block, check, check_with, provisioner, says, succeeded, template, verbs};

#[test]
fn built_in_provisioners_work_on_a_plugins_machine() {
    check_with(
        &[],
        |yard| {
            yard.bench.write("here", b"content\n");
            let build = format!(
                "  provisioner \"shell\" {{\n    inline = [\"echo $((6 * 7)) > {there}\", \"echo out\", \"echo err >&2\"]\n  }}\n  provisioner \"file\" {{\n    source = {here:?}\n    destination = {copy:?}\n  }}\n  provisioner \"file\" {{\n    direction = \"download\"\n    source = {copy:?}\n    destination = {back:?}\n  }}\n  provisioner \"shell-local\" {{\n    inline = [\"echo local ${{build.ID}} ${{build.Custom}}\"]\n  }}\n  provisioner \"breakpoint\" {{\n    disable = true\n  }}\n",
                there = yard.path("there"),
                here = yard.path("here"),
                copy = yard.path("copy"),
                back = yard.path("back"),
            );
            template(&format!("generated = [\"Custom\"]\n{}", verbs(&["provision"])), &build)
        },
        |said, yard| {
            succeeded(said, yard);
            says(said, yard, &["out", "local i-0123 of our own"]);
            assert_eq!(std::fs::read_to_string(yard.bench.path("there")).unwrap(), "42\n");
            assert_eq!(std::fs::read_to_string(yard.bench.path("copy")).unwrap(), "content\n");
            assert_eq!(std::fs::read_to_string(yard.bench.path("back")).unwrap(), "content\n");
        },
    );
}

#[test]
fn built_in_post_processors_take_a_plugins_artifact() {
    check_with(
        &[],
        |yard| {
            yard.bench.write("made", b"made\n");
            let build = format!(
                "  post-processor \"checksum\" {{\n    checksum_types = [\"sha256\"]\n    output = {:?}\n  }}\n  post-processor \"manifest\" {{\n    output = {:?}\n    custom_data = {{\n      id = build.ID\n    }}\n  }}\n  post-processors {{\n    post-processor \"artifice\" {{\n      files = [{:?}]\n    }}\n    post-processor \"probe\" {{\n      do = [\"states string\"]\n    }}\n  }}\n",
                yard.path("sums"),
                yard.path("manifest.json"),
                yard.path("made")
            );
            template(
                &format!("id = \"i-7\"\nfiles = [{:?}]\n{}", yard.path("made"), verbs(&["say x"])),
                &build,
            )
        },
        |said, yard| {
            succeeded(said, yard);
            assert!(yard.bench.path("sums").exists());
            let manifest: serde_json::Value =
                serde_json::from_slice(&std::fs::read(yard.bench.path("manifest.json")).unwrap()).unwrap();
            let build = &manifest["builds"][0];
            assert_eq!(build["artifact_id"], "i-7");
            assert_eq!(build["builder_type"], "probe");
            assert_eq!(build["files"][0]["size"], 5);
            assert_eq!(build["custom_data"]["id"], "i-0123");
            assert_eq!(build["packer_run_uuid"], manifest["last_run_uuid"]);
            assert!(
                said.stdout.contains(&format!("files []string[string({:?})]", yard.path("made"))),
                "{}",
                said.stdout
            );
        },
    );
}

#[test]
fn a_plugins_parts_work_with_the_null_builder() {
    let text = format!(
        "{REQUIRED}\nsource \"null\" \"n\" {{\n  communicator = \"none\"\n}}\nbuild {{\n  sources = [\"null.n\"]\n{}{}}}\n",
        block("provisioner", "probe", &["say provisioning", "show data"], "text = build.ID"),
        block("post-processor", "probe", &["states"], "artifact = \"new\"\nid = \"n-1\"")
    );
    check(&text, |said, yard| {
        succeeded(said, yard);
        for wanted in ["==> null.n: provisioning\n", "builder fnoeding.null", "thing n-1 of post"] {
            assert!(said.stdout.contains(wanted), "{}: no {wanted} in {}", yard.mode.name, said.stdout);
        }
    });
}

#[test]
fn a_plugins_post_processor_takes_a_file_of_ours() {
    check_with(
        &[],
        |yard| {
            format!(
                "{REQUIRED}\nsource \"file\" \"f\" {{\n  content = \"x\"\n  target = {:?}\n}}\nbuild {{\n  sources = [\"file.f\"]\n{}}}\n",
                yard.path("made"),
                block(
                    "post-processor",
                    "probe",
                    &["states", "destroy"],
                    "artifact = \"new\"\nid = \"n-1\"\nkeep = true"
                )
            )
        },
        |said, yard| {
            succeeded(said, yard);
            assert!(
                said.stdout.contains("builder packer.file") && said.stdout.contains("destroyed"),
                "{}",
                said.stdout
            );
            assert!(!yard.bench.path("made").exists());
        },
    );
}

#[test]
fn a_plugins_provisioner_works_in_a_container_of_ours() {
    if crate::fleet::modes().is_empty() || !docker() {
        return;
    }
    let source = "source \"docker\" \"d\" {\n  image   = \"debian:bookworm-slim\"\n  pull    = false\n  discard = true\n}\n";
    check_with(
        &[],
        |yard| {
            yard.bench.write("folder/one", b"1");
            let lines = [
                "run echo out; echo err >&2; exit 3",
                "run-stdin hello tr a-z A-Z",
                "upload 20000000 /tmp/big",
                "run wc -c /tmp/big",
                "download /tmp/big",
                &format!("upload-dir {}/ /tmp/folder", yard.path("folder")),
                "run cat /tmp/folder/one",
                &format!("download-dir /tmp/folder {}", yard.path("back")),
                "parallel 10 echo %",
                "try download /tmp/none",
                "show data",
            ];
            format!("{REQUIRED}\n{source}build {{\n  sources = [\"docker.d\"]\n{}}}\n", provisioner(&lines))
        },
        |said, yard| {
            succeeded(said, yard);
            for wanted in [
                "exit 3, stdout \"out\\n\", stderr \"err\\n\"",
                "stdout \"HELLO\"",
                "stdout \"20000000 /tmp/big\\n\"",
                "downloaded 20000000 bytes, sha256 ",
                "exit 0, stdout \"1\", stderr \"\"",
                "parallel 0:0 0:1 0:2 0:3 0:4 0:5 0:6 0:7 0:8 0:9",
                "failed: ",
                "data ConnType: string(\"docker\")",
            ] {
                assert!(said.stdout.contains(wanted), "{}: no {wanted} in {}", yard.mode.name, said.stdout);
            }
        },
    );
    let _ = program;
}
