//! Columns: equal signs, and then comments, of lines in a row stand below each other.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use super::Sheet;
use super::lines::Line;

/// Sets the blanks before assignments and comments.
pub(super) fn set(sheet: &mut Sheet<'_>, lines: &[Line]) {
    column(sheet, lines, Line::assign);
    // Where these go depends on what is in front of them by now.
    column(sheet, lines, Line::comment);
}

/// Aligns one cell. A line without it ends the rows that are aligned with each other.
fn column(sheet: &mut Sheet<'_>, lines: &[Line], cell: fn(&Line) -> Range<usize>) {
    for rows in lines.chunk_by(|above, below| cell(above).is_empty() == cell(below).is_empty()) {
        if rows.first().is_none_or(|row| cell(row).is_empty()) {
            continue;
        }
        let widths: Vec<u32> =
            rows.iter().map(|row| width(sheet, row.lead().start..cell(row).start)).collect();
        let widest = widths.iter().copied().max().unwrap_or(0);
        for (row, width) in rows.iter().zip(widths) {
            sheet.set(cell(row).start, (widest - width).saturating_add(1));
        }
    }
}

/// How wide tokens are with the blanks before them, in characters as people see them. A heredoc counts with all its text.
fn width(sheet: &Sheet<'_>, tokens: Range<usize>) -> u32 {
    let of =
        |index| sheet.blanks.get(index).map_or(0, |&blanks| blanks as usize) + characters(sheet.text(index));
    u32::try_from(tokens.map(of).sum::<usize>()).unwrap_or(u32::MAX)
}

fn characters(text: &str) -> usize {
    match text.is_ascii() {
        true => text.len() - text.matches("\r\n").count(),
        false => text.graphemes(true).count(),
    }
}
