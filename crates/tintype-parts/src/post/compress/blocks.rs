//! Compression on all cores: a stream is cut into blocks, threads compress them, the results are written in order. At most a few
//! blocks a thread are in memory, whatever the length of the stream.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// Compresses single blocks. Each thread has a clone of its own.
pub(crate) trait Codec: Clone + Send + 'static {
    /// What is known of a block beside its compressed form: a sum.
    type Sum: Send;

    /// Length of a block in bytes.
    fn block_len(&self) -> usize;

    /// So many bytes before each block are shown to it.
    fn context_len(&self) -> usize {
        0
    }

    /// Compresses one block; `before` is the end of what came before it.
    fn compress(&mut self, before: &[u8], block: &[u8]) -> io::Result<(Vec<u8>, Self::Sum)>;
}

type Compressed<S> = io::Result<(Vec<u8>, S)>;

struct Job<S> {
    before: Vec<u8>,
    block: Vec<u8>,
    reply: Sender<Compressed<S>>,
}

/// Writes a stream in compressed blocks. `finish` must be called; dropped before, the end of the stream is missing.
pub(crate) struct Blocks<W, C: Codec> {
    out: W,
    codec: C,
    block: Vec<u8>,
    before: Vec<u8>,
    jobs: SyncSender<Job<C::Sum>>,
    pending: VecDeque<Receiver<Compressed<C::Sum>>>,
    sum: Box<dyn FnMut(C::Sum) + Send>,
    /// So many blocks may be on their way.
    ahead: usize,
}

impl<W: Write, C: Codec> Blocks<W, C> {
    /// Writes to `out` with so many threads; `sum` is told of each block in order.
    pub fn new(
        out: W,
        codec: C,
        threads: usize,
        sum: impl FnMut(C::Sum) + Send + 'static,
    ) -> io::Result<Self> {
        let ahead = threads.max(1) * 2;
        let (jobs, queue) = sync_channel::<Job<C::Sum>>(ahead);
        let queue = Arc::new(Mutex::new(queue));
        for _ in 0..threads.max(1) {
            let (queue, mut codec) = (queue.clone(), codec.clone());
            // They end when the sender is gone.
            thread::Builder::new().name("compress".into()).spawn(move || {
                loop {
                    let next = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
                    let Ok(job) = next else { return };
                    // Nobody waits any more when the work was given up.
                    let _ = job.reply.send(codec.compress(&job.before, &job.block));
                }
            })?;
        }
        let block = Vec::with_capacity(codec.block_len());
        let before = Vec::new();
        Ok(Self { out, codec, block, before, jobs, pending: VecDeque::new(), sum: Box::new(sum), ahead })
    }

    fn dispatch(&mut self) -> io::Result<()> {
        if self.block.is_empty() {
            return Ok(());
        }
        if self.pending.len() >= self.ahead {
            self.write_next()?;
        }
        let block = std::mem::replace(&mut self.block, Vec::with_capacity(self.codec.block_len()));
        let context = block[block.len().saturating_sub(self.codec.context_len())..].to_vec();
        let before = std::mem::replace(&mut self.before, context);
        let (reply, result) = channel();
        self.jobs.send(Job { before, block, reply }).map_err(|_| gone())?;
        self.pending.push_back(result);
        Ok(())
    }

    fn write_next(&mut self) -> io::Result<()> {
        if let Some(next) = self.pending.pop_front() {
            let (bytes, sum) = next.recv().map_err(|_| gone())??;
            (self.sum)(sum);
            self.out.write_all(&bytes)?;
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

impl<W: Write, C: Codec> Write for Blocks<W, C> {
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
