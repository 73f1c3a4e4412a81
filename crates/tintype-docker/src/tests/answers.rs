//! What is asked of an Engine, and what becomes of its answers, good and bad.

use base64::Engine as _;
use expect_test::{Expect, expect};
use tintype_sdk::Cx;
use tintype_testkit::Sandbox;

use super::fake_engine::FakeEngine;
use crate::auth::Credentials;
use crate::driver::{Chosen, Commit, Pull, Push, connect};

const DOCKER: Chosen<'static> = Chosen { docker_path: "docker", config_dir: None, embedded: false };

/// Surroundings with an Engine that answers so.
fn with_engine(
    answer: impl Fn(&str) -> (u16, &'static str) + Send + Sync + 'static,
) -> (Sandbox, FakeEngine) {
    let sandbox = Sandbox::new();
    let engine = FakeEngine::new(&sandbox, move |asked| {
        let (status, text) = answer(&asked.line);
        (status, text.to_owned())
    });
    let sandbox = sandbox.env("DOCKER_HOST", &engine.host());
    (sandbox, engine)
}

fn told(error: &tintype_sdk::Error) -> String {
    format!("{error}\n{}", error.hints().join("\n"))
}

#[tokio::test]
async fn no_engine() {
    let sandbox = Sandbox::new();
    let host = format!("unix://{}/none.sock", sandbox.root().display());
    let sandbox = sandbox.env("DOCKER_HOST", &host);
    let error = connect(&DOCKER, &sandbox.cx()).await.err().expect("an error");
    expect![[r#"
        Cannot connect to the Docker daemon at <host>. Is the docker daemon running?
        Start it, or name another Engine with DOCKER_HOST or DOCKER_CONTEXT; docker_path = "podman" uses podman instead."#]].assert_eq(&told(&error).replace(&host, "<host>"));

    let socket = sandbox.root().join("dead.sock");
    drop(std::os::unix::net::UnixListener::bind(&socket).expect("a free name"));
    let host = format!("unix://{}", socket.display());
    let sandbox = Sandbox::new().env("DOCKER_HOST", &host);
    let error = connect(&DOCKER, &sandbox.cx()).await.err().expect("an error");
    assert!(error.to_string().starts_with("Cannot connect to the Docker daemon at"), "{error}");

    let sandbox = Sandbox::new().env("DOCKER_HOST", "tcp://127.0.0.1:1");
    let error = connect(&DOCKER, &sandbox.cx()).await.err().expect("an error");
    assert!(
        error.to_string().starts_with("Cannot connect to the Docker daemon at tcp://127.0.0.1:1"),
        "{error}"
    );

    let sandbox = Sandbox::new().env("DOCKER_HOST", "what");
    let error = connect(&DOCKER, &sandbox.cx()).await.err().expect("an error");
    expect![[r#"
        Docker endpoint "what" is of no known kind
        Use unix:///path, npipe:////./pipe/name, tcp://host:port or ssh://user@host."#]]
    .assert_eq(&told(&error));

    let chosen = Chosen { docker_path: "no-such-podman", config_dir: None, embedded: false };
    let error = connect(&chosen, &sandbox.cx()).await.err().expect("an error");
    expect![[r#"
        exec: "no-such-podman": executable file not found in $PATH
        Install no-such-podman, or put its directory into PATH."#]]
    .assert_eq(&told(&error));
}

async fn pulled(answer: (u16, &'static str), expected: Expect) {
    let (sandbox, engine) = with_engine(move |_| answer);
    let cx: Cx = sandbox.cx();
    let driver = connect(&DOCKER, &cx).await.expect("it answers");
    let pull = Pull { image: "r.io/a:1", platform: "", credentials: None, quiet: false };
    let result = driver.pull(pull, &cx).await;
    let mut text = sandbox.lines().join("\n");
    if let Err(error) = result {
        text.push_str(&format!("\n=> {}", told(&error)));
    }
    expected.assert_eq(&text.replace(&engine.host(), "<host>"));
}

#[tokio::test]
async fn pulls() {
    let good = concat!(
        r#"{"status":"Pulling from a","id":"1"}"#,
        "\r\n",
        r#"{"status":"Pulling fs layer","progressDetail":{},"id":"abc"}"#,
        "\r\n",
        r#"{"status":"Downloading","progressDetail":{"current":5,"total":10},"progress":"[> ]","id":"abc"}"#,
        "\r\n",
        r#"{"status":"Download complete","progressDetail":{},"id":"abc"}"#,
        "\r\n",
        r#"{"status":"Extracting","progressDetail":{"current":5,"total":10},"id":"abc"}"#,
        "\r\n",
        r#"{"status":"Pull complete","progressDetail":{},"id":"abc"}"#,
        "\r\n",
        r#"{"status":"Digest: sha256:1"}"#,
        "\r\n",
        r#"{"status":"Status: Downloaded newer image for r.io/a:1"}"#,
        "\r\n",
    );
    pulled(
        (200, good),
        expect![[r#"
        1: Pulling from a
        abc: Pulling fs layer
        abc: Download complete
        abc: Pull complete
        Digest: sha256:1
        Status: Downloaded newer image for r.io/a:1
        r.io/a:1"#]],
    )
    .await;
    let failed = concat!(
        r#"{"status":"Pulling from a","id":"1"}"#,
        "\r\n",
        r#"{"errorDetail":{"message":"manifest unknown"},"error":"manifest unknown"}"#,
        "\r\n",
    );
    pulled(
        (200, failed),
        expect![[r#"
        1: Pulling from a
        => manifest unknown
        Check that r.io/a has the tag 1."#]],
    )
    .await;
    pulled((404, r#"{"message":"pull access denied for a, repository does not exist"}"#), expect![[r#"

        => Error response from daemon: pull access denied for a, repository does not exist
        Check the name; if the image is private, run `docker login r.io` or set login, login_username and login_password."#]])
        .await;
    pulled(
        (500, "plain text"),
        expect![[r#"

        => Error response from daemon: plain text
    "#]],
    )
    .await;
    pulled(
        (500, ""),
        expect![[r#"

            => Error response from daemon: status 500
        "#]],
    )
    .await;
    pulled(
        (200, "{\"status\":\"x\"}\r\n{CUT"),
        expect![[r#"
            x
            => The connection to the Docker daemon at <host> failed: error reading a body from connection
        "#]],
    )
    .await;
    pulled(
        (200, "nonsense\n"),
        expect![[r#"

            => The Docker daemon at <host> gave an answer that cannot be read: expected ident at line 1 column 2
        "#]],
    )
    .await;
}

#[tokio::test]
async fn pushes() {
    let answer = concat!(
        r#"{"status":"The push refers to repository [r.io/a]"}"#,
        "\r\n",
        r#"{"status":"Preparing","progressDetail":{},"id":"abc"}"#,
        "\r\n",
        r#"{"status":"Pushing","progressDetail":{"current":1,"total":2},"id":"abc"}"#,
        "\r\n",
        r#"{"status":"Pushed","progressDetail":{},"id":"abc"}"#,
        "\r\n",
        r#"{"status":"1: digest: sha256:2 size: 3"}"#,
        "\r\n",
        r#"{"progressDetail":{},"aux":{"Tag":"1","Digest":"sha256:2","Size":3}}"#,
    );
    let (sandbox, engine) = with_engine(move |_| (200, answer));
    let cx = sandbox.cx();
    let driver = connect(&DOCKER, &cx).await.expect("it answers");
    // The characters that the two alphabets of base64 disagree about.
    let credentials = Credentials {
        server: "r.io".into(),
        username: "u".into(),
        password: "?>~ü?>".into(),
        ..Credentials::default()
    };
    let push = Push { image: "r.io/a:1", platform: "linux/arm64/v8", credentials: Some(&credentials) };
    driver.push(push, &cx).await.expect("pushed");
    assert_eq!(
        sandbox.lines(),
        [
            "The push refers to repository [r.io/a]",
            "abc: Preparing",
            "abc: Pushed",
            "1: digest: sha256:2 size: 3"
        ]
    );
    let asked = engine.asked();
    expect!["POST /images/r.io/a/push?tag=1&platform=%7B%22os%22%3A%22linux%22%2C%22architecture%22%3A%22arm64%22%2C%22variant%22%3A%22v8%22%7D"].assert_eq(&asked[0].line);
    let header =
        asked[0].headers.lines().find_map(|line| line.strip_prefix("x-registry-auth: ")).expect("a login");
    let text = base64::engine::general_purpose::URL_SAFE.decode(header).expect("for addresses");
    let login: serde_json::Value = serde_json::from_slice(&text).expect("JSON");
    assert_eq!(login["password"], "?>~ü?>");

    // The same characters in the header that bollard writes.
    let pull = Pull { image: "r.io/a:1", platform: "", credentials: Some(&credentials), quiet: true };
    driver.pull(pull, &cx).await.expect("pulled");
    let asked = engine.asked();
    let header =
        asked[1].headers.lines().find_map(|line| line.strip_prefix("x-registry-auth: ")).expect("a login");
    assert!(base64::engine::general_purpose::URL_SAFE.decode(header).is_ok(), "{header}");
}

#[tokio::test]
async fn logins_are_tried() {
    let (sandbox, engine) = with_engine(|_| (200, r#"{"Status":"Login Succeeded"}"#));
    let cx = sandbox.cx();
    let driver = connect(&DOCKER, &cx).await.expect("it answers");
    let credentials = Credentials {
        server: "r.io".into(),
        username: "u".into(),
        password: "p".into(),
        ..Credentials::default()
    };
    driver.log_in(&credentials, &cx).await.expect("logged in");
    let asked = engine.asked();
    assert_eq!(asked[0].line, "POST /auth");
    assert_eq!(
        String::from_utf8_lossy(&asked[0].body),
        r#"{"username":"u","password":"p","serveraddress":"r.io"}"#
    );
    let (sandbox, _engine) = with_engine(|_| {
        (401, r#"{"message":"login attempt to http://r.io/v2/ failed with status: 401 Unauthorized"}"#)
    });
    let driver = connect(&DOCKER, &sandbox.cx()).await.expect("it answers");
    let error = driver.log_in(&credentials, &sandbox.cx()).await.expect_err("refused");
    expect![[r#"
        Error response from daemon: login attempt to http://r.io/v2/ failed with status: 401 Unauthorized
        Check login_username and login_password."#]]
    .assert_eq(&told(&error));
}

#[tokio::test]
async fn a_commit_keeps_the_containers_settings() {
    let (sandbox, engine) = with_engine(|line| match line {
        "GET /containers/c/json" => (
            200,
            r#"{"Id":"c","Config":{"Env":["PATH=/bin"],"Cmd":null,"ExposedPorts":{"80/tcp":{}},"Volumes":null,"Labels":{}}}"#,
        ),
        _ => (201, r#"{"Id":"sha256:1"}"#),
    });
    let driver = connect(&DOCKER, &sandbox.cx()).await.expect("it answers");
    let changes = ["ENV A=$PATH".to_owned(), "CMD [\"a b\"]".to_owned()];
    let id = driver
        .commit("c", Commit { author: "me <a@b>", message: "", changes: &changes })
        .await
        .expect("made");
    assert_eq!(id, "sha256:1");
    let asked = engine.asked();
    expect!["POST /commit?container=c&author=me+%3Ca%40b%3E&pause=true&changes=ENV+A%3D%24PATH%0ACMD+%5B%22a+b%22%5D"].assert_eq(&asked[1].line);
    expect![[r#"{"ExposedPorts":{"80/tcp":{}},"Env":["PATH=/bin"],"Volumes":{},"Labels":{}}"#]]
        .assert_eq(&String::from_utf8_lossy(&asked[1].body));
}

#[tokio::test]
async fn a_missing_image_is_fetched_and_a_missing_network_is_not() {
    let (sandbox, engine) = with_engine(|line| {
        if line.starts_with("POST /containers/create") {
            (404, r#"{"message":"network nowhere not found"}"#)
        } else {
            (200, r#"{"Id":"sha256:1"}"#)
        }
    });
    let driver = connect(&DOCKER, &sandbox.cx()).await.expect("it answers");
    let args = ["--net", "nowhere", "-v", "/x:/y", "i"].map(str::to_owned);
    let refused = driver.run(&args, &sandbox.cx()).await.expect_err("refused");
    assert!(refused.certain);
    assert_eq!(refused.error.to_string(), "docker: Error response from daemon: network nowhere not found.");
    let lines: Vec<String> = engine.asked().into_iter().map(|asked| asked.line).collect();
    assert_eq!(lines, ["POST /containers/create?platform=", "GET /images/i/json"]);
}

#[tokio::test]
async fn a_container_that_does_not_start_is_removed() {
    let (sandbox, engine) = with_engine(|line| match line {
        "POST /containers/create?platform=" => (201, r#"{"Id":"c","Warnings":[]}"#),
        "POST /containers/c/start" => (400, r#"{"message":"exec: \"x\": not found"}"#),
        _ => (204, ""),
    });
    let driver = connect(&DOCKER, &sandbox.cx()).await.expect("it answers");
    let refused = driver.run(&["i".to_owned()], &sandbox.cx()).await.expect_err("refused");
    assert!(refused.certain);
    let last = engine.asked().pop().expect("asked").line;
    assert!(last.starts_with("DELETE /containers/c?"), "{last}");
}

#[tokio::test]
async fn a_login_from_amazon() {
    let sandbox = Sandbox::new();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let asked = tokio::spawn(async move {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let (mut stream, _) = listener.accept().await.expect("a call");
        let mut call = Vec::new();
        while !call.ends_with(b"{}") {
            stream.read_buf(&mut call).await.expect("more");
        }
        // AWS:secret
        let body = r#"{"authorizationData":[{"authorizationToken":"QVdTOnNlY3JldA==","expiresAt":1.5}]}"#;
        let answer =
            format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
        stream.write_all(answer.as_bytes()).await.expect("sent");
        String::from_utf8_lossy(&call).into_owned()
    });
    let engine = FakeEngine::new(&sandbox, |_| (200, "{}".to_owned()));
    let sandbox = sandbox
        .env("DOCKER_HOST", &engine.host())
        .env("AWS_ENDPOINT_URL_ECR", &format!("http://{address}"))
        .env("AWS_ACCESS_KEY_ID", "AKID")
        .env("AWS_SECRET_ACCESS_KEY", "SK");
    let cx = sandbox.cx();
    let driver = connect(&DOCKER, &cx).await.expect("it answers");
    let login = crate::login::LoginConfig {
        ecr_login: true,
        login_server: "https://1.dkr.ecr.eu-west-1.amazonaws.com/".into(),
        ..Default::default()
    };
    let credentials = login.log_in(&*driver, &cx).await.expect("logged in");
    login.log_out(credentials.as_ref(), &*driver, &cx).await;
    let credentials = credentials.expect("a login");
    assert_eq!((credentials.username.as_str(), credentials.password.as_str()), ("AWS", "secret"));
    assert!(credentials.are_for("1.dkr.ecr.eu-west-1.amazonaws.com"));
    assert!(!credentials.are_for("2.dkr.ecr.eu-west-1.amazonaws.com"));
    expect![[r#"
        Fetching ECR credentials...
        Logging in...
        Login Succeeded
        Logging out...
        Removing login credentials for 1.dkr.ecr.eu-west-1.amazonaws.com"#]]
    .assert_eq(&sandbox.lines().join("\n"));
    let call = asked.await.expect("asked");
    assert!(
        call.contains("x-amz-target: AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken"),
        "{call}"
    );
    assert!(
        call.contains(
            "/eu-west-1/ecr/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature="
        ),
        "{call}"
    );
}
