use std::path::Path;

use expect_test::{Expect, expect};
use futures::StreamExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixListener;

use super::archive;

/// What becomes of an answer that comes in these pieces.
async fn check(pieces: &[&[u8]], expected: Expect) {
    let dir = tempfile::tempdir().expect("a directory");
    let socket = dir.path().join("s");
    let listener = UnixListener::bind(&socket).expect("a free name");
    let engine = async {
        let (mut stream, _) = listener.accept().await.expect("somebody");
        let mut asked = Vec::new();
        while !asked.ends_with(b"\r\n\r\n") {
            assert!(stream.read_buf(&mut asked).await.expect("a question") > 0);
        }
        for piece in pieces {
            // Who has heard enough may have gone.
            let _ = stream.write_all(piece).await;
            tokio::task::yield_now().await;
        }
        String::from_utf8(asked).expect("text").lines().next().map(str::to_owned)
    };
    let (asked, told) = tokio::join!(engine, told(&socket));
    assert_eq!(asked.as_deref(), Some("GET /containers/c%2Fd/archive?path=%2Fa%20b HTTP/1.0"));
    expected.assert_eq(&told);
}

async fn told(socket: &Path) -> String {
    let mut parts = match archive(&socket.display().to_string(), "c/d", "/a b").await {
        Ok(Some(parts)) => parts,
        Ok(None) => return "elsewhere".into(),
        Err(error) => return error.to_string(),
    };
    let mut bytes = 0;
    while let Some(part) = parts.next().await {
        match part {
            Ok(part) => bytes += part.len(),
            Err(error) => return format!("{bytes} bytes: {error}"),
        }
    }
    format!("{bytes} bytes")
}

const HEAD: &[u8] = b"HTTP/1.0 200 OK\r\nContent-Type: application/x-tar\r\n\r\n";
const LENGTH: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n";

#[tokio::test]
async fn archives_in_any_pieces() {
    check(&[HEAD, &[1; 600], &[0; 1024]], expect!["1624 bytes"]).await;
    check(&[HEAD, &[1; 600], &[0; 1000], &[0; 24]], expect!["1624 bytes"]).await;
    check(&[&[HEAD, &[1; 600]].concat(), &[0; 4096]], expect!["4696 bytes"]).await;
    check(&[&HEAD[..20], &HEAD[20..], &[1; 3 << 20], &[0; 1024]], expect!["3146752 bytes"]).await;
    check(&[LENGTH, b"abc", b"de"], expect!["5 bytes"]).await;
    check(&[LENGTH, b"abc", b"de and more"], expect!["5 bytes"]).await;
}

#[tokio::test]
async fn answers_that_break_off() {
    check(&[HEAD, &[1; 600]], expect!["600 bytes: the archive from the container breaks off"]).await;
    check(&[HEAD, &[0; 600]], expect!["600 bytes: the archive from the container breaks off"]).await;
    check(&[HEAD, &[0; 1023]], expect!["1023 bytes: the archive from the container breaks off"]).await;
    check(&[HEAD], expect!["0 bytes: the archive from the container breaks off"]).await;
    check(&[LENGTH, b"abc"], expect!["3 bytes: the Engine's answer lacks 2 bytes"]).await;
    check(&[b"HTTP/1.0 200"], expect!["unexpected end of file"]).await;
    check(&[], expect!["unexpected end of file"]).await;
}

#[tokio::test]
async fn refusals() {
    let no = |text: &str| format!("HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\n\r\n{text}");
    check(
        &[no("{\"message\": \"no such file\"}\n").as_bytes()],
        expect!["Docker responded with status code 404: no such file"],
    )
    .await;
    check(&[no("plain").as_bytes()], expect!["Docker responded with status code 404: plain"]).await;
}

#[tokio::test]
async fn answers_of_other_kinds() {
    check(&[b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"], expect!["elsewhere"]).await;
    check(
        &[b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"],
        expect!["an answer that cannot be read: its length is no number"],
    )
    .await;
    check(&[b"\x16\x03\x01\x02\r\n\r\n"], expect!["an answer that cannot be read: invalid HTTP version"])
        .await;
    let long = [b"HTTP/1.0 200 OK\r\nX: ".as_slice(), &[b'x'; 70 << 10]].concat();
    check(&[&long], expect!["an answer that cannot be read: its head has no end"]).await;
}

#[tokio::test]
async fn nobody_there() {
    let dir = tempfile::tempdir().expect("a directory");
    let gone = told(&dir.path().join("gone")).await;
    assert_eq!(gone, "No such file or directory (os error 2)");
}
