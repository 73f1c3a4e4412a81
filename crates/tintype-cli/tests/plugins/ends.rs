//! Ends that nobody planned: plugins that die, panic, lie or speak garbage; the death of the host.

#![cfg(unix)]

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use crate::bench::program;
use crate::fleet::{Yard, check, failed, file_name, modes, provisioner, sign, template, verbs};

pub fn until(what: &str, mut done: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !done() {
        assert!(begun.elapsed() < Duration::from_secs(60), "never: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

pub fn start(yard: &Yard, flags: &[&str]) -> Child {
    yard.bench
        .command(&[&["build", "-color=false"], flags, &["t.pkr.hcl"]].concat())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

pub fn signal(id: u32, name: &str) {
    assert!(program(Path::new("kill")).args(["-s", name, &id.to_string()]).status().unwrap().success());
}

/// Whether a process lives; one that is only waiting to be collected does not.
pub fn lives(id: &str) -> bool {
    if Path::new("/proc/self/stat").exists() {
        let state = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        // The name, in parentheses, may hold anything.
        return state.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'));
    }
    let output = program(Path::new("ps")).args(["-o", "stat=", "-p", id]).output().unwrap();
    let state = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    !state.is_empty() && !state.starts_with('Z')
}

#[test]
fn a_plugin_that_dies_is_named() {
    for verb in ["exit 0", "exit 3", "panic out of luck"] {
        check(&template(&verbs(&[verb]), ""), |said, yard| {
            failed(said, yard, "probe");
            assert!(!said.stdout.contains("finished after"), "{}", said.stdout);
        });
        check(&template(&verbs(&["provision"]), &provisioner(&[verb])), |said, yard| {
            failed(said, yard, "probe")
        });
    }
    // In the middle of a command that the builder's communicator was to start.
    check(&template(&verbs(&["provision"]), &provisioner(&["run !die"])), |said, yard| {
        failed(said, yard, "probe")
    });
    check(
        &template(&verbs(&["say x"]), &crate::fleet::block("post-processor", "probe", &["exit 9"], "")),
        |said, yard| {
            failed(said, yard, "probe");
        },
    );
    check(&template("on_prepare = [\"exit 5\"]", ""), |said, yard| failed(said, yard, "probe"));
}

#[test]
fn no_plugin_outlives_a_host_that_was_killed() {
    for mode in modes() {
        let yard = Yard::new(mode, "");
        let build = provisioner(&[&format!("pid {}", yard.path("provisioner")), "deaf 600s"]);
        let text = template(&verbs(&[&format!("pid {}", yard.path("builder")), "provision"]), &build);
        yard.bench.write("t.pkr.hcl", text.as_bytes());
        let mut child = start(&yard, &[]);
        until("the provisioner runs", || {
            std::fs::read_to_string(yard.bench.path("provisioner")).is_ok_and(|id| !id.is_empty())
        });
        signal(child.id(), "KILL");
        child.wait().unwrap();
        for name in ["builder", "provisioner"] {
            let id = std::fs::read_to_string(yard.bench.path(name)).unwrap();
            until("the plugin ends", || !lives(&id));
        }
        assert_eq!(yard.bench.left_over(), Vec::<String>::new());
    }
}

#[test]
fn a_plugin_that_hangs_after_all_is_ended_with_the_build() {
    for mode in modes() {
        let yard = Yard::new(mode, "");
        let text = template(&verbs(&[&format!("pid {}", yard.path("builder")), "say hi"]), "");
        yard.bench.write("t.pkr.hcl", text.as_bytes());
        let said = yard.build(&[]);
        crate::fleet::succeeded(&said, &yard);
        assert!(!lives(&std::fs::read_to_string(yard.bench.path("builder")).unwrap()));
    }
}

const DESCRIBED: &str = r#"{"version":"1.2.3","sdk_version":"0.6.10","api_version":"x5.0","builders":["-packer-default-plugin-name-"],"post_processors":[],"provisioners":[],"datasources":[],"protocol_version":"v2"}"#;

/// A plugin that is a script: it describes itself well, and starts as the case says.
fn false_plugin(yard: &Yard, starts: &str) {
    let name = format!("plugins/github.com/tintype/probe/{}", file_name("probe", "1.2.3", "x5.0"));
    let script =
        format!("#!/bin/sh\nif [ \"$1\" = describe ]; then\n  echo '{DESCRIBED}'\n  exit 0\nfi\n{starts}\n");
    yard.bench.write(&name, script.as_bytes());
    let path = yard.bench.path(&name);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    sign(&path);
}

#[test]
fn what_is_no_handshake_is_refused() {
    let Some(mode) = modes().first() else { return };
    for (starts, wanted) in [
        ("exit 0", "exit"),
        ("echo oops >&2; exit 3", "3"),
        ("echo '5|unix|/tmp/none'; sleep 60", "probe"),
        ("echo '6|0|unix|/tmp/none'; sleep 60", "probe"),
        ("echo '5|1|unix|/tmp/none'; sleep 60", "probe"),
        ("echo '5|0|udp|/tmp/none'; sleep 60", "probe"),
        ("echo 'hello, world'; sleep 60", "hello, world"),
        ("echo '5|0|unix|/nowhere/at/all'; sleep 60", "probe"),
        ("head -c 50000000 /dev/zero; sleep 60", "probe"),
        ("cat /dev/urandom", "probe"),
    ] {
        let mut yard = Yard::new(mode, &template("", ""));
        let here = yard.path("plugins");
        yard.bench = yard.bench.env("PACKER_PLUGIN_PATH", &here);
        false_plugin(&yard, starts);
        let begun = Instant::now();
        let said = yard.build(&[]);
        failed(&said, &yard, wanted);
        assert!(begun.elapsed() < Duration::from_secs(30), "{starts}: {:?}", begun.elapsed());
    }
}

/// Speaks garbage over the socket that it announced.
#[test]
fn garbage_on_the_wire_ends_the_build() {
    let Some(mode) = modes().first() else { return };
    if program(Path::new("python3")).arg("--version").output().is_err() {
        crate::bench::skip("no python3 to play a plugin");
        return;
    }
    for answer in [
        // Nothing at all, and the end.
        "c.close()",
        // No frames.
        "c.sendall(b'HTTP/1.1 400 Bad Request\\r\\n\\r\\n' * 10); time.sleep(60)",
        "c.sendall(os.urandom(1 << 20)); time.sleep(60)",
        // A frame that claims to be four gigabytes.
        "c.sendall(bytes([0, 0, 0, 0, 0, 0, 0, 1, 255, 255, 255, 255])); c.sendall(b'x' * 100000); time.sleep(60)",
        // The broker's answer, then a message that claims to be long, or nested without end.
        "c.recv(100); c.sendall(bytes([0, 1, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0, 0])); c.recv(1000); c.sendall(bytes([0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 5, 0xdb, 255, 255, 255, 255])); time.sleep(60)",
        "c.recv(100); c.sendall(bytes([0, 1, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0, 0])); c.recv(1000); c.sendall(bytes([0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0]) + b'\\x91' * 65536); time.sleep(60)",
    ] {
        let mut yard = Yard::new(mode, &template("", ""));
        let here = yard.path("plugins");
        yard.bench = yard.bench.env("PACKER_PLUGIN_PATH", &here);
        let python = format!(
            "exec python3 -c '\nimport socket, os, time\np = os.environ[\"TMPDIR\"] + \"/false.sock\"\ns = socket.socket(socket.AF_UNIX)\ns.bind(p)\ns.listen(1)\nprint(\"5|0|unix|\" + p, flush=True)\nc, _ = s.accept()\nos.unlink(p)\n{}\n'",
            answer.replace('\'', "\"")
        );
        false_plugin(&yard, &python);
        let begun = Instant::now();
        let said = yard.build(&[]);
        failed(&said, &yard, "probe");
        assert!(begun.elapsed() < Duration::from_secs(40), "{answer}: {:?}", begun.elapsed());
    }
}
