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

#[cfg(unix)]
#[tokio::test]
async fn sockets_have_short_names() {
    use tintype_testkit::Sandbox;
    let sandbox = Sandbox::new();
    let long = sandbox.path(&"x".repeat(120));
    std::fs::create_dir(&long).expect("made");
    for (sandbox, inside) in [(Sandbox::new(), true), (Sandbox::new().tmp(&long), false)] {
        let listener = listen::Listener::open(sandbox.world()).await.expect("a socket");
        let greeting = listener.greeting();
        let path = greeting.trim_end().strip_prefix("5|0|unix|").expect("a greeting").to_owned();
        assert_eq!(std::path::Path::new(&path).starts_with(&sandbox.world().tmp), inside);
        let (mux, stream) = tokio::join!(listener.accept(), tokio::net::UnixStream::connect(&path));
        assert!(mux.is_ok() && stream.is_ok());
        assert!(!std::path::Path::new(&path).exists());
    }
}

#[tokio::test]
async fn without_its_host_it_does_not_start() {
    let sandbox = tintype_testkit::Sandbox::new();
    let start = Start { category: Category::Builder, component: "x".into(), wire: Wire::Gob };
    let refused = run(start, Arc::new(Registry::new()), sandbox.world().clone(), |_| ()).await;
    assert!(refused.is_err_and(|text| text.contains("This is a plugin")));
}
