//! Rows of the result and how they look in Markdown.

use super::process::Times;
use std::fmt::Write as _;

/// One line of the table.
pub(super) struct Row {
    pub what: String,
    ours: String,
    /// What ours is compared with, and its figures.
    other: String,
    ratio: String,
    wanted: String,
    /// None: nothing is wanted of it, or it could not be measured.
    good: Option<bool>,
}

/// What a ratio or a figure must be.
#[derive(Clone, Copy)]
pub(super) enum Wanted {
    AtMost(f64),
    AtLeast(f64),
    Nothing,
}

impl Wanted {
    fn judge(self, value: f64) -> Option<bool> {
        match self {
            Wanted::AtMost(limit) => Some(value <= limit),
            Wanted::AtLeast(limit) => Some(value >= limit),
            Wanted::Nothing => None,
        }
    }

    fn shown(self, unit: &str) -> String {
        match self {
            Wanted::AtMost(limit) => format!("<= {limit}{unit}"),
            Wanted::AtLeast(limit) => format!(">= {limit}{unit}"),
            Wanted::Nothing => String::new(),
        }
    }
}

impl Row {
    /// Our time against another; the ratio is ours / other.
    pub fn times(what: &str, ours: &Times, name: &str, other: &Times, wanted: Wanted) -> Row {
        let ratio = ours.best() / other.best();
        Row {
            what: what.to_owned(),
            ours: seconds(ours),
            other: format!("{name}: {}", seconds(other)),
            ratio: format!("{ratio:.2}x"),
            wanted: wanted.shown("x"),
            good: wanted.judge(ratio),
        }
    }

    /// Our rate against another, in MB/s; the ratio is ours / other.
    pub fn rates(what: &str, ours: f64, name: &str, other: f64, wanted: Wanted) -> Row {
        let ratio = ours / other;
        Row {
            what: what.to_owned(),
            ours: format!("{} MB/s", short(ours)),
            other: format!("{name}: {} MB/s", short(other)),
            ratio: format!("{}x", short(ratio)),
            wanted: wanted.shown("x"),
            good: wanted.judge(ratio),
        }
    }

    /// A figure that stands for itself.
    pub fn figure(what: &str, value: f64, unit: &str, wanted: Wanted) -> Row {
        Row {
            what: what.to_owned(),
            ours: format!("{} {unit}", short(value)),
            other: String::new(),
            ratio: String::new(),
            wanted: wanted.shown(&format!(" {unit}")),
            good: wanted.judge(value),
        }
    }

    /// A rate that stands for itself, in MB/s, seen beside another: nothing is wanted of their ratio.
    pub fn rate_beside(what: &str, ours: f64, name: &str, other: f64, wanted: Wanted) -> Row {
        let judged = Row::figure(what, ours, "MB/s", wanted);
        let Row { other, ratio, .. } = Row::rates(what, ours, name, other, Wanted::Nothing);
        Row { other, ratio, ..judged }
    }

    /// A measure that could not be taken. It is shown, and counts as short of what is wanted.
    pub fn failed(what: &str, why: &str) -> Row {
        let ours = format!("not measured: {}", why.lines().next().unwrap_or_default().replace('|', "/"));
        Row {
            what: what.to_owned(),
            ours,
            other: String::new(),
            ratio: String::new(),
            wanted: String::new(),
            good: Some(false),
        }
    }

    pub fn falls_short(&self) -> bool {
        self.good == Some(false)
    }
}

fn seconds(times: &Times) -> String {
    let (best, median) = (times.best(), times.median());
    if best < 0.1 {
        format!("{:.1} ms ({:.1})", best * 1e3, median * 1e3)
    } else {
        format!("{best:.2} s ({median:.2})")
    }
}

fn short(value: f64) -> String {
    if value >= 100.0 { format!("{value:.0}") } else { format!("{value:.2}") }
}

pub(super) fn markdown(rows: &[Row], machine: &str) -> String {
    let mut text = format!("{machine}. Times: best (median).\n\n");
    text.push_str("| what | tintype | compared with | ratio | wanted | |\n|---|---|---|---|---|---|\n");
    for Row { what, ours, other, ratio, wanted, good } in rows {
        let mark = good.map_or("", |good| if good { "ok" } else { "**short**" });
        // Writing to a string cannot fail.
        let _ = writeln!(text, "| {what} | {ours} | {other} | {ratio} | {wanted} | {mark} |");
    }
    text
}
