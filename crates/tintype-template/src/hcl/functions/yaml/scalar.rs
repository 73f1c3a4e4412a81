//! What a plain word of YAML means: the schema of YAML 1.1 with the exceptions that the language's users know.

use cty::{Number, Type, Value, convert};

/// What a word without quotes and tag means.
pub(super) fn plain(text: &str) -> Result<Value, String> {
    if is_null(text) {
        return Ok(Value::null(Type::Dynamic));
    }
    if let Some(value) = bool_word(text) {
        return Ok(Value::bool(value));
    }
    if let Some(number) = number(text)? {
        return Ok(Value::number(number));
    }
    Ok(Value::string(timestamp(text).unwrap_or_else(|| text.into())))
}

/// What a scalar with a tag of YAML itself means.
pub(super) fn tagged(tag: &str, text: &str, is_plain: bool) -> Result<Value, String> {
    let wrong = || format!("{text:?} cannot be read as !!{tag}");
    match tag {
        "str" | "binary" => Ok(Value::string(text)),
        "null" if is_null(text) => Ok(Value::null(Type::Dynamic)),
        "bool" => bool_word(text).map(Value::bool).ok_or_else(wrong),
        "int" => {
            let number = number(text)?.filter(Number::is_whole);
            number.map(Value::number).ok_or_else(wrong)
        }
        "float" => number(text)?.map(Value::number).ok_or_else(wrong),
        "timestamp" => timestamp(text).map(Value::string).ok_or_else(wrong),
        "null" => Err(wrong()),
        _ if is_plain => Err(format!("the tag !!{tag} is not supported")),
        _ => Err(format!("the tag !!{tag} is not supported here")),
    }
}

/// The text of a key. Keys must be strings or become ones.
pub(super) fn key(value: &Value) -> Result<String, String> {
    if value.is_null() {
        return Err("a key must not be null".into());
    }
    convert(value, &Type::String)
        .ok()
        .and_then(|key| key.as_str().map(String::from))
        .ok_or_else(|| "a key must be a string".into())
}

fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

fn bool_word(text: &str) -> Option<bool> {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "true" | "True" | "TRUE" => Some(true),
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" | "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

/// The number a word says, if it says one. Whole numbers of a machine's size are exact, others are machine floats.
fn number(text: &str) -> Result<Option<Number>, String> {
    match text {
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Ok(Some(Number::INFINITY)),
        "-.inf" | "-.Inf" | "-.INF" => return Ok(Some(Number::NEG_INFINITY)),
        ".nan" | ".NaN" | ".NAN" => return Err("what is not a number cannot be a value".into()),
        _ => {}
    }
    if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.')) {
        return Ok(None);
    }
    let digits: String = text.chars().filter(|&c| c != '_').collect();
    let (sign, magnitude) = match digits.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", digits.strip_prefix('+').unwrap_or(&digits)),
    };
    if let Some(bits) = magnitude.strip_prefix("0b") {
        return Ok(Number::parse_integer(&format!("{sign}{bits}"), 2));
    }
    let decimal = |c: u8| c.is_ascii_digit() || matches!(c, b'.' | b'e' | b'E' | b'+' | b'-');
    if !magnitude.bytes().all(decimal) {
        return Ok(None);
    }
    if magnitude.bytes().all(|b| b.is_ascii_digit())
        && let Some(number) = Number::parse_integer(&digits, 10)
        && (number.to_i64().is_some() || digits.parse::<u64>().is_ok())
    {
        return Ok(Some(number));
    }
    // What a machine cannot hold is a word like any other.
    Ok(digits.parse().ok().filter(|number: &f64| number.is_finite()).and_then(Number::from_f64))
}

/// A date, or date and time, in RFC 3339 with whole seconds; the time may be missing, and a zone, too: it is UTC then.
fn timestamp(text: &str) -> Option<String> {
    let (date, time) = match text.find(['T', 't', ' ']) {
        Some(at) => (text.get(..at)?, Some((text.get(at..=at)?, text.get(at + 1..)?.trim_start()))),
        None => (text, None),
    };
    let mut date = date.splitn(3, '-');
    let year = number_of(date.next()?, 4, 4)?;
    let month = number_of(date.next()?, 1, 2)?;
    let day = number_of(date.next()?, 1, 2)?;
    let (clock, zone) = match time {
        None => ("0:0:0".to_owned(), "Z".to_owned()),
        Some((separator, time)) => {
            let end = time.find(['Z', '+', '-', ' ']).unwrap_or(time.len());
            let (clock, zone) = time.split_at(end);
            let zone = match (separator, zone) {
                (" ", "") => "Z",
                (" ", _) => return None,
                (_, zone) => zone,
            };
            (clock.to_owned(), zone.to_owned())
        }
    };
    let (clock, _fraction) = clock.split_once('.').map_or((clock.as_str(), ""), |parts| parts);
    let mut clock = clock.splitn(3, ':');
    let hour = number_of(clock.next()?, 1, 2)?;
    let minute = number_of(clock.next()?, 1, 2)?;
    let second = number_of(clock.next()?, 1, 2)?;
    let text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{zone}");
    let moment = super::super::time::normalised(&text)?;
    Some(moment)
}

fn number_of(text: &str, least: usize, most: usize) -> Option<u32> {
    let fits = (least..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if fits { text.parse().ok() } else { None }
}
