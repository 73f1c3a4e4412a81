//! "Did you mean …?": the nearest of the names that would have been right.

/// The candidate that differs from `name` by the fewest single-character edits, if that is fewer than three and fewer than the
/// name has characters. Of equals the first wins.
pub fn did_you_mean<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name: Vec<char> = name.chars().collect();
    let limit = 3.min(name.len());
    let mut row = Vec::with_capacity(name.len() + 1);
    let mut best = None;
    for candidate in candidates {
        let limit = best.map_or(limit, |(least, _)| least);
        if let Some(distance) = distance(candidate, &name, limit, &mut row) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// Levenshtein distance in characters, if it is below a limit. `row` is room to work in. Where there are thousands of names, each of
/// which is wrong, nearly all candidates are too far away, and that shows in their first characters.
fn distance(a: &str, b: &[char], limit: usize, row: &mut Vec<usize>) -> Option<usize> {
    // A character has four bytes at most.
    if a.len() + limit <= b.len() || a.len() / 4 >= b.len() + limit {
        return None;
    }
    row.clear();
    row.extend(0..=b.len());
    for (i, ca) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(row.first_mut()?, i + 1);
        let (mut left, mut least) = (i + 1, i + 1);
        for (cell, &cb) in row.iter_mut().skip(1).zip(b) {
            left = (diagonal + usize::from(ca != cb)).min(left + 1).min(*cell + 1);
            diagonal = std::mem::replace(cell, left);
            least = least.min(left);
        }
        if least >= limit {
            return None;
        }
    }
    row.last().copied().filter(|&distance| distance < limit)
}
