//! Indents: two blanks for each line above that left brackets open, however many it opened.

use super::lines::Line;
use super::{Sheet, opens};
use crate::lexer::TokenKind;

/// Sets the blanks before each line.
pub(super) fn set(sheet: &mut Sheet<'_>, lines: &[Line]) {
    let mut open = Open::default();
    for line in lines {
        let start = line.lead().start;
        if sheet.kind(start) == TokenKind::Newline {
            sheet.set(start, 0);
            continue;
        }
        let net = brackets(sheet, line);
        open.close(net);
        let level = open.0.len() as u32;
        open.open(net);
        sheet.set(start, level * 2);
    }
}

/// How many more brackets a line opens than it closes.
fn brackets(sheet: &Sheet<'_>, line: &Line) -> i32 {
    let mut net = 0;
    for index in line.lead() {
        net += opens(sheet.kind(index));
        // What closes behind a heredoc's text closes on another line.
        if sheet.kind(index) == TokenKind::OHeredoc {
            break;
        }
    }
    net + line.assign().map(|index| opens(sheet.kind(index))).sum::<i32>()
}

/// For each line that left brackets open, how many of them still are.
#[derive(Default)]
struct Open(Vec<u32>);

impl Open {
    fn open(&mut self, net: i32) {
        if net > 0 {
            self.0.push(net.unsigned_abs());
        }
    }

    fn close(&mut self, net: i32) {
        let mut left = if net < 0 { net.unsigned_abs() } else { 0 };
        while left > 0 {
            match self.0.last_mut() {
                Some(last) if *last > left => {
                    *last -= left;
                    return;
                }
                Some(last) => {
                    left -= *last;
                    self.0.pop();
                }
                None => return,
            }
        }
    }
}
