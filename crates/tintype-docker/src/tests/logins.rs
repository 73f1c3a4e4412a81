//! Logins: kept ones, those of helper programs, Amazon's.

use expect_test::{Expect, expect};
use tintype_sdk::while_none_starts;
use tintype_testkit::Sandbox;

use crate::auth::stored;
use crate::aws::{AccessKey, Request, access_key, hmac, ini_section, signed_headers};
use crate::client_files::ClientFiles;
use crate::ecr::Registry;
use crate::login::LoginConfig;
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

#[test]
fn signatures() {
    // RFC 4231, test cases 2 and 6.
    let hex = |bytes: Vec<u8>| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    assert_eq!(
        hex(hmac(b"Jefe", b"what do ya want for nothing?")),
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    );
    assert_eq!(
        hex(hmac(&[0xaa; 131], b"Test Using Larger Than Block-Size Key - Hash Key First")),
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
    );
    let request = Request {
        url: "https://api.ecr.us-east-1.amazonaws.com/",
        service: "ecr",
        region: "us-east-1",
        target: "T.GetAuthorizationToken",
        body: "{}",
    };
    let key = AccessKey {
        id: "AKIDEXAMPLE".into(),
        secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".into(),
        token: "tok".into(),
    };
    let headers = signed_headers(&request, &key, "20150830T123600Z");
    expect!["AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/ecr/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;x-amz-target, Signature=2b94f540d44fbc3c42c02f5f37d5b189b06f50fa5490f3f0d28a93f9df87ecba"].assert_eq(&headers.last().expect("a signature").1);
}

#[tokio::test]
async fn access_keys() {
    let keys = "[default]\naws_access_key_id = D\naws_secret_access_key = DS\n# c\n[ x ]\naws_access_key_id=X\naws_secret_access_key=XS\naws_session_token=XT\n";
    let settings =
        "[profile y]\naws_access_key_id = Y\naws_secret_access_key = YS\n[profile sso]\nsso_session = s\n";
    assert_eq!(ini_section(keys, "x").len(), 3);
    let mut text = String::new();
    let none: &[(&str, &str)] = &[("AWS_EC2_METADATA_DISABLED", "true")];
    let variables: &[(&str, &str)] = &[("AWS_ACCESS_KEY_ID", "E"), ("AWS_SECRET_ACCESS_KEY", "ES")];
    let profile: &[(&str, &str)] = &[("AWS_PROFILE", "y")];
    let options = |id: &str, profile: &str| LoginConfig {
        aws_access_key: id.into(),
        aws_secret_key: id.into(),
        aws_profile: profile.into(),
        ..LoginConfig::default()
    };
    for (env, options, files) in [
        (variables, options("O", ""), true),
        (variables, options("", ""), true),
        (variables, options("", "x"), true),
        (none, options("", ""), true),
        (profile, options("", ""), true),
        (none, options("", "sso"), true),
        (none, options("", "z"), true),
        (none, options("", ""), false),
    ] {
        let mut sandbox = Sandbox::new();
        if files {
            let dir = sandbox.world().home.clone().expect("a home").join(".aws");
            std::fs::create_dir(&dir).expect("made");
            std::fs::write(dir.join("credentials"), keys).expect("written");
            std::fs::write(dir.join("config"), settings).expect("written");
        }
        for (name, value) in env {
            sandbox = sandbox.env(name, value);
        }
        match access_key(&options, &sandbox.cx()).await {
            Ok(key) => text.push_str(&format!("{} {} {}\n", key.id, key.secret, key.token)),
            Err(error) => text.push_str(&format!("{error} {:?}\n", error.hints())),
        }
    }
    expect![[r#"
        O O 
        E ES 
        X XS XT
        D DS 
        Y YS 
        Error fetching ECR credentials: AWS profile "sso": it holds no access key ["`aws configure export-credentials --format env` turns any profile into variables that can be used here."]
        Error fetching ECR credentials: AWS profile "z": there is no such profile ["`aws configure export-credentials --format env` turns any profile into variables that can be used here."]
        Error fetching ECR credentials: no AWS access key was found ["Set aws_access_key and aws_secret_key, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or aws_profile."]
    "#]].assert_eq(&text);
}
