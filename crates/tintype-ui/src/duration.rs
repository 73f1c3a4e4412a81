//! Durations in words, as the end of a build shows them.

use std::time::Duration;

const UNITS: [(&str, u128); 8] = [
    ("year", 365 * 86_400_000_000),
    ("week", 7 * 86_400_000_000),
    ("day", 86_400_000_000),
    ("hour", 3_600_000_000),
    ("minute", 60_000_000),
    ("second", 1_000_000),
    ("millisecond", 1_000),
    ("microsecond", 1),
];

/// The two largest units that are not zero: `1 second 333 milliseconds`. Empty below a microsecond.
pub fn spell(duration: Duration) -> String {
    let mut rest = duration.as_micros();
    let mut words = Vec::new();
    for (name, size) in UNITS {
        let count = rest / size;
        rest %= size;
        if count > 0 && words.len() < 2 {
            words.push(format!("{count} {name}{}", if count == 1 { "" } else { "s" }));
        }
    }
    words.join(" ")
}
