//! Every service, played by a small server that gives prepared answers and keeps what it was asked.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use tintype_testkit::Sandbox;

use super::{consul_key, secret, text_functions, vault, whole_secret};

/// Answers by path and query: a status and a body. What is not there is answered with 404 and `{}`.
type Answers = &'static [(&'static str, u16, &'static str)];

/// A server that answers until it is dropped.
struct Server {
    address: String,
    /// Heads and bodies of all requests.
    asked: Arc<Mutex<Vec<String>>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    fn new(answers: Answers) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = listener.local_addr().expect("it has an address").to_string();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&asked);
        let thread = std::thread::spawn(move || {
            for connection in listener.incoming() {
                let Ok(mut connection) = connection else { continue };
                let mut reader = BufReader::new(connection.try_clone().expect("it is open"));
                let (mut head, mut length) = (String::new(), 0);
                while reader.read_line(&mut head).is_ok_and(|read| read > 2) {
                    let line = head.lines().last().unwrap_or_default().to_lowercase();
                    if let Some(value) = line.strip_prefix("content-length:") {
                        length = value.trim().parse().unwrap_or(0);
                    }
                }
                if head.is_empty() {
                    return;
                }
                let mut body = vec![0; length];
                reader.read_exact(&mut body).expect("the body is whole");
                let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
                kept.lock().expect("no panic").push(head + &String::from_utf8_lossy(&body));
                let answer = answers.iter().find(|(known, ..)| *known == path);
                let (status, text) = answer.map_or((404, "{}"), |(_, status, text)| (*status, *text));
                let more = if status == 307 { format!("Location: {text}\r\n") } else { String::new() };
                let head = format!(
                    "HTTP/1.1 {status} S\r\nConnection: close\r\n{more}Content-Length: {}",
                    text.len()
                );
                _ = write!(connection, "{head}\r\n\r\n{text}");
            }
        });
        Self { address, asked, thread: Some(thread) }
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Whether some request holds this text.
    fn was_told(&self, text: &str) -> bool {
        self.asked.lock().expect("no panic").iter().any(|request| request.to_lowercase().contains(text))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // An empty request ends it.
        drop(std::net::TcpStream::connect(&self.address));
        _ = self.thread.take().map(JoinHandle::join);
    }
}

fn sandbox(env: &[(&str, &str)]) -> Sandbox {
    // The address of the machine's own services is wrong on purpose: no test asks what it runs on.
    let alone = Sandbox::new().env("AWS_EC2_METADATA_DISABLED", "true");
    env.iter().fold(alone, |sandbox, (name, value)| sandbox.env(name, value))
}

/// What is expected is the value, or `! ` and a part of the error.
fn check(what: &str, found: Result<String, String>, expected: &str) {
    match (found, expected.strip_prefix("! ")) {
        (Ok(found), None) => assert_eq!(found, expected, "{what}"),
        (Err(found), Some(expected)) => assert!(found.contains(expected), "{what}: {found}"),
        (found, _) => panic!("{what}: {found:?} in place of {expected}"),
    }
}

#[test]
fn vaults_secrets() {
    let server = Server::new(&[
        ("/v1/kv/old", 200, r#"{"data": {"user": "u1", "count": 3}}"#),
        ("/v1/secret/data/new", 200, r#"{"data": {"data": {"user": "u2"}, "metadata": {"version": 1}}}"#),
        ("/v1/secret/data/gone", 200, r#"{"data": {"data": null, "metadata": {"version": 1}}}"#),
        ("/v1/kv/data", 200, r#"{"data": {"data": "plain"}}"#),
        ("/v1/kv/with%20blank", 200, r#"{"data": {"k": "v"}}"#),
        ("/v1/kv/closed", 403, r#"{"errors": ["1 error occurred:\n\t* permission denied\n\n"]}"#),
        ("/v1/kv/moved", 307, "/v1/kv/old"),
        ("/v1/kv/round", 307, "/v1/kv/round"),
        ("/v1/kv/page", 200, "<html>"),
        ("/v1/kv/sealed", 503, r#"{"errors": ["Vault is sealed"]}"#),
    ]);
    let url = server.url();
    let sandbox = sandbox(&[("VAULT_TOKEN", "t0k"), ("VAULT_ADDR", &url), ("VAULT_NAMESPACE", "team")]);
    for (path, key, expected) in [
        ("kv/old", "user", "u1"),
        ("/kv/old/", "user", "u1"),
        ("kv/old", "count", "! no string"),
        ("kv/old", "usr", "! did you mean \"user\"?"),
        ("kv/old", "zzzzzz", "! its keys are \"user\", \"count\""),
        ("secret/data/new", "user", "u2"),
        ("secret/data/gone", "user", "! has been deleted"),
        ("kv/data", "data", "plain"),
        ("kv/with blank", "k", "v"),
        ("kv/closed", "k", "! permission denied"),
        ("kv/closed", "k", "! VAULT_TOKEN"),
        ("kv/moved", "user", "u1"),
        ("kv/round", "user", "! again and again"),
        ("kv/page", "k", "! does not answer as Vault does"),
        ("kv/sealed", "k", "! 503"),
        ("secret/none", "k", "! secret/data/NAME"),
        ("secret/data/none", "k", "! there is no such secret"),
    ] {
        check(path, vault(sandbox.world(), path, key), expected);
    }
    assert!(server.was_told("x-vault-token: t0k") && server.was_told("x-vault-namespace: team"));
}

#[test]
fn vaults_surroundings() {
    for (env, expected) in [
        (&[("VAULT_ADDR", "http://127.0.0.1:1")][..], "! set VAULT_TOKEN"),
        (
            &[("VAULT_TOKEN", "t"), ("VAULT_ADDR", "http://127.0.0.1:1")],
            "! http://127.0.0.1:1 cannot be reached: connection refused",
        ),
        (&[("VAULT_TOKEN", "t"), ("VAULT_ADDR", "somewhere")], "! \"somewhere\" is no address"),
        (&[("VAULT_TOKEN", "t\n"), ("VAULT_ADDR", "http://127.0.0.1:1")], "! cannot be sent"),
        (&[("VAULT_TOKEN", "t"), ("VAULT_CACERT", "nowhere.pem")], "! nowhere.pem\" cannot be read"),
    ] {
        check(&format!("{env:?}"), vault(sandbox(env).world(), "a", "b"), expected);
    }
}

#[test]
fn consuls_keys() {
    let server = Server::new(&[
        ("/v1/kv/app/name?raw&ns=team", 200, "web"),
        ("/v1/kv/a%20b/%C3%A4?raw&ns=team", 200, "x\n"),
        ("/v1/kv/empty?raw&ns=team", 200, ""),
        ("/v1/kv/closed?raw&ns=team", 403, "Permission denied"),
        ("/v1/kv/broken?raw&ns=team", 500, "No cluster leader"),
    ]);
    let mut sandbox = sandbox(&[
        ("CONSUL_HTTP_AUTH", "u:p"),
        ("CONSUL_NAMESPACE", "team"),
        ("CONSUL_HTTP_TOKEN_FILE", "token"),
    ]);
    let file = sandbox.world().cwd.join("token");
    std::fs::write(file, "t0k\n").expect("written");
    for address in [server.address.clone(), server.url()] {
        sandbox = sandbox.env("CONSUL_HTTP_ADDR", &address);
        for (key, expected) in [
            ("app/name", "web"),
            ("/app/name", "web"),
            ("a b/ä", "x\n"),
            ("empty", "! has no value"),
            ("none", "! there is no key \"none\""),
            ("closed", "! CONSUL_HTTP_TOKEN"),
            ("broken", "! No cluster leader"),
            ("", "! a key is required"),
        ] {
            check(key, consul_key(sandbox.world(), key), expected);
        }
    }
    assert!(server.was_told("x-consul-token: t0k") && server.was_told("authorization: basic dtpw"));
    sandbox = sandbox.env("CONSUL_HTTP_SSL", "true");
    check("encrypted", consul_key(sandbox.world(), "app/name"), "! cannot be reached");
    sandbox = sandbox.env("CONSUL_HTTP_ADDR", "ftp://x");
    check("wrong", consul_key(sandbox.world(), "app/name"), "! no address");
}

#[cfg(unix)]
#[test]
fn through_a_socket() {
    let sandbox = sandbox(&[]);
    let path = sandbox.world().tmp.join("s");
    let listener = std::os::unix::net::UnixListener::bind(&path).expect("bound");
    let answers = std::thread::spawn(move || {
        let (mut connection, _) = listener.accept().expect("somebody comes");
        let mut head = [0; 4096];
        _ = connection.read(&mut head).expect("a request");
        connection.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nv").expect("written");
    });
    let sandbox = sandbox.env("CONSUL_HTTP_ADDR", &format!("unix://{}", path.display()));
    check("socket", consul_key(sandbox.world(), "k"), "v");
    answers.join().expect("no panic");
}

/// What the server answers, whatever it is asked: calls differ in their bodies alone.
fn amazon(status: u16, body: &'static str, name: &str, key: Option<&str>, expected: &str) {
    let answers: Answers = Box::leak(Box::new([("/", status, body)]));
    let server = Server::new(answers);
    let sandbox = sandbox(&[
        ("AWS_ACCESS_KEY_ID", "AK"),
        ("AWS_SECRET_ACCESS_KEY", "SK"),
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ENDPOINT_URL", &server.url()),
    ]);
    check(body, secret(sandbox.world(), name, key), expected);
    assert!(server.was_told("credential=ak/") && server.was_told("/eu-west-1/secretsmanager/aws4_request"));
    assert!(server.was_told("x-amz-target: secretsmanager.getsecretvalue"));
    assert!(
        server.was_told(&format!(r#""secretid":"{name}""#))
            && server.was_told(r#""versionstage":"awscurrent""#)
    );
}

#[test]
fn amazons_secrets() {
    let one = r#"{"SecretString": "{\"k\": \"v\"}"}"#;
    let two = r#"{"SecretString": "{\"a\": 12.5, \"b\": [1], \"c\": \"\"}"}"#;
    let kind = r#"{"__type": "x#ResourceNotFoundException", "Message": "no such thing"}"#;
    for (status, body, key, expected) in [
        (200, r#"{"SecretString": "plain"}"#, None, "plain"),
        (200, r#"{"SecretString": "plain"}"#, Some("k"), "plain"),
        (200, r#"{"SecretString": "[1]"}"#, None, "[1]"),
        (200, one, None, "v"),
        (200, one, Some(""), "v"),
        (200, one, Some("k"), "v"),
        (200, one, Some("x"), "! has no key \"x\"; its keys are \"k\""),
        (200, two, None, "! one of \"a\", \"b\", \"c\""),
        (200, two, Some("a"), "12"),
        (200, two, Some("b"), "! neither text nor a number"),
        (200, two, Some("c"), ""),
        (200, r#"{"SecretBinary": "AA=="}"#, None, "! holds bytes"),
        (400, kind, None, "! answered 400 Bad Request: ResourceNotFoundException: no such thing"),
    ] {
        amazon(status, body, "n/1", key, expected);
    }
}

#[test]
fn amazons_surroundings() {
    let region = ("AWS_REGION", "eu-west-1");
    for (env, expected) in [
        (&[][..], "! set AWS_REGION"),
        (&[region], "! no AWS access key was found"),
        (&[region, ("AWS_PROFILE", "none")], "! AWS profile \"none\": there is no such profile"),
        (
            &[
                region,
                ("AWS_ACCESS_KEY_ID", "A"),
                ("AWS_SECRET_ACCESS_KEY", "S"),
                ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
            ],
            "! http://127.0.0.1:1/ cannot be reached",
        ),
    ] {
        check(&format!("{env:?}"), whole_secret(sandbox(env).world(), "n"), expected);
    }
}

#[tokio::test]
async fn calls_of_legacy_templates() {
    let server = Server::new(&[("/v1/kv/p", 200, r#"{"data": {"k": "v"}}"#)]);
    let url = server.url();
    let sandbox = sandbox(&[("VAULT_TOKEN", "t"), ("VAULT_ADDR", &url)]);
    let functions: BTreeMap<_, _> = text_functions(sandbox.world());
    for (name, args, expected) in [
        ("vault", &["kv/p", "k"][..], "v"),
        ("vault", &["kv/p"], "! a path and a key, 1 are given"),
        ("consul_key", &[], "! a key, 0 are given"),
        ("aws_secretsmanager", &["a", "b", "c"], "! a name and perhaps a key, 3 are given"),
        ("aws_secretsmanager", &["a"], "! set AWS_REGION"),
        ("aws_secretsmanager_raw", &["a", "b"], "! a name, 2 are given"),
    ] {
        check(name, functions[name](args), expected);
    }
}
