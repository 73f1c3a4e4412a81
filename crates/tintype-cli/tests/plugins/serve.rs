//! The other direction: components of ours as plugins of a Go host, which is the SDK's own client.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::LazyLock;

use crate::bench::{Bench, Said, program};
use crate::fleet::{Mode, modes};

/// Our program under the name by which it is a plugin: a second name for the same file, because a copy that was just written cannot
/// always be run while other tests start programs.
static SERVED: LazyLock<PathBuf> = LazyLock::new(|| {
    let name = format!("packer-plugin-tintype{}", std::env::consts::EXE_SUFFIX);
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    // That of an earlier run is another program.
    let _ = std::fs::remove_file(&path);
    std::fs::hard_link(env!("CARGO_BIN_EXE_tintype"), &path).unwrap();
    path
});

/// Runs a job in the Go host of this mode.
fn hosted(bench: &Bench, mode: &Mode, mut job: serde_json::Value) -> Said {
    job["Binary"] = SERVED.to_str().unwrap().into();
    job["Protobuf"] = (mode.name == "protobuf").into();
    let mut child = program(&mode.binary)
        .arg("host")
        .current_dir(bench.path(""))
        .env("TMPDIR", bench.tmp())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(job.to_string().as_bytes()).unwrap();
    Said::from(child.wait_with_output().unwrap())
}

fn check(job: impl Fn(&Bench) -> serde_json::Value, wanted: &[&str], look: impl Fn(&Said, &Bench)) {
    for mode in modes() {
        let bench = Bench::new(&[]);
        let said = hosted(&bench, mode, job(&bench));
        for line in wanted {
            assert!(
                said.stdout.lines().any(|found| found == *line),
                "{}: no {line} in:\n{}\n{}",
                mode.name,
                said.stdout,
                said.stderr
            );
        }
        look(&said, &bench);
        assert_eq!(bench.left_over(), Vec::<String>::new(), "{}", mode.name);
    }
}

#[test]
fn it_describes_itself() {
    if modes().is_empty() {
        return;
    }
    let said = Said::from(program(&SERVED).arg("describe").output().unwrap());
    assert_eq!(said.code, 0, "{}", said.stderr);
    let described: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(
        (described["api_version"].as_str(), described["protocol_version"].as_str()),
        (Some("x5.0"), Some("v2"))
    );
    for (kind, name) in [
        ("builders", "null"),
        ("builders", "docker"),
        ("provisioners", "shell-local"),
        ("post_processors", "manifest"),
        ("datasources", "null"),
    ] {
        assert!(described[kind].as_array().unwrap().iter().any(|found| found == name), "{described}");
    }
    // Without the cookie it is no plugin.
    let said = Said::from(program(&SERVED).args(["start", "builder", "null"]).output().unwrap());
    assert_eq!(said.code, 1);
}

/// No Go in between: what is built in here, installed as a plugin of itself.
#[test]
fn we_are_a_plugin_of_our_own() {
    let bench = Bench::new(&[]);
    let plugins = bench.path("plugins");
    let bench = bench.env("PACKER_PLUGIN_PATH", plugins.to_str().unwrap());
    let said =
        bench.run(&["plugins", "install", "--path", SERVED.to_str().unwrap(), "github.com/tintype/tintype"]);
    assert_eq!(said.code, 0, "{}{}", said.stdout, said.stderr);
    let template = format!(
        "source \"tintype-file\" \"f\" {{\n  content = \"x\"\n  target = {:?}\n}}\nbuild {{\n  sources = [\"tintype-file.f\"]\n  provisioner \"tintype-shell-local\" {{\n    inline = [\"echo local\"]\n  }}\n  post-processor \"tintype-checksum\" {{\n    checksum_types = [\"sha256\"]\n    output = {:?}\n  }}\n}}\n",
        bench.path("made"),
        bench.path("sums")
    );
    bench.write("t.pkr.hcl", template.as_bytes());
    let said = bench.run(&["build", "-color=false", "t.pkr.hcl"]);
    assert_eq!(said.code, 0, "{}{}", said.stdout, said.stderr);
    assert_eq!(std::fs::read(bench.path("made")).unwrap(), b"x");
    assert!(bench.path("sums").exists());
}

#[test]
fn a_builder_of_ours() {
    let job = |bench: &Bench| {
        serde_json::json!({
            "Kind": "builder", "Component": "file", "Destroy": true, "States": ["unheard"],
            "Layers": [{"packer_build_name": "f", "packer_builder_type": "file", "packer_core_version": "1.16.0", "packer_debug": "false", "packer_force": "false", "packer_on_error": ""}],
            "Options": format!("content = \"made\"\ntarget = {:?}\n", bench.path("made").to_str().unwrap())
        })
    };
    check(job, &["state|unheard nil", "exit|<nil>"], |said, bench| {
        assert!(said.stdout.contains("artifact|packer.file "), "{}", said.stdout);
        assert!(!bench.path("made").exists());
    });
}

#[test]
fn a_builder_of_ours_provisions_through_the_host() {
    let job = |_: &Bench| {
        serde_json::json!({
            "Kind": "builder", "Component": "null", "Hook": ["say in the hook", "show data"],
            "Layers": [{"packer_build_name": "n"}], "Options": "communicator = \"none\"\n"
        })
    };
    check(job, &["hook|packer_provision", "say|in the hook", "exit|<nil>"], |said, _| {
        assert!(said.stdout.contains("artifact|"), "{}", said.stdout);
    });
}

#[test]
fn mistakes_reach_the_host() {
    let job = |_: &Bench| serde_json::json!({"Kind": "builder", "Component": "file", "Options": "", "Layers": [{}]});
    check(job, &[], |said, _| {
        assert_eq!(said.code, 1, "{}", said.stdout);
        assert!(
            said.stdout.contains("failed|prepare: ") && said.stdout.contains("target"),
            "{}",
            said.stdout
        );
    });
}

#[test]
fn provisioners_of_ours_work_on_the_hosts_machine() {
    let job = |bench: &Bench| {
        bench.write("local", b"content");
        serde_json::json!({
            "Kind": "provisioner", "Component": "file", "Layers": [{"packer_build_name": "n"}], "Data": {"ID": "i-9"},
            "Options": format!("source = {:?}\ndestination = {:?}\n", bench.path("local").to_str().unwrap(), bench.path("there").to_str().unwrap())
        })
    };
    check(job, &["done|", "exit|<nil>"], |_, bench| {
        assert_eq!(std::fs::read(bench.path("there")).unwrap(), b"content");
    });
    let job = |bench: &Bench| {
        serde_json::json!({
            "Kind": "provisioner", "Component": "shell", "Layers": [{"packer_build_name": "n"}], "Data": {"ID": "i-9"},
            "Options": format!("inline = [\"echo out\", \"echo $PACKER_BUILD_NAME > {}\"]\n", bench.path("ran").to_str().unwrap())
        })
    };
    check(job, &["done|", "exit|<nil>"], |said, bench| {
        assert!(said.stdout.contains("|out"), "{}", said.stdout);
        assert_eq!(std::fs::read(bench.path("ran")).unwrap(), b"n\n");
    });
    let job = |_: &Bench| serde_json::json!({"Kind": "provisioner", "Component": "shell-local", "Layers": [{}], "Options": "inline = [\"exit 5\"]\n"});
    check(job, &["exit|<nil>"], |said, _| {
        assert!(said.stdout.contains("failed|provision: "), "{}", said.stdout)
    });
}

#[test]
fn a_provisioner_of_ours_is_cancelled() {
    let job = |_: &Bench| serde_json::json!({"Kind": "provisioner", "Component": "shell-local", "Layers": [{}], "Options": "inline = [\"sleep 300\"]\n", "Cancel": "2s"});
    let begun = std::time::Instant::now();
    check(job, &["exit|<nil>"], |said, _| {
        assert!(said.stdout.contains("failed|provision: "), "{}", said.stdout)
    });
    assert!(begun.elapsed() < std::time::Duration::from_secs(60));
}

#[test]
fn post_processors_of_ours_take_the_hosts_artifact() {
    let job = |bench: &Bench| {
        bench.write("made", b"made\n");
        serde_json::json!({
            "Kind": "post-processor", "Component": "manifest", "Layers": [{"packer_build_name": "n", "packer_builder_type": "probe"}],
            "Artifact": {"Id": "i-7", "Files": [bench.path("made").to_str().unwrap()]},
            "Options": format!("output = {:?}\n", bench.path("manifest.json").to_str().unwrap())
        })
    };
    check(job, &["exit|<nil>"], |said, bench| {
        assert!(said.stdout.contains("artifact|"), "{}", said.stdout);
        let manifest: serde_json::Value =
            serde_json::from_slice(&std::fs::read(bench.path("manifest.json")).unwrap()).unwrap();
        assert_eq!(manifest["builds"][0]["artifact_id"], "i-7");
        assert_eq!(manifest["builds"][0]["files"][0]["size"], 5);
    });
}

#[test]
fn data_sources_of_ours() {
    let job = |_: &Bench| serde_json::json!({"Kind": "datasource", "Component": "null", "Layers": [], "Options": "input = \"chicken\"\n"});
    check(
        job,
        &["value|cty.ObjectVal(map[string]cty.Value{\"output\":cty.StringVal(\"chicken\")})", "exit|<nil>"],
        |_, _| (),
    );
}
