//! The patterns of `-only` and `-except`: whole names, with no character that is special to names. Which names there are is the
//! caller's affair.

/// A pattern: `*` (and `**`) any text, `?` one character, `[abc]`, `[a-z]`, `[!x]`, `{p,q}`, `\` before a character that shall mean
/// itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Glob {
    /// Any of these fits: what `{p,q}` comes to.
    alternatives: Vec<Vec<Token>>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Token {
    Text,
    One,
    Literal(char),
    Class { not: bool, ranges: Vec<(char, char)> },
}

/// Why a pattern cannot be read, as the end of a sentence.
pub type Unreadable = &'static str;

/// How many flat patterns the braces of one may come to.
const MAX_ALTERNATIVES: usize = 1000;

impl Glob {
    /// Reads a pattern.
    ///
    /// # Errors
    /// A bracket or brace that is not closed, an empty class, a range that is the wrong way round, a `\` at the end.
    pub fn parse(pattern: &str) -> Result<Self, Unreadable> {
        let chars: Vec<char> = pattern.chars().collect();
        let mut reader = Reader { chars: &chars, at: 0 };
        let alternatives = reader.sequence(0)?;
        Ok(Self { alternatives })
    }

    /// Whether the whole of a name fits.
    pub fn matches(&self, name: &str) -> bool {
        let name: Vec<char> = name.chars().collect();
        self.alternatives.iter().any(|tokens| fits(tokens, &name))
    }
}

struct Reader<'a> {
    chars: &'a [char],
    at: usize,
}

impl Reader<'_> {
    fn next(&mut self) -> Option<char> {
        let next = self.chars.get(self.at).copied();
        self.at += 1;
        next
    }

    /// Up to the end, or inside braces to the `,` or `}` that ends this one.
    fn sequence(&mut self, depth: usize) -> Result<Vec<Vec<Token>>, Unreadable> {
        let mut all: Vec<Vec<Token>> = vec![Vec::new()];
        loop {
            let token = match self.chars.get(self.at) {
                None => return Ok(all),
                Some(',' | '}') if depth > 0 => return Ok(all),
                Some('{') => {
                    self.at += 1;
                    all = self.alternatives(&all, depth + 1)?;
                    continue;
                }
                Some('*') => Token::Text,
                Some('?') => Token::One,
                Some('[') => {
                    self.at += 1;
                    let class = self.class()?;
                    all.iter_mut().for_each(|tokens| tokens.push(class.clone()));
                    continue;
                }
                Some('\\') => {
                    self.at += 1;
                    Token::Literal(
                        *self.chars.get(self.at).ok_or("nothing follows the backslash at its end")?,
                    )
                }
                Some(&char) => Token::Literal(char),
            };
            self.at += 1;
            all.iter_mut().for_each(|tokens| tokens.push(token.clone()));
        }
    }

    fn alternatives(&mut self, before: &[Vec<Token>], depth: usize) -> Result<Vec<Vec<Token>>, Unreadable> {
        if depth > 20 {
            return Err("its braces are nested too deeply");
        }
        let mut found = Vec::new();
        loop {
            found.extend(self.sequence(depth)?);
            match self.next() {
                Some(',') => {}
                Some(_) => break,
                None => return Err("a brace is not closed"),
            }
        }
        if before.len().saturating_mul(found.len()) > MAX_ALTERNATIVES {
            return Err("its braces make too many patterns");
        }
        Ok(before
            .iter()
            .flat_map(|head| found.iter().map(move |tail| [&head[..], &tail[..]].concat()))
            .collect())
    }

    fn class(&mut self) -> Result<Token, Unreadable> {
        const OPEN: Unreadable = "a bracket is not closed";
        let not = self.chars.get(self.at) == Some(&'!');
        if not {
            self.at += 1;
        }
        let mut ranges = Vec::new();
        loop {
            let low = match self.next().ok_or(OPEN)? {
                ']' if ranges.is_empty() => return Err("a pair of brackets is empty"),
                ']' => return Ok(Token::Class { not, ranges }),
                '\\' => self.next().ok_or(OPEN)?,
                char => char,
            };
            let is_range = self.chars.get(self.at) == Some(&'-') && self.chars.get(self.at + 1) != Some(&']');
            let high = if is_range {
                self.at += 1;
                self.next().ok_or(OPEN)?
            } else {
                low
            };
            if high < low {
                return Err("a range of characters is the wrong way round");
            }
            ranges.push((low, high));
        }
    }
}

/// Whether all of a name fits a flat pattern. Going back to the last `*` only is enough, since what stands before it fitted already.
fn fits(tokens: &[Token], name: &[char]) -> bool {
    let (mut token, mut char) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while char < name.len() {
        let fitted = match tokens.get(token) {
            Some(Token::Text) => {
                star = Some((token, char));
                token += 1;
                continue;
            }
            Some(Token::One) => true,
            Some(Token::Literal(wanted)) => *wanted == name[char],
            Some(Token::Class { not, ranges }) => {
                ranges.iter().any(|&(low, high)| (low..=high).contains(&name[char])) != *not
            }
            None => false,
        };
        if fitted {
            token += 1;
            char += 1;
        } else if let Some((at, from)) = star {
            star = Some((at, from + 1));
            token = at + 1;
            char = from + 1;
        } else {
            return false;
        }
    }
    tokens[token.min(tokens.len())..].iter().all(|token| *token == Token::Text)
}

#[cfg(test)]
mod tests;
