//! The bare calls of the Docker Engine API that a build cannot do without: what a docker build is compared with. As thin
//! as can be: one connection a call, no retries, no streams looked into.

use super::measures::megabytes;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Instant;

pub(super) const IMAGE: &str = "debian:bookworm-slim";

pub(super) struct Engine {
    socket: PathBuf,
}

/// A container that runs until it is removed.
pub(super) struct Container<'a> {
    engine: &'a Engine,
    id: String,
}

impl Engine {
    pub fn new() -> Result<Engine, String> {
        let host = std::env::var("DOCKER_HOST").unwrap_or_else(|_| "unix:///var/run/docker.sock".to_owned());
        let socket = host.strip_prefix("unix://").ok_or_else(|| format!("{host} is no Unix socket"))?;
        let engine = Engine { socket: PathBuf::from(socket) };
        engine.call("GET", &format!("/images/{IMAGE}/json"), "", &[], None)?;
        Ok(engine)
    }

    /// Sends a request, its body and then `more`; hands back the body of the answer.
    fn call(
        &self,
        method: &str,
        path: &str,
        kind: &str,
        body: &[u8],
        more: Option<(u64, &mut dyn Read)>,
    ) -> Result<Vec<u8>, String> {
        let exchange = || -> std::io::Result<Vec<u8>> {
            let mut stream = UnixStream::connect(&self.socket)?;
            let length = body.len() as u64 + more.as_ref().map_or(0, |(length, _)| *length);
            // HTTP/1.0: the answer ends where the connection ends.
            let head = format!(
                "{method} {path} HTTP/1.0\r\nHost: docker\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n"
            );
            stream.write_all(head.as_bytes())?;
            stream.write_all(body)?;
            if let Some((_, more)) = more {
                let mut block = vec![0; 1 << 20];
                loop {
                    let count = more.read(&mut block)?;
                    match block.get(..count) {
                        Some(filled) if count > 0 => stream.write_all(filled)?,
                        _ => break,
                    }
                }
            }
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer)?;
            Ok(answer)
        };
        let answer = exchange().map_err(|error| format!("{method} {path}: {error}"))?;
        let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap_or(answer.len());
        let (head, body) = answer.split_at(end);
        let status =
            String::from_utf8_lossy(head).split(' ').nth(1).and_then(|code| code.parse::<u16>().ok());
        let body = body.get(4..).unwrap_or_default().to_vec();
        match status {
            Some(200..=299) => Ok(body),
            _ => Err(format!("{method} {path}: {status:?} {}", String::from_utf8_lossy(&body).trim())),
        }
    }

    fn json(&self, method: &str, path: &str, body: &Value) -> Result<Value, String> {
        // The Engine resets a connection whose body it did not want.
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let answer = self.call(method, path, "application/json", body.as_bytes(), None)?;
        Ok(serde_json::from_slice(&answer).unwrap_or(Value::Null))
    }

    fn id(&self, path: &str, body: &Value) -> Result<String, String> {
        let answer = self.json("POST", path, body)?;
        answer.get("Id").and_then(Value::as_str).map(str::to_owned).ok_or_else(|| format!("{path}: no id"))
    }

    /// Creates and starts a container as a build does.
    pub fn container(&self) -> Result<Container<'_>, String> {
        let wanted =
            json!({ "Image": IMAGE, "Entrypoint": ["/bin/sh"], "Cmd": [], "Tty": true, "OpenStdin": true });
        let id = self.id("/containers/create", &wanted)?;
        let container = Container { engine: self, id };
        self.json("POST", &format!("/containers/{}/start", container.id), &Value::Null)?;
        Ok(container)
    }

    /// All that a build with one small command cannot do without: gives the image.
    pub fn bare_build(&self) -> Result<String, String> {
        let container = self.container()?;
        let script = "#!/bin/sh -e\necho hello > /hello\n";
        container.put("/tmp", "script.sh", script.len() as u64, &mut script.as_bytes())?;
        container.exec(&["/bin/sh", "-c", "/tmp/script.sh && rm -f /tmp/script.sh"])?;
        let image = container.commit()?;
        container.remove()?;
        Ok(image)
    }

    /// Removes an image. Not part of what is timed.
    pub fn forget(&self, image: &str) -> Result<(), String> {
        self.json("DELETE", &format!("/images/{image}"), &Value::Null).map(drop)
    }
}

impl Container<'_> {
    /// Puts one file into the container, as a tar stream of `length` bytes of contents.
    pub fn put(&self, folder: &str, name: &str, length: u64, contents: &mut dyn Read) -> Result<(), String> {
        let header = tar_header(name, length);
        // Contents are filled up to whole blocks; two empty blocks end the stream.
        let tail = (512 - length % 512) % 512 + 1024;
        let mut stream = contents.take(length).chain(std::io::repeat(0).take(tail));
        let path = format!("/containers/{}/archive?path={folder}", self.id);
        self.engine
            .call("PUT", &path, "application/x-tar", &header, Some((length + tail, &mut stream)))
            .map(drop)
    }

    /// Reads a file as it comes, and throws it away: how many megabytes a second that was.
    pub fn get(&self, file: &str) -> Result<f64, String> {
        let exchange = || -> std::io::Result<f64> {
            let mut stream = UnixStream::connect(&self.engine.socket)?;
            let question =
                format!("GET /containers/{}/archive?path={file} HTTP/1.0\r\nHost: docker\r\n\r\n", self.id);
            let start = Instant::now();
            stream.write_all(question.as_bytes())?;
            let mut block = vec![0; 1 << 20];
            let mut sum = 0;
            loop {
                match stream.read(&mut block)? {
                    0 => return Ok(megabytes(sum) / start.elapsed().as_secs_f64()),
                    count => sum += count as u64,
                }
            }
        };
        exchange().map_err(|error| format!("{file}: {error}"))
    }

    /// Runs a command to its end.
    pub fn exec(&self, command: &[&str]) -> Result<(), String> {
        let wanted = json!({ "AttachStdout": true, "AttachStderr": true, "Cmd": command });
        let id = self.engine.id(&format!("/containers/{}/exec", self.id), &wanted)?;
        self.engine.json("POST", &format!("/exec/{id}/start"), &json!({ "Detach": false, "Tty": false }))?;
        let ended = self.engine.json("GET", &format!("/exec/{id}/json"), &Value::Null)?;
        match ended.get("ExitCode").and_then(Value::as_i64) {
            Some(0) => Ok(()),
            code => Err(format!("{command:?} ended with {code:?}")),
        }
    }

    /// Makes an image of the container.
    pub fn commit(&self) -> Result<String, String> {
        self.engine.id(&format!("/commit?container={}", self.id), &json!({}))
    }

    pub fn remove(self) -> Result<(), String> {
        self.engine.json("DELETE", &format!("/containers/{}?force=1", self.id), &Value::Null).map(drop)
    }
}

/// A header in the format that every tar reads: one plain file, rwxr-xr-x.
fn tar_header(name: &str, length: u64) -> [u8; 512] {
    let mut header = [0; 512];
    let mut put = |at: usize, text: &str| {
        for (place, byte) in header.iter_mut().skip(at).zip(text.bytes()) {
            *place = byte;
        }
    };
    put(0, name);
    put(100, "0000755\0");
    put(108, "0000000\0");
    put(116, "0000000\0");
    put(124, &format!("{length:011o}\0"));
    put(136, "00000000000\0");
    put(148, "        ");
    put(156, "0");
    put(257, "ustar\x0000");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    for (place, byte) in header.iter_mut().skip(148).zip(format!("{sum:06o}\0 ").bytes()) {
        *place = byte;
    }
    header
}
