//! Reads archives as they come, entry by entry: what POSIX, GNU tar and Go write. Whatever stands in them is believed only as far as it
//! hurts nobody.

use std::io::{self, Read};
use std::mem;

use super::sparse::{Lines, Map};
use super::{BLOCK, Entry, Kind, numbers};
use crate::{Error, Result};

/// Longer names, attributes and lists are not believed.
const LONGEST_EXTENSION: u64 = 1 << 20;

/// More lists behind each other than this stand before no entry.
const MOST_EXTENSIONS: u32 = 16;

/// Reads the entries of an archive.
///
/// ```
/// # fn main() -> oci::Result<()> {
/// use oci::tarball::{Entry, Kind, TarReader, TarWriter};
/// let mut writer = TarWriter::new(Vec::new());
/// writer.append(&Entry { size: 2, ..Entry::new("a", Kind::File, 0o600) }, &mut &b"hi"[..])?;
/// let archive = writer.finish()?;
/// let mut reader = TarReader::new(archive.as_slice(), "the archive");
/// let entry = reader.next_entry()?.expect("an entry");
/// assert_eq!((entry.name(), reader.content(10)?), ("a".to_owned(), b"hi".to_vec()));
/// assert!(reader.next_entry()?.is_none());
/// # Ok(()) }
/// ```
pub struct TarReader<R> {
    inner: R,
    what: String,
    /// What is stored of the current entry's content, and was not read yet.
    stored: u64,
    /// What fills its last block.
    padding: u64,
    /// The pieces and holes that are still to come, if the file has holes.
    pieces: Option<std::vec::IntoIter<(u64, u64)>>,
    /// Where we are in a file with holes, how much of the current piece is left, and where the file ends.
    at: u64,
    piece: u64,
    end: u64,
    ended: bool,
}

/// A part of an entry's content.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Chunk {
    /// So many bytes were put into the buffer.
    Data(usize),
    /// So many zeros, which stand nowhere.
    Hole(u64),
    /// There is nothing more.
    End,
}

/// What stood before an entry, for it.
#[derive(Default)]
struct Extensions {
    path: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
    size: Option<u64>,
    uid: Option<u32>,
    gid: Option<u32>,
    mtime: Option<i64>,
    xattrs: std::collections::BTreeMap<Vec<u8>, Vec<u8>>,
    sparse: Option<Map>,
    /// The list of holes stands before the content.
    sparse_lines: bool,
    sparse_name: Option<Vec<u8>>,
}

impl<R: Read> TarReader<R> {
    /// Reads an archive; `what` names it in messages.
    pub fn new(inner: R, what: &str) -> Self {
        Self {
            inner,
            what: what.to_owned(),
            stored: 0,
            padding: 0,
            pieces: None,
            at: 0,
            piece: 0,
            end: 0,
            ended: false,
        }
    }

    fn damaged(&self, why: &str) -> Error {
        Error::damaged(self.what.clone(), why)
    }

    /// The next entry. What was not read of the content of the one before is skipped.
    ///
    /// # Errors
    /// The archive is damaged, or ends in the middle.
    pub fn next_entry(&mut self) -> Result<Option<Entry>> {
        if self.ended {
            return Ok(None);
        }
        self.skip(self.stored + self.padding)?;
        (self.stored, self.padding, self.pieces) = (0, 0, None);
        let mut extensions = Extensions::default();
        let mut count = 0;
        loop {
            let Some(header) = self.header()? else {
                self.ended = true;
                return if count == 0 {
                    Ok(None)
                } else {
                    Err(self.damaged("it ends before the entry it describes"))
                };
            };
            let field = |from: usize, length: usize| header.get(from..from + length).unwrap_or_default();
            let kind = field(156, 1).first().copied().unwrap_or(0);
            let size = numbers::read(field(124, 12)).and_then(|size| u64::try_from(size).ok());
            let size = size.ok_or_else(|| self.damaged("an entry has a size that is no number"))?;
            if !matches!(kind, b'x' | b'g' | b'L' | b'K') {
                return self.entry(&header, kind, size, extensions).map(Some);
            }
            count += 1;
            if count > MOST_EXTENSIONS {
                return Err(self.damaged("it describes an entry without end"));
            }
            let text = self.extension(size)?;
            match kind {
                b'x' => self.records(&text, &mut extensions)?,
                b'L' => extensions.path = Some(until_zero(&text).to_vec()),
                b'K' => extensions.link = Some(until_zero(&text).to_vec()),
                // What is said of all entries is said by nobody who makes layers, but for remarks.
                _ => {}
            }
        }
    }

    fn entry(&mut self, header: &[u8; BLOCK], flag: u8, size: u64, mut said: Extensions) -> Result<Entry> {
        let field = |from: usize, length: usize| header.get(from..from + length).unwrap_or_default();
        let number = |from, length| numbers::read(field(from, length));
        let small = |from, length| number(from, length).and_then(|number| u32::try_from(number).ok());
        let ustar = field(257, 6) == b"ustar\0";
        let short = until_zero(field(0, 100));
        let prefix = if ustar { until_zero(field(345, 155)) } else { b"" };
        let short = if prefix.is_empty() { short.to_vec() } else { [prefix, b"/", short].concat() };
        let path = said.sparse_name.take().or(said.path.take()).unwrap_or(short);
        if path.contains(&0) {
            return Err(self.damaged("an entry has a zero byte in its name"));
        }
        let wrong = |what: &str| {
            self.damaged(&format!("{:?} has {what} that is no number", String::from_utf8_lossy(&path)))
        };
        let uid = said.uid.or_else(|| small(108, 8)).ok_or_else(|| wrong("an owner"))?;
        let gid = said.gid.or_else(|| small(116, 8)).ok_or_else(|| wrong("a group"))?;
        let mode = number(100, 8).ok_or_else(|| wrong("a mode"))?;
        let mtime = said.mtime.or_else(|| number(136, 12)).ok_or_else(|| wrong("a time"))?;
        let size = said.size.unwrap_or(size);
        let link = || said.link.clone().unwrap_or_else(|| until_zero(field(157, 100)).to_vec());
        let device = || {
            let (major, minor) = (small(329, 8), small(337, 8));
            major.zip(minor).ok_or_else(|| wrong("a device"))
        };
        let kind = match flag {
            // A directory, as it was written before there was a letter for it.
            0 | b'0' if path.ends_with(b"/") => Kind::Directory,
            0 | b'0' | b'7' | b'S' => Kind::File,
            b'1' => Kind::Hardlink(link()),
            b'2' => Kind::Symlink(link()),
            b'3' => device().map(|(major, minor)| Kind::Character { major, minor })?,
            b'4' => device().map(|(major, minor)| Kind::Block { major, minor })?,
            b'5' => Kind::Directory,
            b'6' => Kind::Fifo,
            _ => {
                return Err(self.damaged(&format!(
                    "{:?} is of a kind that nobody knows ({:?})",
                    String::from_utf8_lossy(&path),
                    char::from(flag)
                )));
            }
        };
        let target = match &kind {
            Kind::Hardlink(target) | Kind::Symlink(target) => Some(target),
            _ => None,
        };
        if target.is_some_and(|target| target.is_empty() || target.contains(&0)) {
            return Err(self.damaged(&format!("{:?} links to nothing", String::from_utf8_lossy(&path))));
        }
        // Only files have content. What others claim to have is skipped, as everybody does: for links it is the size of what they
        // link to, and nothing is stored.
        let stored = if matches!(flag, b'1' | b'2' | b'3' | b'4' | b'5' | b'6') { 0 } else { size };
        self.stored = stored;
        self.padding = (BLOCK as u64 - stored % BLOCK as u64) % BLOCK as u64;
        let mut map = said.sparse;
        if flag == b'S' {
            map = Some(self.old_map(header)?);
        } else if said.sparse_lines {
            let map = map.get_or_insert_default();
            self.lines(map)?;
        }
        let mut entry = Entry {
            path,
            kind,
            mode: (mode & 0o7777) as u32,
            uid,
            gid,
            mtime,
            size: if stored == 0 { 0 } else { size },
            xattrs: mem::take(&mut said.xattrs),
        };
        if let Some(map) = map {
            map.check(self.stored).map_err(|why| self.damaged(why))?;
            entry.size = map.size;
            (self.at, self.piece, self.end) = (0, 0, map.size);
            self.pieces = Some(map.pieces.into_iter());
        }
        Ok(entry)
    }

    /// The next part of the current entry's content.
    ///
    /// # Errors
    /// The archive ends in the middle.
    pub fn chunk(&mut self, buffer: &mut [u8]) -> Result<Chunk> {
        if let Some(pieces) = &mut self.pieces {
            while self.piece == 0 {
                let (at, length) = match pieces.next() {
                    Some(piece) => piece,
                    None if self.at < self.end => (self.end, 0),
                    None => return Ok(Chunk::End),
                };
                self.piece = length;
                if at > self.at {
                    let hole = at - self.at;
                    self.at = at;
                    return Ok(Chunk::Hole(hole));
                }
            }
        }
        let left = if self.pieces.is_some() { self.piece } else { self.stored };
        if left == 0 {
            return Ok(Chunk::End);
        }
        let want = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let count =
            self.inner.read(buffer.get_mut(..want).unwrap_or_default()).map_err(Error::stream(&self.what))?;
        if count == 0 && want > 0 {
            return Err(self.damaged("it ends in the middle of a file"));
        }
        self.stored -= count as u64;
        if self.pieces.is_some() {
            self.piece -= count as u64;
            self.at += count as u64;
        }
        Ok(Chunk::Data(count))
    }

    /// All of the current entry's content, which must not be larger than `limit`.
    ///
    /// # Errors
    /// It is, or the archive ends in the middle.
    pub fn content(&mut self, limit: u64) -> Result<Vec<u8>> {
        let mut content = Vec::new();
        let mut buffer = vec![0; 16 << 10];
        loop {
            let (data, zeros) = match self.chunk(&mut buffer)? {
                Chunk::Data(count) => (buffer.get(..count).unwrap_or_default(), 0),
                Chunk::Hole(zeros) => (&[][..], zeros),
                Chunk::End => return Ok(content),
            };
            if content.len() as u64 + data.len() as u64 + zeros > limit {
                return Err(Error::TooLarge { what: format!("a file in {}", self.what), limit });
            }
            content.extend_from_slice(data);
            content.resize(content.len() + usize::try_from(zeros).unwrap_or(0), 0);
        }
    }

    /// What the archive is read from.
    pub fn get_ref(&self) -> &R {
        &self.inner
    }

    /// What the archive was read from.
    pub fn into_inner(self) -> R {
        self.inner
    }

    /// The next header. Nothing at the end of the archive.
    fn header(&mut self) -> Result<Option<[u8; BLOCK]>> {
        let mut block = [0; BLOCK];
        if !self.fill(&mut block)? {
            return Ok(None);
        }
        if block.iter().all(|byte| *byte == 0) {
            return Ok(None);
        }
        let field = block.get(148..156).unwrap_or_default();
        let said = numbers::read(field).ok_or_else(|| self.damaged("a header has no checksum"))?;
        // The checksum counts itself as spaces. Some have added up signed bytes.
        let outside =
            || block.iter().enumerate().filter(|(at, _)| !(148..156).contains(at)).map(|(_, byte)| *byte);
        let unsigned: i64 = outside().map(i64::from).sum::<i64>() + 8 * 32;
        let signed: i64 = outside().map(|byte| i64::from(byte.cast_signed())).sum::<i64>() + 8 * 32;
        if said != unsigned && said != signed {
            return Err(self.damaged("a header does not have its checksum, or it is no tar archive"));
        }
        Ok(Some(block))
    }

    /// Fills a block. Nothing when the archive ends before it.
    fn fill(&mut self, block: &mut [u8; BLOCK]) -> Result<bool> {
        let mut have = 0;
        while let Some(rest) = block.get_mut(have..).filter(|rest| !rest.is_empty()) {
            match self.inner.read(rest) {
                Ok(0) if have == 0 => return Ok(false),
                Ok(0) => return Err(self.damaged("it ends in the middle of a block")),
                Ok(count) => have += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Error::stream(&self.what)(error)),
            }
        }
        Ok(true)
    }

    fn extension(&mut self, size: u64) -> Result<Vec<u8>> {
        if size > LONGEST_EXTENSION {
            return Err(self.damaged("an entry has a longer name, or more attributes, than anybody needs"));
        }
        let mut text = vec![0; usize::try_from(size).unwrap_or(0)];
        self.inner.read_exact(&mut text).map_err(|error| self.early(error))?;
        self.skip((BLOCK as u64 - size % BLOCK as u64) % BLOCK as u64)?;
        Ok(text)
    }

    fn early(&self, error: io::Error) -> Error {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => self.damaged("it ends in the middle of an entry"),
            _ => Error::stream(&self.what)(error),
        }
    }

    fn skip(&mut self, mut count: u64) -> Result<()> {
        let mut buffer = [0; 8 << 10];
        while count > 0 {
            let want = buffer.len().min(usize::try_from(count).unwrap_or(usize::MAX));
            let read = self.inner.read(buffer.get_mut(..want).unwrap_or_default());
            match read.map_err(Error::stream(&self.what))? {
                0 => return Err(self.damaged("it ends in the middle of a file")),
                read => count -= read as u64,
            }
        }
        Ok(())
    }

    /// Records in the form `LENGTH KEY=VALUE\n`, where values may hold anything.
    fn records(&self, text: &[u8], said: &mut Extensions) -> Result<()> {
        let mut rest = text;
        while !rest.is_empty() {
            let wrong = || self.damaged("the description of an entry makes no sense");
            let space = rest.iter().take(10).position(|byte| *byte == b' ').ok_or_else(wrong)?;
            let (digits, _) = rest.split_at(space);
            let length: usize =
                std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok()).ok_or_else(wrong)?;
            let record = rest
                .get(space + 1..length)
                .and_then(|record| record.strip_suffix(b"\n"))
                .ok_or_else(wrong)?;
            let equals = record.iter().position(|byte| *byte == b'=').ok_or_else(wrong)?;
            let (key, value) = record.split_at(equals);
            self.record(key, value.get(1..).unwrap_or_default(), said)?;
            rest = rest.get(length..).unwrap_or_default();
        }
        Ok(())
    }

    fn record(&self, key: &[u8], value: &[u8], said: &mut Extensions) -> Result<()> {
        let text = || std::str::from_utf8(value).unwrap_or_default();
        let wrong = |_| self.damaged("the description of an entry holds a number that is none");
        let empty = value.is_empty();
        match key {
            // An empty value takes back what was said.
            b"path" => said.path = (!empty).then(|| value.to_vec()),
            b"linkpath" => said.link = (!empty).then(|| value.to_vec()),
            b"size" if !empty => said.size = Some(text().parse().map_err(wrong)?),
            b"uid" if !empty => said.uid = Some(text().parse().map_err(wrong)?),
            b"gid" if !empty => said.gid = Some(text().parse().map_err(wrong)?),
            b"mtime" if !empty => {
                // Seconds count; below zero, what stands behind the point leads further down.
                let (whole, part) = text().split_once('.').unwrap_or((text(), ""));
                let seconds: i64 = whole.parse().map_err(wrong)?;
                let down = whole.starts_with('-') && part.bytes().any(|digit| digit != b'0');
                said.mtime = Some(if down { seconds.saturating_sub(1) } else { seconds });
            }
            b"GNU.sparse.major" => said.sparse_lines = value == b"1",
            b"GNU.sparse.name" => said.sparse_name = Some(value.to_vec()),
            b"GNU.sparse.size" | b"GNU.sparse.realsize" => {
                said.sparse.get_or_insert_default().size = text().parse().map_err(wrong)?;
            }
            b"GNU.sparse.map" => {
                said.sparse.get_or_insert_default().take_text(value).map_err(|why| self.damaged(why))?;
            }
            b"GNU.sparse.offset" => {
                let at = text().parse().map_err(wrong)?;
                said.sparse.get_or_insert_default().push(at, 0).map_err(|why| self.damaged(why))?;
            }
            b"GNU.sparse.numbytes" => {
                let length = text().parse().map_err(wrong)?;
                if let Some(last) = said.sparse.get_or_insert_default().pieces.last_mut() {
                    last.1 = length;
                }
            }
            _ => {
                if let Some(name) = key.strip_prefix(b"SCHILY.xattr.").filter(|name| !name.is_empty()) {
                    said.xattrs.insert(name.to_vec(), value.to_vec());
                }
            }
        }
        Ok(())
    }

    /// The list of pieces in a header of GNU tar's own, and in the blocks behind it.
    fn old_map(&mut self, header: &[u8; BLOCK]) -> Result<Map> {
        let size =
            numbers::read(header.get(483..495).unwrap_or_default()).and_then(|size| u64::try_from(size).ok());
        let size = size.ok_or_else(|| self.damaged("a file with holes has no size"))?;
        let mut map = Map { pieces: Vec::new(), size };
        map.take(header.get(386..482).unwrap_or_default()).map_err(|why| self.damaged(why))?;
        let mut more = header.get(482).copied().unwrap_or(0) != 0;
        while more {
            let mut block = [0; BLOCK];
            if !self.fill(&mut block)? {
                return Err(self.damaged("it ends in the middle of an entry"));
            }
            map.take(block.get(..504).unwrap_or_default()).map_err(|why| self.damaged(why))?;
            more = block.get(504).copied().unwrap_or(0) != 0;
        }
        Ok(map)
    }

    /// The list of pieces that stands before the content.
    fn lines(&mut self, map: &mut Map) -> Result<()> {
        let mut lines = Lines::default();
        loop {
            let mut block = [0; BLOCK];
            if self.stored < BLOCK as u64 || !self.fill(&mut block)? {
                return Err(self.damaged("the list of holes has no end"));
            }
            self.stored -= BLOCK as u64;
            if lines.take(&block).map_err(|why| self.damaged(why))? {
                return lines.finish(map).map_err(|why| self.damaged(why));
            }
        }
    }
}

fn until_zero(field: &[u8]) -> &[u8] {
    field.split(|byte| *byte == 0).next().unwrap_or_default()
}
