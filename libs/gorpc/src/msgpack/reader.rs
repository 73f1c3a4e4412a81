//! Values one after the other from a stream. There is no length in front of one: it ends where it ends.

use std::io;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt};

use super::scan::Scan;

/// Room for what comes, at least.
const CHUNK: usize = 8 << 10;

/// Reads values in their encoded form.
pub struct ValueReader<R> {
    from: R,
    buffer: BytesMut,
}

impl<R: AsyncRead + Unpin> ValueReader<R> {
    /// Reads from here.
    pub fn new(from: R) -> Self {
        Self { from, buffer: BytesMut::new() }
    }

    /// The next value; nothing at the end of the stream.
    ///
    /// # Errors
    /// The stream failed, ended inside a value, or holds something that is none.
    pub async fn next(&mut self) -> io::Result<Option<Bytes>> {
        let mut scan = Scan::default();
        loop {
            let malformed = |error| io::Error::new(io::ErrorKind::InvalidData, error);
            if let Some(end) = scan.end(&self.buffer).map_err(malformed)? {
                return Ok(Some(self.buffer.split_to(end).freeze()));
            }
            // What a length only promises is not made room for at once.
            let missing = scan.needs(&self.buffer).saturating_sub(self.buffer.len()).min(1 << 20);
            self.buffer.reserve(missing.max(CHUNK));
            if self.from.read_buf(&mut self.buffer).await? == 0 {
                return if self.buffer.is_empty() {
                    Ok(None)
                } else {
                    Err(io::ErrorKind::UnexpectedEof.into())
                };
            }
        }
    }
}
