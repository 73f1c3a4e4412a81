//! An Engine that is not there: a socket that answers as a test says, and remembers what it was asked.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use tintype_testkit::Sandbox;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};

/// What was asked.
#[derive(Clone, Debug)]
pub struct Asked {
    /// `POST /images/create?fromImage=…`
    pub line: String,
    /// The headers, as they came.
    pub headers: String,
    /// The body, chunks put together.
    pub body: Vec<u8>,
}

type Answer = Arc<dyn Fn(&Asked) -> (u16, String) + Send + Sync>;

/// An Engine that is not there.
pub struct FakeEngine {
    /// Its socket.
    pub socket: PathBuf,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl FakeEngine {
    /// Answers each call with a status and a body. A body that ends in `CUT` breaks off there.
    pub fn new(sandbox: &Sandbox, answer: impl Fn(&Asked) -> (u16, String) + Send + Sync + 'static) -> Self {
        let socket = sandbox.root().join("engine.sock");
        let listener = UnixListener::bind(&socket).expect("a free name");
        let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let answer: Answer = Arc::new(answer);
        let list = asked.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, answer.clone(), list.clone()));
            }
        });
        Self { socket, asked }
    }

    /// Surroundings in which it is the Engine.
    pub fn host(&self) -> String {
        format!("unix://{}", self.socket.display())
    }

    /// What was asked so far, without the pings.
    pub fn asked(&self) -> Vec<Asked> {
        let list = self.asked.lock().expect("no test thread panicked").clone();
        list.into_iter().filter(|asked| !asked.line.ends_with("/_ping")).collect()
    }
}

async fn serve(mut stream: UnixStream, answer: Answer, list: Arc<Mutex<Vec<Asked>>>) {
    let mut buffer = Vec::new();
    let end = loop {
        if let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(&mut buffer).await.unwrap_or(0) == 0 {
            return;
        }
    };
    let head = String::from_utf8_lossy(&buffer[..end]).into_owned();
    let mut body = buffer.split_off(end + 4);
    let lower = head.to_lowercase();
    if let Some(length) = lower
        .split("content-length: ")
        .nth(1)
        .and_then(|rest| rest.lines().next()?.trim().parse::<usize>().ok())
    {
        while body.len() < length {
            if stream.read_buf(&mut body).await.unwrap_or(0) == 0 {
                return;
            }
        }
    } else if lower.contains("transfer-encoding: chunked") {
        while !body.ends_with(b"0\r\n\r\n") {
            if stream.read_buf(&mut body).await.unwrap_or(0) == 0 {
                break;
            }
        }
        body = unchunked(&body);
    }
    let mut lines = head.splitn(2, "\r\n");
    let line = lines.next().unwrap_or_default().trim_end_matches(" HTTP/1.1").to_owned();
    let asked = Asked { line, headers: lines.next().unwrap_or_default().to_owned(), body };
    let (status, text) = if asked.line.ends_with("/_ping") { (200, "OK".to_owned()) } else { answer(&asked) };
    list.lock().expect("no test thread panicked").push(asked);
    let (text, cut) = match text.strip_suffix("CUT") {
        Some(text) => (text, 10),
        None => (text.as_str(), 0),
    };
    let answer = format!(
        "HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{text}",
        text.len() + cut
    );
    let _ = stream.write_all(answer.as_bytes()).await;
    let _ = stream.shutdown().await;
}

fn unchunked(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(end) = rest.windows(2).position(|window| window == b"\r\n") {
        let size = std::str::from_utf8(&rest[..end])
            .ok()
            .and_then(|size| usize::from_str_radix(size, 16).ok())
            .unwrap_or(0);
        let start = end + 2;
        if size == 0 || rest.len() < start + size + 2 {
            break;
        }
        body.extend_from_slice(&rest[start..start + size]);
        rest = &rest[start + size + 2..];
    }
    body
}
