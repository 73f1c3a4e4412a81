//! Tar archives on their way into a container: headers made here, contents passed on as they are read. Reading archives is in
//! `unpack`.

use std::io;
use std::path::{Path, PathBuf};

use bytes::{Bytes, BytesMut};
use tar::{Builder, EntryType, Header, HeaderMode};
use tintype_sdk::{BoxRead, Context, Error, OnBytes, Result};
use tokio::io::AsyncReadExt;
use tokio::sync::mpsc;

use crate::chunks::{CHUNK, Content, Outgoing, queue};

const BLOCK: u64 = 512;

/// Contents whose length nobody knows are kept in memory up to this size, then in a file.
const IN_MEMORY: usize = 8 << 20;

/// Who owns what is unpacked.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct Owner {
    /// User.
    pub uid: u64,
    /// Group.
    pub gid: u64,
}

/// A file that is about to be packed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Entry {
    /// Its name in the archive.
    pub name: String,
    /// Its length in bytes.
    pub size: u64,
    /// Its permission bits.
    pub mode: u32,
    /// Its last change, in seconds since 1970.
    pub mtime: u64,
    /// Who owns it.
    pub owner: Owner,
}

/// The header of an entry, with the further ones that long names need.
pub(crate) fn header_bytes(mut header: Header, name: &Path, link: Option<&Path>) -> io::Result<Vec<u8>> {
    // Given no content the builder writes nothing but headers, whatever the size in them.
    let mut builder = Builder::new(Vec::new());
    match link {
        Some(target) => builder.append_link(&mut header, name, target)?,
        None => builder.append_data(&mut header, name, io::empty())?,
    }
    Ok(std::mem::take(builder.get_mut()))
}

fn padding(size: u64) -> Bytes {
    static ZEROS: [u8; BLOCK as usize] = [0; BLOCK as usize];
    let missing = (BLOCK - size % BLOCK) % BLOCK;
    Bytes::from_static(&ZEROS[..missing as usize])
}

/// What ends an archive.
fn end() -> Bytes {
    static ZEROS: [u8; 2 * BLOCK as usize] = [0; 2 * BLOCK as usize];
    Bytes::from_static(&ZEROS)
}

/// Packs one file and hands the archive to `unpack` while it is read. `progress` is told the file's bytes.
pub(crate) async fn pack_file<F, T>(
    entry: Entry,
    mut from: Content,
    progress: OnBytes<'_>,
    unpack: impl FnOnce(Outgoing) -> F,
) -> Result<T>
where
    F: Future<Output = Result<T>>,
{
    let (sender, outgoing) = queue();
    let feed = async move {
        let mut header = Header::new_gnu();
        header.set_entry_type(EntryType::Regular);
        header.set_size(entry.size);
        header.set_mode(entry.mode & 0o7777);
        header.set_mtime(entry.mtime);
        header.set_uid(entry.owner.uid);
        header.set_gid(entry.owner.gid);
        let head = header_bytes(header, Path::new(&entry.name), None)?;
        // The receiver is gone when the Engine has said no: its answer tells why.
        if sender.send(Ok(head.into())).await.is_err() {
            return Ok(());
        }
        let mut left = entry.size;
        while left > 0 {
            let part = match from.next().await {
                Ok(part) if part.is_empty() || part.len() as u64 > left => Err(changed(&entry.name)),
                Ok(part) => Ok(part),
                Err(error) => Err(Error::from(error).context(&entry.name)),
            };
            let part = match part {
                Ok(part) => part,
                Err(error) => {
                    // Breaks the archive off, so that half a file is not taken for a whole one.
                    let _ = sender.send(Err(io::Error::other(error.to_string()))).await;
                    return Err(error);
                }
            };
            left -= part.len() as u64;
            progress(part.len() as u64);
            if sender.send(Ok(part)).await.is_err() {
                return Ok(());
            }
        }
        let _ = sender.send(Ok(padding(entry.size))).await;
        let _ = sender.send(Ok(end())).await;
        Ok(())
    };
    let (fed, unpacked) = futures::future::join(feed, unpack(outgoing)).await;
    fed.and(unpacked)
}

fn changed(name: &str) -> Error {
    Error::environment(format!("{name}: its length changed while it was read"))
}

/// Finds out the length of contents by reading them.
pub(crate) async fn measure(mut from: BoxRead, tmp: &Path) -> Result<(Content, u64)> {
    let mut head = Vec::new();
    let mut limited = (&mut from).take(IN_MEMORY as u64);
    limited.read_to_end(&mut head).await?;
    if head.len() < IN_MEMORY {
        let size = head.len() as u64;
        return Ok((Content::read(Box::new(io::Cursor::new(head))), size));
    }
    let file = tempfile::tempfile_in(tmp).context(|| format!("a temporary file in {}", tmp.display()))?;
    let (file, size) = Content::read(Box::new(io::Cursor::new(head).chain(from))).keep(file).await?;
    Ok((Content::file(file), size))
}

/// What is packed of a directory.
pub(crate) struct Directory {
    /// Where it is.
    pub path: PathBuf,
    /// Its name in the archive; nothing when only what is in it is packed, at the top.
    pub name: Option<PathBuf>,
    /// Who owns everything; the owners on this host when absent.
    pub owner: Option<Owner>,
    /// The paths in it, relative, in the order in which they are packed: directories before what is in them.
    pub files: Vec<PathBuf>,
    /// Files that are in the archive only: names and contents.
    pub extra: Vec<(String, Vec<u8>)>,
}

impl Directory {
    /// All of a directory.
    pub async fn all_of(path: &Path, name: Option<PathBuf>, owner: Option<Owner>) -> Result<Self> {
        Self::part_of(path, name, owner, |_| Take::All).await
    }

    /// The paths of a directory that `choose` takes. It is asked about a directory before what is in it.
    pub async fn part_of(
        path: &Path,
        name: Option<PathBuf>,
        owner: Option<Owner>,
        choose: impl Fn(&Path) -> Take + Send + 'static,
    ) -> Result<Self> {
        let root = path.to_owned();
        let walk = tokio::task::spawn_blocking(move || walk(&root, choose));
        let files = walk.await.map_err(|error| Error::bug(error.to_string()))??;
        Ok(Self { path: path.to_owned(), name, owner, files, extra: Vec::new() })
    }
}

/// What is taken of a path.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Take {
    /// It, and one asks further about what is in it.
    All,
    /// Not it, but perhaps something in it.
    Inside,
    /// Nothing.
    Nothing,
}

fn walk(root: &Path, choose: impl Fn(&Path) -> Take) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    // A list in place of recursion: directories may be nested deeper than a stack.
    let mut waiting = vec![PathBuf::new()];
    while let Some(dir) = waiting.pop() {
        let full = root.join(&dir);
        let mut entries: Vec<_> = std::fs::read_dir(&full)
            .and_then(Iterator::collect::<io::Result<Vec<_>>>)
            .context(|| full.display().to_string())?;
        entries.sort_by_key(std::fs::DirEntry::file_name);
        for entry in entries {
            let path = dir.join(entry.file_name());
            let take = choose(&path);
            if take != Take::Nothing
                && entry.file_type().context(|| entry.path().display().to_string())?.is_dir()
            {
                waiting.push(path.clone());
            }
            if take == Take::All {
                files.push(path);
            }
        }
    }
    Ok(files)
}

/// A piece of an archive, and how many bytes of contents are in it.
type Piece = (Bytes, u64);

/// Packs a directory and hands the archive to `unpack` while it is read. `progress` is told the files' bytes.
pub(crate) async fn pack_directory<F, T>(
    directory: Directory,
    progress: OnBytes<'_>,
    unpack: impl FnOnce(Outgoing) -> F,
) -> Result<T>
where
    F: Future<Output = Result<T>>,
{
    let (pieces, mut packed) = mpsc::channel::<Piece>(2);
    let packing = tokio::task::spawn_blocking(move || pack(&directory, &pieces));
    let (sender, outgoing) = queue();
    let feed = async move {
        while let Some((bytes, content)) = packed.recv().await {
            progress(content);
            if sender.send(Ok(bytes)).await.is_err() {
                return Ok(());
            }
        }
        let result = packing.await.map_err(|error| Error::bug(error.to_string()))?;
        if let Err(error) = &result {
            let _ = sender.send(Err(io::Error::other(error.to_string()))).await;
        }
        result
    };
    let (fed, unpacked) = futures::future::join(feed, unpack(outgoing)).await;
    fed.and(unpacked)
}

/// Packs into chunks. Stops quietly when nobody takes them any more.
fn pack(directory: &Directory, pieces: &mpsc::Sender<Piece>) -> Result<()> {
    let mut packer = Packer { pieces, waiting: BytesMut::new(), content: 0 };
    if let Some(name) = &directory.name
        && !packer.entry(&directory.path, name, directory.owner)?
    {
        return Ok(());
    }
    for file in &directory.files {
        let name = directory.name.as_deref().unwrap_or(Path::new("")).join(file);
        if !packer.entry(&directory.path.join(file), &name, directory.owner)? {
            return Ok(());
        }
    }
    for (name, content) in &directory.extra {
        let mut header = Header::new_gnu();
        header.set_entry_type(EntryType::Regular);
        header.set_size(content.len() as u64);
        header.set_mode(0o600);
        let head = header_bytes(header, Path::new(name), None).context(|| name.clone())?;
        let size = content.len() as u64;
        if !(packer.put(&head, 0) && packer.put(content, size) && packer.put(&padding(size), 0)) {
            return Ok(());
        }
    }
    packer.put(&end(), 0);
    packer.flush();
    Ok(())
}

/// Gathers small pieces into chunks: thousands of small files are sent in few.
struct Packer<'a> {
    pieces: &'a mpsc::Sender<Piece>,
    waiting: BytesMut,
    content: u64,
}

impl Packer<'_> {
    /// Whether anybody still takes chunks.
    fn flush(&mut self) -> bool {
        let content = std::mem::take(&mut self.content);
        self.waiting.is_empty() || self.pieces.blocking_send((self.waiting.split().freeze(), content)).is_ok()
    }

    fn put(&mut self, bytes: &[u8], content: u64) -> bool {
        self.waiting.extend_from_slice(bytes);
        self.content += content;
        self.waiting.len() < CHUNK || self.flush()
    }

    fn entry(&mut self, path: &Path, name: &Path, owner: Option<Owner>) -> Result<bool> {
        let meta = path.symlink_metadata().context(|| path.display().to_string())?;
        let mut header = Header::new_gnu();
        header.set_metadata_in_mode(&meta, HeaderMode::Complete);
        // The type of the file, which some systems keep in the same number, has a field of its own.
        let mode = header.mode().context(|| path.display().to_string())?;
        header.set_mode(mode & 0o7777);
        if let Some(owner) = owner {
            header.set_uid(owner.uid);
            header.set_gid(owner.gid);
        }
        if meta.is_symlink() {
            let target = std::fs::read_link(path).context(|| path.display().to_string())?;
            header.set_size(0);
            let head = header_bytes(header, name, Some(&target)).context(|| path.display().to_string())?;
            return Ok(self.put(&head, 0));
        }
        if meta.is_dir() {
            header.set_size(0);
            let head = header_bytes(header, name, None).context(|| path.display().to_string())?;
            return Ok(self.put(&head, 0));
        }
        if !meta.is_file() {
            // Sockets belong to a living process: no archive can hold one.
            return Ok(true);
        }
        let head = header_bytes(header, name, None).context(|| path.display().to_string())?;
        Ok(self.put(&head, 0) && self.content_of(path, meta.len())?)
    }

    fn content_of(&mut self, path: &Path, size: u64) -> Result<bool> {
        use std::io::Read;
        let mut file = std::fs::File::open(path).context(|| path.display().to_string())?;
        let mut left = size;
        while left > 0 {
            let room = CHUNK.saturating_sub(self.waiting.len()).max(1);
            let want = room.min(usize::try_from(left).unwrap_or(room));
            let start = self.waiting.len();
            self.waiting.resize(start + want, 0);
            let Some(part) = self.waiting.get_mut(start..) else { break };
            let count = file.read(part).context(|| path.display().to_string())?;
            self.waiting.truncate(start + count);
            if count == 0 {
                return Err(changed(&path.display().to_string()));
            }
            left -= count as u64;
            self.content += count as u64;
            if self.waiting.len() >= CHUNK && !self.flush() {
                return Ok(false);
            }
        }
        Ok(self.put(&padding(size), 0))
    }
}
