//! Formats taken apart: plain text and verbs such as `%-8.3f` or `%[2]s`.

use hcl::FunctionError;

/// A part of a format.
pub(super) enum Piece {
    Text(String),
    Verb(Verb),
}

/// A place for a value.
#[derive(Clone)]
pub(super) struct Verb {
    /// As written, for messages.
    pub(super) text: String,
    /// Its letter.
    pub(super) letter: char,
    /// Which value, from 0, if it says so.
    pub(super) argument: Option<usize>,
    pub(super) plus: bool,
    pub(super) minus: bool,
    pub(super) sharp: bool,
    pub(super) blank: bool,
    pub(super) zero: bool,
    pub(super) width: usize,
    pub(super) precision: Option<usize>,
}

/// Wider or more precise than this is a mistake, and would make a text out of proportion.
const MAX_WIDTH: usize = 10_000;

const LETTERS: &str = "vtbdoxXeEfFgGsq";

pub(super) fn parse(format: &str) -> Result<Vec<Piece>, FunctionError> {
    let mut pieces = Vec::new();
    let mut rest = format;
    while let Some(start) = rest.find('%') {
        let (text, from) = rest.split_at(start);
        if !text.is_empty() {
            pieces.push(Piece::Text(text.into()));
        }
        if let Some(after) = from.strip_prefix("%%") {
            pieces.push(Piece::Text("%".into()));
            rest = after;
            continue;
        }
        let (verb, after) = parse_verb(from)?;
        pieces.push(Piece::Verb(verb));
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest.into()));
    }
    Ok(pieces)
}

/// The verb at the start of a text that begins with `%`, and what follows it.
fn parse_verb(from: &str) -> Result<(Verb, &str), FunctionError> {
    let mut rest = from.strip_prefix('%').unwrap_or(from);
    let mut verb = Verb {
        text: String::new(),
        letter: 'v',
        argument: None,
        plus: false,
        minus: false,
        sharp: false,
        blank: false,
        zero: false,
        width: 0,
        precision: None,
    };
    argument(&mut rest, &mut verb)?;
    while let Some(flag) = rest.chars().next() {
        match flag {
            '+' => verb.plus = true,
            '-' => verb.minus = true,
            '#' => verb.sharp = true,
            ' ' => verb.blank = true,
            '0' => verb.zero = true,
            _ => break,
        }
        rest = rest.get(1..).unwrap_or_default();
    }
    verb.width = digits(&mut rest)?.unwrap_or(0);
    if let Some(after) = rest.strip_prefix('.') {
        rest = after;
        verb.precision = Some(digits(&mut rest)?.unwrap_or(0));
    }
    argument(&mut rest, &mut verb)?;
    let Some(letter) = rest.chars().next() else {
        return Err(FunctionError::call(format!(
            "the format ends inside the verb {from:?}; write %% for a percent sign"
        )));
    };
    let after = rest.get(letter.len_utf8()..).unwrap_or_default();
    verb.text = from.get(..from.len() - after.len()).unwrap_or(from).into();
    verb.letter = letter;
    if !LETTERS.contains(letter) {
        let advice = if letter == '*' { "; a width must be written out" } else { "" };
        return Err(FunctionError::call(format!("there is no verb {}{advice}", verb.text)));
    }
    Ok((verb, after))
}

/// `[2]`
fn argument(rest: &mut &str, verb: &mut Verb) -> Result<(), FunctionError> {
    let Some(mut inside) = rest.strip_prefix('[') else { return Ok(()) };
    let number = digits(&mut inside)?;
    match (number, inside.strip_prefix(']')) {
        (Some(number @ 1..), Some(after)) => {
            verb.argument = Some(number - 1);
            *rest = after;
            Ok(())
        }
        _ => Err(FunctionError::call(
            "after %[ the number of a value is required, from 1 on, and a closing bracket",
        )),
    }
}

fn digits(rest: &mut &str) -> Result<Option<usize>, FunctionError> {
    let end = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (number, after) = rest.split_at(end);
    *rest = after;
    if number.is_empty() {
        return Ok(None);
    }
    number.parse().ok().filter(|&number| number <= MAX_WIDTH).map(Some).ok_or_else(|| {
        FunctionError::call(format!("the number {number} in the format is larger than {MAX_WIDTH}"))
    })
}
