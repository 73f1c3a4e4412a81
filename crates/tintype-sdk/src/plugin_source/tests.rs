use super::*;

#[test]
fn sources() {
    for (text, name) in [
        ("github.com/hashicorp/docker", "docker"),
        ("git.example.com:8080/a/b/c/big-cloud", "big-cloud"),
        ("localhost/x/größe", "größe"),
    ] {
        assert_eq!(text.parse::<PluginSource>().unwrap().name(), name);
    }
    for text in [
        "",
        "docker",
        "example/happycloud",
        "https://github.com/a/b",
        "github.com/a/b?x=1",
        "github.com/a/b#x",
        "/github.com/a/b",
        "github.com/a/b/",
        "github.com//b",
        "github.com/a/packer-plugin-b",
        "github.com/a/packer-b",
        "github.com/a/B",
        "github.com/a/b_c",
        "github.com/a/b--c",
        "github.com/a/-b",
        "github.com/a/b.c",
        "github.com/../b",
        "../../b",
        "github.com/a\\b/c",
        "a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a",
    ] {
        assert!(text.parse::<PluginSource>().is_err(), "{text}");
    }
}
