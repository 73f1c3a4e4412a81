//! RE2's syntax in that of the engine. Letters of classes mean ASCII, what RE2 refuses is refused, what it takes for plain text is, and groups lose
//! their names, which are kept beside: two may have the same.

use std::iter::Peekable;
use std::str::Chars;

pub(super) struct Translated {
    pub(super) pattern: String,
    /// Of each group from the first on.
    pub(super) names: Vec<Option<String>>,
}

/// The most often that something may be repeated by number.
const MAX_REPEAT: u32 = 1000;

type Result<T> = std::result::Result<T, String>;

/// On failure: what is wrong, as the end of a sentence that begins with "in the pattern".
pub(super) fn translate(pattern: &str) -> Result<Translated> {
    let mut translator =
        Translator { chars: pattern.chars().peekable(), out: String::new(), names: Vec::new() };
    let mut repeated = false;
    while let Some(c) = translator.chars.next() {
        repeated = translator.one(c, repeated)?;
    }
    Ok(Translated { pattern: translator.out, names: translator.names })
}

struct Translator<'p> {
    chars: Peekable<Chars<'p>>,
    out: String,
    names: Vec<Option<String>>,
}

impl Translator<'_> {
    /// Whatever begins with `c`. True if it was a repetition, which must not be repeated.
    fn one(&mut self, c: char, repeated: bool) -> Result<bool> {
        match c {
            '*' | '+' | '?' => return self.repetition(c.into(), repeated),
            '{' => match self.counted() {
                Some(count) => return self.repetition(count?, repeated),
                None => self.literal('{'),
            },
            '\\' => self.escape()?,
            '[' => self.class()?,
            '(' => self.group()?,
            '.' | '^' | '$' | '|' | ')' => self.out.push(c),
            c => self.literal(c),
        }
        Ok(false)
    }

    fn literal(&mut self, c: char) {
        self.out.push_str(&regex::escape(c.encode_utf8(&mut [0; 4])));
    }

    fn repetition(&mut self, operator: String, repeated: bool) -> Result<bool> {
        if repeated {
            return Err(format!("{operator} repeats what is repeated already"));
        }
        self.out.push_str(&operator);
        if self.chars.next_if_eq(&'?').is_some() {
            self.out.push('?');
        }
        Ok(true)
    }

    /// `n}`, `n,}` or `n,m}` after a brace. None if it is nothing like that: the brace is plain text then.
    fn counted(&mut self) -> Option<Result<String>> {
        let mut ahead = self.chars.clone();
        let least = number(&mut ahead)?;
        let most = match ahead.next_if_eq(&',') {
            Some(_) if ahead.peek() == Some(&'}') => None,
            Some(_) => Some(number(&mut ahead)?),
            None => Some(least.clone()),
        };
        ahead.next_if_eq(&'}')?;
        self.chars = ahead;
        let count = |digits: &str| digits.parse().ok().filter(|&count: &u32| count <= MAX_REPEAT);
        let bounds = match most {
            None => count(&least).map(|least| (least, None)),
            Some(most) => count(&least).zip(count(&most)).map(|(least, most)| (least, Some(most))),
        };
        Some(match bounds {
            None => Err(format!("a count is larger than {MAX_REPEAT}")),
            Some((least, Some(most))) if least > most => {
                Err("the least count is larger than the most".into())
            }
            Some((least, Some(most))) => Ok(format!("{{{least},{most}}}")),
            Some((least, None)) => Ok(format!("{{{least},}}")),
        })
    }

    fn escape(&mut self) -> Result<()> {
        let Some(c) = self.chars.next() else { return Err("a backslash stands at the end".into()) };
        if let Some((negated, members)) = letters(c) {
            self.out.push_str(if negated { "[^" } else { "[" });
            self.out.push_str(members);
            self.out.push(']');
            return Ok(());
        }
        match c {
            'A' | 'z' => self.out.extend(['\\', c]),
            'b' | 'B' => {
                // Where a word ends by ASCII alone.
                self.out.push_str(if c == 'b' { r"(?-u:\b)" } else { NO_WORD_BOUNDARY });
            }
            'Q' => {
                while let Some(c) = self.chars.next() {
                    if c == '\\' && self.chars.next_if_eq(&'E').is_some() {
                        break;
                    }
                    self.literal(c);
                }
            }
            'E' => {}
            'p' | 'P' => {
                let class = self.property(c)?;
                self.out.push_str(&class);
            }
            c => {
                let c = self.character(c)?;
                self.literal(c);
            }
        }
        Ok(())
    }

    /// `\pN`, `\p{Greek}`, `\P{^L}`
    fn property(&mut self, letter: char) -> Result<String> {
        let mut negated = letter == 'P';
        let mut name = String::new();
        match self.chars.next() {
            Some('{') => loop {
                match self.chars.next() {
                    Some('}') => break,
                    Some('^') if name.is_empty() => negated = !negated,
                    Some(c) if c.is_ascii_alphanumeric() || c == '_' => name.push(c),
                    _ => return Err(format!("\\{letter}{{ is not closed")),
                }
            },
            Some(c) if c.is_ascii_alphabetic() => name.push(c),
            _ => return Err(format!("\\{letter} needs the name of a class of characters")),
        }
        Ok(format!("\\{}{{{name}}}", if negated { 'P' } else { 'p' }))
    }

    /// The character that an escape beginning with `c` stands for.
    fn character(&mut self, c: char) -> Result<char> {
        let unknown = || format!("\\{c} has no meaning");
        Ok(match c {
            'a' => '\x07',
            'f' => '\x0c',
            't' => '\t',
            'n' => '\n',
            'r' => '\r',
            'v' => '\x0b',
            'x' => {
                let digits: String = if self.chars.next_if_eq(&'{').is_some() {
                    let digits = std::iter::from_fn(|| self.chars.next_if(char::is_ascii_hexdigit)).collect();
                    self.chars.next_if_eq(&'}').ok_or("\\x{ is not closed")?;
                    digits
                } else {
                    let mut two =
                        || self.chars.next_if(char::is_ascii_hexdigit).ok_or("\\x needs two digits");
                    [two()?, two()?].iter().collect()
                };
                u32::from_str_radix(&digits, 16)
                    .ok()
                    .and_then(char::from_u32)
                    .ok_or_else(|| format!("\\x{{{digits}}} is no character"))?
            }
            '1'..='7' if !matches!(self.chars.peek(), Some('0'..='7')) => {
                return Err(format!("\\{c} refers back to a group, which is not supported"));
            }
            '0'..='7' => {
                let mut code = c.to_digit(8).unwrap_or(0);
                for _ in 0..2 {
                    let Some(digit) = self.chars.next_if(|c| c.is_digit(8)).and_then(|c| c.to_digit(8))
                    else {
                        break;
                    };
                    code = code * 8 + digit;
                }
                char::from_u32(code).ok_or_else(unknown)?
            }
            c if c.is_ascii() && !c.is_ascii_alphanumeric() => c,
            _ => return Err(unknown()),
        })
    }

    fn class(&mut self) -> Result<()> {
        const OPEN: &str = "a bracket is not closed";
        self.out.push('[');
        if self.chars.next_if_eq(&'^').is_some() {
            self.out.push('^');
        }
        let mut first = true;
        loop {
            let Some(c) = self.chars.next() else { return Err(OPEN.into()) };
            match c {
                ']' if !first => break,
                '[' if self.chars.peek() == Some(&':') && self.posix()? => {
                    first = false;
                    continue;
                }
                '\\' => {
                    let letter = self.chars.peek().copied();
                    if let Some((negated, members)) = letter.and_then(letters) {
                        self.chars.next();
                        if negated {
                            self.out.push_str(&format!("[^{members}]"));
                        } else {
                            self.out.push_str(members);
                        }
                        first = false;
                        continue;
                    }
                    if let Some(letter @ ('p' | 'P')) = letter {
                        self.chars.next();
                        let class = self.property(letter)?;
                        self.out.push_str(&class);
                        first = false;
                        continue;
                    }
                }
                _ => {}
            }
            first = false;
            let from = self.member(c).ok_or(OPEN)??;
            let mut ahead = self.chars.clone();
            let is_range = ahead.next() == Some('-') && !matches!(ahead.peek(), None | Some(']'));
            self.member_text(from);
            if is_range {
                self.chars.next();
                let to = self.chars.next().ok_or(OPEN)?;
                let to = self.member(to).ok_or(OPEN)??;
                if from > to {
                    return Err(format!("the range {from}-{to} is empty"));
                }
                self.out.push('-');
                self.member_text(to);
            }
        }
        self.out.push(']');
        Ok(())
    }

    /// A member of a class that begins with `c`; None if the pattern ends in it.
    fn member(&mut self, c: char) -> Option<Result<char>> {
        if c != '\\' {
            return Some(Ok(c));
        }
        let escaped = self.chars.next()?;
        Some(self.character(escaped))
    }

    /// Characters that mean something between brackets differ from engine to engine; their codes do not.
    fn member_text(&mut self, c: char) {
        if c.is_alphanumeric() {
            self.out.push(c);
        } else {
            self.out.push_str(&format!("\\x{{{:x}}}", u32::from(c)));
        }
    }

    /// `:alpha:]` after a bracket. False if it is nothing like that.
    fn posix(&mut self) -> Result<bool> {
        let mut ahead = self.chars.clone();
        ahead.next();
        let negated = ahead.next_if_eq(&'^').is_some();
        let name: String = std::iter::from_fn(|| ahead.next_if(char::is_ascii_alphabetic)).collect();
        if ahead.next() != Some(':') || ahead.next() != Some(']') {
            return Ok(false);
        }
        const NAMES: [&str; 14] = [
            "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct",
            "space", "upper", "word", "xdigit",
        ];
        if !NAMES.contains(&name.as_str()) {
            return Err(format!("there is no class [:{name}:]"));
        }
        self.chars = ahead;
        self.out.push_str(&format!("[:{}{name}:]", if negated { "^" } else { "" }));
        Ok(true)
    }

    /// What follows an opening parenthesis: a name, flags, or nothing special.
    fn group(&mut self) -> Result<()> {
        if self.chars.next_if_eq(&'?').is_none() {
            self.out.push('(');
            self.names.push(None);
            return Ok(());
        }
        let mut ahead = self.chars.clone();
        let named = match ahead.next() {
            Some('P') => ahead.next_if_eq(&'<').is_some(),
            Some('<') => !matches!(ahead.peek(), Some('=' | '!')),
            _ => false,
        };
        if named {
            let name: String =
                std::iter::from_fn(|| ahead.next_if(|c| c.is_ascii_alphanumeric() || *c == '_')).collect();
            if name.is_empty() || ahead.next() != Some('>') {
                return Err("the name of a group must be letters, digits and _, and end with >".into());
            }
            self.chars = ahead;
            self.out.push('(');
            self.names.push(Some(name));
            return Ok(());
        }
        let mut flags = String::from("(?");
        let (mut negated, mut any) = (false, false);
        loop {
            match self.chars.next() {
                Some(flag @ ('i' | 'm' | 's' | 'U')) => {
                    flags.push(flag);
                    any = true;
                }
                Some('-') if !negated => {
                    flags.push('-');
                    (negated, any) = (true, false);
                }
                Some(end @ (':' | ')')) if any || !negated => {
                    flags.push(end);
                    // No flags at all and no group either: nothing.
                    self.out.push_str(if flags == "(?)" { "(?:)" } else { &flags });
                    return Ok(());
                }
                _ => return Err("(? is followed by what is neither a name nor flags; looking ahead and behind is not supported".into()),
            }
        }
    }
}

/// A place where no word of ASCII letters begins or ends.
const NO_WORD_BOUNDARY: &str = r"(?-u:\B)";

/// The members of a class that stands behind a backslash, and whether it is all others.
fn letters(c: char) -> Option<(bool, &'static str)> {
    Some(match c {
        'd' => (false, "0-9"),
        'D' => (true, "0-9"),
        's' => (false, "\\t\\n\\x0C\\r "),
        'S' => (true, "\\t\\n\\x0C\\r "),
        'w' => (false, "0-9A-Za-z_"),
        'W' => (true, "0-9A-Za-z_"),
        _ => return None,
    })
}

fn number(chars: &mut Peekable<Chars<'_>>) -> Option<String> {
    let digits: String = std::iter::from_fn(|| chars.next_if(char::is_ascii_digit)).collect();
    (!digits.is_empty()).then_some(digits)
}
