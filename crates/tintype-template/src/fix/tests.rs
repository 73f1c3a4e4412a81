use std::collections::HashSet;

use diag::SourceMap;
use hcl::json::parse;

use super::template::Template;
use super::value::Value;
use super::{FIXERS, NotATemplate, check_form};

fn value(text: &str) -> Value {
    let sources = SourceMap::new();
    let (node, found) = parse(text, sources.add("t.json", text));
    assert!(found.is_empty(), "{text}: {found:?}");
    Value::of(&node).unwrap()
}

fn fixed(text: &str) -> Result<String, String> {
    let sources = SourceMap::new();
    let root = crate::json::reader::read(text, sources.add("t.json", text), &sources);
    root.and_then(|root| super::fixed(&root)).map_err(|found| diag::render_all(&found, &sources))
}

/// `before` and `after` are one builder, provisioner or post-processor; only the fixer of this name runs.
fn check(name: &str, list: &str, before: &str, after: &str) {
    let fixer = FIXERS.iter().find(|fixer| fixer.name == name).unwrap_or_else(|| panic!("no fixer {name}"));
    let whole = |part: &str| value(&format!(r#"{{"builders": [], "{list}": [{part}]}}"#));
    let Value::Object(object) = whole(before) else { unreachable!() };
    let mut template = Template::new(object).unwrap();
    (fixer.apply)(&mut template).unwrap();
    assert_eq!(template.into_value().to_string(), whole(after).to_string(), "{name}: {before}");
}

/// Fixer, before, after.
type Row = (&'static str, &'static str, &'static str);

const BUILDERS: &[Row] = &[
    ("iso-md5", r#"{"iso_md5": "a"}"#, r#"{"iso_checksum": "a", "iso_checksum_type": "md5"}"#),
    (
        "iso-md5",
        r#"{"iso_md5": "a", "iso_checksum": "b"}"#,
        r#"{"iso_checksum": "a", "iso_checksum_type": "md5"}"#,
    ),
    ("iso-md5", r#"{"iso_md5": 5}"#, r#"{"iso_md5": 5}"#),
    (
        "createtime",
        r#"{"ami_name": "a {{ .CreateTime}}{{.CreateTime}}"}"#,
        r#"{"ami_name": "a {{timestamp}}{{timestamp}}"}"#,
    ),
    (
        "createtime",
        r#"{"bundle_prefix": "{{- .CreateTime}}{{x"}"#,
        r#"{"bundle_prefix": "{{- .CreateTime}}{{x"}"#,
    ),
    ("createtime", r#"{"other": "{{.CreateTime}}"}"#, r#"{"other": "{{.CreateTime}}"}"#),
    (
        "virtualbox-gaattach",
        r#"{"type": "virtualbox", "guest_additions_attach": true, "guest_additions_mode": "x"}"#,
        r#"{"type": "virtualbox", "guest_additions_mode": "attach"}"#,
    ),
    (
        "virtualbox-gaattach",
        r#"{"type": "virtualbox", "guest_additions_attach": false}"#,
        r#"{"type": "virtualbox", "guest_additions_mode": "upload"}"#,
    ),
    (
        "virtualbox-gaattach",
        r#"{"type": "virtualbox-iso", "guest_additions_attach": true}"#,
        r#"{"type": "virtualbox-iso", "guest_additions_attach": true}"#,
    ),
    ("virtualbox-rename", r#"{"type": "virtualbox"}"#, r#"{"type": "virtualbox-iso"}"#),
    ("vmware-rename", r#"{"type": "vmware", "name": "n"}"#, r#"{"type": "vmware-iso", "name": "n"}"#),
    ("parallels-headless", r#"{"type": "parallels-pvm", "headless": 1}"#, r#"{"type": "parallels-pvm"}"#),
    ("parallels-headless", r#"{"type": "qemu", "headless": true}"#, r#"{"type": "qemu", "headless": true}"#),
    (
        "parallels-deprecations",
        r#"{"type": "parallels-iso", "parallels_tools_host_path": "p", "guest_os_distribution": "a", "guest_os_type": "b"}"#,
        r#"{"type": "parallels-iso", "guest_os_type": "a"}"#,
    ),
    ("sshkeypath", r#"{"ssh_key_path": "k"}"#, r#"{"ssh_private_key_file": "k"}"#),
    (
        "sshkeypath",
        r#"{"ssh_key_path": "k", "ssh_private_key_file": "p"}"#,
        r#"{"ssh_private_key_file": "p"}"#,
    ),
    ("sshdisableagent", r#"{"ssh_disable_agent": true}"#, r#"{"ssh_disable_agent_forwarding": true}"#),
    ("sshdisableagent", r#"{"ssh_disable_agent": "true"}"#, r#"{"ssh_disable_agent": "true"}"#),
    (
        "scaleway-access-key",
        r#"{"type": "scaleway", "access_key": "a"}"#,
        r#"{"type": "scaleway", "organization_id": "a"}"#,
    ),
    (
        "scaleway-access-key",
        r#"{"type": "scaleway", "access_key": "a", "organization_id": "b"}"#,
        r#"{"type": "scaleway", "organization_id": "b"}"#,
    ),
    (
        "amazon-shutdown_behavior",
        r#"{"type": "amazon-x", "shutdown_behaviour": "a"}"#,
        r#"{"type": "amazon-x", "shutdown_behavior": "a"}"#,
    ),
    (
        "amazon-enhanced-networking",
        r#"{"type": "amazon-x", "enhanced_networking": true, "ena_support": false}"#,
        r#"{"type": "amazon-x", "ena_support": true}"#,
    ),
    (
        "amazon-private-ip",
        r#"{"type": "amazon-x", "ssh_private_ip": "t"}"#,
        r#"{"type": "amazon-x", "ssh_interface": "private_ip"}"#,
    ),
    (
        "amazon-private-ip",
        r#"{"type": "amazon-x", "ssh_private_ip": false}"#,
        r#"{"type": "amazon-x", "ssh_interface": "public_ip"}"#,
    ),
    (
        "amazon-private-ip",
        r#"{"type": "amazon-x", "ssh_private_ip": true, "ssh_interface": ""}"#,
        r#"{"type": "amazon-x", "ssh_private_ip": true, "ssh_interface": ""}"#,
    ),
    (
        "amazon-temp-sec-cidrs",
        r#"{"type": "amazon-x", "temporary_security_group_source_cidr": "a"}"#,
        r#"{"type": "amazon-x", "temporary_security_group_source_cidrs": ["a"]}"#,
    ),
    (
        "vmware-compaction",
        r#"{"type": "vmware-iso", "remote_type": "esx5"}"#,
        r#"{"type": "vmware-iso", "remote_type": "esx5", "disk_type_id": "zeroedthick", "skip_compaction": true}"#,
    ),
    (
        "vmware-compaction",
        r#"{"type": "vmware-iso", "remote_type": "esx5", "disk_type_id": "thin", "skip_compaction": false}"#,
        r#"{"type": "vmware-iso", "remote_type": "esx5", "disk_type_id": "thin", "skip_compaction": false}"#,
    ),
    ("vmware-compaction", r#"{"type": "vmware-iso"}"#, r#"{"type": "vmware-iso"}"#),
    ("hyperv-deprecations", r#"{"type": "hyperv-iso", "vhd_temp_path": 5}"#, r#"{"type": "hyperv-iso"}"#),
    (
        "hyperv-vmxc-typo",
        r#"{"type": "hyperv-vmcx", "clone_from_vmxc_path": "a", "clone_from_vmcx_path": "b"}"#,
        r#"{"type": "hyperv-vmcx", "clone_from_vmcx_path": "a"}"#,
    ),
    (
        "hyperv-cpu-and-ram",
        r#"{"type": "hyperv-iso", "cpu": 2, "ram_size": 1024}"#,
        r#"{"type": "hyperv-iso", "cpus": 2, "memory": 1024}"#,
    ),
    (
        "clean-image-name",
        r#"{"a": "{{clean_ami_name}}{{clean_image_name}}", "m": {"k": "clean_ami_name", "n": {"k": "clean_ami_name"}}, "l": ["clean_ami_name"]}"#,
        r#"{"a": "{{clean_resource_name}}{{clean_resource_name}}", "m": {"k": "clean_resource_name", "n": {"k": "clean_ami_name"}}, "l": ["clean_ami_name"]}"#,
    ),
    (
        "spot-price-auto-product",
        r#"{"type": "amazon-ebs", "spot_price_auto_product": "x"}"#,
        r#"{"type": "amazon-ebs"}"#,
    ),
    ("qemu-disk-size", r#"{"type": "qemu", "disk_size": 1.5}"#, r#"{"type": "qemu", "disk_size": "1M"}"#),
    (
        "qemu-disk-size",
        r#"{"type": "qemu", "disk_size": "5000"}"#,
        r#"{"type": "qemu", "disk_size": "5000"}"#,
    ),
    (
        "comm-config",
        r#"{"type": "virtualbox-vm", "ssh_host_port_min": 1, "ssh_host_port_max": 2, "host_port_max": 3, "ssh_skip_nat_mapping": true}"#,
        r#"{"type": "virtualbox-vm", "host_port_min": 1, "host_port_max": 3, "skip_nat_mapping": true}"#,
    ),
    ("comm-config", r#"{"ssh_host_port_min": 1}"#, r#"{"ssh_host_port_min": 1}"#),
    ("ssh-wait-timeout", r#"{"ssh_wait_timeout": "1m"}"#, r#"{"ssh_timeout": "1m"}"#),
    ("ssh-wait-timeout", r#"{"ssh_wait_timeout": "1m", "ssh_timeout": "2m"}"#, r#"{"ssh_timeout": "2m"}"#),
    ("ssh-wait-timeout", r#"{"ssh_wait_timeout": 1, "ssh_timeout": "2m"}"#, r#"{"ssh_timeout": "2m"}"#),
    ("ssh-wait-timeout", r#"{"ssh_wait_timeout": 1}"#, r#"{"ssh_wait_timeout": 1}"#),
    (
        "vsphere-iso-net-disk",
        r#"{"type": "vsphere-iso", "network": "n", "networkCard": "a", "network_card": "b", "network_adapters": [{"x": 1}]}"#,
        r#"{"type": "vsphere-iso", "network_adapters": [{"network": "n", "network_card": "b"}, {"x": 1}]}"#,
    ),
    (
        "vsphere-iso-net-disk",
        r#"{"type": "vsphere-iso", "disk_size": 1, "disk_thin_provisioned": false, "disk_eagerly_scrub": true}"#,
        r#"{"type": "vsphere-iso", "storage": [{"disk_size": 1, "disk_thin_provisioned": false, "disk_eagerly_scrub": true}]}"#,
    ),
    (
        "vsphere-iso-net-disk",
        r#"{"type": "vsphere-iso", "storage": []}"#,
        r#"{"type": "vsphere-iso", "storage": []}"#,
    ),
    (
        "iso-checksum-type-and-url",
        r#"{"iso_checksum": "a", "iso_checksum_type": "sha1"}"#,
        r#"{"iso_checksum": "sha1:a"}"#,
    ),
    (
        "iso-checksum-type-and-url",
        r#"{"iso_checksum": "a", "iso_checksum_type": "sha1", "iso_checksum_url": "u"}"#,
        r#"{"iso_checksum": "file:u"}"#,
    ),
    ("iso-checksum-type-and-url", r#"{"iso_checksum_type": "none"}"#, "{}"),
    (
        "qemu-host-port",
        r#"{"type": "qemu", "ssh_host_port_min": 1, "ssh_host_port_max": 2}"#,
        r#"{"type": "qemu", "host_port_min": 1, "host_port_max": 2}"#,
    ),
    (
        "azure-exclude_from_latest",
        r#"{"type": "azure-chroot", "shared_image_destination": {"exlude_from_latest": true}}"#,
        r#"{"type": "azure-chroot", "shared_image_destination": {"exclude_from_latest": true}}"#,
    ),
    ("proxmox-type", r#"{"type": "proxmox"}"#, r#"{"type": "proxmox-iso"}"#),
];

const PROVISIONERS: &[Row] = &[
    (
        "virtualbox-rename",
        r#"{"override": {"virtualbox": {"a": 1}, "vmware": {}}}"#,
        r#"{"override": {"virtualbox-iso": {"a": 1}, "vmware": {}}}"#,
    ),
    (
        "powershell-escapes",
        r#"{"type": "powershell", "elevated_user": "a`$b ``$c", "elevated_password": "`\"`'`q`", "environment_vars": ["A=`$x", 5], "inline": ["`$"]}"#,
        r#"{"type": "powershell", "elevated_user": "a$b `$c", "elevated_password": "\"'`q`", "environment_vars": ["A=$x", 5], "inline": ["`$"]}"#,
    ),
    (
        "galaxy-command",
        r#"{"type": "ansible-local", "galaxycommand": "g"}"#,
        r#"{"type": "ansible-local", "galaxy_command": "g"}"#,
    ),
    (
        "galaxy-command",
        r#"{"type": "ansible-local", "galaxycommand": "g", "galaxy_command": "h"}"#,
        r#"{"type": "ansible-local", "galaxy_command": "h"}"#,
    ),
    ("galaxy-command", r#""ansible-local""#, r#""ansible-local""#),
];

const POST_PROCESSORS: &[Row] = &[
    (
        "pp-vagrant-override",
        r#"["x", {"type": "vagrant", "aws": {"a": 1}, "override": {"virtualbox": {}}, "output": "o"}]"#,
        r#"["x", {"type": "vagrant", "override": {"aws": {"a": 1}}, "output": "o"}]"#,
    ),
    (
        "pp-vagrant-override",
        r#"{"type": "vagrant", "override": {"a": 1}}"#,
        r#"{"type": "vagrant", "override": {"a": 1}}"#,
    ),
    (
        "manifest-filename",
        r#"{"type": "manifest", "filename": "a", "output": "b"}"#,
        r#"{"type": "manifest", "output": "a"}"#,
    ),
    ("docker-email", r#"{"type": "docker-push", "login_email": "a"}"#, r#"{"type": "docker-push"}"#),
    (
        "docker-tag-tags",
        r#"{"type": "docker-tag", "tag": "a, b,a", "tags": ["c", "b"]}"#,
        r#"{"type": "docker-tag", "tags": ["a", "b", "c"]}"#,
    ),
    (
        "docker-tag-tags",
        r#"[{"type": "docker-tag", "tag": 1.5}]"#,
        r#"[{"type": "docker-tag", "tags": ["1.5"]}]"#,
    ),
    ("docker-tag-tags", r#"{"type": "docker-tag"}"#, r#"{"type": "docker-tag", "tags": []}"#),
];

#[test]
fn each_fixer_changes_what_it_is_for_and_nothing_else() {
    for (list, rows) in
        [("builders", BUILDERS), ("provisioners", PROVISIONERS), ("post-processors", POST_PROCESSORS)]
    {
        rows.iter().for_each(|(name, before, after)| check(name, list, before, after));
    }
}

#[test]
fn no_fixer_goes_untested() {
    let rows = [BUILDERS, PROVISIONERS, POST_PROCESSORS].concat();
    let changing: HashSet<_> =
        rows.iter().filter(|(_, before, after)| before != after).map(|(name, ..)| *name).collect();
    for fixer in FIXERS {
        assert!(changing.contains(fixer.name), "{}", fixer.name);
    }
}

#[test]
fn builders_lose_the_login_only_beside_post_processors() {
    let alone = r#"{"builders": [{"login_email": "a"}]}"#;
    assert!(fixed(alone).unwrap().contains("login_email"));
    let with_posts = r#"{"builders": [{"login_email": "a"}], "post-processors": []}"#;
    assert!(!fixed(with_posts).unwrap().contains("login_email"));
}

#[test]
fn the_form_of_the_result() {
    let rows = [
        ("{}", r#"{"builders": null}"#),
        (r#"{"builders": null, "provisioners": null}"#, r#"{"builders": null, "provisioners": null}"#),
        (r#"{"Builders": [{"type": "vmware"}]}"#, r#"{"Builders": [{"type": "vmware-iso"}]}"#),
        (r#"{"provisioners": {"type": "x"}}"#, r#"{"builders": null, "provisioners": [{"type": "x"}]}"#),
        (r#"{"b": 12345678901234567890}"#, r#"{"b": 12345678901234567000, "builders": null}"#),
        (
            r#"{"b": [-0, 1e-7, 0.000001, 1E21, 1e20, 2.50]}"#,
            r#"{"b": [-0, 1e-7, 0.000001, 1e+21, 100000000000000000000, 2.5], "builders": null}"#,
        ),
        (
            r#"{"b": "\u0008\u000c\u007f\u0001<&>\u2029\\u003c/"}"#,
            "{\"b\": \"\\b\\f\u{7f}\\u0001<\\u0026>\\u2029\\\\u003c/\", \"builders\": null}",
        ),
    ];
    for (before, after) in rows {
        let one_line = fixed(before).unwrap().lines().map(str::trim_start).collect::<Vec<_>>().join(" ");
        let tight = one_line.replace("{ ", "{").replace(" }", "}").replace("[ ", "[").replace(" ]", "]");
        assert_eq!(tight, after, "{before}");
    }
    assert_eq!(
        fixed(r#"{"a": [], "builders": [{}], "o": {"k": [1]}}"#).unwrap(),
        "{\n  \"a\": [],\n  \"builders\": [\n    {}\n  ],\n  \"o\": {\n    \"k\": [\n      1\n    ]\n  }\n}"
    );
}

#[test]
fn what_cannot_be_fixed() {
    let rows = [
        ("[]", "A template is an object, and this is a list."),
        ("{", "line 1"),
        (r#"{"a": 1, "a": 2}"#, "duplicate field: a"),
        (r#"{"builders": {}}"#, "builders must be a list, and is an object."),
        (r#"{"builders": ["x"]}"#, "Builder 1 must be an object, and is a string."),
        (r#"{"post-processors": "x"}"#, "post-processors must be a list"),
        (r#"{"a": 1e400}"#, "64-bit"),
        (r#"{"builders": [{"type": "amazon-ebs", "ssh_private_ip": "maybe"}]}"#, "is \"maybe\"."),
        (
            r#"{"builders": [{"type": "vsphere-iso", "network": "n", "network_adapters": {}}]}"#,
            "network_adapters must be",
        ),
        (r#"{"post-processors": [{"type": "docker-tag", "tag": {}}]}"#, "tag of docker-tag must be a string"),
    ];
    for (text, why) in rows {
        let error = fixed(text).unwrap_err();
        assert!(error.contains(why), "{text}: {error}");
    }
    let deep = "[".repeat(10_000);
    assert!(fixed(&deep).is_err());
}

#[test]
fn the_result_must_be_a_template() {
    let sandbox = tintype_testkit::Sandbox::new();
    let world = sandbox.world();
    let form = |text: &str| {
        let sources = SourceMap::new();
        check_form(text, world, &sources).map_err(|wrong| match wrong {
            NotATemplate::Parse(found) => format!("parse: {}", diag::render_all(&found, &sources)),
            NotATemplate::Validate(found) => format!("validate: {}", diag::render_all(&found, &sources)),
        })
    };
    assert_eq!(form(r#"{"builders": [{"type": "no-such"}], "variables": {"a": null}}"#), Ok(()));
    for (text, kind, why) in [
        (r#"{"builders": [{}]}"#, "parse: ", "type"),
        (r#"{"builders": null}"#, "validate: ", "at least one builder"),
        (
            r#"{"builders": [{"type": "a"}], "provisioners": [{"type": "x", "only": ["b"]}]}"#,
            "validate: ",
            "'b'",
        ),
        (r#"{"builders": [{"type": "a"}], "min_packer_version": "99.0.0"}"#, "validate: ", "99.0.0"),
    ] {
        let error = form(text).unwrap_err();
        assert!(error.starts_with(kind) && error.contains(why), "{text}: {error}");
    }
}
