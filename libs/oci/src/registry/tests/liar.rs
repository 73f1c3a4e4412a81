//! A registry that says what a test wants: it reads one request a connection, and its answers may hang, break off or never end.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A request, as far as tests look at it.
#[derive(Clone, Default, Debug)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Request {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }
}

/// What is sent, and how it ends.
pub(super) enum Reply {
    /// These bytes, then the end.
    Bytes(Vec<u8>),
    /// These bytes, then silence.
    Hang(Vec<u8>),
    /// These bytes, then one a while.
    Drip(Vec<u8>),
    /// These bytes, then zeros without end.
    Flood(Vec<u8>),
}

pub(super) fn answer(status: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
    let mut text = format!("HTTP/1.1 {status}\r\nConnection: close\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    if !headers.iter().any(|(name, _)| *name == "Content-Length") {
        text.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    text.push_str("\r\n");
    Reply::Bytes([text.as_bytes(), body].concat())
}

/// A registry, and what it was asked.
pub(super) struct Liar {
    pub(super) host: String,
    pub(super) asked: Arc<Mutex<Vec<Request>>>,
}

impl Liar {
    /// Answers by this rule, which also gets the number of the request. Ends with the test.
    pub(super) fn new(rule: impl Fn(&Request, usize) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let host = listener.local_addr().expect("an address").to_string();
        let asked: Arc<Mutex<Vec<Request>>> = Arc::default();
        let (rule, notes) = (Arc::new(rule), asked.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (rule, notes) = (rule.clone(), notes.clone());
                std::thread::spawn(move || serve(stream, &*rule, &notes));
            }
        });
        Self { host, asked }
    }

    pub(super) fn count(&self) -> usize {
        self.asked.lock().expect("the notes").len()
    }
}

fn serve(mut stream: TcpStream, rule: &dyn Fn(&Request, usize) -> Reply, notes: &Mutex<Vec<Request>>) {
    let Some(request) = read(&stream) else { return };
    let number = {
        let mut notes = notes.lock().expect("the notes");
        notes.push(request.clone());
        notes.len() - 1
    };
    // Whoever asked may be gone.
    let _ = match rule(&request, number) {
        Reply::Bytes(bytes) => stream.write_all(&bytes),
        Reply::Hang(bytes) => stream.write_all(&bytes).map(|()| std::thread::sleep(Duration::from_secs(20))),
        Reply::Drip(bytes) => stream.write_all(&bytes).and_then(|()| {
            (0..200).try_for_each(|_| {
                std::thread::sleep(Duration::from_millis(50));
                stream.write_all(b"x")
            })
        }),
        Reply::Flood(bytes) => stream.write_all(&bytes).and_then(|()| {
            let zeros = vec![b'0'; 65_536];
            (0..100_000).try_for_each(|_| stream.write_all(&zeros))
        }),
    };
}

fn read(stream: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace().map(str::to_owned);
    let mut request = Request { method: words.next()?, path: words.next()?, ..Request::default() };
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        request.headers.push((name.to_lowercase(), value.to_owned()));
    }
    let length: u64 = request.header("content-length").parse().unwrap_or(0);
    reader.take(length).read_to_end(&mut request.body).ok()?;
    Some(request)
}
