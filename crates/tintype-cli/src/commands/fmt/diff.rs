//! What the formatter changed, as a unified diff. It changes blanks alone, so old and new have the same number of lines and each is
//! compared with its counterpart: nothing has to be searched, and a line that moved its indent is never shown as another line's.

use std::ops::Range;

/// Lines that are shown around a change.
const AROUND: usize = 3;

/// The diff, in the form of `diff -u`; nothing when nothing differs.
pub(super) fn unified(name: &str, old: &[u8], new: &[u8]) -> Vec<u8> {
    let old: Vec<&[u8]> = old.split_inclusive(|&byte| byte == b'\n').collect();
    let new: Vec<&[u8]> = new.split_inclusive(|&byte| byte == b'\n').collect();
    let lines: Vec<(&[u8], &[u8])> = old.into_iter().zip(new).collect();
    let hunks = hunks(&lines);
    let mut out = Vec::new();
    if !hunks.is_empty() {
        out.extend_from_slice(format!("--- old/{name}\n+++ new/{name}\n").as_bytes());
    }
    for hunk in hunks {
        let (first, count) = (hunk.start + 1, hunk.len());
        let range = if count == 1 { first.to_string() } else { format!("{first},{count}") };
        out.extend_from_slice(format!("@@ -{range} +{range} @@\n").as_bytes());
        for run in lines.get(hunk).unwrap_or_default().chunk_by(|a, b| (a.0 == a.1) == (b.0 == b.1)) {
            if run.first().is_some_and(|(old, new)| old == new) {
                run.iter().for_each(|(old, _)| push(&mut out, b' ', old));
            } else {
                run.iter().for_each(|(old, _)| push(&mut out, b'-', old));
                run.iter().for_each(|(_, new)| push(&mut out, b'+', new));
            }
        }
    }
    out
}

/// Changes with the lines around them; those that would touch or overlap are one.
fn hunks(lines: &[(&[u8], &[u8])]) -> Vec<Range<usize>> {
    let mut hunks: Vec<Range<usize>> = Vec::new();
    for (index, _) in lines.iter().enumerate().filter(|(_, (old, new))| old != new) {
        let around = index.saturating_sub(AROUND)..(index + AROUND + 1).min(lines.len());
        match hunks.last_mut() {
            Some(last) if around.start <= last.end => last.end = around.end,
            _ => hunks.push(around),
        }
    }
    hunks
}

fn push(out: &mut Vec<u8>, mark: u8, line: &[u8]) {
    out.push(mark);
    out.extend_from_slice(line);
    if !line.ends_with(b"\n") {
        out.extend_from_slice(b"\n\\ No newline at end of file\n");
    }
}

/// The diff with colour codes around what is new, what is old, and the places.
pub(super) fn paint(diff: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(diff.len() + diff.len() / 4);
    for line in diff.split_inclusive(|&byte| byte == b'\n') {
        let code: &[u8] = match line {
            [b'-', b'-', b'-', ..] | [b'+', b'+', b'+', ..] => b"\x1b[1m",
            [b'-', ..] => b"\x1b[31m",
            [b'+', ..] => b"\x1b[32m",
            [b'@', ..] => b"\x1b[36m",
            _ => {
                out.extend_from_slice(line);
                continue;
            }
        };
        let text = line.strip_suffix(b"\n").unwrap_or(line);
        out.extend_from_slice(code);
        out.extend_from_slice(text);
        out.extend_from_slice(b"\x1b[0m");
        out.extend_from_slice(&line[text.len()..]);
    }
    out
}
