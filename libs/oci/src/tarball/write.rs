//! Writes archives that everybody can read: POSIX headers, with an extended one before an entry only where something does not fit. The
//! same entries give the same bytes.

use std::io::{Read, Write};

use super::{BLOCK, Entry, Kind, numbers};
use crate::{Error, Result};

const BUFFER: usize = 256 << 10;

/// Writes an archive.
pub struct TarWriter<W> {
    inner: W,
    buffer: Vec<u8>,
    written: u64,
}

impl<W: Write> TarWriter<W> {
    /// Starts an archive.
    pub fn new(inner: W) -> Self {
        Self { inner, buffer: Vec::new(), written: 0 }
    }

    /// Writes an entry, and as many bytes of content as it says.
    ///
    /// # Errors
    /// There are fewer, or nothing can be written.
    pub fn append(&mut self, entry: &Entry, content: &mut dyn Read) -> Result<()> {
        self.header(entry)?;
        if entry.kind != Kind::File {
            return Ok(());
        }
        self.buffer.resize(BUFFER, 0);
        let mut left = entry.size;
        while left > 0 {
            let want = BUFFER.min(usize::try_from(left).unwrap_or(BUFFER));
            let buffer = self.buffer.get_mut(..want).unwrap_or_default();
            let count = content.read(buffer).map_err(Error::stream(&entry.name()))?;
            if count == 0 {
                let (expected, found) = (entry.size, entry.size - left);
                return Err(Error::Length { what: entry.name(), expected, found });
            }
            let data = buffer.get(..count).unwrap_or_default();
            self.inner.write_all(data).map_err(Error::stream(ARCHIVE))?;
            self.written += count as u64;
            left -= count as u64;
        }
        self.pad()
    }

    /// How many bytes were written.
    pub fn written(&self) -> u64 {
        self.written
    }

    /// Ends the archive, and gives back what it was written to.
    ///
    /// # Errors
    /// Nothing can be written.
    pub fn finish(mut self) -> Result<W> {
        self.put(&[0; BLOCK * 2])?;
        Ok(self.inner)
    }

    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.written += bytes.len() as u64;
        self.inner.write_all(bytes).map_err(Error::stream(ARCHIVE))
    }

    fn pad(&mut self) -> Result<()> {
        let over = usize::try_from(self.written % BLOCK as u64).unwrap_or(0);
        if over > 0 {
            self.put([0; BLOCK].get(over..).unwrap_or_default())?;
        }
        Ok(())
    }

    fn header(&mut self, entry: &Entry) -> Result<()> {
        let mut path = entry.path.clone();
        if entry.kind == Kind::Directory && !path.ends_with(b"/") {
            path.push(b'/');
        }
        let mut records = Vec::new();
        let size = if entry.kind == Kind::File { entry.size } else { 0 };
        let mut block = [0; BLOCK];
        let (flag, link, device): (u8, &[u8], _) = match &entry.kind {
            Kind::File => (b'0', b"", None),
            Kind::Hardlink(target) => (b'1', target, None),
            Kind::Symlink(target) => (b'2', target, None),
            Kind::Character { major, minor } => (b'3', b"", Some((*major, *minor))),
            Kind::Block { major, minor } => (b'4', b"", Some((*major, *minor))),
            Kind::Directory => (b'5', b"", None),
            Kind::Fifo => (b'6', b"", None),
        };
        if !name(&mut block, &path) {
            record(&mut records, b"path", &path);
        }
        if !short(&mut block, 157, 100, link) {
            record(&mut records, b"linkpath", link);
        }
        let mut number = |at: usize, length: usize, key: &[u8], value: i64| {
            let field = block.get_mut(at..at + length).unwrap_or_default();
            let fits = u64::try_from(value).ok().and_then(|value| numbers::write(field, value)).is_some();
            if !fits {
                // What does not fit is zero here, and told before.
                let _ = numbers::write(field, 0);
                record(&mut records, key, value.to_string().as_bytes());
            }
        };
        number(108, 8, b"uid", i64::from(entry.uid));
        number(116, 8, b"gid", i64::from(entry.gid));
        number(124, 12, b"size", i64::try_from(size).unwrap_or(i64::MAX));
        number(136, 12, b"mtime", entry.mtime);
        let mut field = |at: usize, length: usize, value: u32| {
            numbers::write(block.get_mut(at..at + length).unwrap_or_default(), u64::from(value))
        };
        let _ = field(100, 8, entry.mode & 0o7777);
        if let Some((major, minor)) = device {
            let fits = field(329, 8, major).and(field(337, 8, minor));
            fits.ok_or_else(|| Error::Entry {
                entry: entry.name(),
                why: format!("no archive can hold the device {major}:{minor}"),
            })?;
        }
        for (key, value) in &entry.xattrs {
            if key.contains(&b'=') {
                let why = "no archive can hold an attribute with an equals sign in its name".to_owned();
                return Err(Error::Entry { entry: entry.name(), why });
            }
            record(&mut records, &[b"SCHILY.xattr.", key.as_slice()].concat(), value);
        }
        if !records.is_empty() {
            let mut extension = [0; BLOCK];
            let _ = short(&mut extension, 0, 100, b"PaxHeaders.0/entry");
            for (at, length, value) in
                [(100, 8, 0o644), (108, 8, 0), (116, 8, 0), (124, 12, records.len() as u64), (136, 12, 0)]
            {
                let _ = numbers::write(extension.get_mut(at..at + length).unwrap_or_default(), value);
            }
            self.put(&seal(extension, b'x'))?;
            self.put(&records)?;
            self.pad()?;
        }
        self.put(&seal(block, flag))
    }
}

const ARCHIVE: &str = "the archive";

/// Puts a name into its two fields. Nothing when it does not fit, or has characters for which headers have no code.
fn name(block: &mut [u8; BLOCK], path: &[u8]) -> bool {
    if short(block, 0, 100, path) {
        return true;
    }
    // The directory may stand in a field of its own, split at a slash.
    let split = path.iter().enumerate().filter(|(at, byte)| {
        **byte == b'/' && (1..=155).contains(at) && (1..=100).contains(&(path.len() - at - 1))
    });
    match split.map(|(at, _)| at).next_back() {
        Some(at) => {
            let (prefix, rest) = path.split_at(at);
            short(block, 345, 155, prefix) && short(block, 0, 100, rest.get(1..).unwrap_or_default())
        }
        None => false,
    }
}

fn short(block: &mut [u8; BLOCK], at: usize, length: usize, text: &[u8]) -> bool {
    if text.len() > length || !text.is_ascii() {
        return false;
    }
    if let Some(field) = block.get_mut(at..at + text.len()) {
        field.copy_from_slice(text);
    }
    true
}

/// A record in the form `LENGTH KEY=VALUE\n`, where the length counts itself.
fn record(records: &mut Vec<u8>, key: &[u8], value: &[u8]) {
    let bare = key.len() + value.len() + 3;
    let mut length = bare + 1;
    while length != bare + length.to_string().len() {
        length = bare + length.to_string().len();
    }
    records.extend_from_slice(format!("{length} ").as_bytes());
    records.extend_from_slice(key);
    records.push(b'=');
    records.extend_from_slice(value);
    records.push(b'\n');
}

fn seal(mut block: [u8; BLOCK], flag: u8) -> [u8; BLOCK] {
    let mut put = |at: usize, text: &[u8]| {
        if let Some(field) = block.get_mut(at..at + text.len()) {
            field.copy_from_slice(text);
        }
    };
    put(156, &[flag]);
    put(257, b"ustar\x0000");
    put(148, b"        ");
    let sum: u64 = block.iter().copied().map(u64::from).sum();
    let text = format!("{sum:06o}\0 ");
    if let Some(field) = block.get_mut(148..156) {
        field.copy_from_slice(text.as_bytes());
    }
    block
}
