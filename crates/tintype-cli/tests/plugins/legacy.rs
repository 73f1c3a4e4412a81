//! Legacy JSON templates with plugins.

use crate::fleet::{Yard, lines, modes, no_remains, succeeded};

fn check(template: &serde_json::Value, look: impl Fn(&crate::bench::Said, &Yard)) {
    for mode in modes() {
        let yard = Yard::new(mode, "");
        yard.bench.write("t.json", template.to_string().as_bytes());
        let said = yard.bench.run(&["build", "-color=false", "-var", "given=from the line", "t.json"]);
        succeeded(&said, &yard);
        look(&said, &yard);
        no_remains(&yard, &said);
    }
}

fn config(said: &crate::bench::Said, prefix: &str) -> serde_json::Value {
    let wanted = format!("{prefix}config: ");
    let line = lines(said, "probe.a").into_iter().find_map(|line| line.strip_prefix(wanted.as_str()));
    serde_json::from_str(line.unwrap_or_else(|| panic!("no config in {}", said.stdout))).unwrap()
}

#[test]
fn everything_arrives_as_it_stands() {
    let template = serde_json::json!({
        "variables": {"given": "", "other": "set", "secret": "hush"},
        "sensitive-variables": ["secret"],
        "builders": [{
            "type": "probe", "name": "a", "text": "{{user `given`}} {{user `other`}}", "number": 3, "ratio": 1.5, "flag": true,
            "words": ["x"], "tags": {"k": "v"}, "disk": [{"name": "d", "part": [{"size": 2}]}], "wait": "2m",
            "generated": ["Custom"], "id": "i-1", "do": ["show config", "show layers", "provision"]
        }],
        "provisioners": [{
            "type": "probe", "text": "{{build `ID`}} {{build `Custom`}}", "raw": "{{.Kept}}", "number": 1,
            "do": ["show config", "show layers"], "override": {"a": {"number": 2}}
        }],
        "post-processors": [[{"type": "probe", "text": "{{build `ID`}}", "do": ["show config", "show layers", "states"]}]]
    });
    check(&template, |said, yard| {
        let builder = config(said, "");
        assert_eq!(builder["Text"], "from the line set", "{}", yard.mode.name);
        assert_eq!((builder["Number"].to_string(), builder["Ratio"].to_string()), ("3".into(), "1.5".into()));
        assert_eq!(builder["Disks"][0]["Parts"][0]["Size"], 2);
        assert_eq!(builder["PackerBuildName"], "a");
        assert_eq!(builder["PackerUserVars"]["other"], "set");
        let all = lines(said, "probe.a");
        let layers: Vec<&&str> = all.iter().filter(|line| line.contains("layer ")).collect();
        assert!(layers[0].contains("number: float64(3)") && !layers[0].contains("type: "), "{layers:#?}");
        assert!(layers[0].contains("text: string(\"{{user `given`}} {{user `other`}}\")"), "{layers:#?}");
        assert!(
            layers[1].contains("packer_debug: bool(false)")
                && layers[1].contains("packer_template_path: string("),
            "{layers:#?}"
        );
        let provisioner: Vec<&&str> = layers.iter().filter(|line| line.contains("Build_ID. To set this dynamically in the Packer template, you must use the `build` function")).copied().collect();
        assert_eq!(provisioner.len(), 2, "{layers:#?}");
        assert!(
            layers.iter().any(|line| line.starts_with("layer 1: ") && line.contains("{number: float64(2)}")),
            "{layers:#?}"
        );
        assert!(
            all.iter().any(|line| line.starts_with("config: ")
                && line.contains("\"Text\":\"{{.ID}} {{.Custom}}\"")
                && line.contains("\"Number\":2")),
            "{all:#?}"
        );
    });
}
