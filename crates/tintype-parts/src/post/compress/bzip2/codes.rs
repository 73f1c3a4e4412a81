//! How the symbols of a block become bits: up to six tables of Huffman codes, of which each fifty symbols use the one that suits them
//! best.

use super::bits::Bits;

/// Symbols that share a choice of table.
const GROUP: usize = 50;
/// The longest code we make. The format has room for 20; decoders of old had tables for 17.
const LONGEST: u32 = 17;
const MOST_TABLES: usize = 6;
/// The largest alphabet: 256 bytes, of which one is never named; two digits for zeros; the end.
const SYMBOLS: usize = 258;
/// Rounds in which groups choose tables and tables adapt to their groups.
const ROUNDS: usize = 4;
/// Bits for the cost of a group in one table, of six in a number: 50 codes of 17 bits have room in them.
const COST: usize = 10;

type Lengths = [u8; SYMBOLS];

/// Writes tables and symbols. The alphabet has so many symbols; the last of them ends a block.
pub(crate) fn write(symbols: &[u16], alphabet: usize, out: &mut Bits) {
    let tables = match symbols.len() {
        0..200 => 2,
        200..600 => 3,
        600..1200 => 4,
        1200..2400 => 5,
        _ => MOST_TABLES,
    };
    let mut lengths = first_tables(symbols, alphabet, tables);
    let mut choices = Vec::with_capacity(symbols.len() / GROUP + 1);
    for _ in 0..ROUNDS {
        let mut counts = [[0u32; SYMBOLS]; MOST_TABLES];
        choose(symbols, &lengths[..tables], &mut choices, &mut counts);
        for (lengths, counts) in lengths[..tables].iter_mut().zip(&counts) {
            *lengths = code_lengths(&counts[..alphabet]);
        }
    }
    put_choices(&choices, tables, out);
    for lengths in &lengths[..tables] {
        put_lengths(&lengths[..alphabet], out);
    }
    put_symbols(symbols, &choices, &lengths.map(|lengths| codes(&lengths[..alphabet])), out);
}

/// Tables to begin with: each takes symbols that follow one another and are an equal part of all.
fn first_tables(symbols: &[u16], alphabet: usize, tables: usize) -> [Lengths; MOST_TABLES] {
    let mut counts = [0usize; SYMBOLS];
    for symbol in symbols {
        counts[usize::from(*symbol)] += 1;
    }
    let mut lengths = [[15; SYMBOLS]; MOST_TABLES];
    let (mut symbol, mut left) = (0, symbols.len());
    for (table, lengths) in lengths.iter_mut().enumerate().take(tables) {
        let part = left / (tables - table);
        let mut taken = 0;
        while symbol < alphabet && (taken == 0 || taken + counts[symbol] / 2 <= part) {
            lengths[symbol] = 0;
            taken += counts[symbol];
            symbol += 1;
        }
        left -= taken;
    }
    lengths
}

/// Each group takes the table in which it is shortest; what it holds is counted there.
fn choose(
    symbols: &[u16],
    lengths: &[Lengths],
    choices: &mut Vec<u8>,
    counts: &mut [[u32; SYMBOLS]; MOST_TABLES],
) {
    let mut costs = [0u64; SYMBOLS];
    for (table, lengths) in lengths.iter().enumerate() {
        for (cost, length) in costs.iter_mut().zip(lengths) {
            *cost |= u64::from(*length) << (table * COST);
        }
    }
    choices.clear();
    for group in symbols.chunks(GROUP) {
        let cost: u64 = group.iter().map(|symbol| costs[usize::from(*symbol)]).sum();
        let of = |table: usize| cost >> (table * COST) & ((1 << COST) - 1);
        let best = (0..lengths.len()).min_by_key(|table| of(*table)).unwrap_or(0);
        choices.push(best as u8);
        let counts = &mut counts[best];
        for symbol in group {
            counts[usize::from(*symbol)] += 1;
        }
    }
}

/// Lengths of the best codes for symbols that occur so often, none longer than allowed. A symbol that does not occur gets one, too.
fn code_lengths(counts: &[u32]) -> Lengths {
    let mut lengths = [0; SYMBOLS];
    let mut order: Vec<usize> = (0..counts.len()).collect();
    let mut weights: Vec<u32> = counts.iter().map(|count| (*count).max(1)).collect();
    loop {
        order.sort_unstable_by_key(|symbol| weights[*symbol]);
        let sorted: Vec<u32> = order.iter().map(|symbol| weights[*symbol]).collect();
        let depths = depths(&sorted);
        if depths.iter().all(|depth| *depth <= LONGEST) {
            for (symbol, depth) in order.iter().zip(depths) {
                lengths[*symbol] = depth as u8;
            }
            return lengths;
        }
        // Weights that differ less make a flatter tree.
        for weight in &mut weights {
            *weight = *weight / 2 + 1;
        }
    }
}

/// Depths of the leaves of a Huffman tree, for weights that rise. Leaves and joined nodes are two queues, each in order.
fn depths(weights: &[u32]) -> Vec<u32> {
    let leaves = weights.len();
    // Joined nodes: weight, and for leaves and nodes their parent.
    let mut joined: Vec<u32> = Vec::with_capacity(leaves);
    let mut parents = vec![0; leaves * 2];
    let (mut leaf, mut node) = (0, 0);
    for parent in 0..leaves.saturating_sub(1) {
        let mut take = || {
            let a_leaf = leaf < leaves && (node >= joined.len() || weights[leaf] <= joined[node]);
            let (place, weight) = if a_leaf { (leaf, weights[leaf]) } else { (leaves + node, joined[node]) };
            if a_leaf {
                leaf += 1
            } else {
                node += 1
            }
            parents[place] = leaves + parent;
            weight
        };
        let weight = take() + take();
        joined.push(weight);
    }
    // The root is the last; every parent comes after its children.
    let mut depths = vec![0; leaves + joined.len()];
    for place in (0..depths.len().saturating_sub(1)).rev() {
        depths[place] = depths[parents[place]] + 1;
    }
    depths.truncate(leaves);
    depths
}

/// Code and length of each symbol: shorter codes first, those of a length in the order of their symbols.
fn codes(lengths: &[u8]) -> [(u32, u32); SYMBOLS] {
    let mut codes = [(0, 0); SYMBOLS];
    let mut next = 0;
    for length in 1..=LONGEST {
        for (code, _) in codes.iter_mut().zip(lengths).filter(|(_, held)| u32::from(**held) == length) {
            *code = (next, length);
            next += 1;
        }
        next <<= 1;
    }
    codes
}

/// The tables that the groups chose: for each, how many others were chosen since, in ones.
fn put_choices(choices: &[u8], tables: usize, out: &mut Bits) {
    out.put(tables as u32, 3);
    out.put(choices.len() as u32, 15);
    let mut recent: [u8; MOST_TABLES] = std::array::from_fn(|table| table as u8);
    for choice in choices {
        let rank = recent.iter().position(|table| table == choice).unwrap_or(0);
        recent[..=rank].rotate_right(1);
        // So many ones and a zero.
        out.put((1 << (rank + 1)) - 2, rank as u32 + 1);
    }
}

/// The lengths of one table: the first as it is, each other one in steps up (10) or down (11) from the one before, with a 0 behind.
fn put_lengths(lengths: &[u8], out: &mut Bits) {
    let mut last = lengths.first().copied().unwrap_or(1);
    out.put(u32::from(last), 5);
    for length in lengths {
        while last < *length {
            out.put(0b10, 2);
            last += 1;
        }
        while last > *length {
            out.put(0b11, 2);
            last -= 1;
        }
        out.put(0, 1);
    }
}

fn put_symbols(
    symbols: &[u16],
    choices: &[u8],
    codes: &[[(u32, u32); SYMBOLS]; MOST_TABLES],
    out: &mut Bits,
) {
    for (group, choice) in symbols.chunks(GROUP).zip(choices) {
        let codes = &codes[usize::from(*choice)];
        for symbol in group {
            let (code, length) = codes[usize::from(*symbol)];
            out.put(code, length);
        }
    }
}
