//! A server of files for tests, on a port of its own: ranges, refusals, connections that break.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What is answered at a path.
#[derive(Clone, Default)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
    /// Once, the connection breaks after so many bytes of the body.
    pub breaks_after: Option<usize>,
}

impl Reply {
    pub fn of(body: impl Into<Vec<u8>>) -> Self {
        Self { status: 200, body: body.into(), ..Self::default() }
    }

    pub fn refusal(status: u16, headers: Vec<(&'static str, String)>) -> Self {
        Self { status, headers, ..Self::default() }
    }
}

/// The server. Its thread ends with the test's process.
pub struct Server {
    pub url: String,
    replies: Arc<Mutex<BTreeMap<String, Reply>>>,
    /// `GET /path`, then headers that tests look at: `range`, `authorization`, `user-agent`.
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = Self { url, replies: Arc::default(), asked: Arc::default() };
        let (replies, asked) = (server.replies.clone(), server.asked.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (replies, asked) = (replies.clone(), asked.clone());
                std::thread::spawn(move || answer(stream, &replies, &asked));
            }
        });
        server
    }

    pub fn put(&self, path: &str, reply: Reply) {
        self.replies.lock().unwrap().insert(path.to_owned(), reply);
    }

    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn answer(mut stream: TcpStream, replies: &Mutex<BTreeMap<String, Reply>>, asked: &Mutex<Vec<String>>) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let Some(Ok(first)) = lines.next() else { return };
    let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
    let (mut noted, mut from) = (format!("GET {path}"), None);
    for line in lines.map_while(Result::ok).take_while(|line| !line.is_empty()) {
        let (name, value) = line.split_once(':').unwrap_or((&line, ""));
        let (name, value) = (name.to_ascii_lowercase(), value.trim());
        if matches!(&*name, "range" | "authorization" | "user-agent") {
            noted.push_str(&format!(" {name}={value}"));
        }
        if name == "range" {
            from =
                value.strip_prefix("bytes=").and_then(|rest| rest.strip_suffix('-')?.parse::<usize>().ok());
        }
    }
    asked.lock().unwrap().push(noted);
    let mut reply = {
        let mut replies = replies.lock().unwrap();
        match replies.get_mut(&path) {
            Some(known) => {
                let reply = known.clone();
                known.breaks_after = None;
                reply
            }
            None => Reply::refusal(404, Vec::new()),
        }
    };
    let total = reply.body.len();
    if let Some(from) = from.filter(|_| reply.status == 200) {
        if from < total {
            reply.status = 206;
            reply.headers.push(("content-range", format!("bytes {from}-{}/{total}", total - 1)));
            reply.body.drain(..from);
        } else {
            reply = Reply::refusal(416, vec![("content-range", format!("bytes */{total}"))]);
        }
    }
    let mut head = format!(
        "HTTP/1.1 {} x\r\nconnection: close\r\ncontent-length: {}\r\n",
        reply.status,
        reply.body.len()
    );
    for (name, value) in &reply.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    let until = reply.breaks_after.unwrap_or(reply.body.len()).min(reply.body.len());
    let _ = stream.write_all(format!("{head}\r\n").as_bytes());
    let _ = stream.write_all(&reply.body[..until]);
    let _ = stream.flush();
}
