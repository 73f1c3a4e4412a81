//! Files found by patterns. `**` goes into directories but follows no links, so that a walk always ends; what is found must be a regular file or
//! a link to one.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::os;

/// Paths relative to `directory`, with `/` between the parts. On failure: what is wrong with the pattern.
pub(super) fn find(directory: &Path, pattern: &str) -> Result<BTreeSet<String>, String> {
    let mut found = BTreeSet::new();
    for alternative in alternatives(&os::slashes(pattern), 0)? {
        let mut parts = alternative
            .split('/')
            .filter(|part| !part.is_empty() && *part != ".")
            .map(Part::parse)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|message| format!("the pattern {pattern:?} {message}"))?;
        // Any number of directories below any number of directories: every way to split them up would be walked.
        parts.dedup_by(|part, before| matches!((part, before), (Part::Deep, Part::Deep)));
        walk(directory, &parts, String::new(), &mut found);
    }
    let directory = os::clean(&os::slashes(&directory.to_string_lossy()));
    Ok(found.into_iter().map(|path| relative(&directory, &path)).collect())
}

/// The path, which is relative to the directory but may leave it, as short as it can be.
fn relative(directory: &str, path: &str) -> String {
    let full = os::clean(&format!("{directory}/{path}"));
    match full.strip_prefix(directory.trim_end_matches('/')).and_then(|rest| rest.strip_prefix('/')) {
        Some(rest) => rest.into(),
        None => os::clean(path),
    }
}

/// The patterns that one with braces stands for.
fn alternatives(pattern: &str, depth: usize) -> Result<Vec<String>, String> {
    const MAX_NESTED: usize = 20;
    const MAX_PATTERNS: usize = 1000;
    if depth > MAX_NESTED {
        return Err(format!("the pattern {pattern:?} has too many braces"));
    }
    let Some((before, choices, after)) = first_braces(pattern)? else { return Ok(vec![pattern.into()]) };
    let mut all = Vec::new();
    for choice in choices {
        all.extend(alternatives(&format!("{before}{choice}{after}"), depth + 1)?);
        if all.len() > MAX_PATTERNS {
            return Err(format!("the pattern {pattern:?} stands for too many patterns"));
        }
    }
    Ok(all)
}

type Braces<'p> = Option<(&'p str, Vec<&'p str>, &'p str)>;

/// What stands before the first braces, what is to choose from in them, and what stands behind.
fn first_braces(pattern: &str) -> Result<Braces<'_>, String> {
    let mut depth = 0usize;
    let mut in_class = false;
    let mut open = None;
    let mut start = 0;
    let mut choices = Vec::new();
    let mut chars = pattern.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' if !cfg!(windows) => {
                chars.next();
            }
            '[' if !in_class => in_class = true,
            ']' => in_class = false,
            '{' if !in_class => {
                if depth == 0 {
                    open = Some(at);
                    start = at + 1;
                }
                depth += 1;
            }
            ',' if depth == 1 && !in_class => {
                choices.push(pattern.get(start..at).unwrap_or_default());
                start = at + 1;
            }
            '}' if depth > 0 && !in_class => {
                depth -= 1;
                if depth == 0 {
                    choices.push(pattern.get(start..at).unwrap_or_default());
                    let before = open.and_then(|open| pattern.get(..open)).unwrap_or_default();
                    return Ok(Some((before, choices, pattern.get(at + 1..).unwrap_or_default())));
                }
            }
            _ => {}
        }
    }
    if depth > 0 { Err(format!("the pattern {pattern:?} has a brace that is not closed")) } else { Ok(None) }
}

/// What a part of a path must look like.
enum Part {
    /// Any number of directories.
    Deep,
    /// This name.
    Name(String),
    /// A name like this.
    Like(Vec<Token>),
}

enum Token {
    One(char),
    AnyOne,
    Any,
    Class { negated: bool, ranges: Vec<(char, char)> },
}

impl Part {
    fn parse(part: &str) -> Result<Part, String> {
        if part == "**" {
            return Ok(Part::Deep);
        }
        let mut tokens = Vec::new();
        let mut chars = part.chars().peekable();
        while let Some(c) = chars.next() {
            tokens.push(match c {
                '*' => Token::Any,
                '?' => Token::AnyOne,
                '[' => class(&mut chars)?,
                '\\' if !cfg!(windows) => Token::One(chars.next().ok_or("ends with a backslash")?),
                c => Token::One(c),
            });
        }
        let name = tokens.iter().map(|token| match token {
            Token::One(c) => Some(*c),
            _ => None,
        });
        Ok(match name.collect::<Option<String>>() {
            Some(name) => Part::Name(name),
            None => Part::Like(tokens),
        })
    }
}

fn class(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Result<Token, String> {
    const OPEN: &str = "has a bracket that is not closed";
    let negated = chars.next_if(|&c| c == '^' || c == '!').is_some();
    let mut ranges = Vec::new();
    let member = |chars: &mut std::iter::Peekable<std::str::Chars<'_>>| match chars.next() {
        Some('\\') if !cfg!(windows) => chars.next().ok_or(OPEN),
        Some(c) => Ok(c),
        None => Err(OPEN),
    };
    loop {
        if chars.next_if_eq(&']').is_some() && !ranges.is_empty() {
            return Ok(Token::Class { negated, ranges });
        }
        let from = member(chars)?;
        let to = if chars.next_if_eq(&'-').is_some() { member(chars)? } else { from };
        ranges.push((from, to));
    }
}

fn matches(tokens: &[Token], name: &[char]) -> bool {
    // Where to go on when what follows the last star does not fit: the star takes one more.
    let (mut token, mut at) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    loop {
        let fits = match (tokens.get(token), name.get(at)) {
            (None, None) => return true,
            (Some(Token::Any), _) => {
                retry = Some((token, at));
                token += 1;
                continue;
            }
            (Some(Token::AnyOne), Some(_)) => true,
            (Some(Token::One(c)), Some(d)) => c == d,
            (Some(Token::Class { negated, ranges }), Some(c)) => {
                ranges.iter().any(|(from, to)| from <= c && c <= to) != *negated
            }
            _ => false,
        };
        if fits {
            token += 1;
            at += 1;
            continue;
        }
        match &mut retry {
            Some((star, start)) if *start < name.len() => {
                *start += 1;
                token = *star + 1;
                at = *start;
            }
            _ => return false,
        }
    }
}

/// Collects what matches below a directory. What cannot be read has nothing in it.
fn walk(directory: &Path, parts: &[Part], prefix: String, found: &mut BTreeSet<String>) {
    let Some((part, rest)) = parts.split_first() else { return };
    let below = |name: &str| if prefix.is_empty() { name.to_owned() } else { format!("{prefix}/{name}") };
    if let Part::Name(name) = part {
        let path = directory.join(name);
        if !rest.is_empty() {
            walk(&path, rest, below(name), found);
        } else if path.is_file() {
            found.insert(below(name));
        }
        return;
    }
    if matches!(part, Part::Deep) {
        walk(directory, rest, prefix.clone(), found);
    }
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let Ok(name) = entry.file_name().into_string() else { continue };
        let path = entry.path();
        match part {
            Part::Deep => {
                if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                    walk(&path, parts, below(&name), found);
                } else if rest.is_empty() && path.is_file() {
                    found.insert(below(&name));
                }
            }
            Part::Like(tokens) if matches(tokens, &name.chars().collect::<Vec<_>>()) => {
                if !rest.is_empty() {
                    walk(&path, rest, below(&name), found);
                } else if path.is_file() {
                    found.insert(below(&name));
                }
            }
            Part::Like(_) | Part::Name(_) => {}
        }
    }
}
