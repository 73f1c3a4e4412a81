//! Compression on all cores: a stream is cut into blocks, threads compress them, the results are written in order. At most a few
//! blocks a thread are in memory, whatever the length of the stream.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// Compresses single blocks. Each thread has a clone of its own.
pub(crate) trait Codec: Clone + Send + 'static {
    /// A compressed block, and what else is known of it.
    type Packed: Send + 'static;

    /// Length of a block in bytes.
    fn block_len(&self) -> usize;

    /// So many bytes before each block are shown to it.
    fn context_len(&self) -> usize {
        0
    }

    /// Compresses one block; `before` is the end of what came before it.
    fn compress(&mut self, before: &[u8], block: &[u8]) -> io::Result<Self::Packed>;
}

/// Where compressed blocks go, in order.
pub(crate) trait Sink<P> {
    /// Takes the next one.
    fn take(&mut self, packed: P) -> io::Result<()>;
}

impl<W: Write> Sink<Vec<u8>> for W {
    fn take(&mut self, packed: Vec<u8>) -> io::Result<()> {
        self.write_all(&packed)
    }
}

struct Job<P> {
    before: Vec<u8>,
    block: Vec<u8>,
    reply: Sender<Done<P>>,
}

/// What a thread has made, and the block, whose room is used again: memory that is fresh from the system costs as much as a fast
/// compressor.
struct Done<P> {
    packed: io::Result<P>,
    block: Vec<u8>,
}

/// Writes a stream in compressed blocks. `finish` must be called; dropped before, the end of the stream is missing.
pub(crate) struct Blocks<W, C: Codec> {
    out: W,
    codec: C,
    block: Vec<u8>,
    before: Vec<u8>,
    jobs: SyncSender<Job<C::Packed>>,
    pending: VecDeque<Receiver<Done<C::Packed>>>,
    /// Blocks that were done with.
    spare: Vec<Vec<u8>>,
    /// So many blocks may be on their way.
    ahead: usize,
}

impl<W: Sink<C::Packed>, C: Codec> Blocks<W, C> {
    /// Writes to `out` with so many threads.
    pub fn new(out: W, codec: C, threads: usize) -> io::Result<Self> {
        let ahead = threads.max(1) * 2;
        let (jobs, queue) = sync_channel::<Job<C::Packed>>(ahead);
        let queue = Arc::new(Mutex::new(queue));
        for _ in 0..threads.max(1) {
            let (queue, mut codec) = (queue.clone(), codec.clone());
            // They end when the sender is gone.
            thread::Builder::new().name("compress".into()).spawn(move || {
                loop {
                    let next = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
                    let Ok(job) = next else { return };
                    // Nobody waits any more when the work was given up.
                    let packed = codec.compress(&job.before, &job.block);
                    let _ = job.reply.send(Done { packed, block: job.block });
                }
            })?;
        }
        let block = Vec::with_capacity(codec.block_len());
        let (before, pending, spare) = (Vec::new(), VecDeque::new(), Vec::new());
        Ok(Self { out, codec, block, before, jobs, pending, spare, ahead })
    }

    fn dispatch(&mut self) -> io::Result<()> {
        if self.block.is_empty() {
            return Ok(());
        }
        if self.pending.len() >= self.ahead {
            self.write_next()?;
        }
        let next = self.spare.pop().unwrap_or_else(|| Vec::with_capacity(self.codec.block_len()));
        let block = std::mem::replace(&mut self.block, next);
        let context = block[block.len().saturating_sub(self.codec.context_len())..].to_vec();
        let before = std::mem::replace(&mut self.before, context);
        let (reply, result) = channel();
        self.jobs.send(Job { before, block, reply }).map_err(|_| gone())?;
        self.pending.push_back(result);
        Ok(())
    }

    fn write_next(&mut self) -> io::Result<()> {
        if let Some(next) = self.pending.pop_front() {
            let Done { packed, mut block } = next.recv().map_err(|_| gone())?;
            self.out.take(packed?)?;
            block.clear();
            self.spare.push(block);
        }
        Ok(())
    }

    /// Waits for all blocks and gives back where they were written.
    pub fn finish(mut self) -> io::Result<W> {
        self.dispatch()?;
        while !self.pending.is_empty() {
            self.write_next()?;
        }
        Ok(self.out)
    }
}

fn gone() -> io::Error {
    io::Error::other("a compressing thread ended early")
}

impl<W: Sink<C::Packed>, C: Codec> Write for Blocks<W, C> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = self.codec.block_len() - self.block.len();
        let count = room.min(bytes.len());
        self.block.extend_from_slice(&bytes[..count]);
        if self.block.len() == self.codec.block_len() {
            self.dispatch()?;
        }
        Ok(count)
    }

    /// Nothing: a block is written when it is full.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
