//! The same instructions through the Engine of this machine, where there is one.

use serde_json::{Map, Value};

use super::cases::{BASE, CASES};
use super::{base, changed};
use crate::tests::engine::{Gone, docker, text, there_is_none};

/// As many as take a few seconds; the recorded ones are all checked without it.
const EACH: usize = 4;

fn configuration(image: &str) -> Map<String, Value> {
    serde_json::from_str(&text(&["inspect", "--format", "{{json .Config}}", image])).expect("JSON")
}

#[test]
fn as_the_engine() {
    if there_is_none() {
        return;
    }
    let changes: Vec<&str> = BASE.iter().flat_map(|change| ["--change", change]).collect();
    // Two empty blocks are an archive with nothing in it.
    let image = docker(&[&["import"], &changes[..], &["-"]].concat(), &[0; 1024]).expect("it imports");
    let image = String::from_utf8_lossy(&image).trim().to_owned();
    let _image = Gone(&["rmi", "--force"], image.clone());
    let container = text(&["create", &image]);
    let _container = Gone(&["rm", "--force"], container.clone());
    let before = configuration(&container);
    let own = base();
    for (changes, _) in CASES.iter().step_by(EACH) {
        let words: Vec<&str> = changes.iter().flat_map(|change| ["--change", change]).collect();
        let committed = docker(&[&["commit"], &words[..], &[container.as_str()]].concat(), b"");
        let found = changed(&own, changes);
        match committed {
            Err(_) => assert!(found.is_err(), "{changes:?}: the Engine refuses, we give {found:?}"),
            Ok(image) => {
                let image = String::from_utf8_lossy(&image).trim().to_owned();
                let after = configuration(&image);
                let _gone = Gone(&["rmi", "--force"], image);
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
