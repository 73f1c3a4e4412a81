//! SHA-512 and SHA-384 on two cores. The words that the rounds of a block take depend on its bytes alone: one thread makes them while
//! another goes through the rounds, which is how one file is read as fast as OpenSSL's assembler does it (the library's is a fifth slower).
//! For files only: nothing secret goes in. (FIPS 180-4)

use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::{Builder, JoinHandle};

use super::blocks::Blocks;

const BLOCK: usize = 128;
const ROUNDS: usize = 80;

/// What the rounds of one block take: its words, lengthened, each with the constant of its round.
type Words = [u64; ROUNDS];

/// A digest being made.
pub(super) struct Sha512 {
    bytes: Blocks<BLOCK>,
    rounds: Rounds,
    /// Bytes of the digest.
    size: usize,
}

/// The thread that goes through the rounds.
struct Rounds {
    thread: JoinHandle<[u64; 8]>,
    full: SyncSender<Vec<Words>>,
    /// What the thread is done with, to be filled again.
    empty: Receiver<Vec<Words>>,
}

/// Blocks that are handed over at once: their words stay in the cache of a core.
const BATCH: usize = 256;
/// How many batches the rounds may be behind.
const BEHIND: usize = 3;

impl Sha512 {
    /// SHA-512.
    pub fn new() -> std::io::Result<Self> {
        Self::begin(SHA512, 64)
    }

    /// SHA-384.
    pub fn new_384() -> std::io::Result<Self> {
        Self::begin(SHA384, 48)
    }

    /// # Errors
    /// When the system gives no thread.
    fn begin(state: [u64; 8], size: usize) -> std::io::Result<Self> {
        let (full, batches) = sync_channel(BEHIND);
        let (done, empty) = channel();
        let thread = Builder::new().spawn(move || all_rounds(state, &batches, &done))?;
        Ok(Self { bytes: Blocks::new(), rounds: Rounds { thread, full, empty }, size })
    }

    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.bytes.update(bytes, |blocks| self.rounds.take(blocks));
    }

    /// The digest.
    pub fn finish(self) -> Vec<u8> {
        self.bytes.finish(u128::to_be_bytes, |blocks| self.rounds.take(blocks));
        drop(self.rounds.full);
        let state = self.rounds.thread.join().unwrap_or_else(|panic| resume_unwind(panic));
        let mut digest = state.map(u64::to_be_bytes).concat();
        digest.truncate(self.size);
        digest
    }
}

impl Rounds {
    fn take(&self, blocks: &[[u8; BLOCK]]) {
        for blocks in blocks.chunks(BATCH) {
            let mut words = self.empty.try_recv().unwrap_or_default();
            lengthen(blocks, &mut words);
            // Nobody takes it only if the thread has panicked, which the end passes on.
            let _ = self.full.send(words);
        }
    }
}

/// Blocks whose words are made side by side, which the compiler turns into vectors.
const LANES: usize = 4;

fn lengthen(blocks: &[[u8; BLOCK]], words: &mut Vec<Words>) {
    words.resize(blocks.len(), [0; ROUNDS]);
    let (groups, rest) = blocks.as_chunks::<LANES>();
    let (group_words, rest_words) = words.as_chunks_mut::<LANES>();
    for (blocks, words) in groups.iter().zip(group_words) {
        lengthen_lanes(blocks, words);
    }
    for (block, words) in rest.iter().zip(rest_words) {
        lengthen_lanes(std::array::from_ref(block), std::array::from_mut(words));
    }
}

fn lengthen_lanes<const LANES: usize>(blocks: &[[u8; BLOCK]; LANES], words: &mut [Words; LANES]) {
    let mut lanes = [[0u64; LANES]; ROUNDS];
    for (lane, block) in blocks.iter().enumerate() {
        for (word, bytes) in lanes.iter_mut().zip(block.as_chunks().0) {
            word[lane] = u64::from_be_bytes(*bytes);
        }
    }
    for at in 16..ROUNDS {
        let mut next = [0; LANES];
        for (lane, next) in next.iter_mut().enumerate() {
            let (early, late) = (lanes[at - 15][lane], lanes[at - 2][lane]);
            *next = (early.rotate_right(1) ^ early.rotate_right(8) ^ (early >> 7))
                .wrapping_add(late.rotate_right(19) ^ late.rotate_right(61) ^ (late >> 6))
                .wrapping_add(lanes[at - 7][lane])
                .wrapping_add(lanes[at - 16][lane]);
        }
        lanes[at] = next;
    }
    for (lane, words) in words.iter_mut().enumerate() {
        for ((word, lanes), constant) in words.iter_mut().zip(&lanes).zip(CUBE_ROOTS) {
            *word = lanes[lane].wrapping_add(constant);
        }
    }
}

fn all_rounds(mut state: [u64; 8], full: &Receiver<Vec<Words>>, empty: &Sender<Vec<Words>>) -> [u64; 8] {
    for batch in full {
        for words in &batch {
            rounds(&mut state, words);
        }
        // At the end nobody wants it back.
        let _ = empty.send(batch);
    }
    state
}

fn rounds(state: &mut [u64; 8], words: &Words) {
    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = *state;
    // What the majority of three has of the last two is what the round before had of its first two.
    let mut last = b ^ c;
    // Each round waits for `e` of the one before: what is known without it is added first.
    macro_rules! round {
        ($a:ident, $b:ident, $c:ident, $d:ident, $e:ident, $f:ident, $g:ident, $h:ident, $word:expr) => {
            let known = $h.wrapping_add($word);
            let choice = $g ^ ($e & ($f ^ $g));
            let turned = $e.rotate_right(14) ^ $e.rotate_right(18) ^ $e.rotate_right(41);
            let first = $a ^ $b;
            let majority = (first & last) ^ $b;
            last = first;
            let sum = $a.rotate_right(28) ^ $a.rotate_right(34) ^ $a.rotate_right(39);
            $d = $d.wrapping_add(known).wrapping_add(choice).wrapping_add(turned);
            $h = known.wrapping_add(choice).wrapping_add(turned).wrapping_add(majority.wrapping_add(sum));
        };
    }
    for words in words.as_chunks::<8>().0 {
        round!(a, b, c, d, e, f, g, h, words[0]);
        round!(h, a, b, c, d, e, f, g, words[1]);
        round!(g, h, a, b, c, d, e, f, words[2]);
        round!(f, g, h, a, b, c, d, e, words[3]);
        round!(e, f, g, h, a, b, c, d, words[4]);
        round!(d, e, f, g, h, a, b, c, words[5]);
        round!(c, d, e, f, g, h, a, b, words[6]);
        round!(b, c, d, e, f, g, h, a, words[7]);
    }
    for (before, after) in state.iter_mut().zip([a, b, c, d, e, f, g, h]) {
        *before = before.wrapping_add(after);
    }
}

/// The first 64 bits of what follows the point in the square roots of the first eight primes.
const SHA512: [u64; 8] = [
    0x6a09_e667_f3bc_c908,
    0xbb67_ae85_84ca_a73b,
    0x3c6e_f372_fe94_f82b,
    0xa54f_f53a_5f1d_36f1,
    0x510e_527f_ade6_82d1,
    0x9b05_688c_2b3e_6c1f,
    0x1f83_d9ab_fb41_bd6b,
    0x5be0_cd19_137e_2179,
];

/// The same of the ninth to the sixteenth prime.
const SHA384: [u64; 8] = [
    0xcbbb_9d5d_c105_9ed8,
    0x629a_292a_367c_d507,
    0x9159_015a_3070_dd17,
    0x152f_ecd8_f70e_5939,
    0x6733_2667_ffc0_0b31,
    0x8eb4_4a87_6858_1511,
    0xdb0c_2e0d_64f9_8fa7,
    0x47b5_481d_befa_4fa4,
];

/// The first 64 bits of what follows the point in the cube roots of the first eighty primes.
const CUBE_ROOTS: [u64; ROUNDS] = [
    0x428a_2f98_d728_ae22,
    0x7137_4491_23ef_65cd,
    0xb5c0_fbcf_ec4d_3b2f,
    0xe9b5_dba5_8189_dbbc,
    0x3956_c25b_f348_b538,
    0x59f1_11f1_b605_d019,
    0x923f_82a4_af19_4f9b,
    0xab1c_5ed5_da6d_8118,
    0xd807_aa98_a303_0242,
    0x1283_5b01_4570_6fbe,
    0x2431_85be_4ee4_b28c,
    0x550c_7dc3_d5ff_b4e2,
    0x72be_5d74_f27b_896f,
    0x80de_b1fe_3b16_96b1,
    0x9bdc_06a7_25c7_1235,
    0xc19b_f174_cf69_2694,
    0xe49b_69c1_9ef1_4ad2,
    0xefbe_4786_384f_25e3,
    0x0fc1_9dc6_8b8c_d5b5,
    0x240c_a1cc_77ac_9c65,
    0x2de9_2c6f_592b_0275,
    0x4a74_84aa_6ea6_e483,
    0x5cb0_a9dc_bd41_fbd4,
    0x76f9_88da_8311_53b5,
    0x983e_5152_ee66_dfab,
    0xa831_c66d_2db4_3210,
    0xb003_27c8_98fb_213f,
    0xbf59_7fc7_beef_0ee4,
    0xc6e0_0bf3_3da8_8fc2,
    0xd5a7_9147_930a_a725,
    0x06ca_6351_e003_826f,
    0x1429_2967_0a0e_6e70,
    0x27b7_0a85_46d2_2ffc,
    0x2e1b_2138_5c26_c926,
    0x4d2c_6dfc_5ac4_2aed,
    0x5338_0d13_9d95_b3df,
    0x650a_7354_8baf_63de,
    0x766a_0abb_3c77_b2a8,
    0x81c2_c92e_47ed_aee6,
    0x9272_2c85_1482_353b,
    0xa2bf_e8a1_4cf1_0364,
    0xa81a_664b_bc42_3001,
    0xc24b_8b70_d0f8_9791,
    0xc76c_51a3_0654_be30,
    0xd192_e819_d6ef_5218,
    0xd699_0624_5565_a910,
    0xf40e_3585_5771_202a,
    0x106a_a070_32bb_d1b8,
    0x19a4_c116_b8d2_d0c8,
    0x1e37_6c08_5141_ab53,
    0x2748_774c_df8e_eb99,
    0x34b0_bcb5_e19b_48a8,
    0x391c_0cb3_c5c9_5a63,
    0x4ed8_aa4a_e341_8acb,
    0x5b9c_ca4f_7763_e373,
    0x682e_6ff3_d6b2_b8a3,
    0x748f_82ee_5def_b2fc,
    0x78a5_636f_4317_2f60,
    0x84c8_7814_a1f0_ab72,
    0x8cc7_0208_1a64_39ec,
    0x90be_fffa_2363_1e28,
    0xa450_6ceb_de82_bde9,
    0xbef9_a3f7_b2c6_7915,
    0xc671_78f2_e372_532b,
    0xca27_3ece_ea26_619c,
    0xd186_b8c7_21c0_c207,
    0xeada_7dd6_cde0_eb1e,
    0xf57d_4f7f_ee6e_d178,
    0x06f0_67aa_7217_6fba,
    0x0a63_7dc5_a2c8_98a6,
    0x113f_9804_bef9_0dae,
    0x1b71_0b35_131c_471b,
    0x28db_77f5_2304_7d84,
    0x32ca_ab7b_40c7_2493,
    0x3c9e_be0a_15c9_bebc,
    0x431d_67c4_9c10_0d4c,
    0x4cc5_d4be_cb3e_42b6,
    0x597f_299c_fc65_7e2a,
    0x5fcb_6fab_3ad6_faec,
    0x6c44_198c_4a47_5817,
];

#[cfg(test)]
mod tests {
    use super::Sha512;
    use aws_lc_rs::digest;

    #[track_caller]
    fn check(text: &[u8], pieces: usize) {
        for (begin, library) in [
            (Sha512::new as fn() -> std::io::Result<Sha512>, &digest::SHA512),
            (Sha512::new_384, &digest::SHA384),
        ] {
            let mut ours = begin().unwrap();
            for piece in text.chunks(pieces) {
                ours.update(piece);
            }
            let theirs = digest::digest(library, text);
            assert_eq!(ours.finish(), theirs.as_ref(), "{library:?}, {} {pieces}", text.len());
        }
    }

    #[test]
    fn as_a_library_has_it() {
        let text: Vec<u8> =
            (0..200_000u32).map(|number| (number.wrapping_mul(number >> 3) >> 5) as u8).collect();
        for len in (0..300).chain([1023, 1024, 1025, 3000]) {
            for pieces in [1, 127, 128, 129, 640, 5000] {
                check(&text[..len], pieces);
            }
        }
        for pieces in [4_097, 65_536, 200_000] {
            check(&text, pieces);
        }
    }
}
