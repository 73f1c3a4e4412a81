use tintype_sdk::Registry;

use super::*;

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn what_hosts_ask_for() {
    let start = |category, wire| Start { category, component: "x".into(), wire };
    for (text, expected) in [
        ("builder x", Ok(start(Category::Builder, Wire::Gob))),
        ("provisioner --protobuf x", Ok(start(Category::Provisioner, Wire::Protobuf))),
        ("post-processor x --protobuf", Ok(start(Category::PostProcessor, Wire::Protobuf))),
        ("datasource x", Ok(start(Category::DataSource, Wire::Gob))),
        ("builder", Err("start needs a kind of component and a name".to_owned())),
        ("thing x", Err("there is no kind of component \"thing\"".to_owned())),
    ] {
        assert_eq!(Start::read(&words(text)), expected, "{text}");
    }
}

#[test]
fn nothing_is_described_as_empty_lists() {
    let text = describe(&Registry::new(), "1.2.3");
    let json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(json["builders"], serde_json::json!([]));
    assert_eq!(json["protocol_version"], "v2");
}

#[tokio::test]
async fn without_its_host_it_does_not_start() {
    let sandbox = tintype_testkit::Sandbox::new();
    let start = Start { category: Category::Builder, component: "x".into(), wire: Wire::Gob };
    let refused = run(start, Arc::new(Registry::new()), sandbox.world().clone(), |_| ()).await;
    assert!(refused.is_err_and(|text| text.contains("This is a plugin")));
}
