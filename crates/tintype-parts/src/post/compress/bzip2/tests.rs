use std::io::{Read, Write};

use super::Bzip2;

/// Packs, unpacks with a reader that was not made here, and compares. One stream: a simple reader stops after the first.
#[track_caller]
fn check(level: u32, content: &[u8]) -> usize {
    let mut packed = Bzip2::new(Vec::new(), level, 2).unwrap();
    packed.write_all(content).unwrap();
    let packed = packed.finish().unwrap();
    let mut reader = bzip2::bufread::BzDecoder::new(packed.as_slice());
    let mut out = Vec::new();
    reader.read_to_end(&mut out).unwrap();
    assert!(reader.into_inner().is_empty());
    assert!(out == content, "level {level}, {} bytes", content.len());
    packed.len()
}

fn noise(seed: u64, len: usize) -> Vec<u8> {
    let mut state = seed | 1 << 40;
    std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as u8
    })
    .take(len)
    .collect()
}

#[test]
fn small_texts() {
    for text in
        ["", "a", "ab", "ba", "aa", "aaa", "aaaa", "aaaaa", "abab", "banana", "bananabanana", "\0", "\0\u{1}"]
    {
        check(9, text.as_bytes());
    }
    for seed in 0..120 {
        // Few bytes, few values: many rotations are the same.
        let letters = 1 + seed % 5;
        let text: Vec<u8> = noise(seed, 1 + seed as usize / 3)
            .iter()
            .map(|byte| (byte % letters as u8).wrapping_mul(85))
            .collect();
        check(1, &text);
        check(1, &text.repeat(7));
    }
}

#[test]
fn runs_of_every_length() {
    for len in (0..12).chain(250..270).chain(515..525).chain([99_981, 400_000]) {
        check(1, &vec![b'x'; len]);
        check(1, &[vec![0; len], vec![255; len], b"end".to_vec()].concat());
    }
    // Each four bytes become five: more than a block holds.
    let fours: Vec<u8> = (0..60_000u32).flat_map(|number| [(number % 251) as u8; 4]).collect();
    check(1, &fours);
    check(2, &fours);
}

#[test]
fn all_bytes_and_noise() {
    let all: Vec<u8> = (0..=255).collect();
    check(9, &all);
    check(9, &all.repeat(500));
    for len in [99_980, 99_981, 99_982, 250_000] {
        check(1, &noise(len as u64, len));
    }
    // What cannot be packed hardly grows.
    assert!(check(9, &noise(3, 1_000_000)) < 1_010_000);
}

#[test]
fn codes_are_limited() {
    // Each byte twice as often as the one before: the best codes would be longer than allowed.
    let mut text = Vec::new();
    for power in 0..20u32 {
        text.extend(std::iter::repeat_n(power as u8 + 1, 1 << power));
    }
    // Shuffled, or all would be runs.
    let places = noise(9, text.len() * 4);
    for (index, place) in places.as_chunks::<4>().0.iter().enumerate() {
        let other = u32::from_le_bytes(*place) as usize % text.len();
        text.swap(index, other);
    }
    check(9, &text[..400_000]);
    check(9, &text);
}

#[test]
fn text_packs_as_well_as_by_others() {
    let text: Vec<u8> = (0..20_000u32)
        .flat_map(|number| format!("line {} of {}\n", number, number * 7919 % 1000).into_bytes())
        .collect();
    let mut other = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::best());
    other.write_all(&text).unwrap();
    let other = other.finish().unwrap().len();
    let ours = check(9, &text);
    assert!(ours * 100 <= other * 101, "{ours} {other}");
}
