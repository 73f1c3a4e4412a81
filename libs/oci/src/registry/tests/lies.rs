//! Registries that hang, flood, break off and lie: each gives a named error, in time, and keeps nothing that is wrong.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::liar::{Liar, Reply, Request, answer};
use super::{Notes, client, noise, store};
use crate::registry::Anonymous;
use crate::{Descriptor, Digest, Error, ImageConfig, Manifest, Platform, Reference, Repository, media};

/// The name of an error, which is what callers tell apart.
fn named(error: &Error) -> String {
    let text = format!("{error:?}");
    text.split([' ', '{', '(']).next().unwrap_or_default().to_owned()
}

fn head(status: &str, length: usize) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n").into_bytes()
}

async fn fetch(
    rule: impl Fn(&Request, usize) -> Reply + Send + Sync + 'static,
    blob: &Descriptor,
) -> (String, String, Liar) {
    let liar = Liar::new(rule);
    let repository: Repository = format!("{}/a", liar.host).parse().expect("a repository");
    let (_dir, blobs) = store();
    let notes = Notes::default();
    let start = Instant::now();
    let end = client(Arc::new(Anonymous)).blob(&repository, blob, &blobs, &notes).await;
    assert!(start.elapsed() < Duration::from_secs(10), "in time");
    let name = match end {
        Ok(()) => {
            let kept = std::fs::read(blobs.path(&blob.digest)).expect("the blob");
            assert_eq!(Digest::of(&kept), blob.digest);
            "fine".to_owned()
        }
        Err(error) => {
            assert!(!blobs.path(&blob.digest).exists(), "nothing wrong is kept");
            named(&error)
        }
    };
    (name, notes.words(), liar)
}

#[tokio::test(flavor = "multi_thread")]
async fn blobs() {
    let body = noise(1, 200_000);
    let blob = Descriptor::of(media::LAYER, &body);
    type Rule = Box<dyn Fn(&Request, usize) -> Reply + Send + Sync>;
    let with = |rule: fn(&[u8], &Request, usize) -> Reply| -> Rule {
        let body = body.clone();
        Box::new(move |request, number| rule(&body, request, number))
    };
    let cases: Vec<(&str, Rule, &str, &str)> = vec![
        ("sound", with(|body, _, _| answer("200 OK", &[], body)), "fine", "started:0 done"),
        (
            "breaks off, goes on",
            with(|body, request, _| {
                let half = body.len() / 2;
                match request.header("range") {
                    "" => Reply::Bytes([head("200 OK", body.len()), body[..half].to_vec()].concat()),
                    range => {
                        assert_eq!(range, format!("bytes={half}-"));
                        answer(
                            "206 Partial Content",
                            &[("Content-Range", &format!("bytes {half}-{}/{}", body.len() - 1, body.len()))],
                            &body[half..],
                        )
                    }
                }
            }),
            "fine",
            "started:0 retry done",
        ),
        (
            "breaks off, knows no ranges",
            with(|body, request, _| match request.header("range") {
                "" => Reply::Bytes([head("200 OK", body.len()), body[..1000].to_vec()].concat()),
                _ => answer("200 OK", &[], body),
            }),
            "fine",
            "started:0 retry back:0 done",
        ),
        (
            "wrong range",
            with(|body, request, _| match request.header("range") {
                "" => Reply::Bytes([head("200 OK", body.len()), body[..1000].to_vec()].concat()),
                _ => answer("206 Partial Content", &[("Content-Range", "bytes 0-9/10")], body),
            }),
            "Nonsense",
            "started:0 retry",
        ),
        (
            "always breaks off at once",
            with(|body, _, _| Reply::Bytes(head("200 OK", body.len()))),
            "Broken",
            "started:0 retry retry",
        ),
        (
            "wrong bytes",
            with(|body, _, _| answer("200 OK", &[], &vec![7; body.len()])),
            "Mismatch",
            "started:0",
        ),
        ("too short, says so", with(|body, _, _| answer("200 OK", &[], &body[1..])), "Nonsense", "started:0"),
        (
            "too long",
            with(|body, _, _| answer("200 OK", &[], &[body, b"more"].concat())),
            "Length",
            "started:0",
        ),
        (
            "floods",
            with(|_, _, _| Reply::Flood(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".to_vec())),
            "Length",
            "started:0",
        ),
        ("hangs before it answers", with(|_, _, _| Reply::Hang(Vec::new())), "Timeout", "started:0 retry"),
        (
            "hangs in the middle",
            with(|body, _, _| Reply::Hang(head("200 OK", body.len()))),
            "Timeout",
            "started:0 retry",
        ),
        ("dribbles", with(|body, _, _| Reply::Drip(head("200 OK", body.len()))), "Timeout", ""),
        (
            "is no registry",
            with(|_, _, _| Reply::Bytes(b"SSH-2.0-OpenSSH_9\r\n".to_vec())),
            "Broken",
            "started:0 retry retry",
        ),
        (
            "floods headers",
            with(|_, _, _| Reply::Flood(b"HTTP/1.1 200 OK\r\nX: ".to_vec())),
            "Broken",
            "started:0 retry retry",
        ),
        ("is not there", with(|_, _, _| answer("404 Not Found", &[], b"")), "NotFound", "started:0"),
        (
            "has lost its head",
            with(|_, _, _| answer("500 Internal Server Error", &[], b"oh")),
            "Status",
            "started:0 retry retry",
        ),
        ("refuses", with(|_, _, _| answer("403 Forbidden", &[], b"{}")), "Denied", "started:0"),
        (
            "wants a login in no way",
            with(|_, _, _| answer("401 Unauthorized", &[], b"{}")),
            "Denied",
            "started:0",
        ),
        (
            "sends in circles",
            with(|_, request, _| answer("307 Temporary Redirect", &[("Location", &request.path)], b"")),
            "Nonsense",
            "started:0",
        ),
        (
            "busy for an hour",
            with(|_, _, _| answer("429 Too Many Requests", &[("Retry-After", "3600")], b"later")),
            "Status",
            "started:0",
        ),
        (
            "busy, then not",
            with(|body, _, number| match number {
                0 => answer("503 Service Unavailable", &[("Retry-After", "0")], b""),
                1 => answer("429 Too Many Requests", &[("Retry-After", "0")], b""),
                _ => answer("200 OK", &[], body),
            }),
            "fine",
            "started:0 retry retry done",
        ),
    ];
    for (what, rule, expected, told) in cases {
        let (name, notes, _liar) = fetch(rule, &blob).await;
        assert_eq!(name, expected, "{what}");
        assert!(told.is_empty() || notes == told, "{what}: {notes}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_fetched_before() {
    let body = noise(2, 50_000);
    let blob = Descriptor::of(media::LAYER, &body);
    for (what, before, told) in [
        ("a sound part", body[..20_000].to_vec(), "started:20000 done"),
        ("a spoilt part", vec![1; 20_000], "started:20000 back:0 done"),
        ("all of it", body.clone(), "started:50000 done"),
        ("more than all", vec![0; 60_000], "started:0 done"),
    ] {
        let sent = body.clone();
        let liar = Liar::new(move |request, _| match request.header("range") {
            "" => answer("200 OK", &[], &sent),
            range => {
                let from: usize =
                    range.trim_start_matches("bytes=").trim_end_matches('-').parse().expect("a range");
                let range = format!("bytes {from}-{}/{}", sent.len() - 1, sent.len());
                answer("206 Partial Content", &[("Content-Range", &range)], &sent[from..])
            }
        });
        let (_dir, blobs) = store();
        let partial = blobs.root().join("partial");
        std::fs::create_dir_all(&partial).expect("a directory");
        std::fs::write(partial.join(blob.digest.to_string().replace(':', "-")), before).expect("a part");
        let repository: Repository = format!("{}/a", liar.host).parse().expect("a repository");
        let notes = Notes::default();
        client(Arc::new(Anonymous)).blob(&repository, &blob, &blobs, &notes).await.expect(what);
        assert_eq!(notes.words(), told, "{what}");
        assert_eq!(std::fs::read(blobs.path(&blob.digest)).expect("the blob"), body, "{what}");
    }
}

/// Two programs that want the same blob: one fetches it.
#[tokio::test(flavor = "multi_thread")]
async fn the_same_blob_at_the_same_time() {
    let body = noise(3, 300_000);
    let blob = Descriptor::of(media::LAYER, &body);
    let liar = Liar::new(move |_, _| {
        std::thread::sleep(Duration::from_millis(50));
        answer("200 OK", &[], &body)
    });
    let (_dir, blobs) = store();
    let repository: Repository = format!("{}/a", liar.host).parse().expect("a repository");
    let (client, notes) = (client(Arc::new(Anonymous)), Notes::default());
    let fetches = (0..8).map(|_| client.blob(&repository, &blob, &blobs, &notes));
    for end in futures::future::join_all(fetches).await {
        end.expect("it comes");
    }
    assert_eq!(liar.count(), 1, "{}", notes.words());
    assert_eq!(std::fs::read_dir(blobs.root().join("partial")).expect("it is there").count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn manifests() {
    let config = ImageConfig::new(&Platform::linux("amd64")).to_bytes();
    let layer = Descriptor::of(media::LAYER, b"x");
    let manifest = |layers: Vec<Descriptor>| {
        serde_json::to_vec(&Manifest::new(Descriptor::of(media::CONFIG, &config), layers)).expect("JSON")
    };
    let (sound, odd) = (manifest(Vec::new()), manifest(vec![layer]));
    let digest = Digest::of(&sound).to_string();
    type Made = Box<dyn Fn() -> Reply + Send + Sync>;
    let always = |reply: fn(&[u8]) -> Reply, body: &[u8]| -> Made {
        let body = body.to_vec();
        Box::new(move || reply(&body))
    };
    let cases: Vec<(&str, Made, &str)> = vec![
        (":1", always(|body| answer("200 OK", &[], body), &sound), "fine"),
        (
            ":1",
            always(
                |body| {
                    answer(
                        "200 OK",
                        &[(
                            "Docker-Content-Digest",
                            "sha256:0000000000000000000000000000000000000000000000000000000000000000",
                        )],
                        body,
                    )
                },
                &sound,
            ),
            "Mismatch",
        ),
        ("@DIGEST", always(|body| answer("200 OK", &[], body), &sound), "fine"),
        ("@DIGEST", always(|body| answer("200 OK", &[], body), b"{}"), "Mismatch"),
        (":1", always(|_| answer("200 OK", &[], b"<html>"), b""), "Document"),
        (":1", always(|body| answer("200 OK", &[], body), &odd), "NotFound"),
        (":1", always(|_| answer("200 OK", &[("Content-Length", "99999999")], b""), b""), "TooLarge"),
        (
            ":1",
            always(|_| Reply::Flood(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".to_vec()), b""),
            "TooLarge",
        ),
        (
            ":1",
            always(|_| Reply::Hang(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n".to_vec()), b""),
            "Timeout",
        ),
        (
            ":1",
            always(|_| answer("200 OK", &[], br#"{"schemaVersion":2,"manifests":[]}"#), b""),
            "NoPlatform",
        ),
    ];
    for (number, (name, reply, expected)) in cases.into_iter().enumerate() {
        let config = config.clone();
        let own = Digest::of(&config).to_string();
        let liar = Liar::new(move |request, _| match &request.path {
            path if path.contains("/manifests/") => reply(),
            path if path.ends_with(&own) => answer("200 OK", &[], &config),
            _ => answer("404 Not Found", &[], b""),
        });
        let name: Reference =
            format!("{}/a{}", liar.host, name.replace("DIGEST", &digest)).parse().expect("a name");
        let (_dir, blobs) = store();
        let end = client(Arc::new(Anonymous)).pull(&name, &Platform::linux("amd64"), &blobs, &()).await;
        let found = end.map_or_else(|error| named(&error), |_| "fine".to_owned());
        assert_eq!(found, expected, "case {number}: {name}");
    }
}

/// Nobody is there.
#[tokio::test(flavor = "multi_thread")]
async fn nobody() {
    let port =
        std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
    let repository: Repository = format!("127.0.0.1:{port}/a").parse().expect("a repository");
    let (_dir, blobs) = store();
    let notes = Notes::default();
    let blob = Descriptor::of(media::LAYER, b"x");
    let error =
        client(Arc::new(Anonymous)).blob(&repository, &blob, &blobs, &notes).await.expect_err("nobody");
    assert_eq!((named(&error).as_str(), notes.words().as_str()), ("Network", "started:0 retry retry"));
}

/// A registry that lies while it is sent something.
#[tokio::test(flavor = "multi_thread")]
async fn pushes() {
    let (_dir, blobs) = store();
    let blob = blobs.put(media::LAYER, &noise(4, 1000)).expect("a blob");
    let other = "sha256:0000000000000000000000000000000000000000000000000000000000000000";
    type Rule = Box<dyn Fn(&Request, usize) -> Reply + Send + Sync>;
    let start = |request: &Request, location: &str| match request.method.as_str() {
        "HEAD" => Some(answer("404 Not Found", &[], b"")),
        "POST" => Some(answer("202 Accepted", &[("Location", location)], b"")),
        _ => None,
    };
    let cases: Vec<(&str, Rule, &str)> = vec![
        (
            "sound",
            Box::new(move |request, _| {
                start(request, "/up?x=1").unwrap_or_else(|| {
                    assert!(request.path.starts_with("/up?x=1&digest=sha256%3A"), "{}", request.path);
                    assert_eq!(request.body.len(), 1000);
                    answer("201 Created", &[], b"")
                })
            }),
            "fine",
        ),
        (
            "keeps something else",
            Box::new(move |request, _| {
                start(request, "/up")
                    .unwrap_or_else(|| answer("201 Created", &[("Docker-Content-Digest", other)], b""))
            }),
            "Mismatch",
        ),
        (
            "does not say where to",
            Box::new(|request, _| match request.method.as_str() {
                "HEAD" => answer("404 Not Found", &[], b""),
                _ => answer("202 Accepted", &[], b""),
            }),
            "Nonsense",
        ),
        (
            "says it was spoilt",
            Box::new(move |request, _| {
                start(request, "/up").unwrap_or_else(|| {
                    answer(
                        "400 Bad Request",
                        &[],
                        br#"{"errors":[{"code":"DIGEST_INVALID","message":"spoilt"}]}"#,
                    )
                })
            }),
            "Status",
        ),
        (
            "is busy once",
            Box::new(move |request, number| {
                start(request, "/up").unwrap_or_else(|| {
                    if number < 3 { answer("503 No", &[], b"") } else { answer("201 Created", &[], b"") }
                })
            }),
            "fine",
        ),
        (
            "hangs",
            Box::new(move |request, _| start(request, "/up").unwrap_or_else(|| Reply::Hang(Vec::new()))),
            "Timeout",
        ),
        ("refuses", Box::new(|_, _| answer("403 Forbidden", &[], b"")), "Denied"),
    ];
    for (what, rule, expected) in cases {
        let liar = Liar::new(rule);
        let repository: Repository = format!("{}/a", liar.host).parse().expect("a repository");
        let end = client(Arc::new(Anonymous)).push_blob(&repository, &blob, &blobs, &[], &()).await;
        assert_eq!(end.map_or_else(|error| named(&error), |()| "fine".to_owned()), expected, "{what}");
    }
}
