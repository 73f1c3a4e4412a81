//! What people see as one character, by the rules that Packer's Unicode tables have: the ones before conjuncts of Indic consonants were
//! joined.

use unicode_segmentation::UnicodeSegmentation;

/// The parts of a text that count as one character each, in order.
pub(super) fn graphemes(text: &str) -> impl DoubleEndedIterator<Item = &str> {
    let clusters = text.graphemes(true);
    let parts: Vec<&str> =
        if text.is_ascii() { clusters.collect() } else { clusters.flat_map(unjoined).collect() };
    parts.into_iter()
}

/// A cluster cut before each consonant that newer rules join to the one before it.
fn unjoined(cluster: &str) -> impl Iterator<Item = &str> {
    let mut cuts: Vec<usize> = vec![0];
    let mut previous = None;
    for (at, c) in cluster.char_indices() {
        if at > 0 && is_conjoining(c) && previous != Some(MALAYALAM_DOT_REPH) {
            cuts.push(at);
        }
        previous = Some(c);
    }
    cuts.push(cluster.len());
    let ends: Vec<usize> = cuts.iter().skip(1).copied().collect();
    cuts.into_iter().zip(ends).filter_map(move |(start, end)| cluster.get(start..end))
}

/// Stands before the consonant it belongs to.
const MALAYALAM_DOT_REPH: char = '\u{d4e}';

/// Consonants of the scripts that have conjuncts: Devanagari, Bengali, Gujarati, Oriya, Telugu, Malayalam.
fn is_conjoining(c: char) -> bool {
    matches!(c,
        '\u{915}'..='\u{939}' | '\u{958}'..='\u{95f}' | '\u{978}'..='\u{97f}'
        | '\u{995}'..='\u{9b9}' | '\u{9dc}'..='\u{9df}' | '\u{9f0}' | '\u{9f1}'
        | '\u{a95}'..='\u{ab9}' | '\u{af9}'
        | '\u{b15}'..='\u{b39}' | '\u{b5c}'..='\u{b5f}' | '\u{b71}'
        | '\u{c15}'..='\u{c39}' | '\u{c58}'..='\u{c5a}'
        | '\u{d15}'..='\u{d3a}')
}
