//! Lengths of time as Go writes them. Templates and screen lines use this syntax; how to wait is not decided here.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// A signed length of time in nanoseconds, with Go's syntax (`1h30m`, `-1.5s`, `300ms`, `0`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct GoDuration(i64);

/// Text that is no length of time. Displays as Go's own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseDurationError(String);

const MICROSECOND: i64 = 1_000;
const MILLISECOND: i64 = 1_000 * MICROSECOND;
const SECOND: i64 = 1_000 * MILLISECOND;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

impl GoDuration {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// That many nanoseconds.
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// That many milliseconds; the longest length when that is too long.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis.saturating_mul(MILLISECOND))
    }

    /// That many seconds; the longest length when that is too long.
    pub const fn from_secs(secs: i64) -> Self {
        Self(secs.saturating_mul(SECOND))
    }

    /// The length in nanoseconds.
    pub const fn nanos(self) -> i64 {
        self.0
    }

    /// Whether it is zero.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Whether it is less than zero.
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// The length to wait: a negative one is no wait.
    pub const fn to_std(self) -> Duration {
        Duration::from_nanos(if self.0 < 0 { 0 } else { self.0 as u64 })
    }
}

impl From<GoDuration> for Duration {
    fn from(duration: GoDuration) -> Self {
        duration.to_std()
    }
}

impl From<Duration> for GoDuration {
    fn from(duration: Duration) -> Self {
        Self(i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX))
    }
}

fn unit(name: &str) -> Option<u64> {
    Some(match name {
        "ns" => 1,
        // The micro sign and the Greek letter look alike; people type either.
        "us" | "\u{b5}s" | "\u{3bc}s" => MICROSECOND as u64,
        "ms" => MILLISECOND as u64,
        "s" => SECOND as u64,
        "m" => MINUTE as u64,
        "h" => HOUR as u64,
        _ => return None,
    })
}

impl FromStr for GoDuration {
    type Err = ParseDurationError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || ParseDurationError(format!("time: invalid duration {text:?}"));
        let (negative, mut rest) = match text.as_bytes().first() {
            Some(b'-') => (true, &text[1..]),
            Some(b'+') => (false, &text[1..]),
            _ => (false, text),
        };
        if rest == "0" {
            return Ok(Self::ZERO);
        }
        if rest.is_empty() {
            return Err(invalid());
        }
        let mut total: u64 = 0;
        while !rest.is_empty() {
            let digits = |s: &str| s.bytes().take_while(u8::is_ascii_digit).count();
            let whole_len = digits(rest);
            let (whole, after) = rest.split_at(whole_len);
            let (fraction, after) = match after.strip_prefix('.') {
                Some(after) => after.split_at(digits(after)),
                None => ("", after),
            };
            if whole.is_empty() && fraction.is_empty() {
                return Err(invalid());
            }
            let unit_len = after.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(after.len());
            let (name, after) = after.split_at(unit_len);
            if name.is_empty() {
                return Err(ParseDurationError(format!("time: missing unit in duration {text:?}")));
            }
            let Some(scale) = unit(name) else {
                return Err(ParseDurationError(format!("time: unknown unit {name:?} in duration {text:?}")));
            };
            let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().map_err(|_| invalid())? };
            let nanos = whole
                .checked_mul(scale)
                .and_then(|nanos| nanos.checked_add(part(fraction, scale)))
                .ok_or_else(invalid)?;
            total = total.checked_add(nanos).ok_or_else(invalid)?;
            rest = after;
        }
        if negative {
            if total > 1 << 63 {
                return Err(invalid());
            }
            return Ok(Self((total as i64).wrapping_neg()));
        }
        i64::try_from(total).map(Self).map_err(|_| invalid())
    }
}

/// The fraction `0.DIGITS` of a unit in whole nanoseconds. In floating point, as Go has it: a third of an hour, written with
/// many digits, is 20 minutes. Digits that a 63-bit number cannot hold change nothing any more.
fn part(digits: &str, scale: u64) -> u64 {
    let (mut value, mut power) = (0u64, 1.0f64);
    for digit in digits.bytes() {
        let next = value.saturating_mul(10).saturating_add(u64::from(digit - b'0'));
        if next > 1 << 63 {
            break;
        }
        value = next;
        power *= 10.0;
    }
    (value as f64 * (scale as f64 / power)) as u64
}

impl fmt::Display for GoDuration {
    /// The shortest form that Go prints: `5m0s`, `1.5s`, `300ms`, `0s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = self.0.unsigned_abs();
        if self.0 < 0 {
            f.write_str("-")?;
        }
        if nanos == 0 {
            return f.write_str("0s");
        }
        if nanos < SECOND as u64 {
            let (scale, name) = match nanos {
                0..1_000 => (1, "ns"),
                1_000..1_000_000 => (MICROSECOND as u64, "\u{b5}s"),
                _ => (MILLISECOND as u64, "ms"),
            };
            return write!(f, "{}{name}", decimal(nanos, scale));
        }
        let seconds = nanos / SECOND as u64;
        let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
        if hours > 0 {
            write!(f, "{hours}h")?;
        }
        if hours > 0 || minutes > 0 {
            write!(f, "{minutes}m")?;
        }
        write!(f, "{}s", decimal(nanos % MINUTE as u64, SECOND as u64))
    }
}

/// `nanos / scale` without zeros at the end. `scale` is a power of ten.
fn decimal(nanos: u64, scale: u64) -> String {
    let (whole, rest) = (nanos / scale, nanos % scale);
    if rest == 0 {
        return whole.to_string();
    }
    let width = scale.ilog10() as usize;
    let fraction = format!("{rest:0width$}");
    format!("{whole}.{}", fraction.trim_end_matches('0'))
}

impl fmt::Debug for GoDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for ParseDurationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ParseDurationError {}

#[cfg(test)]
mod tests;
