//! Plugins for tests: scripts that describe themselves.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tintype_sdk::PluginSource;

use crate::{Digest, Platform};

/// A plugin of this version, with a builder and a line of its own.
pub fn script(version: &str, extra: &str) -> String {
    format!(
        "#!/bin/sh\n# {extra}\n[ \"$1\" = describe ] && echo '{{\"version\":\"{version}\",\"sdk_version\":\"0.6.0\",\
         \"api_version\":\"x5.0\",\"builders\":[\"-packer-default-plugin-name-\"],\"post_processors\":[],\
         \"provisioners\":[\"tool\"],\"datasources\":[],\"protocol_version\":\"v2\"}}'\n"
    )
}

/// An archive with one file.
pub fn zip(entry: &str, content: &[u8]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().unix_permissions(0o755);
    writer.start_file("README.md", options).unwrap();
    writer.write_all(b"read me").unwrap();
    writer.start_file(entry, options).unwrap();
    writer.write_all(content).unwrap();
    writer.finish().unwrap().into_inner()
}

/// The name of a binary for this platform, without what its archive adds.
pub fn binary(plugin: &str, version: &str) -> String {
    format!("packer-plugin-{plugin}_v{version}_x5.0_{}", Platform::current())
}

pub fn source() -> PluginSource {
    "github.com/acme/zz".parse().unwrap()
}

/// Puts a plugin into a tree by hand, as Packer leaves it.
pub fn plant(dir: &Path, folder: &str, name: &str, content: &str) -> PathBuf {
    let folder = dir.join(folder);
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    write_program(&path, content);
    std::fs::write(folder.join(format!("{name}_SHA256SUM")), Digest::of(content.as_bytes()).to_string())
        .unwrap();
    path
}

pub fn write_program(path: &Path, content: &str) {
    tintype_sdk::while_none_starts(|| {
        std::fs::write(path, content).unwrap();
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    });
}
