//! A command's output as lines: where a line ends, and what of it is shown.

use bytes::Bytes;
use tintype_event::{EventKind, Stream};

use crate::{Cx, ExitStatus, Result, Running};

/// Cuts a stream of bytes into lines as Packer shows them: trailing white space is cut, and of a line that redraws itself with
/// carriage returns only the last drawing stays.
#[derive(Default)]
pub struct Lines {
    rest: Vec<u8>,
}

/// A line longer than this is shown in pieces: a command may write for ever without a line end.
const LONGEST: usize = 1 << 20;

impl Lines {
    /// Takes more bytes and gives each line that is complete now.
    pub fn push(&mut self, bytes: &[u8], mut line: impl FnMut(Vec<u8>)) {
        let mut bytes = bytes;
        while let Some(end) = bytes.iter().position(|&byte| byte == b'\n') {
            if self.rest.is_empty() {
                line(tidy(&bytes[..end]).to_vec());
            } else {
                self.rest.extend_from_slice(&bytes[..end]);
                let whole = std::mem::take(&mut self.rest);
                line(tidy(&whole).to_vec());
            }
            bytes = &bytes[end + 1..];
        }
        self.rest.extend_from_slice(bytes);
        if self.rest.len() > LONGEST {
            let whole = std::mem::take(&mut self.rest);
            line(tidy(&whole).to_vec());
        }
    }

    /// Gives the last line, if the stream did not end with a line end.
    pub fn finish(&mut self, mut line: impl FnMut(Vec<u8>)) {
        if !self.rest.is_empty() {
            let whole = std::mem::take(&mut self.rest);
            line(tidy(&whole).to_vec());
        }
    }
}

fn tidy(line: &[u8]) -> &[u8] {
    let line = line.trim_ascii_end();
    match line.iter().rposition(|&byte| byte == b'\r') {
        Some(at) => &line[at + 1..],
        None => line,
    }
}

impl Running {
    /// Shows the output line by line until it ends, then gives the status. Cancellation gives the command up.
    pub async fn show(mut self, cx: &Cx) -> Result<ExitStatus> {
        let mut lines = [Lines::default(), Lines::default()];
        let work = async {
            while let Some((stream, bytes)) = self.output.recv().await {
                lines[usize::from(stream == Stream::Stderr)].push(&bytes, |line| show(cx, stream, line));
            }
            lines[0].finish(|line| show(cx, Stream::Stdout, line));
            lines[1].finish(|line| show(cx, Stream::Stderr, line));
            self.exit.await
        };
        cx.wait(work).await?
    }

    /// Gathers the output, for commands whose answer is for us. At most `limit` bytes of each stream are kept.
    pub async fn gather(mut self, limit: usize) -> Result<(ExitStatus, Vec<u8>, Vec<u8>)> {
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        while let Some((stream, bytes)) = self.output.recv().await {
            let to = if stream == Stream::Stdout { &mut stdout } else { &mut stderr };
            keep(to, &bytes, limit);
        }
        Ok((self.exit.await?, stdout, stderr))
    }
}

fn keep(to: &mut Vec<u8>, bytes: &Bytes, limit: usize) {
    let room = limit.saturating_sub(to.len()).min(bytes.len());
    to.extend_from_slice(&bytes[..room]);
}

fn show(cx: &Cx, stream: Stream, line: Vec<u8>) {
    cx.send(EventKind::Output { stream, line });
}
