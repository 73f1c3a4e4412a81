//! The plugin with a few constants of its libraries changed while it is built: it waits at a port, as plugins do on Windows, and asks its
//! host for a sign of life ten times a second instead of twice a minute, so that a connection that idles for seconds is as if for minutes.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use crate::bench::program;
use crate::fleet::{
    Mode, REQUIRED, Yard, built, lines, modes, no_remains, provisioner, says, succeeded, verbs,
};

/// Module, file in it, what stands there, what shall stand there.
const CHANGES: [(&str, &str, &str, &str); 3] = [
    ("github.com/hashicorp/yamux", "mux.go", "30 * time.Second", "100 * time.Millisecond"),
    ("github.com/hashicorp/yamux", "mux.go", "10 * time.Second", "2 * time.Second"),
    (
        "github.com/hashicorp/packer-plugin-sdk",
        "plugin/server.go",
        "runtime.GOOS == \"windows\"",
        "runtime.GOOS != \"\"",
    ),
];

/// Copies what a module is built from.
fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let (entry, to) = (entry.path(), to.join(entry.file_name()));
        if entry.is_dir() {
            copy(&entry, &to)?;
        } else {
            // The bytes alone: what Go has downloaded nobody may write to.
            std::fs::write(to, std::fs::read(entry)?)?;
        }
    }
    Ok(())
}

/// The plugin's list of modules, with patched copies of two.
fn modules() -> std::io::Result<PathBuf> {
    let plugin = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/go-plugin");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("go-plugin/patched-modules");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(&folder)?;
    let mut list = std::fs::read_to_string(plugin.join("go.mod"))?;
    for (module, file, old, new) in CHANGES {
        let place = folder.join(module);
        if !place.exists() {
            let mut go = program(Path::new("go"));
            let output = go.current_dir(&plugin).args(["list", "-m", "-f", "{{.Dir}}", module]).output()?;
            copy(Path::new(String::from_utf8_lossy(&output.stdout).trim()), &place)?;
            list.push_str(&format!("\nreplace {module} => {}\n", place.display()));
        }
        let text = std::fs::read_to_string(place.join(file))?;
        assert!(text.contains(old), "{file} has no {old}");
        std::fs::write(place.join(file), text.replace(old, new))?;
    }
    std::fs::write(folder.join("patched.mod"), list)?;
    std::fs::copy(plugin.join("go.sum"), folder.join("patched.sum"))?;
    Ok(folder.join("patched.mod"))
}

static PATCHED: LazyLock<Option<Mode>> = LazyLock::new(|| {
    modes().first()?;
    let list = format!("-modfile={}", modules().unwrap().display());
    let (plugins, binary) = built("patched", &[&list]).unwrap();
    Some(Mode { name: "patched", plugins, binary, gob: false })
});

fn build(template: impl Fn(&Yard) -> String, flags: &[&str], look: impl Fn(&crate::bench::Said, &Yard)) {
    let Some(mode) = &*PATCHED else { return };
    let mut yard = Yard::new(mode, "");
    yard.bench = yard.bench.env("PACKER_LOG", "1");
    yard.bench.write("t.pkr.hcl", template(&yard).as_bytes());
    let said = yard.build(flags);
    look(&said, &yard);
    no_remains(&yard, &said);
}

#[test]
fn over_a_port() {
    let size = 3_000_000;
    let template = |yard: &Yard| {
        let file = yard.path("file");
        let work = [format!("upload {size} {file}"), format!("download {file}"), "run echo there".to_owned()];
        let work: Vec<&str> = work.iter().map(String::as_str).collect();
        crate::fleet::template(&verbs(&["provision"]), &provisioner(&work))
    };
    build(template, &[], |said, yard| {
        succeeded(said, yard);
        says(said, yard, &[&format!("uploaded {size} bytes"), "exit 0, stdout \"there\\n\", stderr \"\""]);
        let at = said.stderr.matches("Plugin address: tcp 127.0.0.1:1").count();
        assert!(at >= 2, "{}", said.stderr);
    });
}

#[test]
fn connections_may_idle() {
    // The second builder is ready, and waits for the first to end.
    let text = format!(
        "{REQUIRED}\nsource \"probe\" \"a\" {{\n  {}}}\nsource \"probe\" \"b\" {{\n  {}}}\nbuild {{\n  sources = [\"probe.a\", \"probe.b\"]\n}}\n",
        verbs(&["sleep 3s", "say first"]),
        verbs(&["say second"])
    );
    build(
        |_| text.clone(),
        &["-parallel-builds=1"],
        |said, yard| {
            succeeded(said, yard);
            assert_eq!(lines(said, "probe.a").first(), Some(&"first"), "{}", said.stdout);
            assert_eq!(lines(said, "probe.b").first(), Some(&"second"), "{}", said.stdout);
            assert!(!said.stderr.contains("keepalive failed"), "{}", said.stderr);
        },
    );
}
