//! What is installed and how it is started.

use crate::fleet::{REQUIRED, Yard, check, failed, file_name, modes, sign, succeeded, template, verbs};

/// Installs a copy of the plugin under another name.
fn install(yard: &Yard, folder: &str, name: &str) {
    let path = format!("plugins/{folder}/{name}");
    yard.bench.write(&path, b"");
    let path = yard.bench.path(&path);
    std::fs::copy(&yard.mode.binary, &path).unwrap();
    sign(&path);
}

fn own_folder(yard: &mut Yard) {
    let here = yard.path("plugins");
    let bench = std::mem::replace(&mut yard.bench, crate::bench::Bench::new(&[]));
    yard.bench = bench.env("PACKER_PLUGIN_PATH", &here);
}

#[test]
fn names_of_the_template_choose_the_plugin() {
    // The accessor names components, not the plugin.
    let text = "packer {\n  required_plugins {\n    other = {\n      source  = \"github.com/tintype/probe\"\n      version = \"~> 1.2\"\n    }\n  }\n}\nsource \"other\" \"a\" {\n  do = [\"say by accessor\"]\n}\nsource \"other-second\" \"b\" {\n  do = [\"say named\"]\n}\nbuild {\n  sources = [\"other.a\", \"other-second.b\"]\n  provisioner \"other-second\" {\n    do = [\"say x\"]\n  }\n}\n";
    check(text, |said, yard| {
        succeeded(said, yard);
        assert!(said.stdout.contains("==> other.a: by accessor\n"), "{}", said.stdout);
        assert!(said.stdout.contains("==> other-second.b: named\n"), "{}", said.stdout);
    });
    // Installed ones are found without being required.
    check(
        "source \"probe\" \"a\" {\n  do = [\"say unasked\"]\n}\nbuild {\n  sources = [\"probe.a\"]\n}\n",
        |said, yard| {
            succeeded(said, yard);
            assert!(said.stdout.contains("==> probe.a: unasked\n"), "{}", said.stdout);
        },
    );
}

#[test]
fn what_is_installed_wrongly_is_not_there() {
    let Some(mode) = modes().first() else { return };
    for (folder, name) in [
        ("github.com/tintype/probe", file_name("probe", "1.2.4", "x5.0")),
        ("github.com/tintype/probe", file_name("probe", "01.2.3", "x5.0")),
        ("github.com/tintype/probe", file_name("probe", "1.2.3", "x5.1")),
        ("github.com/tintype/probe", file_name("probe", "1.2.3", "x4.0")),
        ("github.com/tintype/probe", file_name("probe", "1.2.3+meta", "x5.0")),
        ("github.com/tintype/probe", file_name("probe", "1.2.3-dev", "x5.0")),
        ("github.com/tintype/probe", "packer-plugin-probe_v1.2.3_x5.0_plan9_mips".to_owned()),
        ("github.com/tintype/other", file_name("other", "1.2.3", "x5.0")),
        (".", file_name("probe", "1.2.3", "x5.0")),
        ("a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q", file_name("probe", "1.2.3", "x5.0")),
    ] {
        let mut yard = Yard::new(mode, &template("", ""));
        own_folder(&mut yard);
        yard.bench.write("t.pkr.hcl", template("", "").as_bytes());
        install(&yard, folder, &name);
        let said = yard.build(&[]);
        failed(&said, &yard, "Missing plugins");
    }
    let mut yard = Yard::new(mode, "");
    own_folder(&mut yard);
    yard.bench.write("t.pkr.hcl", template("", "").as_bytes());
    let name = file_name("probe", "1.2.3", "x5.0");
    install(&yard, "github.com/tintype/probe", &name);
    succeeded(&yard.build(&[]), &yard);
    let sums = yard.bench.path(&format!("plugins/github.com/tintype/probe/{name}_SHA256SUM"));
    std::fs::write(&sums, "0".repeat(64)).unwrap();
    assert_eq!(yard.build(&[]).code, 1);
    std::fs::remove_file(&sums).unwrap();
    assert_eq!(yard.build(&[]).code, 1);
}

#[test]
fn a_component_that_is_not_there_is_named() {
    let text = format!(
        "{REQUIRED}\nsource \"probe-none\" \"a\" {{\n}}\nbuild {{\n  sources = [\"probe-none.a\"]\n}}\n"
    );
    check(&text, |said, yard| failed(said, yard, "probe-none"));
    let text = template("", "  provisioner \"probe-none\" {\n  }\n");
    check(&text, |said, yard| failed(said, yard, "probe-none"));
}

#[cfg(unix)]
#[test]
fn a_long_folder_for_temporary_files_is_no_obstacle() {
    for mode in modes() {
        let mut yard = Yard::new(mode, "");
        let long = yard.bench.tmp().join("l".repeat(60)).join("m".repeat(60));
        std::fs::create_dir_all(&long).unwrap();
        let bench = std::mem::replace(&mut yard.bench, crate::bench::Bench::new(&[]));
        yard.bench = bench.env("TMPDIR", long.to_str().unwrap());
        yard.bench.write("t.pkr.hcl", template(&verbs(&["say hi"]), "").as_bytes());
        let said = yard.build(&[]);
        succeeded(&said, &yard);
    }
}

#[test]
fn the_plugins_log_is_ours() {
    for mode in modes() {
        let mut yard = Yard::new(mode, "");
        let bench = std::mem::replace(&mut yard.bench, crate::bench::Bench::new(&[]));
        yard.bench = bench.env("PACKER_LOG", "1");
        yard.bench.write("t.pkr.hcl", template(&verbs(&["stderr 1", "say hi"]), "").as_bytes());
        let said = yard.build(&[]);
        succeeded(&said, &yard);
        let name = file_name("probe", "1.2.3", "x5.0");
        assert!(said.stderr.contains(&format!("{name} plugin: ")), "{}", said.stderr);
        assert!(said.stderr.contains("oooooooo"), "{}", said.stderr);
    }
}

#[test]
fn components_of_plugins_are_described() {
    for mode in modes() {
        let yard = Yard::new(mode, &template("", ""));
        let said = yard.bench.run(&["describe", "builder.probe"]);
        succeeded(&said, &yard);
        assert!(said.stdout.contains("on_prepare") && said.stdout.contains("disk"), "{}", said.stdout);
    }
}
