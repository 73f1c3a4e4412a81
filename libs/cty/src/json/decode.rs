//! JSON to values: one strict pass over the text, with a place for every complaint.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::{MAX_DEPTH, Number, Type, Value};

/// Why a text is no JSON.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct JsonError {
    /// Where, in bytes from the start.
    pub offset: usize,
    /// What is wrong there, a phrase.
    pub message: String,
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (at byte {})", self.message, self.offset)
    }
}

impl std::error::Error for JsonError {}

/// The value of a JSON text: objects and tuples, exact numbers, of equal keys the last. After the value nothing may follow but blanks,
/// and stray closing brackets, which are let pass.
pub fn from_json(text: &str) -> Result<Value, JsonError> {
    let mut parser = Parser { text, at: 0, depth: 0 };
    let value = parser.value()?;
    parser.blanks();
    match parser.peek() {
        None | Some(b']' | b'}') => Ok(value),
        Some(_) => Err(parser.error("nothing may follow the value")),
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

type Result<T, E = JsonError> = std::result::Result<T, E>;

impl Parser<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn blanks(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    fn error(&self, message: impl Into<String>) -> JsonError {
        JsonError { offset: self.at, message: message.into() }
    }

    fn expected(&self, what: &str) -> JsonError {
        let rest = self.text.get(self.at..).unwrap_or_default();
        match rest.chars().next() {
            Some(c) => self.error(format!("{what} expected, not {c:?}")),
            None => self.error(format!("{what} expected, but the text ends")),
        }
    }

    fn value(&mut self) -> Result<Value> {
        self.blanks();
        match self.peek() {
            Some(b'{') => self.nested(Parser::object),
            Some(b'[') => self.nested(Parser::array),
            Some(b'"') => Ok(Value::string(self.string()?)),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b'a'..=b'z') => self.keyword(),
            _ => Err(self.expected("a value")),
        }
    }

    fn nested(&mut self, read: fn(&mut Self) -> Result<Value>) -> Result<Value> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.error(format!("values may not nest deeper than {MAX_DEPTH} levels")));
        }
        self.at += 1;
        let value = read(self);
        self.depth -= 1;
        value
    }

    fn object(&mut self) -> Result<Value> {
        let mut attributes = BTreeMap::new();
        self.blanks();
        if self.eat(b'}') {
            return Ok(Value::object(attributes));
        }
        loop {
            self.blanks();
            if self.peek() != Some(b'"') {
                return Err(self.expected("a key in double quotes"));
            }
            let key: Arc<str> = self.string()?.into();
            self.blanks();
            if !self.eat(b':') {
                return Err(self.expected("\":\""));
            }
            attributes.insert(key, self.value()?);
            self.blanks();
            if self.eat(b'}') {
                return Ok(Value::object(attributes));
            }
            if !self.eat(b',') {
                return Err(self.expected("\",\" or \"}\""));
            }
        }
    }

    fn array(&mut self) -> Result<Value> {
        let mut elements = Vec::new();
        self.blanks();
        if self.eat(b']') {
            return Ok(Value::tuple(elements));
        }
        loop {
            elements.push(self.value()?);
            self.blanks();
            if self.eat(b']') {
                return Ok(Value::tuple(elements));
            }
            if !self.eat(b',') {
                return Err(self.expected("\",\" or \"]\""));
            }
        }
    }

    fn keyword(&mut self) -> Result<Value> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let word = rest.get(..end).unwrap_or_default();
        let value = match word {
            "true" => Value::bool(true),
            "false" => Value::bool(false),
            "null" => Value::null(Type::Dynamic),
            word => return Err(self.error(format!("a value expected, not {word:?}"))),
        };
        self.at += end;
        Ok(value)
    }

    fn digits(&mut self) -> Result<()> {
        if !matches!(self.peek(), Some(b'0'..=b'9')) {
            return Err(self.expected("a digit"));
        }
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        Ok(())
    }

    fn number(&mut self) -> Result<Value> {
        let start = self.at;
        self.eat(b'-');
        if !self.eat(b'0') {
            self.digits()?;
        }
        if self.eat(b'.') {
            self.digits()?;
        }
        if self.eat(b'e') || self.eat(b'E') {
            if !self.eat(b'-') {
                self.eat(b'+');
            }
            self.digits()?;
        }
        let text = self.text.get(start..self.at).unwrap_or_default();
        match Number::parse(text) {
            Some(number) => Ok(Value::number(number)),
            None => Err(self.error("a number expected")),
        }
    }

    fn string(&mut self) -> Result<String> {
        let mut out = String::new();
        self.at += 1;
        loop {
            let rest = self.text.get(self.at..).unwrap_or_default();
            let Some(c) = rest.chars().next() else { return Err(self.error("a string is not closed")) };
            match c {
                '"' => {
                    self.at += 1;
                    return Ok(out);
                }
                '\\' => {
                    self.at += 1;
                    out.push(self.escape()?);
                }
                '\0'..='\x1f' => return Err(self.error("control characters in strings must be escaped")),
                c => {
                    self.at += c.len_utf8();
                    out.push(c);
                }
            }
        }
    }

    fn escape(&mut self) -> Result<char> {
        let c = match self.peek() {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\x08',
            Some(b'f') => '\x0c',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.at += 1;
                let unit = self.hex()?;
                return Ok(self.after_unit(unit));
            }
            _ => return Err(self.expected("one of \" \\ / b f n r t u after a backslash")),
        };
        self.at += 1;
        Ok(c)
    }

    /// The character that begins with this UTF-16 unit. Half of a pair alone stands for no character and becomes U+FFFD.
    fn after_unit(&mut self, unit: u16) -> char {
        if let Some(c) = char::from_u32(u32::from(unit)) {
            return c;
        }
        let start = self.at;
        if self.eat(b'\\')
            && self.eat(b'u')
            && let Ok(second) = self.hex()
            && let Some(Ok(c)) = char::decode_utf16([unit, second]).next()
        {
            return c;
        }
        self.at = start;
        char::REPLACEMENT_CHARACTER
    }

    fn hex(&mut self) -> Result<u16> {
        let digits = self
            .text
            .get(self.at..self.at + 4)
            .filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
        let Some(unit) = digits.and_then(|digits| u16::from_str_radix(digits, 16).ok()) else {
            return Err(self.expected("four hexadecimal digits"));
        };
        self.at += 4;
        Ok(unit)
    }
}
