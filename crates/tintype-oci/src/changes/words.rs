//! Words as Dockerfiles have them: quotes, escaped characters, variables. Commands are left to their shell.

use super::Why;

/// So deep may values for missing variables lie in each other.
const DEEPEST: u32 = 100;

/// How words are read.
pub(super) struct Words<'a> {
    /// What escapes a character.
    pub(super) escape: char,
    /// Variables: `NAME=value`.
    pub(super) env: &'a [String],
}

type Letters<'a> = std::iter::Peekable<std::str::Chars<'a>>;

impl Words<'_> {
    /// Splits at spaces that stand in no quotes and are not escaped. Nothing else is changed.
    pub(super) fn split(&self, text: &str) -> Vec<String> {
        let (mut words, mut word, mut quote) = (Vec::new(), String::new(), None);
        let mut letters = text.chars();
        while let Some(letter) = letters.next() {
            if letter == self.escape && quote != Some('\'') {
                word.push(letter);
                word.extend(letters.next());
                continue;
            }
            match quote {
                Some(open) if open == letter => quote = None,
                None if matches!(letter, '\'' | '"') => quote = Some(letter),
                None if letter.is_whitespace() => {
                    if !word.is_empty() {
                        words.push(std::mem::take(&mut word));
                    }
                    continue;
                }
                _ => {}
            }
            word.push(letter);
        }
        if !word.is_empty() {
            words.push(word);
        }
        words
    }

    /// Takes quotes away and puts the values of variables in.
    pub(super) fn expand(&self, word: &str) -> Result<String, Why> {
        let mut letters = word.chars().peekable();
        self.until(None, &mut letters, 0).map_err(|why| format!("{word:?}: {why}"))
    }

    fn until(&self, end: Option<char>, letters: &mut Letters<'_>, depth: u32) -> Result<String, Why> {
        if depth > DEEPEST {
            return Err("variables lie too deep in each other".to_owned());
        }
        let mut out = String::new();
        while let Some(letter) = letters.next() {
            if Some(letter) == end {
                return Ok(out);
            }
            match letter {
                '\'' => self.single(letters, &mut out)?,
                '"' => self.double(letters, &mut out, depth)?,
                '$' => out.push_str(&self.variable(letters, depth)?),
                _ if letter == self.escape => out.extend(letters.next()),
                _ => out.push(letter),
            }
        }
        match end {
            Some(end) => Err(format!("a `{end}` is missing")),
            None => Ok(out),
        }
    }

    fn single(&self, letters: &mut Letters<'_>, out: &mut String) -> Result<(), Why> {
        loop {
            match letters.next() {
                Some('\'') => return Ok(()),
                Some(letter) => out.push(letter),
                None => return Err("the closing `'` is missing".to_owned()),
            }
        }
    }

    fn double(&self, letters: &mut Letters<'_>, out: &mut String, depth: u32) -> Result<(), Why> {
        let missing = || "the closing `\"` is missing".to_owned();
        loop {
            match letters.next().ok_or_else(missing)? {
                '"' => return Ok(()),
                '$' => out.push_str(&self.variable(letters, depth)?),
                letter if letter == self.escape => {
                    let next = letters.next().ok_or_else(missing)?;
                    if !matches!(next, '"' | '$') && next != self.escape {
                        out.push(letter);
                    }
                    out.push(next);
                }
                letter => out.push(letter),
            }
        }
    }

    /// What stands for a variable; its `$` has been read.
    fn variable(&self, letters: &mut Letters<'_>, depth: u32) -> Result<String, Why> {
        if letters.next_if_eq(&'{').is_none() {
            let name = name(letters);
            return Ok(if name.is_empty() {
                "$".to_owned()
            } else {
                self.value(&name).unwrap_or_default().to_owned()
            });
        }
        let name = name(letters);
        if name.is_empty() {
            return Err("a variable has no name".to_owned());
        }
        let value = self.value(&name);
        match letters.next() {
            Some('}') => return Ok(value.unwrap_or_default().to_owned()),
            Some(':') => {}
            _ => return Err(format!("${{{name} is not closed, and has no `:` either")),
        }
        let how = letters.next();
        let other = self.until(Some('}'), letters, depth + 1)?;
        let full = value.filter(|value| !value.is_empty());
        match how {
            Some('-') => Ok(full.map_or(other, str::to_owned)),
            Some('+') => Ok(if full.is_some() { other } else { String::new() }),
            Some('?') => match full {
                Some(value) => Ok(value.to_owned()),
                None => Err(format!("{name}: {}", if other.is_empty() { "it is not set" } else { &other })),
            },
            _ => Err(format!("behind ${{{name}: stands none of `-`, `+` and `?`")),
        }
    }

    fn value(&self, name: &str) -> Option<&str> {
        let pairs = self.env.iter().filter_map(|pair| pair.split_once('='));
        pairs.filter(|(other, _)| *other == name).map(|(_, value)| value).next()
    }
}

/// The name of a variable: letters, digits and `_`; a number; or one of the signs that a shell has values for.
fn name(letters: &mut Letters<'_>) -> String {
    let mut name = String::new();
    if let Some(sign) = letters.next_if(|letter| "@*#?-$!".contains(*letter)) {
        name.push(sign);
        return name;
    }
    let is_number = letters.peek().is_some_and(|letter| letter.is_numeric());
    let belongs = |letter: &char| {
        if is_number { letter.is_numeric() } else { letter.is_alphanumeric() || *letter == '_' }
    };
    while let Some(letter) = letters.next_if(belongs) {
        name.push(letter);
    }
    name
}
