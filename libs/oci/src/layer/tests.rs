#[cfg(target_os = "linux")]
mod forms;
#[cfg(target_os = "linux")]
mod hostile;
#[cfg(target_os = "linux")]
mod model;
#[cfg(target_os = "linux")]
mod properties;

use std::io::{Read, Write};

use super::compress::Compressor;
use super::gzip::ParallelGzip;
use super::{Compression, LayerReader, Limits};
use crate::{Algorithm, Descriptor, Digest};

const KINDS: [Compression; 5] = [
    Compression::None,
    Compression::GZIP,
    Compression::Gzip { level: 1 },
    Compression::ZSTD,
    Compression::Zstd { level: 1 },
];

/// Text that compresses a little.
fn text(length: usize) -> Vec<u8> {
    (0_u64..)
        .flat_map(|number| format!("{} ", number.wrapping_mul(number) % 9973).into_bytes())
        .take(length)
        .collect()
}

#[test]
fn compressing_and_back() {
    for compression in KINDS {
        for length in [0, 1, 1000, 1 << 20, (1 << 20) + 1, 5_000_000] {
            let plain = text(length);
            let mut compressor = Compressor::new(Vec::new(), compression).expect("a compressor");
            // In odd pieces, as archives come.
            for piece in plain.chunks(77_777) {
                compressor.write_all(piece).expect("room");
            }
            let done = compressor.finish().expect("an end");
            assert_eq!((done.diff_id.clone(), done.plain_size), (Digest::of(&plain), length as u64));
            assert_eq!((done.digest.clone(), done.size), (Digest::of(&done.inner), done.inner.len() as u64));
            let mut reader = LayerReader::new(done.inner.as_slice(), Algorithm::Sha256, Limits::default())
                .expect("a reader");
            let mut back = Vec::new();
            reader.read_to_end(&mut back).expect("it reads");
            assert!(back == plain, "{compression:?} {length}");
            let blob = Descriptor::of(compression.media_type(), &done.inner);
            reader.finish(&blob, Some(&done.diff_id)).expect("both digests");
        }
    }
}

/// However many processors there are.
#[test]
fn the_same_bytes_with_any_number_of_threads() {
    let plain = text(7_000_000);
    let made = [1, 2, 7].map(|workers| {
        let mut gzip = ParallelGzip::new(Vec::new(), 6, workers);
        gzip.write_all(&plain).expect("room");
        gzip.finish().expect("an end")
    });
    assert!(made[0] == made[1] && made[1] == made[2]);
    assert!(made[0].len() < plain.len() / 2);
}

#[test]
fn damaged_blobs() {
    let plain = text(300_000);
    for compression in KINDS {
        let mut compressor = Compressor::new(Vec::new(), compression).expect("a compressor");
        compressor.write_all(&plain).expect("room");
        let done = compressor.finish().expect("an end");
        let sound = Descriptor::of(compression.media_type(), &done.inner);
        let read = |bytes: &[u8], diff_id: &Digest| {
            let reader = LayerReader::new(bytes, Algorithm::Sha256, Limits::default())?;
            reader.finish(&sound, Some(diff_id))
        };
        assert_eq!(read(&done.inner, &done.diff_id).expect("sound"), done.diff_id);
        let other = Digest::of(b"other");
        assert!(
            read(&done.inner, &other).expect_err("wrong").to_string().contains("the archive in the layer")
        );
        for (what, bytes) in [
            ("cut off", done.inner[..done.inner.len() / 2].to_vec()),
            ("cut off at the end", done.inner[..done.inner.len() - 1].to_vec()),
            ("empty", Vec::new()),
            ("longer", [done.inner.as_slice(), b"x"].concat()),
            ("changed", {
                let mut bytes = done.inner.clone();
                let middle = bytes.len() / 2;
                bytes[middle] ^= 0x55;
                bytes
            }),
        ] {
            assert!(read(&bytes, &done.diff_id).is_err(), "{compression:?} {what}");
        }
    }
}

#[test]
fn bombs() {
    let limits = Limits { free: 1 << 20, ratio: 100, ..Limits::default() };
    for compression in [Compression::GZIP, Compression::ZSTD] {
        let mut compressor = Compressor::new(Vec::new(), compression).expect("a compressor");
        for _ in 0..64 {
            compressor.write_all(&vec![0; 1 << 20]).expect("room");
        }
        let done = compressor.finish().expect("an end");
        let blob = Descriptor::of(compression.media_type(), &done.inner);
        let reader = LayerReader::new(done.inner.as_slice(), Algorithm::Sha256, limits).expect("a reader");
        let error = reader.finish(&blob, None).expect_err("too much");
        assert!(matches!(error, crate::Error::Bomb { .. }), "{error}");
    }
}
