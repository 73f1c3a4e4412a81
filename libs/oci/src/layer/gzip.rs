//! gzip on several processors: pieces of the input are deflated side by side and joined to one member, as any program reads it. The
//! pieces do not depend on the number of processors, so the bytes do not either.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use flate2::{Compress, Crc, FlushCompress};

/// The size of a piece. Smaller ones compress worse, larger ones hold more memory.
const PIECE: usize = 1 << 20;

/// No name, no time, made by an unknown system.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];

/// The empty last block of a deflated stream.
const LAST: [u8; 2] = [0x03, 0x00];

struct Job {
    input: Vec<u8>,
    done: SyncSender<Done>,
}

struct Done {
    output: io::Result<Vec<u8>>,
    crc: Crc,
}

/// Compresses what is written to it.
pub(super) struct ParallelGzip<W: Write> {
    inner: W,
    piece: Vec<u8>,
    jobs: Option<SyncSender<Job>>,
    /// Pieces that are being compressed, in order.
    waiting: VecDeque<Receiver<Done>>,
    most: usize,
    threads: Vec<JoinHandle<()>>,
    crc: Crc,
    begun: bool,
}

impl<W: Write> ParallelGzip<W> {
    pub(super) fn new(inner: W, level: u32, workers: usize) -> Self {
        let (jobs, queue) = sync_channel::<Job>(workers);
        let queue = Arc::new(Mutex::new(queue));
        let level = flate2::Compression::new(level.min(9));
        let threads = (0..workers.max(1)).map(|_| {
            let queue = queue.clone();
            std::thread::spawn(move || work(&queue, level))
        });
        Self {
            inner,
            piece: Vec::with_capacity(PIECE),
            jobs: Some(jobs),
            waiting: VecDeque::new(),
            most: workers.max(1) * 2,
            threads: threads.collect(),
            crc: Crc::new(),
            begun: false,
        }
    }

    fn send(&mut self) -> io::Result<()> {
        if self.waiting.len() >= self.most {
            self.take()?;
        }
        let input = std::mem::replace(&mut self.piece, Vec::with_capacity(PIECE));
        let (done, waiting) = sync_channel(1);
        let sent = self.jobs.as_ref().map(|jobs| jobs.send(Job { input, done }));
        if !matches!(sent, Some(Ok(()))) {
            return Err(gone());
        }
        self.waiting.push_back(waiting);
        Ok(())
    }

    /// Writes the oldest piece.
    fn take(&mut self) -> io::Result<()> {
        let Some(waiting) = self.waiting.pop_front() else { return Ok(()) };
        let done = waiting.recv().map_err(|_| gone())?;
        self.begin()?;
        self.inner.write_all(&done.output?)?;
        self.crc.combine(&done.crc);
        Ok(())
    }

    fn begin(&mut self) -> io::Result<()> {
        if !self.begun {
            self.begun = true;
            self.inner.write_all(&HEADER)?;
        }
        Ok(())
    }

    pub(super) fn finish(mut self) -> io::Result<W> {
        if !self.piece.is_empty() {
            self.send()?;
        }
        while !self.waiting.is_empty() {
            self.take()?;
        }
        self.begin()?;
        self.inner.write_all(&LAST)?;
        self.inner.write_all(&self.crc.sum().to_le_bytes())?;
        self.inner.write_all(&self.crc.amount().to_le_bytes())?;
        self.jobs = None;
        for thread in self.threads {
            // A thread that panicked has told so by its missing answer.
            let _ = thread.join();
        }
        Ok(self.inner)
    }
}

impl<W: Write> Write for ParallelGzip<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = bytes.len().min(PIECE - self.piece.len());
        self.piece.extend_from_slice(bytes.get(..count).unwrap_or_default());
        if self.piece.len() == PIECE {
            self.send()?;
        }
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn gone() -> io::Error {
    io::Error::other("a thread that compresses has ended")
}

fn work(queue: &Mutex<Receiver<Job>>, level: flate2::Compression) {
    let mut deflate = Compress::new(level, false);
    loop {
        let job = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = job else { return };
        deflate.reset();
        let mut crc = Crc::new();
        crc.update(&job.input);
        let output = piece(&mut deflate, &job.input);
        // Whoever wanted it may have given up.
        let _ = job.done.send(Done { output, crc });
    }
}

/// Deflates a piece up to a byte's border, so that the next can follow.
fn piece(deflate: &mut Compress, input: &[u8]) -> io::Result<Vec<u8>> {
    let mut output = Vec::with_capacity(input.len() / 2 + 1024);
    loop {
        let rest = input.get(usize::try_from(deflate.total_in()).unwrap_or(usize::MAX)..).unwrap_or_default();
        deflate.compress_vec(rest, &mut output, FlushCompress::Sync).map_err(io::Error::other)?;
        // Space that is left over says that all is out.
        if deflate.total_in() == input.len() as u64 && output.len() < output.capacity() {
            return Ok(output);
        }
        output.reserve(input.len() / 4 + 1024);
    }
}
