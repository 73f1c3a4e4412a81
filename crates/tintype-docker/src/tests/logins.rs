//! Logins: kept ones, those of helper programs, Amazon's.

use expect_test::{Expect, expect};
use tintype_sdk::while_none_starts;
use tintype_testkit::Sandbox;

use crate::auth::stored;
use crate::client_files::ClientFiles;
use crate::ecr::Registry;
use crate::reference::HUB_KEY;

/// Answers by the server's name.
const HELPER: &str = r#"#!/bin/sh
server=$(cat)
case $server in
  *token*) echo '{"ServerURL":"s","Username":"<token>","Secret":"t"}' ;;
  *none*) echo 'credentials not found in native keychain'; exit 1 ;;
  *broken*) echo oops >&2; exit 1 ;;
  *odd*) echo hello ;;
  *) printf '{"ServerURL":"s","Username":"u","Secret":"of %s"}\n' "$server" ;;
esac
"#;

/// What is found for a registry with these settings.
async fn check(config: &str, registry: &str, expected: Expect) {
    let mut sandbox = Sandbox::new();
    let docker = sandbox.world().home.clone().expect("a home").join(".docker");
    std::fs::create_dir(&docker).expect("made");
    std::fs::write(docker.join("config.json"), config).expect("written");
    let bin = sandbox.path("bin");
    while_none_starts(|| {
        let helper = sandbox.write("bin/docker-credential-fake", HELPER);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(&helper, std::fs::Permissions::from_mode(0o755)).expect("set");
        }
    });
    sandbox = sandbox.env("PATH", &bin.display().to_string());
    let files = ClientFiles::read(sandbox.world());
    let found = stored(&files, registry, &sandbox.cx()).await;
    let text = match (&found.credentials, &found.problem) {
        (Some(found), _) => {
            format!("{}: {} {:?} {:?}", found.server, found.username, found.password, found.identity_token)
        }
        (None, Some(problem)) => format!("nothing: {problem}"),
        (None, None) => "nothing".into(),
    };
    let home = sandbox.world().home.clone().expect("a home").display().to_string();
    expected.assert_eq(&text.replace(&home, "<home>"));
}

#[tokio::test]
async fn logins_kept_in_the_settings() {
    // u:p
    let config = r#"{"auths": {"r.io": {"auth": "dTpw"}, "https://index.docker.io/v1/": {"username": "h", "password": "q"},
        "https://old.io/v2/": {"auth": "dTpw"}, "t.io": {"identitytoken": "i"}, "empty.io": {}, "bad.io": {"auth": "%%"}}}"#;
    check(config, "r.io", expect![[r#"r.io: u "p" """#]]).await;
    check(config, HUB_KEY, expect![[r#"https://index.docker.io/v1/: h "q" """#]]).await;
    check(config, "old.io", expect![[r#"old.io: u "p" """#]]).await;
    check(config, "t.io", expect![[r#"t.io:  "" "i""#]]).await;
    check(config, "empty.io", expect!["nothing"]).await;
    check(config, "bad.io", expect!["nothing"]).await;
    check(config, "other.io", expect!["nothing"]).await;
    check(
        "{",
        "r.io",
        expect!["nothing: <home>/.docker/config.json: EOF while parsing an object at line 1 column 1"],
    )
    .await;
}

#[cfg(unix)]
#[tokio::test]
async fn logins_kept_by_programs() {
    let config = r#"{"auths": {"r.io": {"auth": "dTpw"}, "one.io": {}}, "credsStore": "fake", "credHelpers": {"gone.io": "missing"}}"#;
    check(config, "r.io", expect![[r#"r.io: u "of r.io" """#]]).await;
    check(config, "token.io", expect![[r#"token.io:  "" "t""#]]).await;
    check(config, "none.io", expect!["nothing"]).await;
    check(config, "broken.io", expect!["nothing: docker-credential-fake failed: oops"]).await;
    check(config, "odd.io", expect!["nothing: docker-credential-fake gave an answer that cannot be read: expected value at line 1 column 1"]).await;
    check(
        config,
        "gone.io",
        expect![[r#"nothing: exec: "docker-credential-missing": executable file not found in $PATH"#]],
    )
    .await;
}

#[test]
fn registries_of_amazon() {
    let list = [
        ("123.dkr.ecr.eu-central-1.amazonaws.com", false),
        ("https://123.dkr.ecr.cn-north-1.amazonaws.com.cn", false),
        ("123.dkr.ecr-fips.us-gov-west-1.amazonaws.com/repo", false),
        ("public.ecr.aws/x", false),
        ("mirror.example", true),
        ("mirror.example", false),
        ("123.dkr.ecr.", false),
    ];
    let text: String = list
        .iter()
        .map(|(server, public)| {
            let found = Registry::of(server, *public)
                .map(|found| format!("{} {} {}", found.service, found.region, found.url));
            format!("{server} {public}: {found:?}\n")
        })
        .collect();
    expect![[r#"
        123.dkr.ecr.eu-central-1.amazonaws.com false: Some("ecr eu-central-1 https://api.ecr.eu-central-1.amazonaws.com/")
        https://123.dkr.ecr.cn-north-1.amazonaws.com.cn false: Some("ecr cn-north-1 https://api.ecr.cn-north-1.amazonaws.com.cn/")
        123.dkr.ecr-fips.us-gov-west-1.amazonaws.com/repo false: Some("ecr us-gov-west-1 https://ecr-fips.us-gov-west-1.amazonaws.com/")
        public.ecr.aws/x false: Some("ecr-public us-east-1 https://api.ecr-public.us-east-1.amazonaws.com/")
        mirror.example true: Some("ecr-public us-east-1 https://api.ecr-public.us-east-1.amazonaws.com/")
        mirror.example false: None
        123.dkr.ecr. false: None
    "#]].assert_eq(&text);
}
