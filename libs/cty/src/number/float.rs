//! Arithmetic on finite numbers that no machine word holds: sign, magnitude, power of two. Rounding is half to even everywhere.
//! Which precision applies is for [`Number`](super::Number) to say.

use std::cmp::Ordering;

use dashu_int::UBig;
use dashu_int::ops::{BitTest, DivRem};

/// `±magnitude · 2^exponent`. Normalised, the magnitude is odd or zero, so that equal numbers have equal parts.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Float {
    pub(super) negative: bool,
    pub(super) magnitude: UBig,
    pub(super) exponent: i64,
}

/// Where a number lies between the smallest and the largest that are told from zero and infinity.
pub(super) enum Range {
    Under,
    Within,
    Over,
}

/// Numbers of more than about a million decimal digits before or after the dot are no numbers anybody meant; each would take
/// a text of that length.
const MAX_EXPONENT: i64 = 1 << 22;

/// What a shift by this many bits would need; callers have kept exponents within [`MAX_EXPONENT`].
fn bits(count: i64) -> usize {
    usize::try_from(count).unwrap_or(0)
}

impl Float {
    /// Position of the highest bit: the number lies in `[2^(top-1), 2^top)`.
    pub(super) fn top(&self) -> i64 {
        self.magnitude.bit_len() as i64 + self.exponent
    }

    pub(super) fn range(&self) -> Range {
        match self.top() {
            top if top > MAX_EXPONENT => Range::Over,
            top if top < -MAX_EXPONENT => Range::Under,
            _ => Range::Within,
        }
    }

    pub(super) fn normalised(mut self) -> Float {
        if let Some(zeros @ 1..) = self.magnitude.trailing_zeros() {
            self.magnitude >>= zeros;
            self.exponent += zeros as i64;
        }
        self
    }

    /// Rounded to `precision` bits.
    pub(super) fn round(self, precision: u32) -> Float {
        self.round_sticky(precision as usize, false)
    }

    /// Rounded to `precision` bits; `sticky` says that something not zero follows the last bit. It is only meaningful for
    /// magnitudes of more than `precision` bits.
    fn round_sticky(self, precision: usize, sticky: bool) -> Float {
        let Some(drop @ 1..) = self.magnitude.bit_len().checked_sub(precision) else { return self };
        let half = self.magnitude.bit(drop - 1);
        let rest = sticky || self.magnitude.trailing_zeros().is_some_and(|zeros| zeros < drop - 1);
        let mut magnitude = self.magnitude >> drop;
        if half && (rest || magnitude.bit(0)) {
            magnitude += UBig::ONE;
        }
        Float { magnitude, exponent: self.exponent + drop as i64, ..self }
    }

    /// The sum, with enough bits to be rounded to `precision` correctly.
    pub(super) fn add(&self, other: &Float, precision: u32) -> Float {
        if self.magnitude.is_zero() {
            return other.clone();
        }
        if other.magnitude.is_zero() {
            return self.clone();
        }
        let (large, small) = if self.top() >= other.top() { (self, other) } else { (other, self) };
        // Far below the last bit that counts only the sign of the small one matters.
        let floor = large.exponent.min(large.top() - i64::from(precision)) - 4;
        let faint = Float { negative: small.negative, magnitude: UBig::ONE, exponent: floor };
        let small = if small.top() < floor { &faint } else { small };
        let exponent = large.exponent.min(small.exponent);
        let a = &large.magnitude << bits(large.exponent - exponent);
        let b = &small.magnitude << bits(small.exponent - exponent);
        let (negative, magnitude) = if large.negative == small.negative {
            (large.negative, a + b)
        } else {
            match a.cmp(&b) {
                Ordering::Equal => (false, UBig::ZERO),
                Ordering::Greater => (large.negative, a - b),
                Ordering::Less => (small.negative, b - a),
            }
        };
        Float { negative, magnitude, exponent }
    }

    /// The quotient rounded to `precision`. The divisor is not zero.
    pub(super) fn div(&self, other: &Float, precision: u32) -> Float {
        let wanted = other.magnitude.bit_len() + precision as usize + 2;
        let shift = wanted.saturating_sub(self.magnitude.bit_len());
        let (quotient, rest) = (&self.magnitude << shift).div_rem(&other.magnitude);
        let negative = self.negative != other.negative;
        let exponent = self.exponent - other.exponent - shift as i64;
        Float { negative, magnitude: quotient, exponent }.round_sticky(precision as usize, !rest.is_zero())
    }

    /// The magnitude without its fraction.
    pub(super) fn trunc(&self) -> UBig {
        if self.exponent >= 0 {
            &self.magnitude << bits(self.exponent)
        } else {
            &self.magnitude >> bits(-self.exponent)
        }
    }

    /// The machine integer, if it is one. Must be normalised.
    pub(super) fn to_i64(&self) -> Option<i64> {
        if self.exponent < 0 || self.top() > 64 {
            return None;
        }
        let magnitude = u64::try_from(&self.magnitude << bits(self.exponent)).ok()?;
        if self.negative { 0i64.checked_sub_unsigned(magnitude) } else { i64::try_from(magnitude).ok() }
    }

    /// The nearest machine float.
    pub(super) fn to_f64(&self) -> f64 {
        let top = self.top();
        if self.magnitude.is_zero() || top < -1080 {
            return if self.negative { -0.0 } else { 0.0 };
        }
        // The last bit of a machine float this large has the weight 2^(top-53), but never less than 2^-1074.
        let last = (top - 53).max(-1074);
        let value = if top <= last {
            self.round_below(last)
        } else {
            self.clone().round_sticky(bits(top - last), false)
        }
        .normalised();
        if value.top() > 1024 {
            return if self.negative { f64::NEG_INFINITY } else { f64::INFINITY };
        }
        let magnitude = u64::try_from(value.magnitude).unwrap_or(0) as f64;
        // Two factors, because 2^-1074 alone is in range but 2^-1075 as an intermediate value is not.
        let half = value.exponent / 2;
        let scaled = magnitude * power_of_two(half) * power_of_two(value.exponent - half);
        if self.negative { -scaled } else { scaled }
    }

    /// A number below the last bit `2^last`: that bit or nothing, whichever is nearer; nothing of two equally near.
    fn round_below(&self, last: i64) -> Float {
        let half = Float { negative: self.negative, magnitude: UBig::ONE, exponent: last - 1 };
        let up =
            Float { negative: false, ..self.clone() }.compare(&Float { negative: false, ..half.clone() });
        match up {
            Ordering::Greater => Float { exponent: last, ..half },
            _ => Float { magnitude: UBig::ZERO, ..half },
        }
    }

    /// Which is greater.
    pub(super) fn compare(&self, other: &Float) -> Ordering {
        let sign = |float: &Float| match (float.magnitude.is_zero(), float.negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        };
        let by_sign = sign(self).cmp(&sign(other));
        if by_sign != Ordering::Equal || self.magnitude.is_zero() {
            return by_sign;
        }
        let exponent = self.exponent.min(other.exponent);
        let by_size = self.top().cmp(&other.top()).then_with(|| {
            let a = &self.magnitude << bits(self.exponent - exponent);
            let b = &other.magnitude << bits(other.exponent - exponent);
            a.cmp(&b)
        });
        if self.negative { by_size.reverse() } else { by_size }
    }
}

/// `2^exponent` for exponents of -1022 to 1023, made of its bits: `powi` may be inexact.
fn power_of_two(exponent: i64) -> f64 {
    f64::from_bits(((exponent + 1023).clamp(0, 2046) as u64) << 52)
}
