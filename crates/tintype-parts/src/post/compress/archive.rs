//! From files to one file: containers and compressors put together. Blocking: for a thread of its own.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use flate2::Compression;
use tintype_sdk::{Error, Result, os_text};

use super::bzip2::Bzip2;
use super::gzip::{Bgzf, Gzip};
use super::method::{Algorithm, Method};
use super::others::{Lz4, xz};
use super::zip::{Entry, ZipWriter};
use crate::os;
use crate::replacement::cannot_write;

/// One file to be packed.
#[derive(Clone, Debug)]
pub(crate) struct Input {
    /// Where it is.
    pub path: PathBuf,
    /// How the artifact names it.
    pub shown: String,
}

/// How to pack.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub method: Method,
    /// 1 to 9; nothing for each compressor's own default.
    pub level: Option<u32>,
    pub threads: usize,
    /// How much the inputs are, as far as is known before they are read.
    pub bytes: u64,
}

/// Told of each piece that was read; an error from it ends the work.
pub(crate) type Watch<'a> = &'a (dyn Fn(u64) -> io::Result<()> + Sync);

const BUFFER: usize = 256 << 10;

/// Packs the inputs into `out`, which will be `shown`.
pub(crate) fn pack(plan: Plan, inputs: &[Input], out: File, shown: &str, watch: Watch<'_>) -> Result<()> {
    let mut failed_input = None;
    let out = BufWriter::with_capacity(BUFFER, out);
    let work = match plan.method {
        Method::Zip => zip(plan, inputs, out, watch, &mut failed_input),
        Method::Tar(None) => tar(inputs, out, watch, &mut failed_input).and_then(flushed),
        Method::Tar(Some(algorithm)) => {
            compress(plan, algorithm, out, |to| tar(inputs, to, watch, &mut failed_input).map(drop))
        }
        Method::Plain(algorithm) => compress(plan, algorithm, out, |to| {
            inputs.iter().try_for_each(|input| copy(input, to, None, watch, &mut failed_input).map(drop))
        }),
    };
    work.map_err(|error| match failed_input {
        Some(input) => Error::environment(format!("cannot read {input}: {}", os_text(&error))),
        None => cannot_write(shown, &error),
    })
}

fn flushed(out: BufWriter<File>) -> io::Result<()> {
    out.into_inner().map(drop).map_err(io::IntoInnerError::into_error)
}

/// Runs `fill` into a compressor and ends it.
fn compress(
    plan: Plan,
    algorithm: Algorithm,
    out: BufWriter<File>,
    fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let threads = plan.threads;
    let level = plan.level.map_or(Compression::default(), Compression::new);
    let out = match algorithm {
        Algorithm::Gzip => {
            let mut to = Gzip::new(out, level, threads)?;
            fill(&mut to)?;
            to.finish()?
        }
        Algorithm::Bgzf => {
            let mut to = Bgzf::new(out, level, threads)?;
            fill(&mut to)?;
            to.finish()?
        }
        Algorithm::Lz4 => {
            let mut to = Lz4::new(out, threads)?;
            fill(&mut to)?;
            to.finish()?
        }
        Algorithm::Bzip2 => {
            let mut to = Bzip2::new(out, plan.level.unwrap_or(9), threads)?;
            fill(&mut to)?;
            to.finish()?
        }
        Algorithm::Xz => {
            // A tar file has some more, which must not make a small last piece.
            let about = plan.bytes + plan.bytes / 64 + (16 << 10);
            let mut to = xz(out, plan.level.unwrap_or(6), threads, about)?;
            fill(&mut to)?;
            to.finish()?
        }
    };
    flushed(out)
}

fn tar<W: Write>(inputs: &[Input], out: W, watch: Watch<'_>, failed: &mut Option<String>) -> io::Result<W> {
    let mut builder = tar::Builder::new(out);
    for input in inputs {
        let (file, about) = open(input, failed)?;
        let mut header = tar::Header::new_gnu();
        header.set_metadata(&about);
        if let Some(mode) = os::mode(&about) {
            header.set_mode(mode);
        }
        let name = Path::new(&input.shown).file_name().map_or(input.shown.as_ref(), |name| name.as_ref());
        // Exactly as much as the header says, even if somebody still writes to the file.
        let mut reader =
            Watched { from: BufReader::with_capacity(BUFFER, file), watch, left: about.len(), error: None };
        let appended = builder.append_data(&mut header, name as &Path, &mut reader);
        if let Some(error) = reader.error {
            *failed = Some(input.shown.clone());
            return Err(error);
        }
        appended?;
    }
    builder.into_inner()
}

fn zip(
    plan: Plan,
    inputs: &[Input],
    out: BufWriter<File>,
    watch: Watch<'_>,
    failed: &mut Option<String>,
) -> io::Result<()> {
    let level = plan.level.map_or(Compression::default(), Compression::new);
    let mut writer = ZipWriter::new(out, level, plan.threads);
    for input in inputs {
        let (file, about) = open(input, failed)?;
        let mtime = about.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        let entry = Entry {
            name: input.shown.replace(std::path::MAIN_SEPARATOR, "/"),
            size: about.len(),
            mode: os::mode(&about).unwrap_or(0o644),
            mtime: mtime.map_or(0, |since| since.as_secs() as i64),
        };
        writer.add(entry, |to| copy(input, to, Some(file), watch, failed).map(drop))?;
    }
    flushed(writer.finish()?)
}

/// Copies a whole file, opening it unless it is open.
fn copy(
    input: &Input,
    to: &mut dyn Write,
    file: Option<File>,
    watch: Watch<'_>,
    failed: &mut Option<String>,
) -> io::Result<u64> {
    let mut file = match file {
        Some(file) => file,
        None => open(input, failed)?.0,
    };
    let mut buffer = vec![0; BUFFER];
    let mut total = 0;
    loop {
        let count = match file.read(&mut buffer) {
            Ok(0) => return Ok(total),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => {
                *failed = Some(input.shown.clone());
                return Err(error);
            }
        };
        watch(count as u64)?;
        to.write_all(&buffer[..count])?;
        total += count as u64;
    }
}

fn open(input: &Input, failed: &mut Option<String>) -> io::Result<(File, std::fs::Metadata)> {
    let opened = File::open(&input.path).and_then(|file| {
        let about = file.metadata()?;
        if about.is_dir() { Err(io::ErrorKind::IsADirectory.into()) } else { Ok((file, about)) }
    });
    opened.inspect_err(|_| *failed = Some(input.shown.clone()))
}

/// A reader of a known length that tells what it reads and remembers why it failed, so that a failure to read is not taken for one to
/// write.
struct Watched<'a, R> {
    from: R,
    watch: Watch<'a>,
    left: u64,
    error: Option<io::Error>,
}

impl<R: Read> Read for Watched<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        if most == 0 {
            return Ok(0);
        }
        let count = match self.from.read(&mut buffer[..most]) {
            Ok(0) => {
                self.error = Some(io::Error::other("it became shorter while it was read"));
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Err(error),
            Err(error) => {
                let kind = error.kind();
                self.error = Some(error);
                return Err(kind.into());
            }
        };
        self.left -= count as u64;
        (self.watch)(count as u64)?;
        Ok(count)
    }
}
