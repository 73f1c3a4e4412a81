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

/// Both sides over a port, as they are on Windows: a process says where, and the component is served there.
#[cfg(unix)]
#[tokio::test]
async fn hosts_find_it_at_a_port() {
    use std::os::unix::fs::PermissionsExt;

    use tintype_schema::Schema;
    use tintype_testkit::Sandbox;

    struct Empty(Schema);

    #[async_trait::async_trait]
    impl tintype_sdk::BuilderKind for Empty {
        fn schema(&self) -> &Schema {
            &self.0
        }

        async fn prepare(
            &self,
            _: &tintype_schema::ConfigValue,
            _: &tintype_sdk::PrepareCx,
        ) -> Result<tintype_sdk::Prepared<dyn tintype_sdk::Builder>, diag::Diagnostics> {
            Err(diag::Diagnostics::from_iter([diag::Diagnostic::error("never")]))
        }
    }

    let sandbox =
        Sandbox::new().env("PACKER_PLUGIN_MIN_PORT", "10000").env("PACKER_PLUGIN_MAX_PORT", "10099");
    let taken = listen::Listener::at_a_port(sandbox.world()).await.expect("a port");
    let listener = listen::Listener::at_a_port(sandbox.world()).await.expect("another port");
    assert_ne!(taken.greeting(), listener.greeting());
    assert!(listener.greeting().starts_with("5|0|tcp|127.0.0.1:10"), "{}", listener.greeting());
    let script = format!("#!/bin/sh\necho '{}'\nexec sleep 600\n", listener.greeting().trim_end());
    let binary = sandbox.write("packer-plugin-port", script);
    std::fs::set_permissions(&binary, std::fs::Permissions::from_mode(0o755)).expect("ours");
    let (world, wire) = (sandbox.world().clone(), Wire::Protobuf);
    let launch = crate::Launch {
        binary,
        wire,
        world: world.clone(),
        events: tintype_event::EventSink::silent(),
        guard: None,
    };
    let serving = async {
        let mux = listener.accept().await.expect("it connects");
        connection(mux, Exported::Builder(Arc::new(Empty(Schema::new("x", "")))), wire, world).await;
    };
    let asking = crate::ask_spec(&launch, Category::Builder, "x");
    let ((), spec) = tokio::join!(serving, asking);
    assert_eq!(spec.map(|spec| spec.config).map_err(|error| error.to_string()), Ok(vec![0x0a, 0]));
}
