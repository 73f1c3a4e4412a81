//! The same instructions through the Engine of this machine, where there is one.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Map, Value};

use super::cases::{BASE, CASES};
use super::{base, changed};

/// As many as take a few seconds; the recorded ones are all checked without it.
const EACH: usize = 4;

fn docker(arguments: &[&str], input: &[u8]) -> Result<String, String> {
    #[expect(clippy::disallowed_methods, reason = "a test's own client, which ends before the test does")]
    let mut command = Command::new("docker");
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| error.to_string())?;
    child.stdin.take().expect("a pipe").write_all(input).map_err(|error| error.to_string())?;
    let output = child.wait_with_output().map_err(|error| error.to_string())?;
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).trim().to_owned();
    if output.status.success() { Ok(text(output.stdout)) } else { Err(text(output.stderr)) }
}

fn configuration(image: &str) -> Map<String, Value> {
    let text = docker(&["inspect", "--format", "{{json .Config}}", image], b"").expect("it is there");
    serde_json::from_str(&text).expect("JSON")
}

/// Removed at the end, whatever that is.
struct Gone(&'static str, String);

impl Drop for Gone {
    fn drop(&mut self) {
        let _ = docker(&[self.0, "--force", &self.1], b"");
    }
}

#[test]
fn as_the_engine() {
    if let Err(why) = docker(&["version", "--format", "{{.Server.Version}}"], b"") {
        return crate::tests::skip(&format!("no Engine: {why}"));
    }
    let changes: Vec<&str> = BASE.iter().flat_map(|change| ["--change", change]).collect();
    // Two empty blocks are an archive with nothing in it.
    let image = docker(&[&["import"], &changes[..], &["-"]].concat(), &[0; 1024]).expect("it imports");
    let _image = Gone("rmi", image.clone());
    let container = docker(&["create", &image], b"").expect("it creates");
    let _container = Gone("rm", container.clone());
    let before = configuration(&container);
    let own = base();
    for (changes, _) in CASES.iter().step_by(EACH) {
        let words: Vec<&str> = changes.iter().flat_map(|change| ["--change", change]).collect();
        let committed = docker(&[&["commit"], &words[..], &[container.as_str()]].concat(), b"");
        let found = changed(&own, changes);
        match committed {
            Err(_) => assert!(found.is_err(), "{changes:?}: the Engine refuses, we give {found:?}"),
            Ok(image) => {
                let after = configuration(&image);
                let _gone = Gone("rmi", image);
                let found = found.unwrap_or_else(|error| panic!("{changes:?}: the Engine takes it: {error}"));
                let found = found.as_object().expect("an object");
                for name in [
                    "User",
                    "ExposedPorts",
                    "Env",
                    "Entrypoint",
                    "Cmd",
                    "Healthcheck",
                    "Volumes",
                    "WorkingDir",
                    "OnBuild",
                    "Labels",
                ] {
                    let of = |all: &Map<String, Value>| {
                        all.get(name).filter(|value| *value != "").cloned().unwrap_or_default()
                    };
                    let expected = Some(of(&after)).filter(|new| *new != of(&before));
                    assert_eq!(found.get(name).cloned(), expected, "{changes:?}: {name}");
                }
            }
        }
    }
}
