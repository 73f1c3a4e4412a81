//! What is a name of a plugin's binary, and why something is none.

use super::BinaryName;
use crate::Platform;

#[test]
fn names_have_a_plugin_a_version_and_an_interface() {
    let platform = Platform { os: "linux".into(), arch: "amd64".into() };
    let read = |name: &str| BinaryName::parse(name, &platform);
    let name = "packer-plugin-docker_v1.1.5_x5.0_linux_amd64";
    assert_eq!(read(name).map(|name| name.to_string()).as_deref(), Ok(name));
    for (wrong, why) in [
        ("packer-plugin-docker_v1.1.5_x5.0_linux_arm64", "one of a plugin for linux_amd64"),
        ("packer-plugin-docker_v1.1.5_linux_amd64", "NAME_vX.Y.Z_xA.B_OS_ARCH"),
        ("packer-plugin-_v1.1.5_x5.0_linux_amd64", "no plugin's name"),
        ("packer-plugin-docker_v01.1.5_x5.0_linux_amd64", "01.1.5"),
        ("packer-plugin-docker_v1.1.5+a_x5.0_linux_amd64", "metadata"),
        ("packer-plugin-docker_v1.1.5_5.0_linux_amd64", "no version of the interface"),
    ] {
        let error = read(wrong).map(|name| name.to_string()).expect_err(wrong);
        assert!(error.contains(why), "{wrong}: {error}");
    }
}
