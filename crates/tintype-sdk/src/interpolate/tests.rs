use std::collections::BTreeMap;
use std::sync::Arc;

use tintype_schema::Interpolate;

use super::{Interpolation, Unsettled};

fn interpolation() -> Interpolation {
    Interpolation {
        build_name: Some("web".into()),
        build_type: Some("null".into()),
        template_path: Some("dir/./../t.json".into()),
        core_version: "1.16.0".into(),
        start: "2026-03-07T15:04:09Z".parse().expect("a moment"),
        cwd: "/work".into(),
        variables: Some(Arc::new(BTreeMap::from([("v".into(), "Va-lu-e".into())]))),
        env: None,
        generated: Some(["ID".to_owned()].into()),
        functions: BTreeMap::from([("clean".into(), Arc::new(|args: &[&str]| Ok(args.join("-"))) as _)]),
    }
}

/// What a text renders to, or the end of the error.
#[track_caller]
fn check(interpolation: &Interpolation, text: &str, expected: &str) {
    let shown = match interpolation.render(text) {
        Ok(text) => text,
        Err(error) => format!("! {}", error.rsplit_once(">: ").map_or(error.as_str(), |(_, end)| end)),
    };
    assert_eq!(shown, expected, "{text}");
}

#[test]
fn functions() {
    let all = interpolation();
    for (text, expected) in [
        ("{{build_name}},{{build_type}}", "web,null"),
        ("{{user `v` | upper}} {{user `nope`}}.", "VA-LU-E ."),
        ("{{isotime}} {{isotime `2006`}}", "2026-03-07T15:04:09Z 2026"),
        ("{{isotime `a` `b`}}", "! error calling isotime: one layout at most, 2 are given"),
        ("{{strftime `%Y`}} {{timestamp}}", "2026 1772895849"),
        (
            "{{replace `a` `o` 2 `banana`}} {{replace `a` `o` -1 `banana`}} {{replace_all `an` `-` `banana`}}",
            "bonona bonono b--a",
        ),
        ("{{split `a,b,c` `,` 2}}{{split `abc` `` 1}}", "cb"),
        ("{{split `a` `,` 1}}", "! error calling split: there are 1 parts, from 0: there is no part 1"),
        ("{{lower `\u{c9}`}} {{packer_version}} {{pwd}}", "\u{e9} 1.16.0 /work"),
        (
            "{{env `HOME`}}",
            "! error calling env: the environment can be read in the values of variables only",
        ),
        (
            "{{printf `%9999d` 1 | replace_all ` ` (printf `%9999d` 1)}}",
            "! error calling replace_all: the result is too large",
        ),
        ("{{sed `x`}}", "! error calling sed: this function is gone: use replace or replace_all"),
        ("{{vault `a` `b`}}", "! error calling vault: this can be called in the values of variables only"),
        ("{{build `ID`}}", "{{.ID}}"),
        ("{{build `Nope`}}", "! error calling build: this builder does not provide \"Nope\""),
        ("{{clean `a` `b`}}", "a-b"),
        ("{{nope}}", "! template: root:1: function \"nope\" not defined"),
        ("{{.Vars}}", "<no value>"),
    ] {
        check(&all, text, expected);
    }
    let dir = all.render("{{template_dir}}").expect("a directory");
    assert_eq!(std::path::Path::new(&dir), all.cwd);
    let hcl = Interpolation { variables: None, generated: None, build_name: None, ..all };
    check(&hcl, "{{user `v`}}", "! error calling user: this template has no user variables: use var.NAME");
    check(&hcl, "{{build `ID`}}", "! error calling build: there is no \"ID\" here: use build.ID");
    check(&hcl, "{{build_name}}", "! error calling build_name: build_name is known inside a build only");
    let uuid = hcl.render("{{uuid}}").expect("a uuid");
    assert!(uuid.len() == 36 && uuid.starts_with(&format!("{:08x}-", 1_772_895_849)), "{uuid}");
}

#[test]
fn kept_back_options_are_checked_and_rendered_later() {
    let all = interpolation();
    assert!(all.check("{{.Path}} {{upper .X}}").is_ok());
    assert!(all.check("{{nope .Path}}").is_err());
    let extra = [("Path", "/tmp/s".to_owned()), ("ID", "i-1".to_owned())];
    assert_eq!(
        all.render_with("sh {{.Path}} {{.No}} {{build `ID`}}", &extra).as_deref(),
        Ok("sh /tmp/s <no value> i-1")
    );
}

#[test]
fn an_option_with_names_of_its_own_has_no_others() {
    let all = interpolation();
    let strictly = |text: &str| all.render_strictly(text, &[("Image", "debian".to_owned())]);
    assert_eq!(strictly("{{.Image}}:{{user `v`}}").as_deref(), Ok("debian:Va-lu-e"));
    for text in ["{{.Imgae}}", "{{build `Image`}}"] {
        assert!(strictly(text).is_err(), "{text}");
    }
}

#[test]
fn variables_wait_for_each_other() {
    let all = Interpolation { env: Some(BTreeMap::from([("H".into(), "home".into())])), ..interpolation() };
    assert_eq!(
        all.render_variable("{{env `H`}}-{{user `v`}}-{{ .Vars }}").as_deref(),
        Ok("home-Va-lu-e-{{ .Vars }}")
    );
    assert_eq!(all.render_variable("{{user `later`}}"), Err(Unsettled::Needs("later".into())));
    assert!(matches!(all.render_variable("{{nope}}"), Err(Unsettled::Failed(_))));
}

#[test]
fn names_are_rendered_until_they_settle() {
    let variables = [("a", "{{user `b`}}"), ("b", "x"), ("c", "{{user `c`}}+")];
    let all = Interpolation {
        variables: Some(Arc::new(variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into())),
        ..interpolation()
    };
    assert_eq!(all.settle("n-{{user `a`}}").as_deref(), Ok("n-x"));
    assert!(all.settle("{{user `c`}}").is_err());
}
