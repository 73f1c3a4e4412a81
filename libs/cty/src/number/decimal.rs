//! Decimal texts of numbers, both ways: reading, exact digits, shortest digits, and the layouts `%e %f %g` that languages
//! with C's format verbs share.

use std::cmp::Ordering;

use dashu_int::ops::BitTest;
use dashu_int::{UBig, Word};

use super::float::Float;
use super::{INTEGER_PRECISION, LITERAL_PRECISION, Number};

/// Decimal exponents beyond this are infinite or zero whatever the digits (see `float::MAX_EXPONENT`).
const MAX_DECIMAL_EXPONENT: i64 = 2_000_000;

/// A finite number as decimal digits: `±0.d₁d₂d₃… · 10^point`. Zero has no digits.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Decimal {
    /// Whether the sign is minus.
    pub negative: bool,
    /// ASCII digits; neither the first nor the last is `0`.
    pub digits: Vec<u8>,
    /// How many digits stand before the dot.
    pub point: i64,
}

impl Decimal {
    fn new(negative: bool, digits: &[u8], point: i64) -> Decimal {
        let leading = digits.iter().take_while(|&&digit| digit == b'0').count();
        let kept = digits.get(leading..).unwrap_or_default();
        let trailing = kept.iter().rev().take_while(|&&digit| digit == b'0').count();
        let digits = kept.get(..kept.len() - trailing).unwrap_or_default().to_vec();
        let point = if digits.is_empty() { 0 } else { point - leading as i64 };
        Decimal { negative, digits, point }
    }

    /// All digits of `magnitude · 2^exponent`.
    fn of(negative: bool, magnitude: &UBig, exponent: i64) -> Decimal {
        let (digits, point) = digits_of(magnitude, exponent);
        Decimal::new(negative, digits.as_bytes(), point)
    }

    pub(super) fn exact(float: &Float) -> Decimal {
        Decimal::of(float.negative, &float.magnitude, float.exponent)
    }

    /// The fewest digits that lie nearer to the number than to its neighbours of `precision` bits.
    pub(super) fn shortest(float: &Float, precision: u32) -> Decimal {
        let exact = Decimal::exact(float);
        let float = float.clone().normalised();
        let length = float.magnitude.bit_len();
        if float.magnitude.is_zero() || length > precision as usize {
            return exact;
        }
        // One more bit than the precision: the unit is then half the distance to a neighbour.
        let shift = precision as usize - length + 1;
        let middle = &float.magnitude << shift;
        let even = !middle.bit(1);
        let exponent = float.exponent - shift as i64;
        let (lower, lower_point) = digits_of(&(&middle - UBig::ONE), exponent);
        let (upper, upper_point) = digits_of(&(&middle + UBig::ONE), exponent);
        // One place more than any of them has, for a carry.
        let point = exact.point.max(lower_point).max(upper_point) + 1;
        let lower = Aligned { digits: lower.as_bytes(), skip: point - lower_point };
        let upper = Aligned { digits: upper.as_bytes(), skip: point - upper_point };
        let value = Aligned { digits: &exact.digits, skip: point - exact.point };
        for count in 1..value.len() {
            let mut down = value.prefix(count);
            let mut up = down.clone();
            increment(&mut up);
            let down_fits = match lower.compare_to_prefix(&down) {
                Ordering::Less => true,
                Ordering::Equal => even,
                Ordering::Greater => false,
            };
            let up_fits = match upper.compare_to_prefix(&up) {
                Ordering::Greater => true,
                Ordering::Equal => even,
                Ordering::Less => false,
            };
            let take_up = match (down_fits, up_fits) {
                (false, false) => continue,
                (true, false) => false,
                (false, true) => true,
                (true, true) => value.rounds_up_after(count),
            };
            if take_up {
                std::mem::swap(&mut down, &mut up);
            }
            return Decimal::new(float.negative, &down, point);
        }
        exact
    }

    fn digit(&self, index: i64) -> u8 {
        usize::try_from(index).ok().and_then(|index| self.digits.get(index)).copied().unwrap_or(b'0')
    }

    /// Keeps `count` digits, rounding half to even.
    pub fn rounded(&self, count: i64) -> Decimal {
        let Some(kept) = usize::try_from(count).ok().filter(|&kept| kept < self.digits.len()) else {
            return if count < 0 { Decimal { digits: Vec::new(), point: 0, ..*self } } else { self.clone() };
        };
        let mut digits = self.digits.get(..kept).unwrap_or_default().to_vec();
        let all = Aligned { digits: &self.digits, skip: 0 };
        let mut point = self.point;
        if all.rounds_up_after(kept) {
            increment(&mut digits);
            point += digits.len() as i64 - kept as i64;
        }
        Decimal::new(self.negative, &digits, point)
    }

    /// Rounds to `places` digits after the dot, half to even.
    pub fn rounded_places(&self, places: usize) -> Decimal {
        self.rounded(self.point + places as i64)
    }

    fn sign(&self) -> &'static str {
        if self.negative { "-" } else { "" }
    }

    /// Without exponent, with as many digits after the dot as there are.
    pub fn plain(&self) -> String {
        self.fixed((self.digits.len() as i64 - self.point).max(0) as usize)
    }

    /// Without exponent, with `places` digits after the dot; does not round.
    pub fn fixed(&self, places: usize) -> String {
        let mut text = String::from(self.sign());
        if self.point <= 0 {
            text.push('0');
        }
        for index in 0..self.point {
            text.push(char::from(self.digit(index)));
        }
        if places > 0 {
            text.push('.');
            for place in 0..places as i64 {
                text.push(char::from(self.digit(self.point + place)));
            }
        }
        text
    }

    /// One digit, a dot and `places` more, then `e` and at least two digits of exponent; does not round.
    pub fn scientific(&self, places: usize, e: char) -> String {
        let mut text = String::from(self.sign());
        text.push(char::from(self.digit(0)));
        if places > 0 {
            text.push('.');
            for place in 0..places as i64 {
                text.push(char::from(self.digit(1 + place)));
            }
        }
        let exponent = if self.digits.is_empty() { 0 } else { self.point - 1 };
        let sign = if exponent < 0 { '-' } else { '+' };
        text.push_str(&format!("{e}{sign}{:02}", exponent.unsigned_abs()));
        text
    }

    /// The digits at hand, with an exponent if it is below -4 or at least `limit`.
    pub fn general(&self, limit: i64, e: char) -> String {
        let exponent = if self.digits.is_empty() { 0 } else { self.point - 1 };
        if exponent < -4 || exponent >= limit {
            self.scientific(self.digits.len().saturating_sub(1), e)
        } else {
            self.plain()
        }
    }
}

/// The fewest digits that give a machine float back; `None` for infinities and what is not a number.
pub fn shortest_f64(value: f64) -> Option<Decimal> {
    if !value.is_finite() {
        return None;
    }
    // The standard library finds the digits; only their place is read off here.
    let text = format!("{:e}", value.abs());
    let (digits, exponent) = text.split_once('e')?;
    let exponent: i64 = exponent.parse().ok()?;
    let digits: Vec<u8> = digits.bytes().filter(u8::is_ascii_digit).collect();
    Some(Decimal::new(value.is_sign_negative(), &digits, exponent + 1))
}

/// The decimal digits of `magnitude · 2^exponent` and how many stand before the dot.
fn digits_of(magnitude: &UBig, exponent: i64) -> (String, i64) {
    let shift = usize::try_from(exponent.unsigned_abs()).unwrap_or(0);
    if exponent >= 0 {
        let digits = (magnitude << shift).to_string();
        let point = digits.len() as i64;
        (digits, point)
    } else {
        let digits = (magnitude * UBig::from(5u8).pow(shift)).to_string();
        let point = digits.len() as i64 - shift as i64;
        (digits, point)
    }
}

/// Digits seen from a dot that several numbers share: `skip` zeros stand before them.
struct Aligned<'a> {
    digits: &'a [u8],
    skip: i64,
}

impl Aligned<'_> {
    fn len(&self) -> usize {
        self.digits.len() + self.skip as usize
    }

    fn digit(&self, index: usize) -> u8 {
        index
            .checked_sub(self.skip as usize)
            .and_then(|index| self.digits.get(index))
            .copied()
            .unwrap_or(b'0')
    }

    fn prefix(&self, count: usize) -> Vec<u8> {
        (0..count).map(|index| self.digit(index)).collect()
    }

    /// Compares with `prefix` followed by zeros.
    fn compare_to_prefix(&self, prefix: &[u8]) -> Ordering {
        let end = self.len().max(prefix.len());
        for index in 0..end {
            let order = self.digit(index).cmp(prefix.get(index).unwrap_or(&b'0'));
            if order != Ordering::Equal {
                return order;
            }
        }
        Ordering::Equal
    }

    /// Whether what follows the first `count` digits is more than half, or half after an odd digit.
    fn rounds_up_after(&self, count: usize) -> bool {
        let next = self.digit(count);
        let rest = (count + 1..self.len()).any(|index| self.digit(index) != b'0');
        match next.cmp(&b'5') {
            Ordering::Less => false,
            Ordering::Greater => true,
            Ordering::Equal => rest || (count > 0 && self.digit(count - 1) % 2 == 1),
        }
    }
}

/// Adds one in the last place; a carry out of the first makes the digits one longer.
fn increment(digits: &mut Vec<u8>) {
    for digit in digits.iter_mut().rev() {
        if *digit < b'9' {
            *digit += 1;
            return;
        }
        *digit = b'0';
    }
    digits.insert(0, b'1');
}

pub(super) fn parse(text: &str) -> Option<Number> {
    let (negative, rest) = split_sign(text);
    if rest == "Inf" || rest == "inf" {
        return Some(Number::infinity(negative));
    }
    let whole = digits_at_start(rest);
    let rest = rest.get(whole.len()..)?;
    let (fraction, rest) = match rest.strip_prefix('.') {
        Some(rest) => {
            let fraction = digits_at_start(rest);
            (fraction, rest.get(fraction.len()..)?)
        }
        None => ("", rest),
    };
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let (ten, two) = match rest.chars().next() {
        None => (0, 0),
        Some('e' | 'E') => (parse_exponent(rest.get(1..)?)?, 0),
        Some('p' | 'P') => (0, parse_exponent(rest.get(1..)?)?),
        Some(_) => return None,
    };
    let ten = ten - fraction.len() as i64;
    if fraction.is_empty()
        && ten == 0
        && two == 0
        && let Ok(int) = whole.parse::<i64>()
        && int != 0
    {
        return Some(Number {
            precision: LITERAL_PRECISION,
            ..Number::from(if negative { -int } else { int })
        });
    }
    let digits = format!("{whole}{fraction}");
    Some(from_digits(negative, digits.trim_start_matches('0'), ten, two))
}

/// `digits · 10^ten · 2^two`, rounded once.
fn from_digits(negative: bool, digits: &str, ten: i64, two: i64) -> Number {
    if digits.is_empty() {
        return Number::zero(negative, LITERAL_PRECISION);
    }
    let top = digits.len() as i64 + ten;
    if top > MAX_DECIMAL_EXPONENT || two > MAX_DECIMAL_EXPONENT * 4 {
        return Number::infinity(negative);
    }
    if top < -MAX_DECIMAL_EXPONENT || two < -MAX_DECIMAL_EXPONENT * 4 {
        return Number::zero(negative, LITERAL_PRECISION);
    }
    let magnitude = UBig::from_str_radix(digits, 10).unwrap_or(UBig::ZERO);
    let five = power_of_five(ten.unsigned_abs());
    let exponent = ten + two;
    let float = if ten >= 0 {
        Float { negative, magnitude: magnitude * five.magnitude, exponent: exponent + five.exponent }
    } else {
        Float { negative, magnitude, exponent }.div(&five, LITERAL_PRECISION)
    };
    Number::from_float(float, LITERAL_PRECISION)
}

/// Five to the power of `exponent`: exactly while it is short, and to twice the bits that a literal keeps beyond that, since a number of a
/// million digits would cost more than anybody's template.
fn power_of_five(exponent: u64) -> Float {
    /// So far all bits stay: the powers fit some 1,200 bits.
    const EXACT: u64 = 512;
    let power = |exponent: u64| Float {
        negative: false,
        magnitude: UBig::from(5u8).pow(exponent as usize),
        exponent: 0,
    };
    if exponent <= EXACT {
        return power(exponent);
    }
    let half = power_of_five(exponent / 2);
    let rest = power(exponent % 2).magnitude;
    Float {
        negative: false,
        magnitude: &half.magnitude * &half.magnitude * rest,
        exponent: 2 * half.exponent,
    }
    .round(2 * LITERAL_PRECISION)
}

pub(super) fn parse_integer(text: &str, base: u32) -> Option<Number> {
    if !(2..=62).contains(&base) {
        return None;
    }
    let (negative, rest) = split_sign(text);
    let digits: Vec<_> = rest.chars().map(|c| digit_value(c, base)).collect::<Option<_>>()?;
    if digits.is_empty() {
        return None;
    }
    let magnitude = from_base(&digits, base).0;
    let negative = negative && !magnitude.is_zero();
    let precision = INTEGER_PRECISION.max(u32::try_from(magnitude.bit_len()).ok()?);
    Some(Number::from_float(Float { negative, magnitude, exponent: 0 }, precision))
}

/// The number that digits are in a base, and the base to the power of how many they are. Halves are put together, which for many
/// digits is much faster than one digit after the other.
fn from_base(digits: &[Word], base: u32) -> (UBig, UBig) {
    /// So many digits fit a machine integer in any base.
    const FEW: usize = 10;
    if digits.len() <= FEW {
        let value = digits.iter().fold(0, |value: u64, &digit| value * u64::from(base) + digit);
        return (UBig::from(value), UBig::from(base).pow(digits.len()));
    }
    let (high, low) = digits.split_at(digits.len() / 2);
    let ((high, high_power), (low, low_power)) = (from_base(high, base), from_base(low, base));
    (high * &low_power + low, high_power * low_power)
}

fn digit_value(c: char, base: u32) -> Option<Word> {
    let value = match c {
        '0'..='9' => u32::from(c) - u32::from('0'),
        'a'..='z' => u32::from(c) - u32::from('a') + 10,
        'A'..='Z' if base <= 36 => u32::from(c) - u32::from('A') + 10,
        'A'..='Z' => u32::from(c) - u32::from('A') + 36,
        _ => return None,
    };
    (value < base).then_some(value as Word)
}

fn split_sign(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

fn digits_at_start(text: &str) -> &str {
    let end = text.bytes().take_while(u8::is_ascii_digit).count();
    text.get(..end).unwrap_or_default()
}

/// A sign and digits to the end. What no machine integer holds is as good as the largest that is safe to add to.
fn parse_exponent(text: &str) -> Option<i64> {
    let (negative, digits) = split_sign(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let limit = 1 << 40;
    let value = digits.parse::<i64>().map_or(limit, |value| value.min(limit));
    Some(if negative { -value } else { value })
}
