//! How options arrive: layers, types, precedence, unknown values, `build` values.

use crate::fleet::{Yard, block, check, failed, lines, modes, provisioner, says, succeeded, template, verbs};

const ALL: &str = r#"
text   = "a"
number = 3
ratio  = 1.5
flag   = true
tri    = false
wait   = "90s"
words  = ["x", "y"]
counts = [1, 200]
rows   = [["a"], []]
tags   = { b = "2", a = "1" }
part {
  name = "p"
  size = 4
}
disk {
  name = "d1"
  part {
    name = "d1p1"
  }
  part {
    size = 9
  }
}
disk {
  labels = ["l"]
}
"#;

fn config(said: &crate::bench::Said) -> serde_json::Value {
    let line = lines(said, "probe.a").into_iter().find_map(|line| line.strip_prefix("config: "));
    serde_json::from_str(line.unwrap_or_else(|| panic!("no config in {}{}", said.stdout, said.stderr)))
        .unwrap()
}

#[test]
fn every_shape_is_decoded() {
    let source = format!("{}{ALL}", verbs(&["show config"]));
    check(&template(&source, ""), |said, yard| {
        succeeded(said, yard);
        let config = config(said);
        for (name, wanted) in [
            ("Text", r#""a""#),
            ("Number", "3"),
            ("Ratio", "1.5"),
            ("Flag", "true"),
            ("Wait", "90000000000"),
            ("Words", r#"["x","y"]"#),
            ("Counts", "[1,200]"),
            ("Rows", r#"[["a"],[]]"#),
            ("Tags", r#"{"a":"1","b":"2"}"#),
            ("Part", r#"{"Name":"p","Size":4}"#),
            ("Raw", r#""""#),
        ] {
            assert_eq!(config[name].to_string(), wanted, "{}: {name}", yard.mode.name);
        }
        assert_eq!(config["Disks"][0]["Parts"][1]["Size"], 9);
        assert_eq!(config["Disks"][1]["Labels"][0], "l");
        assert_eq!(config["Disks"].as_array().unwrap().len(), 2);
    });
}

#[test]
fn layers_have_the_types_that_a_go_host_sends() {
    let build = provisioner(&["show layers"]) + &block("post-processor", "probe", &["show layers"], "");
    let vars = |extra: &str| {
        format!(
            "layer 0: map[interface {{}}]interface {{}}{{packer_build_name: string(\"a\"), packer_builder_type: string(\"probe\"), packer_core_version: string(\"V\"), packer_debug: string(\"false\"), packer_force: string(\"false\"), packer_on_error: string(\"\"){extra}}}"
        )
    };
    let version = regex::Regex::new("packer_core_version: string\\(\"[0-9.]+\"\\)").unwrap();
    let text = format!(
        "variable \"s\" {{\n  default   = \"hidden text\"\n  sensitive = true\n}}\n{}",
        template(&verbs(&["show layers", "provision"]), &build)
    );
    check(&text, |said, yard| {
        succeeded(said, yard);
        let mut said = crate::bench::Said { code: 0, stdout: said.stdout.clone(), stderr: String::new() };
        said.stdout = version.replace_all(&said.stdout, "packer_core_version: string(\"V\")").into_owned();
        let with_sensitive = vars(", packer_sensitive_variables: []interface {}[string(\"s\")]");
        let plain = vars("");
        says(
            &said,
            yard,
            &[&plain, "layer 1: cty object", &with_sensitive, "layer 1: cty object", "layer 2: nil"],
        );
        let post = format!("(probe): {with_sensitive}");
        assert!(lines(&said, "probe.a").contains(&post.as_str()), "{}", said.stdout);
    });
}

#[test]
fn overrides_win_and_vars_lose() {
    let override_ = "override = {\n  a = {\n    text   = \"over\"\n    number = 9\n    words  = [\"z\"]\n    tags   = { c = \"3\" }\n    flag   = true\n  }\n}\n";
    let build = block(
        "provisioner",
        "probe",
        &["show config", "show layers"],
        &format!("text = \"mine\"\nnumber = 1\nwords = [\"x\"]\n{override_}"),
    );
    check(&template(&verbs(&["provision"]), &build), |said, yard| {
        succeeded(said, yard);
        let config = config(said);
        assert_eq!(
            (config["Text"].to_string(), config["Number"].to_string()),
            ("\"over\"".to_owned(), "9".to_owned())
        );
        assert_eq!(config["Words"].to_string(), "[\"z\"]");
        assert_eq!(config["PackerBuildName"], "a");
        let layer = lines(said, "probe.a").into_iter().find(|line| line.starts_with("layer 2: ")).unwrap();
        assert_eq!(
            layer,
            "layer 2: map[interface {}]interface {}{flag: bool(true), number: int64(9), tags: map[interface {}]interface {}{c: string(\"3\")}, text: string(\"over\"), words: []interface {}[string(\"z\")]}"
        );
    });
}

#[test]
fn mistakes_in_options_have_a_place() {
    for (options, wanted) in [
        ("texd = 1", "An argument named \"texd\" is not expected here. Did you mean \"text\"?"),
        ("number = \"many\"", "number"),
        ("disc {\n}", "Blocks of type \"disc\" are not expected here. Did you mean \"disk\"?"),
        ("part {\n}\npart {\n}", "part"),
    ] {
        check(&template(options, ""), |said, yard| {
            failed(said, yard, wanted);
            assert!(format!("{}{}", said.stdout, said.stderr).contains("t.pkr.hcl line "), "{}", said.stdout);
        });
    }
}

#[test]
fn the_plugin_has_the_last_word_on_options() {
    let text = template("invalid = \"no good\"\nwarn = [\"careful\"]", "");
    check(&text, |said, yard| failed(said, yard, "no good"));
    check(&template("number = 1.5", ""), |said, yard| failed(said, yard, "number"));
    check(&template("warn = [\"careful\", \"very\"]", ""), |said, yard| {
        succeeded(said, yard);
        assert!(said.stdout.contains("careful") && said.stdout.contains("very"), "{}", said.stdout);
    });
}

#[test]
fn values_of_the_build_come_with_a_second_prepare() {
    let source = format!(
        "generated = [\"Custom\", \"Flag\", \"Count\", \"Ratio\"]\ndata = \"rich\"\n{}",
        verbs(&["provision"])
    );
    let options = "text = build.Custom\nraw = \"id ${build.ID} port ${build.Port} ${build.Flag} ${build.Count} ${build.Ratio}\"\non_prepare = [\"append prepared.txt ${build.ID}\"]\n";
    let build = block("provisioner", "probe", &["show config", "show prepared"], options)
        + &block("post-processor", "probe", &["show config"], "text = build.Custom\n");
    check(&template(&source, &build), |said, yard| {
        succeeded(said, yard);
        let config = config(said);
        assert_eq!(config["Text"], "of our own");
        assert_eq!(config["Raw"], "id i-0123 port 2222 true 7 1.5");
        says(said, yard, &["prepared 2 times"]);
        assert_eq!(
            std::fs::read_to_string(yard.bench.path("prepared.txt")).unwrap(),
            "<unknown>\ni-0123\n",
            "{}",
            yard.mode.name
        );
        let post = lines(said, "probe.a")
            .into_iter()
            .find_map(|line| line.strip_prefix("(probe): config: "))
            .unwrap();
        assert_eq!(serde_json::from_str::<serde_json::Value>(post).unwrap()["Text"], "of our own");
    });
}

#[test]
fn what_is_not_known_yet_looks_plausible() {
    for mode in modes() {
        let yard = Yard::new(mode, "");
        let options = format!(
            "text = data.probe.d.text\nnumber = data.probe.d.number\nflag = data.probe.d.flag\nwords = data.probe.d.words\ntags = data.probe.d.tags\nrows = [data.probe.d.words]\npart {{\n  name = data.probe.d.part.name\n}}\non_prepare = [\"note {}\"]\n",
            yard.path("noted")
        );
        let text = format!("{}\ndata \"probe\" \"d\" {{\n}}\n", template(&options, ""));
        yard.bench.write("t.pkr.hcl", text.as_bytes());
        let said = yard.bench.run(&["validate", "t.pkr.hcl"]);
        succeeded(&said, &yard);
        let noted = std::fs::read_to_string(yard.bench.path("noted")).unwrap();
        let noted: serde_json::Value = serde_json::from_str(noted.lines().next().unwrap()).unwrap();
        let shown =
            ["Text", "Number", "Flag", "Words", "Tags", "Rows", "Part"].map(|name| noted[name].to_string());
        let wanted =
            ["\"<unknown>\"", "0", "false", "[]", "{}", "[[]]", "{\"Name\":\"<unknown>\",\"Size\":0}"];
        assert_eq!(shown, wanted, "{}", mode.name);
    }
}

#[test]
fn go_templates_in_options_are_the_plugins_business() {
    check(
        &template(
            &format!(
                "text = \"{{{{ upper `x` }}}} {{{{ timestamp | len }}}}\"\nraw = \"{{{{ .Kept }}}}\"\n{}",
                verbs(&["show config"])
            ),
            "",
        ),
        |said, yard| {
            succeeded(said, yard);
            assert_eq!(config(said)["Text"], "X 10");
            assert_eq!(config(said)["Raw"], "{{ .Kept }}");
        },
    );
}

#[test]
fn debug_force_and_on_error_are_told() {
    crate::fleet::check_with(
        &["-force", "-on-error=abort"],
        |_| template(&verbs(&["show config"]), ""),
        |said, yard| {
            succeeded(said, yard);
            let config = config(said);
            assert_eq!(config["PackerForce"], true);
            assert_eq!(config["PackerDebug"], false);
            assert_eq!(config["PackerOnError"], "abort");
        },
    );
}
