//! MD5, written for speed: every library we know of lets the compiler lengthen the one chain of operations that nothing can be done
//! beside, and is a fifth slower than OpenSSL's assembler; this is a little faster than it. For files only: nothing secret goes in.

use std::hint::black_box;

use super::blocks::Blocks;

const BLOCK: usize = 64;

/// A digest being made.
pub(super) struct Md5 {
    state: [u32; 4],
    bytes: Blocks<BLOCK>,
}

impl Md5 {
    pub fn new() -> Self {
        Self { state: [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476], bytes: Blocks::new() }
    }

    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.bytes.update(bytes, |whole| blocks(&mut self.state, whole));
    }

    /// The digest.
    pub fn finish(mut self) -> [u8; 16] {
        self.bytes.finish(|bits| (bits as u64).to_le_bytes(), |last| blocks(&mut self.state, last));
        let mut digest = [0; 16];
        for (to, word) in digest.as_chunks_mut().0.iter_mut().zip(self.state) {
            *to = word.to_le_bytes();
        }
        digest
    }
}

/// How far each step of the four rounds rotates.
const TURNS: [[u32; 4]; 4] = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];

/// 2^32 times the sines of 1 to 64, without sign.
const SINES: [u32; 64] = [
    0xd76a_a478,
    0xe8c7_b756,
    0x2420_70db,
    0xc1bd_ceee,
    0xf57c_0faf,
    0x4787_c62a,
    0xa830_4613,
    0xfd46_9501,
    0x6980_98d8,
    0x8b44_f7af,
    0xffff_5bb1,
    0x895c_d7be,
    0x6b90_1122,
    0xfd98_7193,
    0xa679_438e,
    0x49b4_0821,
    0xf61e_2562,
    0xc040_b340,
    0x265e_5a51,
    0xe9b6_c7aa,
    0xd62f_105d,
    0x0244_1453,
    0xd8a1_e681,
    0xe7d3_fbc8,
    0x21e1_cde6,
    0xc337_07d6,
    0xf4d5_0d87,
    0x455a_14ed,
    0xa9e3_e905,
    0xfcef_a3f8,
    0x676f_02d9,
    0x8d2a_4c8a,
    0xfffa_3942,
    0x8771_f681,
    0x6d9d_6122,
    0xfde5_380c,
    0xa4be_ea44,
    0x4bde_cfa9,
    0xf6bb_4b60,
    0xbebf_bc70,
    0x289b_7ec6,
    0xeaa1_27fa,
    0xd4ef_3085,
    0x0488_1d05,
    0xd9d4_d039,
    0xe6db_99e5,
    0x1fa2_7cf8,
    0xc4ac_5665,
    0xf429_2244,
    0x432a_ff97,
    0xab94_23a7,
    0xfc93_a039,
    0x655b_59c3,
    0x8f0c_cc92,
    0xffef_f47d,
    0x8584_5dd1,
    0x6fa8_7e4f,
    0xfe2c_e6e0,
    0xa301_4314,
    0x4e08_11a1,
    0xf753_7e82,
    0xbd3a_f235,
    0x2ad7_d2bb,
    0xeb86_d391,
];

fn blocks(state: &mut [u32; 4], blocks: &[[u8; BLOCK]]) {
    // Each step waits for the one before. Of its additions only the one whose summand comes from there may be late, so what is known
    // early must be added first. The compiler, when it knows the sines, adds them last; and when it knows that no bit of the two
    // halves of the second round's function meets another, it makes one expression of them, which is longer. So both are hidden.
    let sines = black_box(&SINES);
    let ones = black_box(u32::MAX);
    let [mut a, mut b, mut c, mut d] = *state;
    for block in blocks {
        let words: [u32; 16] = std::array::from_fn(|at| u32::from_le_bytes(block.as_chunks().0[at]));
        let before = [a, b, c, d];
        // Four steps of a round, from step `$at` of it on, each with another of the four in front.
        macro_rules! steps {
            ($round:literal, $at:expr, $word:expr, $mix:expr) => {
                steps!(a, b, c, d, $round, $at, 0, $word, $mix);
                steps!(d, a, b, c, $round, $at, 1, $word, $mix);
                steps!(c, d, a, b, $round, $at, 2, $word, $mix);
                steps!(b, c, d, a, $round, $at, 3, $word, $mix);
            };
            ($a:ident, $b:ident, $c:ident, $d:ident, $round:literal, $at:expr, $step:literal, $word:expr, $mix:expr) => {
                let step: usize = $at + $step;
                let early = $a.wrapping_add(sines[$round * 16 + step]).wrapping_add(words[$word(step) % 16]);
                let mixed: u32 = $mix(early, $b, $c, $d);
                $a = mixed.rotate_left(TURNS[$round][$step]).wrapping_add($b);
            };
        }
        macro_rules! round {
            ($round:literal, $word:expr, $mix:expr) => {
                steps!($round, 0, $word, $mix);
                steps!($round, 4, $word, $mix);
                steps!($round, 8, $word, $mix);
                steps!($round, 12, $word, $mix);
            };
        }
        round!(0, |step| step, |sum: u32, b: u32, c: u32, d: u32| sum.wrapping_add(d ^ (b & (c ^ d))));
        round!(1, |step| 5 * step + 1, |sum: u32, b: u32, c: u32, d: u32| sum
            .wrapping_add(c & (d ^ ones))
            .wrapping_add(b & d));
        round!(2, |step| 3 * step + 5, |sum: u32, b: u32, c: u32, d: u32| sum.wrapping_add(c ^ d ^ b));
        round!(3, |step| 7 * step, |sum: u32, b: u32, c: u32, d: u32| sum.wrapping_add(c ^ (b | !d)));
        [a, b, c, d] = [
            a.wrapping_add(before[0]),
            b.wrapping_add(before[1]),
            c.wrapping_add(before[2]),
            d.wrapping_add(before[3]),
        ];
    }
    *state = [a, b, c, d];
}

#[cfg(test)]
mod tests {
    use super::Md5;

    #[track_caller]
    fn check(text: &[u8], pieces: usize) {
        let mut ours = Md5::new();
        for piece in text.chunks(pieces) {
            ours.update(piece);
        }
        assert_eq!(
            ours.finish().as_slice(),
            <::md5::Md5 as ::md5::Digest>::digest(text).as_slice(),
            "{} {pieces}",
            text.len()
        );
    }

    #[test]
    fn as_a_library_has_it() {
        let text: Vec<u8> = (0..3000u32).map(|number| ((number * number) >> 3) as u8).collect();
        for len in (0..200).chain([2999, 3000]) {
            for pieces in [1, 3, 63, 64, 65, 128, 5000] {
                check(&text[..len], pieces);
            }
        }
    }
}
