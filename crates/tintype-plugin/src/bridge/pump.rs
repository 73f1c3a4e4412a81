//! Bytes from one stream to another.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// How much goes at a time: half of what the other side takes without being asked.
pub(crate) const CHUNK: usize = 128 << 10;

/// Copies until the end, and tells how much each time.
pub(crate) async fn pump(
    from: &mut (impl AsyncRead + Unpin + ?Sized),
    to: &mut (impl AsyncWrite + Unpin + ?Sized),
    mut progress: impl FnMut(u64),
) -> io::Result<()> {
    let mut buffer = vec![0; CHUNK];
    loop {
        let count = from.read(&mut buffer).await?;
        if count == 0 {
            return to.flush().await;
        }
        to.write_all(&buffer[..count]).await?;
        progress(count as u64);
    }
}
