//! The two lists beside the cases: `later.txt`, cases that wait for a part of the work that is not there yet, and
//! `DIFFERS.md`, cases where we chose to differ. Both can only shrink by themselves: an entry that is no longer true is
//! an error.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

/// Which cases an entry means: a glob over ids, or blocks of a console file (`console/x.txt:1-3,7`).
pub struct Pattern {
    text: String,
    kind: Kind,
}

enum Kind {
    Glob(glob::Pattern),
    Blocks { file: String, ranges: Vec<(usize, usize)> },
}

impl Pattern {
    fn read(text: &str) -> Result<Pattern, String> {
        let blocks = text.rsplit_once(':').and_then(|(file, list)| Some((file.to_owned(), ranges(list)?)));
        let kind = match blocks {
            Some((file, ranges)) => Kind::Blocks { file, ranges },
            None => Kind::Glob(glob::Pattern::new(text).map_err(|error| format!("{text}: {error}"))?),
        };
        Ok(Pattern { text: text.to_owned(), kind })
    }

    fn matches(&self, id: &str) -> bool {
        match &self.kind {
            Kind::Glob(glob) => glob.matches(id),
            Kind::Blocks { file, ranges } => id
                .strip_prefix(file.as_str())
                .and_then(|rest| rest.strip_prefix(':')?.parse().ok())
                .is_some_and(|block: usize| ranges.iter().any(|(from, to)| (*from..=*to).contains(&block))),
        }
    }
}

fn ranges(list: &str) -> Option<Vec<(usize, usize)>> {
    let range = |part: &str| {
        let (from, to) = part.split_once('-').unwrap_or((part, part));
        Some((from.parse().ok()?, to.parse().ok()?))
    };
    list.split(',').map(range).collect()
}

/// One line of a list.
pub struct Entry {
    pattern: Pattern,
    /// The part of the work, or what differs.
    reason: String,
}

/// Both lists.
pub struct Lists {
    later: Vec<Entry>,
    differs: Vec<Entry>,
}

impl Lists {
    /// # Errors
    /// A line that is not understood.
    pub fn read(folder: &Path) -> Result<Lists, String> {
        let text = |name: &str| {
            let path = folder.join(name);
            std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))
        };
        let later = text("later.txt")?;
        let later = later.lines().filter(|line| !remark(line)).map(later_entry).collect::<Result<_, _>>()?;
        let differs = text("DIFFERS.md")?;
        let differs = differs.lines().filter_map(row).collect::<Result<_, _>>()?;
        Ok(Lists { later, differs })
    }

    /// The part of the work that the case waits for.
    pub fn later(&self, id: &str) -> Option<&str> {
        find(&self.later, id)
    }

    /// What differs on purpose.
    pub fn differs(&self, id: &str) -> Option<&str> {
        find(&self.differs, id)
    }

    /// Entries that mean no case at all.
    pub fn idle(&self, ids: &[&str]) -> Vec<&str> {
        let entries = self.later.iter().chain(&self.differs);
        entries
            .filter(|e| !ids.iter().any(|id| e.pattern.matches(id)))
            .map(|e| e.pattern.text.as_str())
            .collect()
    }

    /// `later.txt` again with only the cases that still fail, remarks kept. An entry that is wholly true stays as it is
    /// written; another becomes single cases and ranges of blocks.
    pub fn shrunk(&self, text: &str, ids: &[&str], still: &dyn Fn(&str) -> bool) -> String {
        let mut new = String::new();
        let mut entries = self.later.iter();
        for line in text.lines() {
            if remark(line) {
                new.push_str(line);
                new.push('\n');
                continue;
            }
            let Some(entry) = entries.next() else { break };
            let matched: Vec<&str> = ids.iter().copied().filter(|id| entry.pattern.matches(id)).collect();
            let kept: Vec<&str> = matched.iter().copied().filter(|id| still(id)).collect();
            if kept.len() == matched.len() {
                new.push_str(line);
                new.push('\n');
            } else {
                for pattern in compact(&kept) {
                    // Writing to a string cannot fail.
                    let _ = writeln!(new, "{pattern}  {}", entry.reason);
                }
            }
        }
        new
    }
}

fn find<'a>(entries: &'a [Entry], id: &str) -> Option<&'a str> {
    entries.iter().find(|entry| entry.pattern.matches(id)).map(|entry| entry.reason.as_str())
}

fn remark(line: &str) -> bool {
    line.trim().is_empty() || line.starts_with('#')
}

/// `PATTERN  PART OF THE WORK`
fn later_entry(line: &str) -> Result<Entry, String> {
    let (pattern, reason) =
        line.trim().split_once(char::is_whitespace).ok_or(format!("later.txt: no reason in {line:?}"))?;
    Ok(Entry { pattern: Pattern::read(pattern)?, reason: reason.trim().to_owned() })
}

/// A table row whose first cell is an id in backticks.
fn row(line: &str) -> Option<Result<Entry, String>> {
    let mut cells = line.trim().strip_prefix('|')?.split('|').map(str::trim);
    let id = cells.next()?.strip_prefix('`')?.strip_suffix('`')?;
    let reason = cells.next().unwrap_or_default().to_owned();
    Some(Pattern::read(id).map(|pattern| Entry { pattern, reason }))
}

/// Single ids as they are, blocks of one console file as ranges.
fn compact(ids: &[&str]) -> Vec<String> {
    let mut single = Vec::new();
    let mut blocks: BTreeMap<&str, Vec<(usize, usize)>> = BTreeMap::new();
    for id in ids {
        match id.rsplit_once(':').and_then(|(file, block)| Some((file, block.parse::<usize>().ok()?))) {
            None => single.push((*id).to_owned()),
            Some((file, block)) => {
                let ranges = blocks.entry(file).or_default();
                match ranges.last_mut() {
                    Some((_, to)) if *to + 1 == block => *to = block,
                    _ => ranges.push((block, block)),
                }
            }
        }
    }
    single.extend(blocks.into_iter().map(|(file, ranges)| {
        let list = ranges
            .iter()
            .map(|(from, to)| if from == to { from.to_string() } else { format!("{from}-{to}") });
        format!("{file}:{}", list.collect::<Vec<_>>().join(","))
    }));
    single
}
