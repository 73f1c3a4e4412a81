//! Tar archives on their way out of a container: one file, or a tree of files. What comes out of a container is not trusted: nothing
//! is written outside of the directory that was named.

use std::io;
use std::path::{Component, Path, PathBuf};

use futures::{StreamExt, TryStreamExt};
use tar::EntryType;
use tintype_sdk::{Context, Error, OnBytes, Result};
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio_util::io::{StreamReader, SyncIoBridge};

use crate::chunks::Incoming;
use crate::os::set_mode;

const BLOCK: u64 = 512;

/// Names longer than this are not believed.
const LONGEST_NAME: u64 = 1 << 20;

/// What the first entry of an archive was.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum First {
    /// A file; its content was written.
    File,
    /// A link to this.
    Link(String),
    /// A directory, or nothing that has content.
    Other,
}

/// Writes the content of the first entry, if it is a file.
pub(crate) async fn first_file(
    from: Incoming,
    to: &mut (dyn AsyncWrite + Send + Unpin),
    progress: OnBytes<'_>,
) -> Result<First> {
    let mut from = StreamReader::new(from.map_err(|error| io::Error::other(error.to_string())));
    let mut size_in_extension = None;
    let mut link_in_extension = None;
    loop {
        let mut block = [0; BLOCK as usize];
        from.read_exact(&mut block).await.context(|| "the archive from the container")?;
        let header = tar::Header::from_byte_slice(&block);
        if block.iter().all(|&byte| byte == 0) {
            return Ok(First::Other);
        }
        let size = header.entry_size().context(|| "the archive from the container")?;
        match header.entry_type() {
            EntryType::XHeader => {
                let text = content(&mut from, size).await?;
                let get = |key: &str| pax_value(&text, key);
                size_in_extension = get("size").and_then(|size| size.parse().ok()).or(size_in_extension);
                link_in_extension = get("linkpath").or(link_in_extension);
            }
            EntryType::GNULongLink => {
                let text = content(&mut from, size).await?;
                link_in_extension = Some(String::from_utf8_lossy(&text).trim_end_matches('\0').to_owned());
            }
            EntryType::XGlobalHeader | EntryType::GNULongName => drop(content(&mut from, size).await?),
            EntryType::Symlink => {
                let short = || header.link_name().ok().flatten().map(|path| path.display().to_string());
                return Ok(link_in_extension.or_else(short).map_or(First::Other, First::Link));
            }
            EntryType::Regular | EntryType::Continuous => {
                copy(&mut from, to, size_in_extension.unwrap_or(size), progress).await?;
                return Ok(First::File);
            }
            _ => return Ok(First::Other),
        }
    }
}

async fn content(from: &mut (impl AsyncRead + Unpin), size: u64) -> Result<Vec<u8>> {
    if size > LONGEST_NAME {
        return Err(Error::environment("the archive from the container is damaged"));
    }
    let mut text = vec![0; size.next_multiple_of(BLOCK) as usize];
    from.read_exact(&mut text).await.context(|| "the archive from the container")?;
    text.truncate(size as usize);
    Ok(text)
}

/// A record in the form `LENGTH KEY=VALUE\n`.
fn pax_value(records: &[u8], key: &str) -> Option<String> {
    tar::PaxExtensions::new(records)
        .flatten()
        .find(|record| record.key() == Ok(key))
        .and_then(|record| record.value().ok().map(str::to_owned))
}

async fn copy(
    from: &mut (impl AsyncBufRead + Unpin),
    to: &mut (dyn AsyncWrite + Send + Unpin),
    size: u64,
    progress: OnBytes<'_>,
) -> Result<()> {
    let mut left = size;
    while left > 0 {
        let part = from.fill_buf().await?;
        let count = part.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        if count == 0 {
            return Err(Error::environment("the archive from the container ends in the middle of a file"));
        }
        to.write_all(&part[..count]).await?;
        from.consume(count);
        left -= count as u64;
        progress(count as u64);
    }
    to.flush().await?;
    Ok(())
}

/// Unpacks a whole archive into a directory. Links that lead out of it are left out, and told.
pub(crate) async fn tree(from: Incoming, to: &Path, progress: OnBytes<'_>) -> Result<Vec<PathBuf>> {
    let (sender, mut counts) = tokio::sync::mpsc::unbounded_channel();
    let from = from.map_err(|error| io::Error::other(error.to_string())).boxed();
    let counted = from.inspect_ok(move |bytes| {
        // Whoever counts may have gone: the count is for people.
        let _ = sender.send(bytes.len() as u64);
    });
    let reader = SyncIoBridge::new(StreamReader::new(counted));
    let to = to.to_owned();
    let work = tokio::task::spawn_blocking(move || unpack(tar::Archive::new(reader), &to));
    while let Some(count) = counts.recv().await {
        progress(count);
    }
    work.await.map_err(|error| Error::bug(error.to_string()))?
}

fn unpack(mut archive: tar::Archive<impl io::Read>, to: &Path) -> Result<Vec<PathBuf>> {
    archive.set_preserve_permissions(true);
    archive.set_preserve_mtime(true);
    archive.set_overwrite(true);
    let mut left_out = Vec::new();
    // A directory that may not be written to would keep out what belongs in it: permissions come last.
    let mut directories = Vec::new();
    for entry in archive.entries().context(|| "the archive from the container")? {
        let mut entry = entry.context(|| "the archive from the container")?;
        let name = entry.path().context(|| "the archive from the container")?.into_owned();
        match entry.header().entry_type() {
            EntryType::Directory => {
                let mode = entry.header().mode().unwrap_or(0o755);
                let Some(path) = inside(to, &name) else {
                    left_out.push(name);
                    continue;
                };
                std::fs::create_dir_all(&path).context(|| path.display())?;
                directories.push((path, mode));
            }
            EntryType::Regular | EntryType::Continuous | EntryType::Symlink | EntryType::Link => {
                // Refuses names and links that lead out by itself.
                if !entry.unpack_in(to).context(|| format!("{}", name.display()))? {
                    left_out.push(name);
                }
            }
            // Devices and pipes are no files.
            _ => left_out.push(name),
        }
    }
    for (path, mode) in directories.into_iter().rev() {
        set_mode(&path, mode);
    }
    Ok(left_out)
}

/// The path below a directory, if the name stays in it.
fn inside(dir: &Path, name: &Path) -> Option<PathBuf> {
    let mut path = dir.to_owned();
    for part in name.components() {
        match part {
            Component::Normal(part) => path.push(part),
            Component::CurDir | Component::RootDir => {}
            Component::ParentDir | Component::Prefix(_) => return None,
        }
        // A link that the archive itself has made may lead anywhere.
        if path != dir && path.symlink_metadata().is_ok_and(|meta| meta.is_symlink()) {
            return None;
        }
    }
    Some(path)
}
