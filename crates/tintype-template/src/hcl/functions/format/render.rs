//! What a verb makes of a value.

use cty::number::Decimal;
use cty::{Number, Type, Value, convert, json};

use super::super::graphemes::graphemes;
use super::verb::Verb;

type Result<T> = std::result::Result<T, String>;

pub(super) fn render(verb: &Verb, value: &Value) -> Result<String> {
    match verb.letter {
        'v' if verb.sharp => Ok(pad(verb, to_json(value)?)),
        'v' => Ok(pad(verb, as_is(value)?)),
        't' => {
            Ok(pad(verb, converted(value, &Type::Bool, "a bool")?.as_bool().unwrap_or_default().to_string()))
        }
        's' | 'q' => string(verb, value),
        'd' | 'b' | 'o' | 'x' | 'X' => whole(verb, &number(value)?),
        _ => Ok(float(verb, &number(value)?)),
    }
}

fn converted(value: &Value, ty: &Type, what: &str) -> Result<Value> {
    if value.is_null() {
        return Err(format!("{what} is required, not null"));
    }
    convert(value, ty).map_err(|_| super::super::args::wanted(what, value))
}

fn number(value: &Value) -> Result<Number> {
    let converted = converted(value, &Type::Number, "a number")?;
    converted.as_number().cloned().ok_or_else(|| "a number is required".into())
}

fn to_json(value: &Value) -> Result<String> {
    json::to_json(value).map_err(|error| error.to_string())
}

fn as_is(value: &Value) -> Result<String> {
    if let Some(text) = value.as_str() {
        return Ok(text.into());
    }
    match value.as_number() {
        Some(number) => Ok(match number.to_shortest() {
            Some(decimal) => decimal.general(EXPONENT_FROM, 'e'),
            None => number.to_string(),
        }),
        None => to_json(value),
    }
}

/// The decimal exponent from which numbers without a precision are written with one.
const EXPONENT_FROM: i64 = 6;

fn string(verb: &Verb, value: &Value) -> Result<String> {
    let value = converted(value, &Type::String, "a string")?;
    let text = value.as_str().unwrap_or_default();
    let text: String = match verb.precision {
        Some(count) => graphemes(text).take(count).collect(),
        None => text.into(),
    };
    if verb.letter == 's' {
        return Ok(pad(verb, text));
    }
    let mut quoted = String::new();
    json::quote(&text, &mut quoted);
    Ok(pad(verb, quoted))
}

/// Brings a text to the width of the verb, counted in what people see as characters.
fn pad(verb: &Verb, text: String) -> String {
    if verb.width == 0 {
        return text;
    }
    let missing = verb.width.saturating_sub(graphemes(&text).count());
    if missing == 0 {
        text
    } else if verb.minus {
        text + &" ".repeat(missing)
    } else {
        let fill = if verb.zero { "0" } else { " " };
        fill.repeat(missing) + &text
    }
}

/// Puts the sign before digits and both into the width of the verb; zeros go between sign and digits.
fn pad_number(verb: &Verb, negative: bool, prefix: &str, digits: &str, zeros: bool) -> String {
    let sign = match (negative, verb.plus, verb.blank) {
        (true, _, _) => "-",
        (false, true, _) => "+",
        (false, false, true) => " ",
        (false, false, false) => "",
    };
    let missing = verb.width.saturating_sub(sign.len() + prefix.len() + digits.len());
    if verb.minus {
        format!("{sign}{prefix}{digits}{}", " ".repeat(missing))
    } else if zeros {
        format!("{sign}{prefix}{}{digits}", "0".repeat(missing))
    } else {
        format!("{}{sign}{prefix}{digits}", " ".repeat(missing))
    }
}

fn whole(verb: &Verb, number: &Number) -> Result<String> {
    let (base, prefix) = match verb.letter {
        'b' => (2, "0b"),
        'o' => (8, "0"),
        'x' => (16, "0x"),
        'X' => (16, "0X"),
        _ => (10, ""),
    };
    let text = number.to_radix(base).ok_or_else(|| format!("a whole number is required, not {number}"))?;
    let digits = text.strip_prefix('-').unwrap_or(&text);
    let mut digits = if verb.letter == 'X' { digits.to_uppercase() } else { digits.into() };
    if let Some(least) = verb.precision {
        digits = "0".repeat(least.saturating_sub(digits.len())) + &digits;
    }
    let prefix = if verb.sharp { prefix } else { "" };
    Ok(pad_number(verb, text.starts_with('-'), prefix, &digits, verb.zero && verb.precision.is_none()))
}

fn float(verb: &Verb, number: &Number) -> String {
    let digits = match number.abs().to_decimal() {
        None => {
            // Infinity shows its sign in any case.
            let sign = if number.is_negative() { "-" } else { "+" };
            return pad(&Verb { zero: false, ..verb.clone() }, format!("{sign}Inf"));
        }
        Some(exact) => match verb.letter {
            'e' | 'E' => {
                let places = verb.precision.unwrap_or(DEFAULT_PLACES);
                exact.rounded(places as i64 + 1).scientific(places, verb.letter)
            }
            'f' | 'F' => {
                let places = verb.precision.unwrap_or(DEFAULT_PLACES);
                exact.rounded_places(places).fixed(places)
            }
            _ => general(verb, number, &exact),
        },
    };
    pad_number(verb, number.is_negative(), "", &digits, verb.zero)
}

/// Digits after the dot where the verb does not say how many.
const DEFAULT_PLACES: usize = 6;

fn general(verb: &Verb, number: &Number, exact: &Decimal) -> String {
    let e = if verb.letter == 'G' { 'E' } else { 'e' };
    match verb.precision {
        None => {
            number.abs().to_shortest().map_or_else(String::new, |decimal| decimal.general(EXPONENT_FROM, e))
        }
        Some(precision) => {
            let precision = precision.max(1) as i64;
            let rounded = exact.rounded(precision);
            // A whole number that needs all its digits shows them.
            let digits = rounded.digits.len() as i64;
            let limit = if precision > digits && digits >= rounded.point { digits } else { precision };
            rounded.general(limit, e)
        }
    }
}
