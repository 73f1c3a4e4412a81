//! Instructions against what an Engine makes of them, as it was recorded, and as it does now where there is one.

use oci::{ImageConfig, Platform};
use serde_json::{Map, Value};

use super::apply_changes;

mod cases;
mod engine;

use cases::{BASE, CASES};

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// Triggers do not wait in a container of the image that has them, so they are no part of what a commit starts with.
fn base() -> ImageConfig {
    let mut config = ImageConfig::new(&Platform::linux("amd64"));
    let instructions: Vec<&str> = BASE.iter().copied().filter(|text| !text.starts_with("ONBUILD")).collect();
    apply_changes(&mut config, &owned(&instructions)).expect("the base is good");
    config
}

/// What differs after the instructions.
fn changed(from: &ImageConfig, changes: &[&str]) -> Result<Value, String> {
    let mut config = from.clone();
    if let Err(error) = apply_changes(&mut config, &owned(changes)) {
        assert_eq!(config, *from, "nothing is changed when one is wrong");
        return Err(error.to_string());
    }
    let object = |config: &ImageConfig| serde_json::to_value(&config.config).expect("JSON");
    let (before, after) = (object(from), object(&config));
    let names = [
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
    ];
    let differs = names.iter().filter(|name| before.get(name) != after.get(name));
    Ok(differs
        .map(|name| ((*name).to_owned(), after.get(name).cloned().unwrap_or_default()))
        .collect::<Map<_, _>>()
        .into())
}

#[test]
fn as_recorded() {
    let base = base();
    let mut wrong = Vec::new();
    for (changes, expected) in CASES {
        let found = changed(&base, changes);
        let same = match &found {
            Err(_) => expected.is_empty(),
            Ok(found) => serde_json::from_str::<Value>(expected).is_ok_and(|expected| expected == *found),
        };
        if !same {
            wrong.push(format!("{changes:?}\n  expected {expected}\n  found    {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// An image with an entry point and a command, and what is left of them.
#[test]
fn entry_points() {
    let check = |changes: &[&str], entrypoint: Option<&[&str]>, cmd: Option<&[&str]>| {
        let mut config = ImageConfig::new(&Platform::linux("amd64"));
        apply_changes(&mut config, &owned(&[r#"ENTRYPOINT ["/e0"]"#, r#"CMD ["c0"]"#])).expect("good");
        apply_changes(&mut config, &owned(changes)).expect("good");
        assert_eq!(config.config.entrypoint, entrypoint.map(owned), "{changes:?}");
        assert_eq!(config.config.cmd, cmd.map(owned), "{changes:?}");
    };
    check(&["ENTRYPOINT []"], Some(&["/e0"]), Some(&["c0"]));
    check(&["ENTRYPOINT"], Some(&["/e0"]), Some(&["c0"]));
    check(&[r#"ENTRYPOINT [""]"#], Some(&[""]), None);
    check(&["CMD []"], Some(&["/e0"]), None);
    check(&["CMD []", "ENTRYPOINT []"], Some(&["/e0"]), Some(&["c0"]));
    check(&["CMD x", "ENTRYPOINT []"], Some(&["/e0"]), Some(&["/bin/sh", "-c", "x"]));
    check(&["ENTRYPOINT x"], Some(&["/bin/sh", "-c", "x"]), None);
    check(&[r#"CMD ["y"]"#, r#"ENTRYPOINT ["z"]"#, r#"ENTRYPOINT ["w"]"#], Some(&["w"]), Some(&["y"]));
}

#[test]
fn signals() {
    let set = |text: &str| {
        let mut config = ImageConfig::new(&Platform::linux("amd64"));
        apply_changes(&mut config, &[format!("STOPSIGNAL {text}")]).ok().and(config.config.stop_signal)
    };
    for good in ["SIGKILL", "9", "kill", "RTMIN+3", "SIGRTMAX-14"] {
        assert_eq!(set(good).as_deref(), Some(good));
    }
    for bad in ["FOO", "0", "99", "-1", "SIG", "RTMAX-15", ""] {
        assert_eq!(set(bad), None, "{bad}");
    }
}

/// Nothing that is written there brings us down.
#[test]
fn hostile() {
    let base = base();
    for (open, close) in [("${A:-", "}"), ("[", "]"), ("\"", "\""), ("'", "")] {
        for word in ["ENV C=", "CMD ", "VOLUME ", "HEALTHCHECK CMD ", "LABEL a=", "ONBUILD CMD "] {
            let text = format!("{word}{}{}", open.repeat(20_000), close.repeat(20_000));
            let _ = changed(&base, &[&text]);
        }
    }
    let error = changed(&base, &["CMD a", "RUN b"]).expect_err("it is no change");
    assert!(error.starts_with("\"RUN b\": RUN changes no configuration"), "{error}");
}
