//! Archives from an Engine that listens on a socket of this machine. They are the one answer that is large and wanted fast, so they get a
//! connection of their own: asked in HTTP 1.0 the Engine sends them as they are, where 1.1 puts a line of text (one more call of the
//! system there, one more wakeup here) before every 32 KiB; and whoever wants the bytes reads them, without a task between. Everything
//! else that an Engine is asked, and other ways to one, are bollard's.

use std::io;

use bollard::errors::Error as Cause;
use bytes::{Buf, Bytes, BytesMut};
use futures::StreamExt;
use serde::Deserialize;
use tintype_sdk::Error;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

use super::engine_images::percent;
use crate::chunks::{Incoming, read_some};

/// Lines before an answer that are longer than this are none.
const LONGEST_HEAD: usize = 64 << 10;

/// So much of a refusal is read.
const LONGEST_REFUSAL: u64 = 64 << 10;

const HEADERS: usize = 64;

/// What an archive ends with, at least.
const END: usize = 1024;

#[derive(Deserialize)]
struct Refusal {
    message: String,
}

/// A file or directory of a container as an archive. Nothing when the Engine answers in a form that is read elsewhere.
pub(super) async fn archive(socket: &str, container: &str, path: &str) -> Result<Option<Incoming>, Cause> {
    let mut stream = UnixStream::connect(socket).await?;
    let question = format!(
        "GET /containers/{}/archive?path={} HTTP/1.0\r\nHost: docker\r\nConnection: close\r\n\r\n",
        percent(container),
        percent(path)
    );
    stream.write_all(question.as_bytes()).await?;
    let mut buffer = BytesMut::with_capacity(8 << 10);
    let head = loop {
        if stream.read_buf(&mut buffer).await? == 0 {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
        }
        match head(&buffer)? {
            Some(head) => break head,
            None if buffer.len() > LONGEST_HEAD => return Err(no_answer("its head has no end")),
            None => {}
        }
    };
    buffer.advance(head.len);
    if head.status != 200 {
        let mut text = buffer.to_vec();
        stream.take(LONGEST_REFUSAL).read_to_end(&mut text).await?;
        let message = serde_json::from_slice(&text)
            .map_or_else(|_| String::from_utf8_lossy(&text).into_owned(), |refusal: Refusal| refusal.message);
        return Err(Cause::DockerResponseServerError { status_code: head.status, message });
    }
    let rest = match head.body {
        Body::Elsewhere => return Ok(None),
        Body::Length(length) => Some(length),
        Body::ToTheEnd => None,
    };
    Ok(Some(futures::stream::try_unfold(Reader { stream, buffer, rest, zeros: 0 }, Reader::next).boxed()))
}

struct Head {
    /// With the empty line at its end.
    len: usize,
    status: u16,
    body: Body,
}

enum Body {
    Length(u64),
    ToTheEnd,
    /// In a coding that was not asked for.
    Elsewhere,
}

/// What stands before the answer, when all of it is there.
fn head(bytes: &[u8]) -> Result<Option<Head>, Cause> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut answer = httparse::Response::new(&mut headers);
    let read = answer.parse(bytes).map_err(|error| no_answer(&error.to_string()))?;
    let httparse::Status::Complete(len) = read else { return Ok(None) };
    let value = |name: &str| {
        let found = answer.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
        found.map(|header| String::from_utf8_lossy(header.value))
    };
    let coded = ["Transfer-Encoding", "Content-Encoding"].into_iter().any(|name| value(name).is_some());
    let body = match value("Content-Length").map(|length| length.trim().parse()) {
        _ if coded => Body::Elsewhere,
        Some(Ok(length)) => Body::Length(length),
        Some(Err(_)) => return Err(no_answer("its length is no number")),
        None => Body::ToTheEnd,
    };
    Ok(Some(Head { len, status: answer.code.unwrap_or_default(), body }))
}

fn no_answer(why: &str) -> Cause {
    io::Error::new(io::ErrorKind::InvalidData, format!("an answer that cannot be read: {why}")).into()
}

/// An archive on its way.
struct Reader {
    stream: UnixStream,
    buffer: BytesMut,
    /// How much is to come, if that was told.
    rest: Option<u64>,
    /// With how many zeros ends what has come.
    zeros: usize,
}

impl Reader {
    /// The next part.
    async fn next(mut self) -> Result<Option<(Bytes, Self)>, Error> {
        if self.rest == Some(0) {
            return Ok(None);
        }
        // What came with the head is in the buffer already.
        let mut part = match self.buffer.is_empty() {
            true => read_some(&mut self.stream, &mut self.buffer).await?,
            false => self.buffer.split().freeze(),
        };
        match &mut self.rest {
            Some(rest) if part.is_empty() => {
                return Err(Error::environment(format!("the Engine's answer lacks {rest} bytes")));
            }
            Some(rest) => {
                part.truncate(usize::try_from(*rest).unwrap_or(usize::MAX));
                *rest -= part.len() as u64;
            }
            // Nobody told how much there is to come: only the archive itself says whether it is whole.
            None if part.is_empty() && self.zeros < END => {
                return Err(Error::environment("the archive from the container breaks off"));
            }
            None if part.is_empty() => return Ok(None),
            None => {
                let zeros = part.iter().rev().take(END).take_while(|byte| **byte == 0).count();
                self.zeros = if zeros == part.len() { self.zeros + zeros } else { zeros };
            }
        }
        Ok(Some((part, self)))
    }
}

#[cfg(test)]
mod tests;
