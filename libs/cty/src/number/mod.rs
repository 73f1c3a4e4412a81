//! Numbers: binary floating point of up to 512 bits, rounded half to even, with signed zero and infinities. Whole numbers that
//! fit a machine word stay in one. The words of the arithmetic on wider numbers are in [`float`], their texts in [`decimal`].
//!
//! A number knows the *precision* it was made with: literals and parsed text have 512 bits, counts and indices 64, results of
//! functions that go through machine floats 53. It decides how results round and how many digits a text needs, and nothing
//! else: numbers of one value are equal whatever their precision.

mod decimal;
mod float;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use dashu_int::UBig;
use dashu_int::ops::BitTest;

pub use decimal::{Decimal, shortest_f64};
use float::Float;

/// Bits of a number written in a text.
pub const LITERAL_PRECISION: u32 = 512;
const INTEGER_PRECISION: u32 = 64;
const DOUBLE_PRECISION: u32 = 53;

/// A number; cheap to clone.
#[derive(Clone)]
pub struct Number {
    repr: Repr,
    precision: u32,
}

/// Every value has one form only: whatever fits `Int` is `Int`.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Repr {
    Int(i64),
    NegativeZero,
    Infinite { negative: bool },
    Float(Arc<Float>),
}

/// An operation had no result, as 0/0 has none.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NotANumber;

impl fmt::Display for NotANumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the result is not a number")
    }
}

impl std::error::Error for NotANumber {}

impl Number {
    /// Zero.
    pub const ZERO: Number = Number { repr: Repr::Int(0), precision: INTEGER_PRECISION };
    /// Positive infinity.
    pub const INFINITY: Number =
        Number { repr: Repr::Infinite { negative: false }, precision: LITERAL_PRECISION };
    /// Negative infinity.
    pub const NEG_INFINITY: Number =
        Number { repr: Repr::Infinite { negative: true }, precision: LITERAL_PRECISION };

    /// Reads a decimal number as configuration languages write them: optional sign, digits with at most one dot before, between
    /// or after them, optional exponent (`e` of ten, `p` of two); or `inf`, `Inf` with optional sign. No blanks, no `_`, no `0x`.
    pub fn parse(text: &str) -> Option<Number> {
        decimal::parse(text)
    }

    /// Reads a whole number in a base of 2 to 62, optional sign first. Up to base 36 the case of letters does not matter, above it
    /// `a` is 10 and `A` is 36. The result is exact, however long.
    pub fn parse_integer(text: &str, base: u32) -> Option<Number> {
        decimal::parse_integer(text, base)
    }

    /// The number of a machine float, to be printed as one: with 53 bits. `None` for what is not a number.
    pub fn from_f64(value: f64) -> Option<Number> {
        if value.is_nan() {
            return None;
        }
        if value.is_infinite() {
            return Some(Number::infinity(value < 0.0));
        }
        if value == 0.0 {
            return Some(Number::zero(value.is_sign_negative(), DOUBLE_PRECISION));
        }
        let bits = value.to_bits();
        let fraction = bits & ((1 << 52) - 1);
        let (magnitude, exponent) = match (bits >> 52) & 0x7ff {
            0 => (fraction, -1074),
            biased => (fraction | (1 << 52), biased as i64 - 1075),
        };
        let float = Float { negative: value < 0.0, magnitude: UBig::from(magnitude), exponent };
        Some(Number::from_float(float, DOUBLE_PRECISION))
    }

    fn infinity(negative: bool) -> Number {
        if negative { Number::NEG_INFINITY } else { Number::INFINITY }
    }

    fn zero(negative: bool, precision: u32) -> Number {
        Number { repr: if negative { Repr::NegativeZero } else { Repr::Int(0) }, precision }
    }

    /// Brings a result into its one form. The float need not be rounded or normalised yet.
    fn from_float(float: Float, precision: u32) -> Number {
        if float.magnitude.is_zero() {
            return Number::zero(float.negative, precision);
        }
        let float = float.round(precision).normalised();
        if let Some(int) = float.to_i64() {
            return Number { repr: Repr::Int(int), precision };
        }
        match float.range() {
            float::Range::Over => Number::infinity(float.negative),
            float::Range::Under => Number::zero(float.negative, precision),
            float::Range::Within => Number { repr: Repr::Float(Arc::new(float)), precision },
        }
    }

    /// The exact whole number; wide enough to hold all of it.
    fn from_whole(negative: bool, magnitude: UBig) -> Number {
        let precision = INTEGER_PRECISION.max(u32::try_from(magnitude.bit_len()).unwrap_or(u32::MAX));
        Number::from_float(Float { negative, magnitude, exponent: 0 }, precision)
    }

    /// Its parts, unless it is infinite; zero has magnitude zero.
    fn to_float(&self) -> Option<Float> {
        match &self.repr {
            Repr::Int(int) => {
                Some(Float { negative: *int < 0, magnitude: UBig::from(int.unsigned_abs()), exponent: 0 })
            }
            Repr::NegativeZero => Some(Float { negative: true, magnitude: UBig::ZERO, exponent: 0 }),
            Repr::Float(float) => Some(Float::clone(float)),
            Repr::Infinite { .. } => None,
        }
    }

    /// Bits that results of this number are rounded to.
    pub fn precision(&self) -> u32 {
        self.precision
    }

    /// Whether the sign is minus; true for negative zero, too.
    pub fn is_negative(&self) -> bool {
        match &self.repr {
            Repr::Int(int) => *int < 0,
            Repr::NegativeZero => true,
            Repr::Infinite { negative } => *negative,
            Repr::Float(float) => float.negative,
        }
    }

    /// Whether it is zero of either sign.
    pub fn is_zero(&self) -> bool {
        matches!(self.repr, Repr::Int(0) | Repr::NegativeZero)
    }

    /// Whether it is an infinity.
    pub fn is_infinite(&self) -> bool {
        matches!(self.repr, Repr::Infinite { .. })
    }

    /// Whether it has no fraction. Infinities are not whole.
    pub fn is_whole(&self) -> bool {
        match &self.repr {
            Repr::Int(_) | Repr::NegativeZero => true,
            Repr::Infinite { .. } => false,
            Repr::Float(float) => float.exponent >= 0,
        }
    }

    /// The machine integer, if it is whole and in range.
    pub fn to_i64(&self) -> Option<i64> {
        match self.repr {
            Repr::Int(int) => Some(int),
            Repr::NegativeZero => Some(0),
            Repr::Infinite { .. } | Repr::Float(_) => None,
        }
    }

    /// The machine size, if it is whole, not negative and in range.
    pub fn to_usize(&self) -> Option<usize> {
        self.to_i64().and_then(|int| usize::try_from(int).ok())
    }

    /// The nearest machine float; infinite if too large, zero if too small.
    pub fn to_f64(&self) -> f64 {
        match &self.repr {
            // Rounds half to even, as the rest does.
            Repr::Int(int) => *int as f64,
            Repr::NegativeZero => -0.0,
            Repr::Infinite { negative } => {
                if *negative {
                    f64::NEG_INFINITY
                } else {
                    f64::INFINITY
                }
            }
            Repr::Float(float) => float.to_f64(),
        }
    }

    /// The sum. Opposite infinities have none.
    pub fn add(&self, other: &Number) -> Result<Number, NotANumber> {
        let precision = self.precision.max(other.precision);
        match (&self.repr, &other.repr) {
            (Repr::Int(a), Repr::Int(b)) if precision >= INTEGER_PRECISION => {
                if let Some(sum) = a.checked_add(*b) {
                    return Ok(Number { repr: Repr::Int(sum), precision });
                }
            }
            (Repr::Infinite { negative: a }, Repr::Infinite { negative: b }) => {
                return if a == b { Ok(Number::infinity(*a)) } else { Err(NotANumber) };
            }
            (Repr::Infinite { negative }, _) | (_, Repr::Infinite { negative }) => {
                return Ok(Number::infinity(*negative));
            }
            (Repr::NegativeZero, Repr::NegativeZero) => return Ok(Number::zero(true, precision)),
            // Zeros of both signs make the ordinary one.
            (Repr::NegativeZero, _) if other.is_zero() => return Ok(Number::zero(false, precision)),
            (_, Repr::NegativeZero) if self.is_zero() => return Ok(Number::zero(false, precision)),
            _ => {}
        }
        let (Some(a), Some(b)) = (self.to_float(), other.to_float()) else { return Err(NotANumber) };
        Ok(Number::from_float(a.add(&b, precision), precision))
    }

    /// The difference. Equal infinities have none.
    pub fn sub(&self, other: &Number) -> Result<Number, NotANumber> {
        self.add(&other.neg())
    }

    /// The product, exact if 512 bits can hold it. Zero times infinity has none.
    pub fn mul(&self, other: &Number) -> Result<Number, NotANumber> {
        let precision = self.precision.max(other.precision);
        let negative = self.is_negative() != other.is_negative();
        if let (Repr::Int(a), Repr::Int(b)) = (&self.repr, &other.repr)
            && precision >= INTEGER_PRECISION
            && let Some(product) = a.checked_mul(*b)
            && (product != 0 || !negative)
        {
            return Ok(Number { repr: Repr::Int(product), precision });
        }
        if self.is_infinite() || other.is_infinite() {
            let nothing = self.is_zero() || other.is_zero();
            return if nothing { Err(NotANumber) } else { Ok(Number::infinity(negative)) };
        }
        let (Some(a), Some(b)) = (self.to_float(), other.to_float()) else { return Err(NotANumber) };
        let product =
            Float { negative, magnitude: a.magnitude * b.magnitude, exponent: a.exponent + b.exponent };
        if product.magnitude.is_zero() {
            return Ok(Number::zero(negative, precision));
        }
        let product = product.round(LITERAL_PRECISION.max(precision)).normalised();
        let needed = u32::try_from(product.magnitude.bit_len()).unwrap_or(u32::MAX);
        Ok(Number::from_float(product, precision.max(needed)))
    }

    /// The quotient. 0/0 and ∞/∞ have none; anything else by zero is infinite.
    pub fn div(&self, other: &Number) -> Result<Number, NotANumber> {
        let precision = self.precision.max(other.precision);
        let negative = self.is_negative() != other.is_negative();
        if (self.is_zero() && other.is_zero()) || (self.is_infinite() && other.is_infinite()) {
            return Err(NotANumber);
        }
        if self.is_infinite() || other.is_zero() {
            return Ok(Number::infinity(negative));
        }
        if self.is_zero() || other.is_infinite() {
            return Ok(Number::zero(negative, precision));
        }
        if let (Repr::Int(a), Repr::Int(b)) = (&self.repr, &other.repr)
            && precision >= INTEGER_PRECISION
            && a.checked_rem(*b) == Some(0)
            && let Some(quotient) = a.checked_div(*b)
        {
            return Ok(Number { repr: Repr::Int(quotient), precision });
        }
        let (Some(a), Some(b)) = (self.to_float(), other.to_float()) else { return Err(NotANumber) };
        Ok(Number::from_float(a.div(&b, precision), precision))
    }

    /// What is left of it after as many whole `other` as fit are taken away, towards zero: it has the sign of `self`. By zero, `self`.
    /// With an infinity on either side there is none.
    pub fn rem(&self, other: &Number) -> Result<Number, NotANumber> {
        if self.is_infinite() || other.is_infinite() {
            return Err(NotANumber);
        }
        if other.is_zero() {
            return Ok(self.clone());
        }
        if let (Repr::Int(a), Repr::Int(b)) = (&self.repr, &other.repr)
            && let Some(rest) = a.checked_rem(*b)
        {
            return Ok(Number { repr: Repr::Int(rest), precision: self.precision.max(other.precision) });
        }
        // The rounded quotient decides, so that 0.3 % 0.1 is what people expect although neither is exact.
        let times = self.div(other)?.trunc();
        self.sub(&times.mul(other)?)
    }

    /// The number with the other sign.
    pub fn neg(&self) -> Number {
        let repr = match &self.repr {
            Repr::Int(0) => Repr::NegativeZero,
            Repr::NegativeZero => Repr::Int(0),
            Repr::Int(int) => match int.checked_neg() {
                Some(int) => Repr::Int(int),
                None => Repr::Float(Arc::new(Float { negative: false, magnitude: UBig::ONE, exponent: 63 })),
            },
            Repr::Infinite { negative } => Repr::Infinite { negative: !negative },
            Repr::Float(float) => {
                let float = Float { negative: !float.negative, ..Float::clone(float) };
                match float.to_i64() {
                    Some(int) => Repr::Int(int),
                    None => Repr::Float(Arc::new(float)),
                }
            }
        };
        Number { repr, precision: self.precision }
    }

    /// The number without its sign.
    pub fn abs(&self) -> Number {
        if self.is_negative() { self.neg() } else { self.clone() }
    }

    /// The whole part, towards zero, with the precision of a count. Infinities stay.
    pub fn trunc(&self) -> Number {
        match &self.repr {
            Repr::NegativeZero => Number::ZERO,
            Repr::Int(int) => Number::from(*int),
            Repr::Infinite { .. } => self.clone(),
            Repr::Float(float) => {
                let whole = float.trunc();
                let negative = float.negative && !whole.is_zero();
                Number::from_whole(negative, whole)
            }
        }
    }

    /// The greatest whole number that is not greater. Infinities stay.
    pub fn floor(&self) -> Number {
        self.whole_towards(true)
    }

    /// The least whole number that is not less. Infinities stay.
    pub fn ceil(&self) -> Number {
        self.whole_towards(false)
    }

    fn whole_towards(&self, down: bool) -> Number {
        match &self.repr {
            Repr::Float(float) if float.exponent < 0 => {
                let mut whole = float.trunc();
                if float.negative == down {
                    whole += UBig::ONE;
                }
                let negative = float.negative && !whole.is_zero();
                Number::from_whole(negative, whole)
            }
            _ => self.trunc(),
        }
    }

    /// Its exact decimal digits; `None` for infinities.
    pub fn to_decimal(&self) -> Option<Decimal> {
        self.to_float().map(|float| Decimal::exact(&float))
    }

    /// The fewest decimal digits that give the number back at its precision; `None` for infinities.
    pub fn to_shortest(&self) -> Option<Decimal> {
        self.to_float().map(|float| Decimal::shortest(&float, self.precision))
    }

    /// Its exact size as bytes, the highest first, times a power of two; no bytes for zero, `None` for infinities. The sign is
    /// [`is_negative`](Number::is_negative)'s.
    pub fn to_binary(&self) -> Option<(Vec<u8>, i64)> {
        let float = self.to_float()?.normalised();
        Some(if float.magnitude.is_zero() {
            (Vec::new(), 0)
        } else {
            (float.magnitude.to_be_bytes().into(), float.exponent)
        })
    }

    /// Sign and digits of a whole number in a base of 2 to 36, in lower case; `None` if it has a fraction or is infinite.
    pub fn to_radix(&self, base: u8) -> Option<String> {
        if !self.is_whole() || !(2..=36).contains(&base) {
            return None;
        }
        let float = self.to_float()?;
        let digits = float.trunc().in_radix(base).to_string();
        Some(if float.negative && !float.magnitude.is_zero() { format!("-{digits}") } else { digits })
    }
}

/// The shortest decimal text that gives the number back at its precision, never with an exponent; `+Inf` and `-Inf`.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.repr {
            Repr::Int(int) if self.precision >= INTEGER_PRECISION => write!(f, "{int}"),
            Repr::NegativeZero => f.write_str("-0"),
            Repr::Infinite { negative: false } => f.write_str("+Inf"),
            Repr::Infinite { negative: true } => f.write_str("-Inf"),
            Repr::Int(_) | Repr::Float(_) => match self.to_shortest() {
                Some(decimal) => f.write_str(&decimal.plain()),
                None => Ok(()),
            },
        }
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Number) -> bool {
        self.repr == other.repr || (self.is_zero() && other.is_zero())
    }
}

impl Eq for Number {}

impl Hash for Number {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match &self.repr {
            Repr::NegativeZero => Repr::Int(0).hash(state),
            repr => repr.hash(state),
        }
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Number) -> Ordering {
        if let (Some(a), Some(b)) = (self.to_i64(), other.to_i64()) {
            return a.cmp(&b);
        }
        let rank = |number: &Number| match number.repr {
            Repr::Infinite { negative: true } => -1,
            Repr::Infinite { negative: false } => 1,
            _ => 0,
        };
        match (self.to_float(), other.to_float()) {
            (Some(a), Some(b)) => a.compare(&b),
            _ => rank(self).cmp(&rank(other)),
        }
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Number) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

macro_rules! from_small {
    ($($int:ty)*) => {$(
        impl From<$int> for Number {
            fn from(int: $int) -> Number {
                Number { repr: Repr::Int(i64::from(int)), precision: INTEGER_PRECISION }
            }
        }
    )*};
}
from_small!(i8 i16 i32 i64 u8 u16 u32);

impl From<u64> for Number {
    fn from(int: u64) -> Number {
        match i64::try_from(int) {
            Ok(int) => Number::from(int),
            Err(_) => Number::from_whole(false, UBig::from(int)),
        }
    }
}

impl From<usize> for Number {
    fn from(int: usize) -> Number {
        Number::from(int as u64)
    }
}
