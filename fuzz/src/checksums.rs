//! Files with checksums, names of installed plugins and source addresses: whatever they hold, a name made of it stays in its folder.

use tintype_fetch::untrusted::{archives, file_name, source};

pub fn check(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for name in archives(&text, "probe") {
        assert!(name.starts_with("packer-plugin-probe_") && name.ends_with(".zip"), "{name:?}");
        plain(&name);
    }
    for line in text.lines() {
        // Names of files that exist have no separators.
        if !line.contains(['/', '\\', '\0'])
            && let Ok(name) = file_name(line)
        {
            plain(&name.plugin);
        }
        if let Ok(source) = source(line) {
            source.parts().for_each(plain);
        }
    }
}

fn plain(name: &str) {
    assert!(!name.is_empty() && name != "." && name != "..", "{name:?}");
    assert!(!name.contains(['/', '\\', '\0']), "{name:?}");
}
