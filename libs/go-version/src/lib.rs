//! Versions and constraints on them, `>= 1.2, < 2`, by the rules that Packer's users know: those of HashiCorp's tools, which are not
//! quite semantic versioning (`~> 1` allows `2.0`).

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// A version: numbers, and what may follow them.
#[derive(Clone, Debug)]
pub struct Version {
    /// At least three, filled up with zeros.
    segments: Vec<u64>,
    /// How many of the segments were written.
    written: usize,
    /// What follows a `-`: a version with it comes before the one without.
    prerelease: String,
    /// What follows a `+`; does not count in comparisons.
    metadata: String,
}

/// Constraints that must all hold.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Constraint {
    parts: Vec<(Operator, Version)>,
    text: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Operator {
    Equal,
    NotEqual,
    Greater,
    Less,
    GreaterOrEqual,
    LessOrEqual,
    Pessimistic,
}

/// A text that is no version, or no constraint.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NotAVersion(String);

impl fmt::Display for NotAVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NotAVersion {}

impl Version {
    /// What follows the `-`; empty for a release.
    pub fn prerelease(&self) -> &str {
        &self.prerelease
    }

    /// What follows the `+`; empty mostly.
    pub fn metadata(&self) -> &str {
        &self.metadata
    }

    /// The numbers, three or more.
    pub fn segments(&self) -> &[u64] {
        &self.segments
    }

    /// The release that a prerelease leads up to.
    pub fn core(&self) -> Version {
        Version { prerelease: String::new(), metadata: String::new(), ..self.clone() }
    }
}

impl FromStr for Version {
    type Err = NotAVersion;

    fn from_str(text: &str) -> Result<Self, NotAVersion> {
        let malformed = || NotAVersion(format!("Malformed version: {text}"));
        let rest = text.strip_prefix('v').unwrap_or(text);
        let (rest, metadata) = match rest.split_once('+') {
            Some((rest, metadata)) => (rest, metadata),
            None => (rest, ""),
        };
        let numbers = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (numbers, prerelease) = rest.split_at(numbers);
        // Before a letter the dash may be left out.
        let prerelease = match prerelease.strip_prefix('-') {
            Some("") => return Err(malformed()),
            Some(prerelease) => prerelease,
            None => prerelease,
        };
        let is_identifier = |part: &str| {
            !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '~'))
        };
        let well_formed = |words: &str| words.is_empty() || words.split('.').all(is_identifier);
        if !well_formed(prerelease) || !well_formed(metadata) || (metadata.is_empty() && text.ends_with('+'))
        {
            return Err(malformed());
        }
        let mut segments = Vec::new();
        for number in numbers.split('.') {
            segments.push(number.parse().map_err(|_| malformed())?);
        }
        let written = segments.len();
        segments.resize(written.max(3), 0);
        Ok(Self { segments, written, prerelease: prerelease.to_owned(), metadata: metadata.to_owned() })
    }
}

impl fmt::Display for Version {
    /// As numbers, at least three, with what follows them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers: Vec<String> = self.segments.iter().map(u64::to_string).collect();
        f.write_str(&numbers.join("."))?;
        if !self.prerelease.is_empty() {
            write!(f, "-{}", self.prerelease)?;
        }
        if !self.metadata.is_empty() {
            write!(f, "+{}", self.metadata)?;
        }
        Ok(())
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        compare(self, other)
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Version {}

/// Numbers first, missing ones are zeros; then prereleases.
fn compare(a: &Version, b: &Version) -> Ordering {
    let length = a.segments.len().max(b.segments.len());
    let filled = |version: &Version| -> Vec<u64> {
        let zeros = std::iter::repeat(0);
        version.segments.iter().copied().chain(zeros).take(length).collect()
    };
    filled(a).cmp(&filled(b)).then_with(|| compare_prereleases(&a.prerelease, &b.prerelease))
}

fn compare_prereleases(a: &str, b: &str) -> Ordering {
    match (a.is_empty(), b.is_empty()) {
        (true, true) => return Ordering::Equal,
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        (false, false) => {}
    }
    let (mut left, mut right) = (a.split('.'), b.split('.'));
    loop {
        let ordering = match (left.next(), right.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(a), Some(b)) => match (a.parse::<u64>(), b.parse::<u64>()) {
                (Ok(a), Ok(b)) => a.cmp(&b),
                (Ok(_), Err(_)) => Ordering::Less,
                (Err(_), Ok(_)) => Ordering::Greater,
                (Err(_), Err(_)) => a.cmp(b),
            },
        };
        if ordering != Ordering::Equal {
            return ordering;
        }
    }
}

impl Constraint {
    /// Whether a version meets all of it. A prerelease meets only what names a prerelease of the same numbers.
    pub fn allows(&self, version: &Version) -> bool {
        self.parts.iter().all(|(operator, wanted)| allows(*operator, wanted, version))
    }

    /// Whether a prerelease is named in it.
    pub fn names_prerelease(&self) -> bool {
        self.parts.iter().any(|(_, version)| !version.prerelease.is_empty())
    }
}

fn allows(operator: Operator, wanted: &Version, version: &Version) -> bool {
    let order = compare(version, wanted);
    let comparable = match (version.prerelease.is_empty(), wanted.prerelease.is_empty()) {
        (true, _) => true,
        (false, true) => false,
        (false, false) => version.segments == wanted.segments,
    };
    match operator {
        Operator::Equal => order == Ordering::Equal,
        Operator::NotEqual => order != Ordering::Equal,
        Operator::Greater => comparable && order == Ordering::Greater,
        Operator::Less => comparable && order == Ordering::Less,
        Operator::GreaterOrEqual => comparable && order != Ordering::Less,
        Operator::LessOrEqual => comparable && order != Ordering::Greater,
        Operator::Pessimistic => {
            // All written numbers but the last must be the same; the last may grow.
            let fixed = wanted.written.saturating_sub(1);
            comparable
                && (wanted.prerelease.is_empty() || !version.prerelease.is_empty())
                && order != Ordering::Less
                && version.segments.len() >= wanted.written
                && version.segments.get(..fixed) == wanted.segments.get(..fixed)
        }
    }
}

impl FromStr for Constraint {
    type Err = NotAVersion;

    fn from_str(text: &str) -> Result<Self, NotAVersion> {
        let mut parts = Vec::new();
        for part in text.split(',') {
            let part = part.trim();
            let cut = part.find(|c: char| !"=!<>~".contains(c)).unwrap_or(part.len());
            let (operator, version) = part.split_at(cut);
            let malformed = || NotAVersion(format!("Malformed constraint: {part}"));
            let operator = match operator {
                "" | "=" => Operator::Equal,
                "!=" => Operator::NotEqual,
                ">" => Operator::Greater,
                "<" => Operator::Less,
                ">=" => Operator::GreaterOrEqual,
                "<=" => Operator::LessOrEqual,
                "~>" => Operator::Pessimistic,
                _ => return Err(malformed()),
            };
            parts.push((operator, version.trim_start().parse().map_err(|_| malformed())?));
        }
        Ok(Self { parts, text: text.to_owned() })
    }
}

impl fmt::Display for Constraint {
    /// As it was written.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests;
