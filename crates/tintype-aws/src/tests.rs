//! Keys and regions from every place, signatures, addresses.

use expect_test::{Expect, expect};
use tintype_testkit::Sandbox;

use crate::profile::ini_section;
use crate::sign::{hmac, host_name, signed_headers};
use crate::{AccessKey, Request, endpoint, region};

const KEYS: &str = "[default]\naws_access_key_id = D\naws_secret_access_key = DS\n# c\n[ x ]\naws_access_key_id=X\naws_secret_access_key=XS\naws_session_token=XT\n";

const SETTINGS: &str = "[default]\nregion = d-1\n[profile y]\naws_access_key_id = Y\naws_secret_access_key = YS\nregion=y-1\n[profile sso]\nsso_session = s\n";

/// The machine's own services are never asked.
const ALONE: (&str, &str) = ("AWS_EC2_METADATA_DISABLED", "true");

fn sandbox(env: &[(&str, &str)], files: bool) -> Sandbox {
    let mut sandbox = Sandbox::new().env(ALONE.0, ALONE.1);
    if files {
        let dir = sandbox.world().home.clone().expect("a home").join(".aws");
        std::fs::create_dir(&dir).expect("made");
        std::fs::write(dir.join("credentials"), KEYS).expect("written");
        std::fs::write(dir.join("config"), SETTINGS).expect("written");
    }
    for (name, value) in env {
        sandbox = sandbox.env(name, value);
    }
    sandbox
}

async fn check(env: &[(&str, &str)], asked: &str, files: bool, expected: Expect) {
    let sandbox = sandbox(env, files);
    let key = match AccessKey::find(asked, sandbox.world()).await {
        Ok(key) => format!("{} {} {}", key.id, key.secret, key.token),
        Err(error) => error.to_string(),
    };
    let region = region(asked, sandbox.world()).await;
    expected.assert_eq(&format!("{key}; {region:?}"));
}

#[tokio::test]
async fn keys_and_regions() {
    let variables: &[(&str, &str)] =
        &[("AWS_ACCESS_KEY_ID", "E"), ("AWS_SECRET_ACCESS_KEY", "ES"), ("AWS_DEFAULT_REGION", "e-1")];
    let profile: &[(&str, &str)] = &[("AWS_PROFILE", "y")];
    check(variables, "", true, expect![[r#"E ES ; Some("e-1")"#]]).await;
    check(variables, "x", true, expect![[r#"X XS XT; Some("e-1")"#]]).await;
    check(&[], "", true, expect![[r#"D DS ; Some("d-1")"#]]).await;
    check(profile, "", true, expect![[r#"Y YS ; Some("y-1")"#]]).await;
    check(&[], "sso", true, expect![[r#"AWS profile "sso": it holds no access key; None"#]]).await;
    check(&[], "z", true, expect![[r#"AWS profile "z": there is no such profile; None"#]]).await;
    check(&[], "", false, expect!["no AWS access key was found; None"]).await;
    assert_eq!(ini_section(KEYS, "x").len(), 3);
}

#[test]
fn addresses() {
    let usual = "https://s.amazonaws.com";
    assert_eq!(endpoint("S", usual, sandbox(&[], false).world()), "https://s.amazonaws.com/");
    let both: &[(&str, &str)] = &[("AWS_ENDPOINT_URL", "http://a/"), ("AWS_ENDPOINT_URL_S", "http://b:1")];
    assert_eq!(endpoint("S", usual, sandbox(&both[..1], false).world()), "http://a/");
    assert_eq!(endpoint("S", usual, sandbox(both, false).world()), "http://b:1/");
    assert_eq!(host_name("http://127.0.0.1:80/x"), "127.0.0.1");
    assert_eq!(host_name("http://[::1]:80/x"), "[::1]");
    assert_eq!(host_name("http://[::1]"), "[::1]");
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
