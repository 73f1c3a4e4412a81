//! Moments in UTC as text, by Go's example layouts and by the few `strftime` codes that templates know. Other zones and reading
//! such text back are not needed here.

use std::fmt::Write;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// Go's layout of RFC 3339 with whole seconds.
pub const RFC3339: &str = "2006-01-02T15:04:05Z07:00";

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// Words of a layout that may follow each other without blanks, longest first where one begins another.
const WORDS: [&str; 33] = [
    "January",
    "Jan",
    "Monday",
    "Mon",
    "MST",
    "002",
    "01",
    "02",
    "03",
    "04",
    "05",
    "06",
    "15",
    "1",
    "2006",
    "2",
    "__2",
    "_2",
    "3",
    "4",
    "5",
    "PM",
    "pm",
    "-070000",
    "-07:00:00",
    "-0700",
    "-07:00",
    "-07",
    "Z070000",
    "Z07:00:00",
    "Z0700",
    "Z07:00",
    "Z07",
];

/// The moment as the layout writes its example moment (`Mon Jan 2 15:04:05 MST 2006`).
pub fn format(at: Timestamp, layout: &str) -> String {
    let time = utc(at);
    let mut out = String::with_capacity(layout.len() + 8);
    let mut rest = layout;
    while let Some(c) = rest.chars().next() {
        if let Some((digits, zeros, after)) = fraction(rest) {
            second_part(&mut out, time.subsec_nanosecond(), c, digits, zeros);
            rest = after;
        } else if let Some(word) = word(rest) {
            element(&mut out, time, word);
            rest = &rest[word.len()..];
        } else {
            out.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    out
}

fn utc(at: Timestamp) -> DateTime {
    TimeZone::UTC.to_datetime(at)
}

fn word(rest: &str) -> Option<&'static str> {
    // An underscore before a year is just that.
    if rest.starts_with("_2006") {
        return None;
    }
    WORDS.into_iter().find(|word| {
        rest.starts_with(word)
            // `Januar` or `Month` are words of their own.
            && !(matches!(*word, "Jan" | "Mon") && rest[3..].starts_with(|c: char| c.is_ascii_lowercase()))
    })
}

/// `.000` or `,999`: how many digits, whether zeros stay, what follows.
fn fraction(rest: &str) -> Option<(usize, bool, &str)> {
    let digits = rest.strip_prefix(['.', ','])?;
    let first = digits.chars().next().filter(|c| matches!(c, '0' | '9'))?;
    let after = digits.trim_start_matches(first);
    (!after.starts_with(|c: char| c.is_ascii_digit())).then_some((
        digits.len() - after.len(),
        first == '0',
        after,
    ))
}

fn second_part(out: &mut String, nanos: i32, separator: char, digits: usize, zeros: bool) {
    let all = format!("{nanos:09}");
    let mut part = all.get(..digits.min(9)).unwrap_or(&all).to_owned();
    if !zeros {
        part.truncate(part.trim_end_matches('0').len());
        if part.is_empty() {
            return;
        }
    }
    out.push(separator);
    out.push_str(&part);
}

fn month(time: DateTime) -> &'static str {
    MONTHS.get(time.month() as usize - 1).copied().unwrap_or_default()
}

fn day(time: DateTime) -> &'static str {
    DAYS.get(time.weekday().to_sunday_zero_offset() as usize).copied().unwrap_or_default()
}

fn hour12(time: DateTime) -> i8 {
    (time.hour() + 11) % 12 + 1
}

fn element(out: &mut String, time: DateTime, word: &str) {
    // Writing into a String cannot fail.
    let _ = match word {
        "January" => write!(out, "{}", month(time)),
        "Jan" => write!(out, "{}", &month(time)[..3]),
        "01" => write!(out, "{:02}", time.month()),
        "1" => write!(out, "{}", time.month()),
        "Monday" => write!(out, "{}", day(time)),
        "Mon" => write!(out, "{}", &day(time)[..3]),
        "2" => write!(out, "{}", time.day()),
        "02" => write!(out, "{:02}", time.day()),
        "_2" => write!(out, "{:2}", time.day()),
        "002" => write!(out, "{:03}", time.day_of_year()),
        "__2" => write!(out, "{:3}", time.day_of_year()),
        "15" => write!(out, "{:02}", time.hour()),
        "3" => write!(out, "{}", hour12(time)),
        "03" => write!(out, "{:02}", hour12(time)),
        "4" => write!(out, "{}", time.minute()),
        "04" => write!(out, "{:02}", time.minute()),
        "5" => write!(out, "{}", time.second()),
        "05" => write!(out, "{:02}", time.second()),
        "2006" => write!(out, "{:04}", time.year()),
        "06" => write!(out, "{:02}", time.year().rem_euclid(100)),
        "PM" => write!(out, "{}", if time.hour() >= 12 { "PM" } else { "AM" }),
        "pm" => write!(out, "{}", if time.hour() >= 12 { "pm" } else { "am" }),
        "MST" => write!(out, "UTC"),
        word if word.starts_with('Z') => write!(out, "Z"),
        // An offset of zero, in as many digits as the layout has.
        word => write!(out, "+{}", word[1..].replace('7', "0")),
    };
}

/// The moment by `strftime` codes: `B b m A a d H I M S Y y p Z z L %`. `%L` is the milliseconds with their point. Other codes
/// stay as they are.
pub fn strftime(at: Timestamp, pattern: &str) -> String {
    let time = utc(at);
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        // Writing into a String cannot fail.
        let _ = match chars.next() {
            None => write!(out, "%"),
            Some('B') => write!(out, "{}", month(time)),
            Some('b') => write!(out, "{}", &month(time)[..3]),
            Some('m') => write!(out, "{:02}", time.month()),
            Some('A') => write!(out, "{}", day(time)),
            Some('a') => write!(out, "{}", &day(time)[..3]),
            Some('d') => write!(out, "{:02}", time.day()),
            Some('H') => write!(out, "{:02}", time.hour()),
            Some('I') => write!(out, "{:02}", hour12(time)),
            Some('M') => write!(out, "{:02}", time.minute()),
            Some('S') => write!(out, "{:02}", time.second()),
            Some('Y') => write!(out, "{:04}", time.year()),
            Some('y') => write!(out, "{:02}", time.year().rem_euclid(100)),
            Some('p') => write!(out, "{}", if time.hour() >= 12 { "PM" } else { "AM" }),
            Some('Z') => write!(out, "UTC"),
            Some('z') => write!(out, "+0000"),
            Some('L') => write!(out, ".{:03}", time.subsec_nanosecond() / 1_000_000),
            Some('%') => write!(out, "%"),
            Some(other) => write!(out, "%{other}"),
        };
    }
    out
}
