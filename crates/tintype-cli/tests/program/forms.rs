//! The forms of the output, and the names of the program.

use crate::bench::{Bench, Said, program};

fn bench() -> Bench {
    Bench::of(
        "source \"file\" \"f\" {\n  target  = \"f.txt\"\n  content = \"x\"\n}\nbuild {\n  sources = [\"file.f\"]\n  provisioner \"shell-local\" {\n    inline = [\"echo hi\"]\n  }\n}\n",
    )
}

#[test]
fn json_is_one_numbered_event_a_line() {
    let said = bench().run(&["build", "-json", "t.pkr.hcl"]);
    assert_eq!(said.code, 0, "{}", said.stdout);
    let events: Vec<serde_json::Value> =
        said.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for (index, event) in events.iter().enumerate() {
        assert_eq!(event["seq"], index);
        assert_eq!(event["v"], 1);
    }
    let of_type = |name: &str| events.iter().filter(|event| event["type"] == name).count();
    assert_eq!((of_type("run_started"), of_type("build_finished"), of_type("run_finished")), (1, 1, 1));
    let output = events.iter().find(|event| event["type"] == "output").unwrap();
    assert_eq!((&output["build"], &output["line"]), (&"file.f".into(), &"hi".into()));
    let last = events.last().unwrap();
    assert_eq!(last["artifacts"][0]["files"][0], "f.txt");
}

#[test]
fn findings_have_their_place_in_json() {
    let bench = Bench::of("locals {\n  a = uper(\"x\")\n}\n");
    let said = bench.run(&["validate", "-json", "t.pkr.hcl"]);
    assert_eq!(said.code, 1);
    let event: serde_json::Value = serde_json::from_str(said.stdout.lines().next().unwrap()).unwrap();
    assert_eq!(event["type"], "diagnostic");
    assert_eq!(event["summary"], "Call to unknown function");
    assert_eq!((&event["range"]["file"], &event["range"]["line"]), (&"t.pkr.hcl".into(), &2.into()));
}

#[cfg(unix)]
#[test]
fn called_packer_it_is_packer() {
    let bench = bench();
    let link = bench.path("packer");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_tintype"), &link).unwrap();
    let said = Said::from(program(&link).arg("-v").output().unwrap());
    assert_eq!(said.stdout, "Packer v1.16.0\n");
    let said = bench.run(&["version"]);
    assert_eq!(
        said.stdout,
        format!("Tintype v{}\ncompatible with Packer v1.16.0\n", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn describe_shows_components_and_options() {
    let bench = bench();
    let said = bench.run(&["describe"]);
    for name in ["docker", "null", "shell-local", "manifest", "http"] {
        assert!(said.stdout.contains(&format!("    {name} ")), "{name}: {}", said.stdout);
    }
    let said = bench.run(&["describe", "shell.inline"]);
    assert!(said.code == 0 && said.stdout.contains("inline"), "{}", said.stdout);
    let said = bench.run(&["describe", "shell.inlin"]);
    assert!(said.code == 1 && said.stdout.contains("Did you mean \"inline\"?"), "{}", said.stdout);
    let said = bench.run(&["describe", "shel"]);
    assert!(said.code == 1 && said.stdout.contains("Did you mean \"shell\"?"), "{}", said.stdout);
    for (name, expected) in [
        ("upper", "upper(text string)"),
        ("function.file", "The text of a file"),
        ("env", "environment"),
        ("file", "# `file`\n\n```hcl"),
    ] {
        let said = bench.run(&["describe", name]);
        assert!(said.code == 0 && said.stdout.contains(expected), "{name}: {}", said.stdout);
    }
    let said = bench.run(&["describe", "uper"]);
    assert!(said.code == 1 && said.stdout.contains("Did you mean \"upper\"?"), "{}", said.stdout);
    let said = bench.run(&["describe", "-json", "provisioner.shell"]);
    let schema: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    assert!(schema["properties"]["inline"].is_object(), "{schema}");
}

#[test]
fn hundreds_of_builds_in_one_template() {
    let names: Vec<String> = (0..200).map(|index| format!("s{index}")).collect();
    let mut template: String = names
        .iter()
        .map(|name| format!("source \"null\" \"{name}\" {{\n  communicator = \"none\"\n}}\n"))
        .collect();
    let all: Vec<String> = names.iter().map(|name| format!("\"null.{name}\"")).collect();
    template.push_str(&format!("build {{\n  sources = [{}]\n}}\n", all.join(", ")));
    let said = Bench::of(&template).run(&["build", "-color=false", "t.pkr.hcl"]);
    assert_eq!(said.code, 0);
    assert_eq!(said.stdout.matches(" finished after").count(), 200);
    assert_eq!(said.stdout.matches("--> null.s").count(), 200);
}

/// Who asks for an entry in a registry that is not supported is told so, once, and only when something is built.
#[test]
fn an_unpublished_build_says_so() {
    let null =
        "source \"null\" \"a\" {\n  communicator = \"none\"\n}\nbuild {\n  sources = [\"null.a\"]\n}\n";
    let asking = format!("{null}hcp_packer_registry {{\n  bucket_name = \"abc\"\n}}\n");
    let warning = "Warning: HCP Packer registry not supported";
    let said = |bench: &Bench, command: &str| {
        let said = bench.run(&[command, "t.pkr.hcl"]);
        assert_eq!(said.code, 0, "{}", said.stdout);
        said.stdout
    };
    let text = said(&Bench::of(&asking), "build");
    assert_eq!(text.matches(warning).count(), 1, "{text}");
    assert!(text.contains("on t.pkr.hcl line 7"), "{text}");
    let text = said(&Bench::of(null).env("HCP_PACKER_BUCKET_NAME", "abc"), "build");
    assert_eq!(text.matches(warning).count(), 1, "{text}");
    assert!(!said(&Bench::of(&asking), "validate").contains(warning));
    assert!(!said(&Bench::of(&asking).env("HCP_PACKER_REGISTRY", "off"), "build").contains(warning));
    assert!(!said(&Bench::of(null).env("HCP_CLIENT_ID", "abc"), "build").contains(warning));
}
