//! A moment as clock and calendar show it somewhere. Years are not limited to four digits when they come from a count of seconds.

use std::fmt;

pub(super) const MONTH_NAMES: [&str; 12] = [
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
pub(super) const DAY_NAMES: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

const DAY: i64 = 86_400;
const SECOND_NANOS: i128 = 1_000_000_000;

/// What may stand between date and time.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Separator {
    T,
    TOrBlank,
}

/// Date and time of day with their offset from UTC.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Moment {
    pub(super) year: i64,
    /// From 1.
    pub(super) month: i64,
    /// From 1.
    pub(super) day: i64,
    pub(super) hour: i64,
    pub(super) minute: i64,
    pub(super) second: i64,
    nanos: i64,
    /// In seconds, east of Greenwich positive.
    pub(super) offset: i64,
}

impl Moment {
    /// The moment that many seconds after the beginning of 1970, in UTC.
    pub(super) fn from_unix(seconds: i64) -> Moment {
        Moment::at(seconds, 0, 0)
    }

    fn at(seconds: i64, nanos: i64, offset: i64) -> Moment {
        let local = i128::from(seconds) + i128::from(offset);
        let (day_number, of_day) =
            (local.div_euclid(i128::from(DAY)) as i64, local.rem_euclid(i128::from(DAY)) as i64);
        let (year, month, day) = date_of(day_number);
        let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
        Moment { year, month, day, hour, minute, second, nanos, offset }
    }

    /// Seconds since the beginning of 1970.
    pub(super) fn unix(&self) -> i64 {
        let of_day = self.hour * 3600 + self.minute * 60 + self.second;
        day_number(self.year, self.month, self.day) * DAY + of_day - self.offset
    }

    /// The moment that much later, with the same offset.
    pub(super) fn add_nanos(&self, nanos: i64) -> Moment {
        let total = i128::from(self.unix()) * SECOND_NANOS + i128::from(self.nanos) + i128::from(nanos);
        let seconds = total.div_euclid(SECOND_NANOS) as i64;
        Moment::at(seconds, total.rem_euclid(SECOND_NANOS) as i64, self.offset)
    }

    /// From 0, Sunday.
    pub(super) fn weekday(&self) -> i64 {
        // The first day of 1970 was a Thursday.
        (day_number(self.year, self.month, self.day) + 4).rem_euclid(7)
    }

    /// From 1.
    pub(super) fn year_day(&self) -> i64 {
        day_number(self.year, self.month, self.day) - day_number(self.year, 1, 1) + 1
    }

    /// Year and number of the week: the week belongs to the year that has its Thursday.
    pub(super) fn iso_week(&self) -> (i64, i64) {
        let day = day_number(self.year, self.month, self.day);
        let thursday = day + 3 - (self.weekday() + 6) % 7;
        let (year, _, _) = date_of(thursday);
        (year, (thursday - day_number(year, 1, 1)) / 7 + 1)
    }

    /// The offset as `+hh:mm` with this separator.
    pub(super) fn offset_text(&self, separator: &str) -> String {
        let sign = if self.offset < 0 { '-' } else { '+' };
        let minutes = self.offset.abs() / 60;
        format!("{sign}{:02}{separator}{:02}", minutes / 60, minutes % 60)
    }

    /// Reads RFC 3339. On failure: what is wrong with the text.
    pub(super) fn parse(text: &str, separator: Separator) -> Result<Moment, String> {
        let wrong =
            |what: &str| format!("{text:?} is no moment in RFC 3339 such as 2006-01-02T15:04:05Z: {what}");
        let mut rest = text;
        let mut take = |digits: usize, end: &[char], what: &str| -> Result<i64, String> {
            let number = rest.get(..digits).filter(|part| part.bytes().all(|b| b.is_ascii_digit()));
            let number = number.and_then(|part| part.parse().ok());
            rest = rest.get(digits..).unwrap_or_default();
            if !end.is_empty() {
                rest = rest
                    .strip_prefix(end)
                    .ok_or_else(|| wrong(&format!("after the {what} {:?} is required", end[0])))?;
            }
            number.ok_or_else(|| wrong(&format!("the {what} needs {digits} digits")))
        };
        let between: &[char] = if separator == Separator::T { &['T'] } else { &['T', ' '] };
        let year = take(4, &['-'], "year")?;
        let month = take(2, &['-'], "month")?;
        let day = take(2, between, "day")?;
        let hour = take(2, &[':'], "hour")?;
        let minute = take(2, &[':'], "minute")?;
        let second = take(2, &[], "second")?;
        let in_range = |value: i64, range: std::ops::RangeInclusive<i64>, what: &str| {
            if range.contains(&value) { Ok(()) } else { Err(wrong(&format!("there is no {what} {value}"))) }
        };
        in_range(month, 1..=12, "month")?;
        in_range(day, 1..=days_in(year, month), "day")?;
        in_range(hour, 0..=23, "hour")?;
        in_range(minute, 0..=59, "minute")?;
        in_range(second, 0..=59, "second")?;
        let mut nanos = 0;
        if let Some(after) = rest.strip_prefix(['.', ',']) {
            let digits = after.bytes().take_while(u8::is_ascii_digit).count();
            let (fraction, after) = after.split_at(digits);
            if fraction.is_empty() {
                return Err(wrong("the fraction of a second needs digits"));
            }
            nanos = format!("{fraction:0<9}").get(..9).and_then(|part| part.parse().ok()).unwrap_or(0);
            rest = after;
        }
        let offset =
            parse_offset(rest).ok_or_else(|| wrong("it must end with Z or an offset such as +01:00"))?;
        Ok(Moment { year, month, day, hour, minute, second, nanos, offset })
    }
}

fn parse_offset(text: &str) -> Option<i64> {
    if text == "Z" {
        return Some(0);
    }
    let sign = match text.get(..1)? {
        "+" => 1,
        "-" => -1,
        _ => return None,
    };
    let (hours, minutes) = text.get(1..)?.split_once(':')?;
    let number = |part: &str, most: i64| -> Option<i64> {
        let digits = part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
        part.parse().ok().filter(|value| digits && *value <= most)
    };
    Some(sign * (number(hours, 24)? * 3600 + number(minutes, 60)? * 60))
}

/// RFC 3339 with whole seconds.
impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.year < 0 { "-" } else { "" };
        write!(
            f,
            "{sign}{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
            self.year.abs(),
            self.month,
            self.day,
            self.hour,
            self.minute,
            self.second
        )?;
        if self.offset == 0 { f.write_str("Z") } else { f.write_str(&self.offset_text(":")) }
    }
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days of 400 years, after which the calendar repeats.
const CYCLE: i64 = 146_097;

/// Days from the first of March of year 0 to the first of January 1970.
const EPOCH: i64 = 719_468;

/// Days since the first of January 1970. Years are counted from March on, so that the leap day is the last of its year.
fn day_number(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (cycle, of_cycle) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    cycle * CYCLE + of_cycle * 365 + of_cycle / 4 - of_cycle / 100 + day_of_year - EPOCH
}

/// The date that many days after the first of January 1970.
fn date_of(day_number: i64) -> (i64, i64, i64) {
    let shifted = day_number + EPOCH;
    let (cycle, of_cycle) = (shifted.div_euclid(CYCLE), shifted.rem_euclid(CYCLE));
    let year_of_cycle = (of_cycle - of_cycle / 1460 + of_cycle / 36_524 - of_cycle / 146_096) / 365;
    let day_of_year = of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_cycle + cycle * 400 + i64::from(month <= 2);
    (year, month, day)
}
