//! Hands what one thread reads to another: decompressing and hashing go on while files are written.

use std::io::{self, Read};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// How much is handed over at once, and how much may wait.
const PIECE: usize = 256 << 10;
const WAITING: usize = 8;

type Piece = io::Result<Vec<u8>>;

/// The end that is read.
pub(super) struct Pipe {
    pieces: Receiver<Piece>,
    /// Pieces that were read go back to be filled again.
    used: SyncSender<Vec<u8>>,
    current: Vec<u8>,
    at: usize,
}

/// The end that is filled.
pub(super) struct Filler {
    pieces: SyncSender<Piece>,
    used: Receiver<Vec<u8>>,
}

pub(super) fn pipe() -> (Filler, Pipe) {
    let (pieces, incoming) = sync_channel(WAITING);
    let (used, back) = sync_channel(WAITING + 2);
    (Filler { pieces, used: back }, Pipe { pieces: incoming, used, current: Vec::new(), at: 0 })
}

impl Filler {
    /// Reads to the end. Says whether it came there: an error is handed over, and a reader who has gone wants no more.
    pub(super) fn fill(self, from: &mut dyn Read) -> bool {
        loop {
            let mut piece = self.used.try_recv().unwrap_or_default();
            piece.resize(PIECE, 0);
            let (read, end) = match whole(from, &mut piece) {
                Ok(0) => return true,
                Ok(count) => {
                    piece.truncate(count);
                    (Ok(piece), false)
                }
                Err(error) => (Err(error), true),
            };
            if self.pieces.send(read).is_err() || end {
                return false;
            }
        }
    }
}

/// Fills a buffer as far as there is something.
fn whole(from: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut have = 0;
    while let Some(rest) = buffer.get_mut(have..).filter(|rest| !rest.is_empty()) {
        match from.read(rest) {
            Ok(0) => break,
            Ok(count) => have += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(have)
}

impl Read for Pipe {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.at == self.current.len() {
            let Ok(next) = self.pieces.recv() else { return Ok(0) };
            let used = std::mem::replace(&mut self.current, next?);
            self.at = 0;
            // Whoever fills may have come to the end.
            let _ = self.used.try_send(used);
        }
        let rest = self.current.get(self.at..).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..count), rest.get(..count)) {
            to.copy_from_slice(from);
        }
        self.at += count;
        Ok(count)
    }
}
