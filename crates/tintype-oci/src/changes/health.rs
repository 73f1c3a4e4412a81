//! `HEALTHCHECK`: its flags, its times, and what it runs.

use super::Why;

/// Shorter times than this make no sense, in nanoseconds.
const SHORTEST: i64 = 1_000_000;

/// What stands behind `HEALTHCHECK`.
pub(super) struct Health<'a> {
    /// The command, in either form. Nothing for `NONE`.
    pub(super) command: Option<&'a str>,
    /// Times in nanoseconds and numbers, by the names they have in a configuration.
    pub(super) numbers: Vec<(&'static str, i64)>,
}

pub(super) fn read(rest: &str) -> Result<Health<'_>, Why> {
    let (flags, rest) = flags(rest);
    let mut numbers: Vec<(&'static str, i64)> = Vec::new();
    let mut seen = Vec::new();
    for flag in flags {
        let (name, value) = flag.split_once('=').unwrap_or((flag, ""));
        let known = match name {
            "interval" => "Interval",
            "timeout" => "Timeout",
            "start-period" => "StartPeriod",
            "retries" => "Retries",
            _ => return Err(unknown(name)),
        };
        if !flag.contains('=') {
            return Err(format!("--{name} has no value"));
        }
        if seen.contains(&known) {
            return Err(format!("--{name} is there twice"));
        }
        seen.push(known);
        let value = value.trim_matches('"');
        if value.is_empty() {
            continue;
        }
        let number = if known == "Retries" { retries(value)? } else { time(name, value)? };
        numbers.push((known, number));
    }
    let (kind, command) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let command = command.trim_start();
    match kind.to_uppercase().as_str() {
        "" => Err("HEALTHCHECK needs an argument: CMD with a command, or NONE".to_owned()),
        "NONE" if !command.is_empty() => Err("nothing may stand behind NONE".to_owned()),
        "NONE" => Ok(Health { command: None, numbers: Vec::new() }),
        "CMD" if command.is_empty() => Err("a command is missing behind CMD".to_owned()),
        "CMD" => Ok(Health { command: Some(command), numbers }),
        other => Err(format!("{other} is neither CMD nor NONE")),
    }
}

/// The rest of an instruction that has no flags.
pub(super) fn without_flags<'a>(rest: &'a str, word: &str) -> Result<&'a str, Why> {
    let (flags, rest) = flags(rest);
    match flags.first() {
        Some(flag) => Err(format!("{} ({word} has none)", unknown(flag.split('=').next().unwrap_or(flag)))),
        None => Ok(rest),
    }
}

fn unknown(name: &str) -> Why {
    format!("the flag --{name} is not known")
}

/// Flags stand at the beginning; two hyphens alone end them.
fn flags(mut rest: &str) -> (Vec<&str>, &str) {
    let mut flags = Vec::new();
    while let Some(flag) = rest.strip_prefix("--") {
        let (flag, behind) = flag.split_once(char::is_whitespace).unwrap_or((flag, ""));
        rest = behind.trim_start();
        if flag.is_empty() {
            break;
        }
        flags.push(flag);
    }
    (flags, rest)
}

fn retries(value: &str) -> Result<i64, Why> {
    match value.parse::<i32>() {
        Ok(number) if number >= 1 => Ok(number.into()),
        Ok(number) => Err(format!("--retries must be 1 at least, not {number}")),
        Err(_) => Err(format!("--retries: {value:?} is no number")),
    }
}

fn time(name: &str, value: &str) -> Result<i64, Why> {
    let wrong = || format!("--{name}: {value:?} is no time such as 30s or 1m30s");
    let time = nanoseconds(value).ok_or_else(wrong)?;
    if time < SHORTEST {
        return Err(format!("--{name} must be 1ms at least"));
    }
    Ok(time)
}

/// A time as Go writes it: numbers with units, one after the other.
fn nanoseconds(text: &str) -> Option<i64> {
    let (is_negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total: i64 = 0;
    while !rest.is_empty() {
        let digits = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.')?;
        let (number, behind) = rest.split_at(digits);
        let end =
            behind.find(|letter: char| letter.is_ascii_digit() || letter == '.').unwrap_or(behind.len());
        let (unit, behind) = behind.split_at(end);
        rest = behind;
        let unit: i64 = match unit {
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            _ => return None,
        };
        let (whole, part) = number.split_once('.').unwrap_or((number, ""));
        if whole.is_empty() && part.is_empty() || part.contains('.') {
            return None;
        }
        let whole: i64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
        total = total.checked_add(whole.checked_mul(unit)?)?;
        // Further digits are less than a nanosecond.
        let mut share = unit;
        for digit in part.bytes().take(18) {
            share /= 10;
            total = total.checked_add(i64::from(digit - b'0') * share)?;
        }
    }
    Some(if is_negative { -total } else { total })
}
