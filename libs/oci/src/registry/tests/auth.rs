//! Challenges, tokens and logins.

use std::io;
use std::sync::{Arc, Mutex};

use futures::future::BoxFuture;

use super::liar::{Liar, Reply, Request, answer};
use super::{client, store};
use crate::registry::auth::challenges;
use crate::registry::{Anonymous, DockerConfig, DockerLogins, Helper, HelperAnswer, Login, Logins, Netrc};
use crate::{Descriptor, Error, Repository, media};

#[test]
fn reading_challenges() {
    for (text, expected) in [
        ("Basic realm=\"x\"", "Basic realm=x"),
        (
            "Bearer realm=\"https://a/t\",service=\"s\",scope=\"repository:a:pull,push\"",
            "Bearer realm=https://a/t service=s scope=repository:a:pull,push",
        ),
        (
            "Bearer Realm = plain , error=\"a \\\"b\\\"\", Basic realm=y",
            "Bearer realm=plain error=a \"b\" | Basic realm=y",
        ),
        ("Negotiate, Basic realm=\"z", "Negotiate | Basic realm=z"),
        (",,, =x", ""),
        ("", ""),
        ("Bearer realm=\"\\", "Bearer realm="),
        ("Böse realm=é", "Böse realm=é"),
    ] {
        let found: Vec<String> = challenges(text)
            .into_iter()
            .filter(|one| !one.scheme.is_empty())
            .map(|one| {
                let parameters = one.parameters.iter().map(|(key, value)| format!(" {key}={value}"));
                format!("{}{}", one.scheme, parameters.collect::<String>())
            })
            .collect();
        assert_eq!(found.join(" | "), expected, "{text}");
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, ..Default::default() })]

    #[test]
    fn any_challenge(text in "([a-zA-Z=, \"\\\\ü\t]|realm=\"){0,40}") {
        proptest::prop_assert!(challenges(&text).len() <= text.len());
    }
}

/// A registry that wants a token, and gives them.
fn guarded(token_for: fn(&Request) -> Reply) -> Liar {
    Liar::new(move |request, _| {
        if request.path.starts_with("/token") {
            return token_for(request);
        }
        if request.header("authorization") == "Bearer good" {
            return answer("200 OK", &[], b"hello");
        }
        let realm = format!(
            "Bearer realm=\"http://{}/token\",service=\"s\",scope=\"repository:a:pull\"",
            request.header("host")
        );
        answer("401 Unauthorized", &[("WWW-Authenticate", &realm)], b"{}")
    })
}

async fn fetch(liar: &Liar, logins: Arc<dyn Logins>) -> String {
    let (_dir, blobs) = store();
    let repository: Repository = format!("{}/a", liar.host).parse().expect("a repository");
    match client(logins).blob(&repository, &Descriptor::of(media::LAYER, b"hello"), &blobs, &()).await {
        Ok(()) => "fine".to_owned(),
        Err(error) => error.to_string().replace(&liar.host, "HOST"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens() {
    let password = Login::Password { user: "u".to_owned(), password: "p".to_owned() };
    let good = |_: &Request| answer("200 OK", &[], br#"{"token":"good","expires_in":60}"#);
    let liar = guarded(good);
    assert_eq!(fetch(&liar, Arc::new(Anonymous)).await, "fine");
    let asked = liar.asked.lock().expect("the notes").iter().map(|one| one.path.clone()).collect::<Vec<_>>();
    assert_eq!(asked[1], "/token?service=s&client_id=oci&scope=repository%3Aa%3Apull");

    let liar = guarded(|request| match request.header("authorization") {
        "Basic dTpw" => answer("200 OK", &[], br#"{"access_token":"good"}"#),
        _ => answer("401 Unauthorized", &[], b"{}"),
    });
    assert_eq!(fetch(&liar, Arc::new(password.clone())).await, "fine");
    assert!(fetch(&liar, Arc::new(Anonymous)).await.contains("refuses"));

    let liar = guarded(|request| {
        let form = String::from_utf8_lossy(&request.body).into_owned();
        match form.contains("grant_type=refresh_token") && form.contains("refresh_token=a%2Bb") {
            true => answer("200 OK", &[], br#"{"access_token":"good"}"#),
            false => answer("400 Bad Request", &[], b"{}"),
        }
    });
    assert_eq!(fetch(&liar, Arc::new(Login::Identity("a+b".to_owned()))).await, "fine");
    assert_eq!(fetch(&liar, Arc::new(Login::Registry("good".to_owned()))).await, "fine");

    for (rule, expected) in [
        ((|_| answer("200 OK", &[], b"{}")) as fn(&Request) -> Reply, "the token is empty"),
        (|_| answer("200 OK", &[], b"<html>"), "what it sends is no token"),
        (|_| answer("200 OK", &[], b"{\"token\":\"a\\nb\"}"), "characters that cannot be sent"),
        (|_| answer("200 OK", &[], br#"{"token":"bad"}"#), "refuses"),
        (|_| Reply::Flood(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".to_vec()), "larger than"),
        (|_| Reply::Hang(Vec::new()), "waiting for more than"),
    ] {
        let end = fetch(&guarded(rule), Arc::new(Anonymous)).await;
        assert!(end.contains(expected), "{expected}: {end}");
    }
}

/// A helper that fails is no reason to fail where nobody needs a login, and the reason where one is needed.
#[tokio::test(flavor = "multi_thread")]
async fn logins_that_are_unknown() {
    let logins = || {
        let config = DockerConfig::parse(br#"{"credsStore":"bad"}"#).expect("settings");
        Arc::new(DockerLogins::new(config, Arc::new(Programs(Mutex::default()))))
    };
    let open = guarded(|_| answer("200 OK", &[], br#"{"token":"good"}"#));
    assert_eq!(fetch(&open, logins()).await, "fine");
    let wanted = "the login for HOST cannot be found out: docker-credential-bad failed: no keychain";
    let token: fn(&Request) -> Reply = |_| answer("401 Unauthorized", &[], b"{}");
    let useless: fn(&Request) -> Reply = |_| answer("200 OK", &[], br#"{"token":"bad"}"#);
    for rule in [token, useless] {
        assert_eq!(fetch(&guarded(rule), logins()).await, wanted);
    }
    let basic = Liar::new(|_, _| answer("401 Unauthorized", &[("WWW-Authenticate", "Basic realm=x")], b""));
    assert_eq!(fetch(&basic, logins()).await, wanted);
}

/// What opens a registry is not shown to whom it sends for its blobs.
#[tokio::test(flavor = "multi_thread")]
async fn elsewhere() {
    let store = Liar::new(|_, _| answer("200 OK", &[], b"hello"));
    let place = format!("http://{}/blob", store.host);
    let liar = Liar::new(move |request, _| match request.header("authorization") {
        "Basic dTpw" => answer("307 Temporary Redirect", &[("Location", &place)], b""),
        _ => answer("401 Unauthorized", &[("WWW-Authenticate", "Basic realm=\"x\"")], b""),
    });
    let login = Login::Password { user: "u".to_owned(), password: "p".to_owned() };
    assert_eq!(fetch(&liar, Arc::new(login)).await, "fine");
    let asked = store.asked.lock().expect("the notes");
    assert_eq!((asked.len(), asked[0].header("authorization")), (1, ""));
}

/// A login never travels to where it could be read by others, or to nobody.
#[tokio::test(flavor = "multi_thread")]
async fn realms() {
    let password: Arc<dyn Logins> =
        Arc::new(Login::Password { user: "u".to_owned(), password: "p".to_owned() });
    for (challenge, expected) in [
        ("Bearer realm=\"ftp://x/\"", "without encryption"),
        ("Bearer realm=\"nowhere\"", "which is no address"),
        ("Bearer service=\"x\"", "names nobody"),
        ("Digest realm=\"x\"", "in a way that it does not name"),
    ] {
        let liar = Liar::new(move |_, _| answer("401 Unauthorized", &[("WWW-Authenticate", challenge)], b""));
        let end = fetch(&liar, password.clone()).await;
        assert!(end.contains(expected), "{challenge}: {end}");
    }
}

struct Programs(Mutex<Vec<String>>);

impl Helper for Programs {
    fn get<'a>(&'a self, program: &'a str, server: &'a str) -> BoxFuture<'a, io::Result<HelperAnswer>> {
        self.0.lock().expect("the notes").push(format!("{program} {server}"));
        let (success, text): (bool, &[u8]) = match program {
            "docker-credential-good" => (true, br#"{"ServerURL":"x","Username":"u","Secret":"p"}"#),
            "docker-credential-token" => (true, br#"{"Username":"<token>","Secret":"t"}"#),
            "docker-credential-empty" => (false, b"credentials not found in native keychain"),
            "docker-credential-odd" => (true, br#"{"Secret":"topsecret" oops"#),
            "docker-credential-bad" => (false, b"no keychain"),
            _ => return Box::pin(async { Err(io::ErrorKind::NotFound.into()) }),
        };
        let answer = HelperAnswer { success, stdout: text.to_vec(), stderr: Vec::new() };
        Box::pin(async move { Ok(answer) })
    }
}

#[tokio::test]
async fn docker_settings() {
    let config = r#"{"auths":{"https://index.docker.io/v1/":{"auth":"dTpw"},"r.example":{"identitytoken":"i","auth":"dTp4"},
        "plain.example:5000":{"username":"a","password":"b"},"odd.example":{"auth":"%%%"},"https://path.example/v2/":{"auth":"dTpwOnE="}},
        "credHelpers":{"good.example":"good","token.example":"token","empty.example":"empty","bad.example":"bad","odd2.example":"odd","gone.example":"gone"},"HttpHeaders":{}}"#;
    let config = DockerConfig::parse(config.as_bytes()).expect("settings");
    let logins = DockerLogins::new(config, Arc::new(Programs(Mutex::default())));
    for (registry, expected) in [
        ("https://index.docker.io/v1/", "u:p"),
        ("r.example", "identity i"),
        ("plain.example:5000", "a:b"),
        ("path.example", "u:p:q"),
        ("odd.example", "none"),
        ("other.example", "none"),
        ("good.example", "u:p"),
        ("token.example", "identity t"),
        ("empty.example", "none"),
        (
            "bad.example",
            "the login for bad.example cannot be found out: docker-credential-bad failed: no keychain",
        ),
        (
            "odd2.example",
            "the login for odd2.example cannot be found out: docker-credential-odd gave an answer that cannot be read",
        ),
        (
            "gone.example",
            "the login for gone.example cannot be found out: docker-credential-gone: entity not found",
        ),
    ] {
        let found = match logins.login(registry).await {
            Ok(None) => "none".to_owned(),
            Ok(Some(Login::Password { user, password })) => format!("{user}:{password}"),
            Ok(Some(Login::Identity(token))) => format!("identity {token}"),
            Ok(Some(Login::Registry(token))) => format!("registry {token}"),
            Err(error) => error.to_string(),
        };
        assert_eq!(found, expected, "{registry}");
    }
    let netrc = "# remark\nmachine a.example login u\n password p\nmachine b.example:5000 login v password q default login w password r";
    let both: Vec<Arc<dyn Logins>> = vec![Arc::new(logins), Arc::new(Netrc::parse(netrc))];
    for (registry, expected) in [
        ("a.example:443", Some("u")),
        ("b.example:5000", Some("v")),
        ("b.example", None),
        ("c.example", None),
        ("good.example", Some("u")),
    ] {
        let found = both.login(registry).await.expect("an answer").map(|login| match login {
            Login::Password { user, .. } => user,
            other => format!("{other:?}"),
        });
        assert_eq!(found.as_deref(), expected, "{registry}");
    }
    let error = DockerConfig::parse(b"{\"auths\": topsecret").expect_err("no JSON");
    assert!(matches!(&error, Error::Document { .. }) && !error.to_string().contains("topsecret"), "{error}");
}
