//! Plugins as files, from outside: `init` with a mirror and a lock file, what stands for what, what is said about it. The plugins are
//! scripts that describe themselves and do nothing else.

use std::io::Write;
use std::path::PathBuf;

use sha2::{Digest, Sha256};

use crate::bench::{Bench, Said};

const REQUIRES: &str = r#"
packer {
  required_plugins {
    zz = {
      source  = "github.com/acme/zz"
      version = ">= 1.0.0"
    }
  }
}
source "null" "a" {
  communicator = "none"
}
build {
  sources = ["source.null.a"]
}
"#;

fn platform() -> String {
    let os = if cfg!(target_os = "macos") { "darwin" } else { "linux" };
    let arch = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    format!("{os}_{arch}")
}

fn script(version: &str, extra: &str) -> String {
    format!(
        "#!/bin/sh\n# {extra}\necho '{{\"version\":\"{version}\",\"sdk_version\":\"0.6.0\",\"api_version\":\"x5.0\",\
         \"builders\":[\"-packer-default-plugin-name-\",\"big\"],\"provisioners\":[\"tool\"],\"protocol_version\":\"v2\"}}'\n"
    )
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A directory with a template, and in `mirror` these versions of the plugin that it requires.
fn bench(versions: &[&str]) -> Bench {
    let bench = Bench::of(REQUIRES);
    versions.iter().for_each(|version| add(&bench, version, ""));
    bench
}

/// Adds a version to the mirror.
fn add(bench: &Bench, version: &str, extra: &str) {
    let name = format!("packer-plugin-zz_v{version}_x5.0_{}", platform());
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    archive.start_file(name.as_str(), zip::write::SimpleFileOptions::default()).unwrap();
    archive.write_all(script(version, extra).as_bytes()).unwrap();
    let archive = archive.finish().unwrap().into_inner();
    let folder = "mirror/github.com/acme/zz";
    let sums = format!("{}  {name}.zip\n", hex(&archive));
    bench.write(&format!("{folder}/packer-plugin-zz_v{version}_SHA256SUMS"), sums.as_bytes());
    bench.write(&format!("{folder}/{name}.zip"), &archive);
}

fn installed(bench: &Bench, version: &str) -> PathBuf {
    let name = format!("packer-plugin-zz_v{version}_x5.0_{}", platform());
    bench.path(&format!("../home/.packer.d/plugins/github.com/acme/zz/{name}"))
}

/// Exit code and words that must be in the output.
fn check(said: &Said, code: i32, words: &[&str]) {
    // Findings are broken into lines as wide as a terminal.
    let text = said.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(said.code, code, "{}{}", said.stdout, said.stderr);
    for word in words {
        assert!(text.contains(word), "{}\nlacks {word}", said.stdout);
    }
}

#[test]
fn init_installs_once() {
    let bench = bench(&["1.0.0", "1.1.0"]);
    check(
        &bench.run(&["validate", "t.pkr.hcl"]),
        1,
        &["Missing plugins", "zz >= 1.0.0 (github.com/acme/zz)"],
    );
    let said = bench.run(&["init", "-mirror=mirror", "t.pkr.hcl"]);
    let path = installed(&bench, "1.1.0");
    assert!(path.is_file());
    check(&said, 0, &["\x1b[1;36mInstalled plugin github.com/acme/zz v1.1.0 in \""]);
    for again in [&["init", "t.pkr.hcl"][..], &["init", "-mirror=mirror", "-upgrade", "t.pkr.hcl"]] {
        let said = bench.run(again);
        assert_eq!((said.code, said.stdout.as_str()), (0, ""));
    }
    check(&bench.run(&["validate", "t.pkr.hcl"]), 0, &["The configuration is valid."]);
    check(&bench.run(&["init", "-mirror=mirror", "-force", "t.pkr.hcl"]), 0, &["Installed plugin"]);
    let quiet = bench.env("PACKER_NO_COLOR", "1");
    let said = quiet.run(&["init", "-mirror=mirror", "-force", "t.pkr.hcl"]);
    assert!(said.stdout.starts_with("Installed plugin"), "{}", said.stdout);
    let bench = quiet;
    assert!(!bench.path(".tintype.lock.hcl").exists());
}

#[test]
fn the_environment_and_the_settings_name_a_mirror() {
    let with_variable = bench(&["1.0.0"]).env("TINTYPE_MIRROR", "mirror");
    check(&with_variable.run(&["plugins", "install", "github.com/acme/zz"]), 0, &["Installed plugin"]);
    let with_file = bench(&["1.0.0"]).env("PACKER_CONFIG", "settings.json");
    with_file.write("settings.json", br#"{"mirror": "mirror", "prefer_plugins": ["docker"]}"#);
    check(&with_file.run(&["plugins", "install", "github.com/acme/zz", "~> 1.0"]), 0, &["Installed plugin"]);
    with_file.write("settings.json", br#"{"mirror": 1}"#);
    assert_eq!(with_file.run(&["plugins", "installed"]).code, 1);
}

#[test]
fn lock_file() {
    let bench = bench(&["1.0.0"]);
    check(&bench.run(&["init", "-mirror=mirror", "-lock", "t.pkr.hcl"]), 0, &["Wrote the lock file"]);
    let lock = || std::fs::read_to_string(bench.path(".tintype.lock.hcl")).unwrap();
    assert!(lock().contains("version = \"1.0.0\""));
    // What is installed already is locked with the digests of its release, too.
    let first = lock();
    assert!(first.contains("archives = {"));
    std::fs::remove_file(bench.path(".tintype.lock.hcl")).unwrap();
    check(&bench.run(&["init", "-mirror=mirror", "-lock", "t.pkr.hcl"]), 0, &["Wrote the lock file"]);
    assert_eq!(lock(), first);
    // Newer ones are not taken, until they are asked for.
    add(&bench, "1.1.0", "");
    let init = ["init", "-mirror=mirror", "t.pkr.hcl"];
    std::fs::remove_dir_all(bench.path("../home/.packer.d")).unwrap();
    check(&bench.run(&init), 0, &["v1.0.0"]);
    check(&bench.run(&["init", "-mirror=mirror", "-upgrade", "t.pkr.hcl"]), 0, &["v1.1.0", "Wrote the lock"]);
    assert!(lock().contains("version = \"1.1.0\""));
    // The locked one is used, though a newer one is there.
    add(&bench, "1.2.0", "");
    check(&bench.run(&["plugins", "install", "-mirror=mirror", "github.com/acme/zz"]), 0, &["v1.2.0"]);
    check(&bench.run(&["validate", "t.pkr.hcl"]), 0, &[]);
    std::fs::remove_file(installed(&bench, "1.1.0")).unwrap();
    check(
        &bench.run(&["validate", "t.pkr.hcl"]),
        1,
        &["Missing plugins", "the lock file says version 1.1.0"],
    );
    // Another binary under the same version is not used, and replaced.
    let other = script("1.1.0", "other");
    let path = installed(&bench, "1.1.0");
    write_program(&path, &other);
    std::fs::write(format!("{}_SHA256SUM", path.display()), hex(other.as_bytes())).unwrap();
    check(&bench.run(&["validate", "t.pkr.hcl"]), 1, &["Missing plugins", "the lock file says"]);
    check(&bench.run(&init), 0, &["Installed plugin github.com/acme/zz v1.1.0"]);
    check(&bench.run(&["validate", "t.pkr.hcl"]), 0, &[]);
    // Another archive is not taken at all.
    add(&bench, "1.1.0", "other");
    std::fs::remove_dir_all(bench.path("../home/.packer.d")).unwrap();
    check(&bench.run(&init), 1, &["Failed getting the \"github.com/acme/zz\" plugin:", "the lock file says"]);
    assert!(!path.exists());
    // Nor is a version that the template does not want any more.
    bench.write("t.pkr.hcl", REQUIRES.replace(">= 1.0.0", ">= 2").as_bytes());
    check(&bench.run(&init), 1, &["the lock file says version 1.1.0, the template asks for \">= 2\""]);
    check(
        &bench.run(&["validate", "t.pkr.hcl"]),
        1,
        &["Missing plugins", "the lock file says version 1.1.0"],
    );
    bench.write(".tintype.lock.hcl", b"plugin {");
    assert_eq!(bench.run(&init).code, 1);
    assert_eq!(bench.run(&["validate", "t.pkr.hcl"]).code, 1);
}

#[test]
fn what_is_built_in_needs_no_plugin() {
    let template = |source: &str| {
        format!(
            "packer {{\n  required_plugins {{\n    docker = {{\n      source = \"{source}\"\n      version = \"~> 1\"\n    }}\n  }}\n}}\n\
             source \"docker\" \"a\" {{\n  image = \"x\"\n  discard = true\n  novel = 1\n}}\nbuild {{\n  sources = [\"source.docker.a\"]\n}}\n"
        )
    };
    let bench = Bench::of(&template("github.com/hashicorp/docker")).env("TINTYPE_MIRROR", "mirror");
    check(&bench.run(&["init", "t.pkr.hcl"]), 0, &["github.com/hashicorp/docker is built in"]);
    let way_out = "-prefer-plugins=docker";
    check(&bench.run(&["validate", "t.pkr.hcl"]), 1, &["Unsupported argument", way_out]);
    let preferred = ["-prefer-plugins=all", "-prefer-plugins=docker", "-prefer-plugins=qemu,docker"];
    for flag in preferred {
        check(&bench.run(&["init", flag, "t.pkr.hcl"]), 1, &["Failed getting the"]);
        check(&bench.run(&["validate", flag, "t.pkr.hcl"]), 1, &["Missing plugins"]);
    }
    let bench = bench.env("TINTYPE_PREFER_PLUGINS", "docker");
    check(&bench.run(&["validate", "t.pkr.hcl"]), 1, &["Missing plugins"]);
    // Somebody else's plugin is another one.
    let bench = Bench::of(&template("github.com/acme/docker"));
    check(&bench.run(&["validate", "t.pkr.hcl"]), 1, &["Missing plugins"]);
    // Under another name the components are the same.
    let renamed = template("github.com/hashicorp/docker").replace("docker = {", "box = {");
    let renamed =
        renamed.replace("source \"docker\"", "source \"box\"").replace("source.docker", "source.box");
    let bench = Bench::of(&renamed.replace("  novel = 1\n", ""));
    check(&bench.run(&["validate", "t.pkr.hcl"]), 0, &["The configuration is valid."]);
}

#[test]
fn plugins_are_listed_removed_and_passed_over() {
    let bench = bench(&["1.0.0", "1.1.0", "2.0.0"]);
    for version in ["1.0.0", "1.1.0", "2.0.0"] {
        let args = ["plugins", "install", "-mirror=mirror", "github.com/acme/zz", version];
        check(&bench.run(&args), 0, &["Installed plugin"]);
    }
    let said = bench.run(&["plugins", "installed"]);
    assert_eq!(said.stdout.lines().count(), 3);
    let legacy = r#"{"builders": [{"type": "zz-big"}, {"type": "null"}]}"#;
    bench.write("t.json", legacy.as_bytes());
    check(&bench.run(&["hcl2_upgrade", "t.json"]), 0, &["Successfully created t.json.pkr.hcl. Exit 0"]);
    bench.write("t.json", legacy.replace("zz-big", "zz-small").as_bytes());
    check(&bench.run(&["hcl2_upgrade", "t.json"]), 1, &["Unknown builder type \"zz-small\""]);
    check(&bench.run(&["describe"]), 0, &["v2.0.0", "builders: zz, zz-big", "provisioners: zz-tool"]);
    let said = bench.run(&["plugins", "remove", "github.com/acme/zz", "< 2"]);
    assert_eq!(said.stdout.lines().count(), 2);
    let outside = bench.path("packer-plugin-zz_v1.0.0_x5.0_linux_amd64");
    std::fs::write(&outside, "").unwrap();
    check(&bench.run(&["plugins", "remove", &outside.display().to_string()]), 1, &["is no plugin in"]);
    let path = installed(&bench, "2.0.0");
    write_program(&path, "changed");
    let log = bench.run(&["validate", "t.pkr.hcl"]);
    check(&log, 1, &["Missing plugins", "its checksum is"]);
    let logged = bench.command(&["plugins", "installed"]).env("PACKER_LOG", "1").output().unwrap();
    assert!(String::from_utf8_lossy(&logged.stderr).contains("plugin passed over"));
    let path = path.canonicalize().unwrap().display().to_string();
    let home = bench.path("../home/.packer.d/plugins").canonicalize().unwrap().display().to_string();
    let removed =
        bench.command(&["plugins", "remove", &path]).env("PACKER_PLUGIN_PATH", home).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&removed.stdout), format!("{path}\n"));
    assert_eq!(bench.run(&["plugins", "installed"]).stdout, "");
}

#[test]
fn wrong_calls() {
    let bench = bench(&[]);
    for (args, words) in [
        (&["plugins", "install", "docker"][..], "Invalid source string"),
        (&["plugins", "install", "github.com/a/b", "soon"], "Invalid version constraint"),
        (
            &["plugins", "install", "github.com/a/b", "1.0.0-beta"],
            "Unsupported prerelease for constraint \"1.0.0-beta\"",
        ),
        (
            &["plugins", "install", "-path=x", "github.com/a/b", "1.0.0"],
            "A version cannot be given with -path",
        ),
        (&["plugins", "install", "-path=nowhere", "github.com/a/b"], "Failed to install the plugin"),
        (&["plugins", "install", "-mirror=ftp://x", "github.com/a/b"], "A mirror is"),
        (&["plugins", "remove", "github.com/a/b", "soon"], "Malformed constraint"),
        (&["plugins", "vendor", "-platform=here", "v"], "is no system and processor"),
    ] {
        check(&bench.run(args), 1, &[words]);
    }
}

#[test]
fn vendored_folders_are_mirrors() {
    let bench = bench(&["1.0.0"]);
    check(&bench.run(&["plugins", "vendor", "-mirror=mirror", "out", "t.pkr.hcl"]), 0, &["Took "]);
    check(&bench.run(&["plugins", "vendor", "-mirror=mirror", "out"]), 0, &["Kept "]);
    check(&bench.run(&["init", "-mirror=out", "."]), 0, &["Installed plugin"]);
}

fn write_program(path: &std::path::Path, content: &str) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::write(path, content).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn what_a_plugin_starts_sees_no_plugins_that_it_did_not_ask_for() {
    const UNASKED: &str = "source \"zz\" \"a\" {\n}\nbuild {\n  sources = [\"source.zz.a\"]\n}\n";
    let cookie = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";
    let outside = bench(&["1.0.0"]);
    check(
        &outside.run(&["plugins", "install", "-mirror=mirror", "github.com/acme/zz"]),
        0,
        &["Installed plugin"],
    );
    outside.write("unasked.pkr.hcl", UNASKED.as_bytes());
    // The script is no plugin: whether it was tried is what counts.
    check(&outside.run(&["validate", "unasked.pkr.hcl"]), 1, &["cannot be used"]);
    let inside = outside.env("PACKER_PLUGIN_MAGIC_COOKIE", cookie);
    let said = inside.run(&["validate", "unasked.pkr.hcl"]);
    assert!(said.code == 1 && !said.stdout.contains("cannot be used"), "{}", said.stdout);
    check(&inside.run(&["validate", "t.pkr.hcl"]), 0, &["The configuration is valid."]);
}
