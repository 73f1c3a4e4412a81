use std::collections::BTreeMap;
use std::sync::Arc;

use tintype_testkit::Sandbox;

use super::*;

fn spec() -> Spec {
    let attr = |name: &str| Spec::Attr { name: name.into(), ty: cty::Type::String, required: false };
    Spec::Object(["a", "b"].into_iter().map(|name| (name.to_owned(), attr(name))).collect())
}

fn json(text: &str) -> Value {
    cty::from_json(text).expect("JSON")
}

fn layers_of(category: Category, config: &ConfigValue, cx: &PrepareCx) -> Vec<Wire> {
    match layers(category, config, cx, &spec()) {
        Ok(Wire::Array(layers)) => layers,
        other => panic!("{other:?}"),
    }
}

fn entry<'a>(layer: &'a Wire, name: &str) -> Option<&'a Wire> {
    let Wire::Map(entries) = layer else { panic!("{layer:?} is no map") };
    entries.iter().find(|(key, _)| *key == Wire::from(name)).map(|(_, value)| value)
}

#[test]
fn options_of_hcl() {
    let mut cx = Sandbox::new().prepare_cx();
    cx.sensitive_variables = vec!["password".into()];
    let mut config = ConfigValue::new(json(r#"{"a":"x"}"#));
    let object = r#"{"value":{"a":"x","b":null},"type":["object",{"a":"string","b":"string"}]}"#;
    for (category, count) in [
        (Category::Builder, 2),
        (Category::Provisioner, 3),
        (Category::PostProcessor, 2),
        (Category::DataSource, 1),
    ] {
        let layers = layers_of(category, &config, &cx);
        assert_eq!(layers.len(), count, "{category:?}");
        assert!(layers.contains(&Wire::Bin(object.into())), "{category:?}");
    }
    let layers = layers_of(Category::Provisioner, &config, &cx);
    assert_eq!(layers[2], Wire::Nil);
    assert_eq!(entry(&layers[0], "packer_build_name"), Some(&"test".into()));
    assert_eq!(entry(&layers[0], "packer_debug"), Some(&"false".into()));
    assert_eq!(entry(&layers[0], "packer_on_error"), Some(&"".into()));
    assert_eq!(entry(&layers[0], "packer_sensitive_variables"), Some(&Wire::Array(vec!["password".into()])));
    assert_eq!(entry(&layers[0], "packer_user_variables"), None);
    config.overrides.push(json(r#"{"b":5,"c":null}"#));
    let above = &layers_of(Category::Provisioner, &config, &cx)[2];
    assert_eq!(above, &Wire::Map(vec![("b".into(), Wire::Int(5))]));
}

#[test]
fn options_of_legacy_templates() {
    let mut cx = Sandbox::new().prepare_cx();
    cx.generated = vec!["Custom".into()];
    let interpolation = Arc::make_mut(&mut cx.interpolation);
    interpolation.variables = Some(Arc::new(BTreeMap::from([("v".into(), "w".into())])));
    interpolation.template_path = Some("t.json".into());
    let mut config = ConfigValue::new(json(r#"{"a":5,"x":"{{user `v`}}"}"#)).loose();
    config.overrides.push(json(r#"{"a":6}"#));
    assert_eq!(layers_of(Category::Builder, &config, &cx).len(), 3);
    let layers = layers_of(Category::Provisioner, &config, &cx);
    assert_eq!(layers.len(), 4);
    assert_eq!(entry(&layers[0], "a"), Some(&Wire::Float(5.0)));
    assert_eq!(entry(&layers[0], "x"), Some(&"{{user `v`}}".into()));
    assert_eq!(entry(&layers[1], "a"), Some(&Wire::Float(6.0)));
    assert_eq!(entry(&layers[2], "packer_debug"), Some(&Wire::Bool(false)));
    assert_eq!(entry(&layers[2], "packer_template_path"), Some(&"t.json".into()));
    assert_eq!(entry(&layers[2], "packer_user_variables"), Some(&Wire::Map(vec![("v".into(), "w".into())])));
    assert_eq!(entry(&layers[2], "packer_sensitive_variables"), Some(&Wire::Nil));
    let text = entry(&layers[3], "Custom").and_then(Wire::as_text).expect("a placeholder");
    assert!(text.starts_with("Build_Custom. To set this dynamically"), "{text}");
    assert_eq!(entry(&layers[3], "WinRMPassword"), Some(&"{{.WinRMPassword}}".into()));
    assert!(entry(&layers[3], "PackerRunUUID").is_some());
    // Nothing at all is no map.
    let empty = ConfigValue::new(Value::empty_object()).loose();
    assert_eq!(layers_of(Category::Builder, &empty, &cx)[0], Wire::Nil);
}

#[test]
fn what_does_not_fit_is_told_before_the_plugin_is_asked() {
    let cx = Sandbox::new().prepare_cx();
    let spec = Spec::Object(
        [("n".to_owned(), Spec::Attr { name: "n".into(), ty: cty::Type::Number, required: true })].into(),
    );
    for (options, title) in
        [(r#"{"n":"x"}"#, "Incorrect attribute value type"), (r#"{"m":1}"#, "Unsupported argument")]
    {
        let config = ConfigValue::new(json(options));
        let found = layers(Category::Builder, &config, &cx, &spec).expect_err("it does not fit");
        assert_eq!(found.iter().map(|finding| &*finding.summary).collect::<Vec<_>>(), [title]);
    }
}
