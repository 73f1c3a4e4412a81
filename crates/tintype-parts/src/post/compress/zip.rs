//! The zip container around deflate streams that are made on all cores, which the `zip` crate cannot take. Written front to back:
//! sums and lengths follow each entry. Entries and files beyond 4 GiB have the longer fields that the format calls zip64.

use std::io::{self, Write};

use flate2::Compression;
use jiff::{Timestamp, tz::TimeZone};

use super::deflate::Deflate;

/// What stands in a 32-bit field whose value is in a longer one.
const ELSEWHERE: u32 = u32::MAX;
/// The lengths follow the content.
const LENGTHS_FOLLOW: u16 = 1 << 3;
/// The name is UTF-8.
const UTF8: u16 = 1 << 11;
/// A file that may grow to this much while it is deflated gets the longer fields.
const LARGE: u64 = 0xf000_0000;

/// What is known of an entry before its content is read.
pub(crate) struct Entry {
    /// Its name, with `/` between directories.
    pub name: String,
    /// Its length, as far as known.
    pub size: u64,
    /// Permission bits.
    pub mode: u32,
    /// Last change, seconds since 1970.
    pub mtime: i64,
}

struct Written {
    entry: Entry,
    crc: u32,
    packed: u64,
    len: u64,
    offset: u64,
}

/// Writes a zip file. `finish` must be called.
pub(crate) struct ZipWriter<W> {
    out: Counted<W>,
    level: Compression,
    threads: usize,
    written: Vec<Written>,
}

impl<W: Write> ZipWriter<W> {
    /// Writes to `out` at this level with so many threads.
    pub fn new(out: W, level: Compression, threads: usize) -> Self {
        Self { out: Counted { out, count: 0 }, level, threads, written: Vec::new() }
    }

    /// Adds an entry whose content `fill` writes.
    pub fn add(
        &mut self,
        entry: Entry,
        fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> io::Result<()> {
        let offset = self.out.count;
        let large = entry.size >= LARGE;
        let mut header = Vec::with_capacity(64 + entry.name.len());
        put32(&mut header, 0x0403_4b50);
        common(&mut header, &entry, large);
        // Sum and lengths are not known yet.
        put32(&mut header, 0);
        put32(&mut header, if large { ELSEWHERE } else { 0 });
        put32(&mut header, if large { ELSEWHERE } else { 0 });
        put16(&mut header, name_len(&entry)?);
        put16(&mut header, if large { 20 } else { 0 });
        header.extend_from_slice(entry.name.as_bytes());
        if large {
            put16(&mut header, 1);
            put16(&mut header, 16);
            header.extend_from_slice(&[0; 16]);
        }
        self.out.write_all(&header)?;

        let begin = self.out.count;
        let mut deflate = Deflate::new(&mut self.out, self.level, self.threads)?;
        fill(&mut deflate)?;
        let (_, sums) = deflate.finish()?;
        let (packed, crc) = (self.out.count - begin, sums.crc.sum());

        let mut after = Vec::with_capacity(24);
        put32(&mut after, 0x0807_4b50);
        put32(&mut after, crc);
        for length in [packed, sums.len] {
            match (large, u32::try_from(length)) {
                (true, _) => put64(&mut after, length),
                (false, Ok(length)) => put32(&mut after, length),
                (false, Err(_)) => {
                    return Err(io::Error::other(format!("{} grew while it was read", entry.name)));
                }
            }
        }
        self.out.write_all(&after)?;
        self.written.push(Written { entry, crc, packed, len: sums.len, offset });
        Ok(())
    }

    /// Writes the directory at the end.
    pub fn finish(mut self) -> io::Result<W> {
        let begin = self.out.count;
        for written in &self.written {
            let mut record = Vec::with_capacity(128);
            directory_record(&mut record, written)?;
            self.out.write_all(&record)?;
        }
        let (end, entries) = (self.out.count, self.written.len() as u64);
        let mut tail = Vec::with_capacity(98);
        if entries > 0xfffe || end >= u64::from(ELSEWHERE) {
            put32(&mut tail, 0x0606_4b50);
            put64(&mut tail, 44);
            put16(&mut tail, MADE_BY);
            put16(&mut tail, 45);
            put32(&mut tail, 0);
            put32(&mut tail, 0);
            put64(&mut tail, entries);
            put64(&mut tail, entries);
            put64(&mut tail, end - begin);
            put64(&mut tail, begin);
            put32(&mut tail, 0x0706_4b50);
            put32(&mut tail, 0);
            put64(&mut tail, end);
            put32(&mut tail, 1);
        }
        put32(&mut tail, 0x0605_4b50);
        put32(&mut tail, 0);
        for _ in 0..2 {
            put16(&mut tail, u16::try_from(entries).unwrap_or(u16::MAX));
        }
        put32(&mut tail, clamped(end - begin));
        put32(&mut tail, clamped(begin));
        put16(&mut tail, 0);
        self.out.write_all(&tail)?;
        Ok(self.out.out)
    }
}

/// By a Unix system, version 4.5 of the format.
const MADE_BY: u16 = 3 << 8 | 45;

/// The fields that an entry's header and its directory record share, from the version to the date.
fn common(to: &mut Vec<u8>, entry: &Entry, large: bool) {
    put16(to, if large { 45 } else { 20 });
    put16(to, LENGTHS_FOLLOW | if entry.name.is_ascii() { 0 } else { UTF8 });
    put16(to, 8);
    let (time, date) = dos_time(entry.mtime);
    put16(to, time);
    put16(to, date);
}

fn directory_record(to: &mut Vec<u8>, written: &Written) -> io::Result<()> {
    let mut longer = Vec::new();
    for value in [written.len, written.packed, written.offset] {
        if value >= u64::from(ELSEWHERE) {
            put64(&mut longer, value);
        }
    }
    put32(to, 0x0201_4b50);
    put16(to, MADE_BY);
    common(to, &written.entry, written.entry.size >= LARGE);
    put32(to, written.crc);
    put32(to, clamped(written.packed));
    put32(to, clamped(written.len));
    put16(to, name_len(&written.entry)?);
    put16(to, if longer.is_empty() { 0 } else { longer.len() as u16 + 4 });
    // No comment, first disk, no internal attributes.
    to.extend_from_slice(&[0; 6]);
    // A plain file with these permissions.
    put32(to, (0o100_000 | written.entry.mode) << 16);
    put32(to, clamped(written.offset));
    to.extend_from_slice(written.entry.name.as_bytes());
    if !longer.is_empty() {
        put16(to, 1);
        put16(to, longer.len() as u16);
        to.extend_from_slice(&longer);
    }
    Ok(())
}

fn name_len(entry: &Entry) -> io::Result<u16> {
    u16::try_from(entry.name.len()).map_err(|_| io::Error::other("a file name is too long for a zip file"))
}

fn clamped(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(ELSEWHERE)
}

/// Time and date as the format has them, in UTC: the same on every host.
fn dos_time(mtime: i64) -> (u16, u16) {
    let first = (0, 1 << 5 | 1);
    let Ok(at) = Timestamp::from_second(mtime) else { return first };
    let at = at.to_zoned(TimeZone::UTC);
    let Ok(year @ 0..=127) = u16::try_from(i32::from(at.year()) - 1980) else { return first };
    let time = ((at.hour() as u16) << 11) | ((at.minute() as u16) << 5) | (at.second() as u16 / 2);
    (time, (year << 9) | ((at.month() as u16) << 5) | at.day() as u16)
}

fn put16(to: &mut Vec<u8>, value: u16) {
    to.extend_from_slice(&value.to_le_bytes());
}

fn put32(to: &mut Vec<u8>, value: u32) {
    to.extend_from_slice(&value.to_le_bytes());
}

fn put64(to: &mut Vec<u8>, value: u64) {
    to.extend_from_slice(&value.to_le_bytes());
}

struct Counted<W> {
    out: W,
    count: u64,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.out.write(bytes)?;
        self.count += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
