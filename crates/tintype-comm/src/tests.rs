use tintype_schema::{At, Config, Verbatim};
use tintype_sdk::{Communicator, FileMeta, RemoteCommand};
use tintype_testkit::{Sandbox, findings, options};

use crate::{CommConfig, Connect, DummyCommunicator, Kinds, NoneCommunicator, Tunnel};

const KEY: &str = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ==\n-----END OPENSSH PRIVATE KEY-----\n";
const LOCKED: &str = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni1jdHI=\n-----END OPENSSH PRIVATE KEY-----\n";
const LOCKED_PEM: &str = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n";

/// Decodes and prepares options; gives them with what was found.
fn prepare(sandbox: &Sandbox, json: &str) -> (CommConfig, Vec<String>) {
    let value = options(json);
    let mut decoded =
        CommConfig::decode(&value, &Verbatim).unwrap_or_else(|found| panic!("{json}: {found:?}"));
    let mut found = Vec::new();
    if let Err(diagnostics) =
        decoded.verify(|config, at: &mut At<'_>| config.prepare(Kinds::COMMON, sandbox.world(), at))
    {
        found = findings(&diagnostics);
    }
    (decoded.config, found)
}

#[track_caller]
fn check(json: &str, expected: &[&str]) {
    let sandbox = Sandbox::new();
    sandbox.write("key", KEY);
    sandbox.write("locked", LOCKED);
    sandbox.write("locked.pem", LOCKED_PEM);
    sandbox.write("text", "hello");
    let (_, found) = prepare(&sandbox, json);
    assert_eq!(found, expected, "{json}");
}

const USER: &str =
    "An ssh_username must be specified\n  Note: some builders used to default ssh_username to \"root\".";

#[test]
fn rules() {
    check(r#"{"communicator": "none"}"#, &[]);
    check(r#"{"communicator": "telnet"}"#, &["Communicator type telnet is invalid"]);
    check(r#"{"communicator": "docker"}"#, &["Communicator type docker is invalid"]);
    check("{}", &[USER]);
    check(r#"{"communicator": "winrm"}"#, &["winrm_username must be specified."]);
    check(r#"{"ssh_username": "u"}"#, &[]);
    check(r#"{"ssh_username": "u", "ssh_private_key_file": "key"}"#, &[]);
    check(
        r#"{"ssh_username": "u", "ssh_file_transfer_method": "ftp"}"#,
        &["ssh_file_transfer_method ('ftp') is invalid, valid methods: sftp, scp"],
    );
    check(
        r#"{"ssh_username": "u", "ssh_bastion_host": "b"}"#,
        &["ssh_bastion_password, ssh_bastion_private_key_file or ssh_bastion_agent_auth must be specified"],
    );
    check(r#"{"ssh_username": "u", "ssh_bastion_host": "b", "ssh_private_key_file": "key"}"#, &[]);
    check(
        r#"{"ssh_username": "u", "ssh_bastion_host": "b", "ssh_bastion_agent_auth": true, "ssh_proxy_host": "p"}"#,
        &["please specify either ssh_bastion_host or ssh_proxy_host, not both"],
    );
    check(
        r#"{"ssh_username": "u", "ssh_local_tunnels": ["80:h:81", "x"], "ssh_remote_tunnels": ["0:h:1"]}"#,
        &[
            "ssh_remote_tunnels ('0:h:1') is invalid: \"0\" is not a port number",
            "ssh_local_tunnels ('x') is invalid: this is not PORT:HOST:HOSTPORT",
        ],
    );
    check(
        r#"{"ssh_username": "u", "ssh_certificate_file": "text"}"#,
        &["ssh_private_key_file must be specified if ssh_certificate_file is specified"],
    );
    check(
        r#"{"ssh_username": "u", "temporary_key_pair_type": "ecdsa", "temporary_key_pair_bits": 300}"#,
        &["temporary_key_pair_bits (300) does not fit the key type"],
    );
}

#[test]
fn key_files() {
    for (file, why) in [
        ("locked", "the key is protected by a passphrase"),
        ("locked.pem", "the key is protected by a passphrase"),
        ("text", "there is no private key in PEM form in it"),
        (".", "is a directory"),
        ("gone", "no such file or directory"),
    ] {
        let sandbox = Sandbox::new();
        sandbox.write("locked", LOCKED);
        sandbox.write("locked.pem", LOCKED_PEM);
        sandbox.write("text", "hello");
        let json = format!(r#"{{"ssh_username": "u", "ssh_private_key_file": "{file}"}}"#);
        let (_, found) = prepare(&sandbox, &json);
        assert_eq!(found.len(), 1, "{file}");
        assert!(
            found[0].starts_with("ssh_private_key_file is invalid: ") && found[0].contains(why),
            "{found:?}"
        );
    }
}

#[test]
fn timeout_and_attempts_depend_on_each_other() {
    for (json, timeout, attempts) in [
        ("{}", "5m0s", 10),
        (r#"{"ssh_timeout": "1m"}"#, "1m0s", 0),
        (r#"{"ssh_handshake_attempts": 3}"#, "0s", 3),
        (r#"{"ssh_timeout": "1m", "ssh_wait_timeout": "2m"}"#, "2m0s", 0),
    ] {
        let (config, _) = prepare(&Sandbox::new(), json);
        assert_eq!(
            (config.ssh.ssh_timeout.to_string().as_str(), config.ssh.ssh_handshake_attempts),
            (timeout, attempts)
        );
    }
}

#[test]
fn defaults() {
    let (config, _) =
        prepare(&Sandbox::new(), r#"{"ssh_host": "h", "ssh_username": "u", "ssh_password": "p"}"#);
    assert_eq!((config.host(), config.user(), config.password(), config.port()), ("h", "u", "p", 22));
    let (config, _) = prepare(
        &Sandbox::new(),
        r#"{"communicator": "winrm", "winrm_username": "u", "winrm_use_ssl": true}"#,
    );
    assert_eq!((config.host(), config.user(), config.port()), ("", "u", 5986));
    let (config, _) = prepare(&Sandbox::new(), r#"{"communicator": "none", "ssh_host": "h"}"#);
    assert_eq!((config.host(), config.port()), ("", 0));
}

#[test]
fn tunnels() {
    let tunnel: Tunnel = "8080:[::1]:80".parse().unwrap();
    assert_eq!((tunnel.listen, tunnel.host.as_str(), tunnel.port), (8080, "::1", 80));
    for bad in ["", ":", "::", "1:2", "1::2", "x:h:1", "1:h:70000"] {
        assert!(bad.parse::<Tunnel>().is_err(), "{bad}");
    }
}

#[tokio::test]
async fn without_a_machine() {
    let none = NoneCommunicator;
    let (status, stdout, _) =
        none.start(RemoteCommand::new("exit 3")).await.unwrap().gather(10).await.unwrap();
    assert!(status.success() && stdout.is_empty());
    let failed =
        none.upload("/x", Box::new(tokio::io::empty()), FileMeta::default(), &|_| {}).await.unwrap_err();
    assert_eq!(failed.to_string(), "Upload is not implemented when communicator = 'none'");
    let failed = none.download_dir("/x", std::path::Path::new("."), &|_| {}).await.unwrap_err();
    assert_eq!(failed.to_string(), "DownloadDir is not implemented when communicator = 'none'");

    let dummy = DummyCommunicator;
    assert!(dummy.start(RemoteCommand::new("exit 3")).await.unwrap().exit.await.unwrap().success());
    let counted = std::sync::atomic::AtomicU64::new(0);
    let count = |more| _ = counted.fetch_add(more, std::sync::atomic::Ordering::Relaxed);
    dummy.upload("/x", Box::new(&b"12345"[..]), FileMeta::default(), &count).await.unwrap();
    assert_eq!(counted.into_inner(), 5);
}

#[tokio::test]
async fn connecting() {
    let sandbox = Sandbox::new();
    let (config, _) = prepare(&sandbox, r#"{"communicator": "none"}"#);
    let way = sandbox.cx().step(Connect { config: &config, host: "" }).await.unwrap();
    assert_eq!(way.kind(), "none");
    assert_eq!(sandbox.told().steps(), ["StepConnect"]);

    let (config, _) = prepare(&sandbox, r#"{"ssh_host": "h", "ssh_username": "u"}"#);
    let failed = sandbox.cx().step(Connect { config: &config, host: "" }).await.err().unwrap();
    assert_eq!(failed.to_string(), "This version cannot connect by SSH yet");
    assert_eq!(sandbox.lines(), ["Using SSH communicator to connect: h"]);
}
