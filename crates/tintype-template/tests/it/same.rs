//! A legacy template and what `hcl2_upgrade` makes of it are the same plan: past the border nobody can tell which was given.

use std::sync::Arc;

use diag::SourceMap;
use regex::Regex;
use tintype_sdk::{Catalog, Policy};
use tintype_template::{DataMode, JsonTemplate, LoadRequest, Template, UpgradeRequest, upgrade};
use tintype_testkit::Sandbox;

use crate::catalog::catalog;
use crate::suite::show_plan;

/// The plan of a legacy template, and that of its upgrade.
async fn both(text: &str) -> (String, String) {
    let sandbox = Sandbox::new();
    sandbox.write("t.json", text);
    let catalog: Arc<dyn Catalog> = Arc::new(catalog());
    let sources = Arc::new(SourceMap::new());
    let request = |path: &str| LoadRequest { path: path.to_owned(), ..LoadRequest::default() };
    let world = sandbox.world();

    let mut old = JsonTemplate::load(request("t.json"), world.clone(), sources.clone()).expect("it loads");
    let found = old.initialise();
    assert!(found.is_empty(), "{found}");
    let (plan, found) = old.plan(&*catalog, Policy::default());
    assert!(found.is_empty(), "{found}");
    let first = show_plan(&plan).0;

    let asked = UpgradeRequest {
        path: "t.json",
        vars: &[],
        var_files: &[],
        annotations: false,
        has_builder: &|ty| catalog.builder(ty).is_some(),
    };
    let upgraded = upgrade(&asked, world, &sources).expect("it can be upgraded");
    sandbox.write("t.pkr.hcl", &upgraded.text);
    let (new, found) = Template::load(request("t.pkr.hcl"), world.clone(), sources);
    assert!(found.is_empty(), "{found}\n{}", upgraded.text);
    let mut new = new.expect("it loads");
    let found = new.initialise(catalog, DataMode::Execute, &sandbox.cx(), Policy::default()).await;
    assert!(found.is_empty(), "{found}\n{}", upgraded.text);
    let (plan, found) = new.plan(Policy::default());
    assert!(found.is_empty(), "{found}\n{}", upgraded.text);
    (first, show_plan(&plan).0)
}

/// HCL2 tells blocks that are not there as none. Places count what the language counts, and a post-processor that has no name is named as its type in one of them.
fn plain(plan: &str) -> String {
    let places = Regex::new(r"\[\d+\]").expect("a good expression");
    let named = Regex::new(r"(?m)^(  post-processor\S* (\S+) .*) name=(\S+)").expect("a good expression");
    let plan = named.replace_all(plan, |found: &regex::Captures<'_>| {
        let (whole, ty, name) = (&found[1], &found[2], &found[3]);
        if ty == name { whole.to_owned() } else { found[0].to_owned() }
    });
    places.replace_all(&plan, "[]").replace("{disk=[]}", "{}")
}

#[tokio::test]
async fn both_formats_give_one_plan() {
    for text in [
        r#"{"builders": [{"type": "null", "name": "web", "ssh_host": "h", "ssh_port": 22}]}"#,
        r#"{"builders": [{"type": "null", "name": "a"}, {"type": "null", "name": "b"}, {"type": "disk", "name": "0"}],
            "provisioners": [{"type": "shell", "inline": ["x"], "only": ["b", "0"]}, {"type": "file", "inline": ["y"], "except": ["a"]},
                             {"type": "shell", "inline": ["z"], "pause_before": "1m30s", "timeout": "2h", "max_retries": 3},
                             {"type": "shell", "inline": ["o"], "override": {"a": {"inline": ["p"]}}}],
            "error-cleanup-provisioner": {"type": "shell", "inline": ["c"]},
            "post-processors": ["manifest", [{"type": "checksum", "name": "sum", "keep_input_artifact": false, "output": "o"}, "manifest"],
                                {"type": "manifest", "only": ["a"], "keep_input_artifact": true}, {"type": "manifest", "except": ["a", "b"]}]}"#,
    ] {
        let (old, new) = both(text).await;
        assert!(!old.is_empty());
        assert_eq!(plain(&old), plain(&new), "{text}");
    }
}
