//! What stands in file names and checksum files.

use tintype_sdk::Category;

use crate::{Api, BinaryName, Description, Platform, sums};

fn linux() -> Platform {
    "linux_amd64".parse().unwrap()
}

#[test]
fn binaries() {
    let name = "packer-plugin-docker_v1.1.5_x5.0_linux_amd64";
    let parsed = BinaryName::parse(name, &linux()).unwrap();
    assert_eq!((parsed.plugin.as_str(), parsed.version.to_string().as_str()), ("docker", "1.1.5"));
    assert_eq!(parsed.to_string(), name);
    let dev = BinaryName::parse("packer-plugin-a-b_v2.0.0-dev_x5.0_linux_amd64", &linux()).unwrap();
    assert_eq!((dev.plugin.as_str(), dev.version.prerelease()), ("a-b", "dev"));
    for bad in [
        "packer-plugin-docker_v1.1.5_x5.0_linux_arm64",
        "packer-plugin-docker_v1.1.5_x5.0_linux_amd64.exe",
        "packer-plugin-docker_v1.1_x5.0_linux_amd64",
        "packer-plugin-docker_v01.1.5_x5.0_linux_amd64",
        "packer-plugin-docker_1.1.5_x5.0_linux_amd64",
        "packer-plugin-docker_v1.1.5+b_x5.0_linux_amd64",
        "packer-plugin-docker_v1.1.5_5.0_linux_amd64",
        "packer-plugin-docker_v1.1.5_x5.0_y_linux_amd64",
        "packer-plugin-docker_linux_amd64",
        "packer-builder-docker_v1.1.5_x5.0_linux_amd64",
        "packer-plugin-_linux_amd64",
    ] {
        assert!(BinaryName::parse(bad, &linux()).is_err(), "{bad}");
    }
}

#[test]
fn windows_programs_have_an_ending() {
    let windows = "windows_386".parse().unwrap();
    let name = "packer-plugin-docker_v1.1.5_x5.0_windows_386.exe";
    assert_eq!(BinaryName::parse(name, &windows).unwrap().to_string(), name);
}

#[test]
fn interfaces() {
    for (text, usable) in [("x5.0", true), ("x5.1", false), ("x4.0", false), ("x6.0", false)] {
        assert_eq!(text.parse::<Api>().unwrap().is_usable(), usable, "{text}");
    }
    for bad in ["5.0", "x5", "x5.", "x.0", "x5.0.0", "x+5.0", "x5.-1", "x99999999999.0", ""] {
        assert!(bad.parse::<Api>().is_err(), "{bad}");
    }
}

#[test]
fn components() {
    let description = Description::from_json(&serde_json::json!({
        "version": "1.2.3", "api_version": "x5.0", "protocol_version": "v2",
        "builders": ["-packer-default-plugin-name-", "ebs"], "datasources": null,
    }));
    let description = description.unwrap();
    let used = |accessor: &str, name: &str| {
        description.component(Category::Builder, accessor, name).map(str::to_owned)
    };
    assert_eq!(used("amazon", "amazon").as_deref(), Some(crate::DEFAULT_COMPONENT));
    assert_eq!(used("amazon", "amazon-ebs").as_deref(), Some("ebs"));
    assert_eq!(used("aws", "aws-ebs").as_deref(), Some("ebs"));
    assert_eq!(used("amazon", "amazonebs"), None);
    assert_eq!(used("amazon", "amazon-chroot"), None);
    assert_eq!(used("amazon", "amazon--packer-default-plugin-name-"), Some(crate::DEFAULT_COMPONENT.into()));
    assert_eq!(description.used_names(Category::Builder, "aws"), ["aws", "aws-ebs"]);
    assert!(description.components(Category::DataSource).is_empty());
}

#[test]
fn descriptions_of_strangers() {
    for bad in [
        r#"[]"#,
        r#"{}"#,
        r#"{"version": "1.0.0"}"#,
        r#"{"version": "one", "api_version": "x5.0"}"#,
        r#"{"version": 1, "api_version": "x5.0"}"#,
        r#"{"version": "1.0.0", "api_version": "x5.0", "builders": "a"}"#,
        r#"{"version": "1.0.0", "api_version": "x5.0", "builders": [1]}"#,
        r#"{"version": "1.0.0", "api_version": "x5.0", "builders": ["a\u0000"]}"#,
        r#"{"version": "1.0.0", "api_version": "x5.0", "builders": ["two words"]}"#,
    ] {
        let value = serde_json::from_str(bad).unwrap();
        assert!(Description::from_json(&value).is_err(), "{bad}");
    }
}

#[test]
fn checksum_files() {
    let hex = "ab".repeat(32);
    let text = format!(
        "{hex}  packer-plugin-x_v1.0.0_x5.0_linux_amd64.zip\n\
         {hex} *packer-plugin-x_v1.0.0_x5.0_windows_amd64.zip\n\
         {hex}  packer-plugin-x_v1.0.0_manifest.json\n\
         {hex}  packer-plugin-other_v1.0.0_x5.0_linux_arm64.zip\n\
         {hex}  ../../packer-plugin-x_v1.0.0_x5.0_linux_arm64.zip\n\
         {hex}  packer-plugin-x_v1.0.0_x5.0_linux_../../etc.zip\n\
         {hex}  packer-plugin-x_v1.0_x5.0_linux_arm64.zip\n\
         {hex}  packer-plugin-x_v1.0.0_x5.0_linux_arm64.zip more\n\
         zz{}  packer-plugin-x_v1.0.0_x5.0_linux_arm.zip\n\
         nonsense\n\n",
        &hex[2..]
    );
    let found: Vec<String> = sums::with_api(&text, "x").into_iter().map(|archive| archive.file).collect();
    assert_eq!(
        found,
        ["packer-plugin-x_v1.0.0_x5.0_linux_amd64.zip", "packer-plugin-x_v1.0.0_x5.0_windows_amd64.zip"]
    );
    let text = format!(
        "{hex}  packer-plugin-x_1.0.0_linux_amd64.zip\n{hex}  packer-plugin-x_v1.0.0_linux_amd64.zip\n"
    );
    let found = sums::without_api(&text, "x", Api::OURS);
    assert_eq!(found.len(), 1);
}
