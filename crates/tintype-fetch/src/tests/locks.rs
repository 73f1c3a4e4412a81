//! The lock file as text.

use diag::SourceMap;
use tintype_sdk::PluginSource;

use crate::{Digest, Installed, LOCK_FILE, LockFile, Platform};

fn platform(text: &str) -> Platform {
    text.parse().unwrap()
}

fn installed(version: &str, archives: &[&str]) -> Installed {
    Installed {
        path: "x".into(),
        version: version.parse().unwrap(),
        binary: Digest::of(b"binary"),
        archives: archives.iter().map(|name| (platform(name), Digest::of(name.as_bytes()))).collect(),
        was_there: false,
    }
}

#[test]
fn written_and_read() {
    let dir = tempfile::tempdir().unwrap();
    assert!(LockFile::read(dir.path(), &SourceMap::new()).unwrap().is_none());
    let source: PluginSource = "github.com/acme/zz".parse().unwrap();
    let mut lock = LockFile::new(dir.path());
    lock.record(&source, &installed("1.2.3", &["linux_amd64", "windows_386"]), &platform("linux_amd64"));
    assert!(lock.write().unwrap());
    assert!(!lock.write().unwrap());
    let text = std::fs::read_to_string(dir.path().join(LOCK_FILE)).unwrap();
    let hex = |text: &str| Digest::of(text.as_bytes()).to_string();
    let expected = format!(
        "\nplugin \"github.com/acme/zz\" {{\n  version = \"1.2.3\"\n\n  archives = {{\n    linux_amd64 = \"sha256:{}\"\n    \
         windows_386 = \"sha256:{}\"\n  }}\n\n  binaries = {{\n    linux_amd64 = \"sha256:{}\"\n  }}\n}}\n",
        hex("linux_amd64"),
        hex("windows_386"),
        hex("binary")
    );
    assert!(text.ends_with(&expected), "{text}");
    let file = SourceMap::new().add("lock", text.as_str());
    assert_eq!(hcl::fmt::format(&text, file), Ok(text));

    // Another machine adds what it knows, another version begins anew.
    let mut lock = LockFile::read(dir.path(), &SourceMap::new()).unwrap().unwrap();
    lock.record(&source, &installed("1.2.3", &[]), &platform("windows_386"));
    assert!(lock.write().unwrap());
    let mut lock = LockFile::read(dir.path(), &SourceMap::new()).unwrap().unwrap();
    let locked = lock.get(&source).unwrap();
    assert_eq!((locked.archives.len(), locked.binaries.len()), (2, 2));
    lock.record(&source, &installed("1.2.3", &[]), &platform("windows_386"));
    assert!(!lock.write().unwrap());
    lock.record(&source, &installed("1.3.0", &[]), &platform("linux_amd64"));
    let locked = lock.get(&source).unwrap();
    assert_eq!((locked.archives.len(), locked.binaries.len()), (0, 1));
}

#[test]
fn mistakes() {
    let hex = "0".repeat(64);
    for bad in [
        "plugin {",
        "plugin \"x\" {\n  version = \"1.0.0\"\n}\n",
        "plugin \"../../x\" {\n  version = \"1.0.0\"\n}\n",
        "plugin \"github.com/a/b\" {\n}\n",
        "plugin \"github.com/a/b\" {\n  version = 1\n}\n",
        "plugin \"github.com/a/b\" {\n  version = \"1.0.0\"\n  archives = 1\n}\n",
        "plugin \"github.com/a/b\" {\n  version = \"1.0.0\"\n  binaries = { linux_amd64 = \"md5:x\" }\n}\n",
        &format!(
            "plugin \"github.com/a/b\" {{\n  version = \"1.0.0\"\n  binaries = {{ linux = \"sha256:{hex}\" }}\n}}\n"
        ),
        "plugin \"github.com/a/b\" {\n  version = \"1.0.0\"\n}\nplugin \"github.com/a/b\" {\n  version = \"1.0.0\"\n}\n",
        "other = 1\n",
        &"[".repeat(10_000),
    ] {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(LOCK_FILE), bad).unwrap();
        assert!(LockFile::read(dir.path(), &SourceMap::new()).is_err(), "{bad}");
    }
}
