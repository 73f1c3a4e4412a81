//! Runs the wanted cases side by side, prints in their order what is not as it should be, and sums up.

use crate::cases::{self, Case, Verdict};
use crate::lists::Lists;
use crate::options::Options;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

pub fn main() -> ExitCode {
    match Options::read(std::env::args().skip(1)).and_then(|options| all(&options)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            say(&format!("compat: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// A closed pipe at the other end is no reason to fail.
fn say(line: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

#[derive(Default)]
struct Counts {
    passed: usize,
    failed: usize,
    skipped: usize,
    differs: usize,
    /// Part of the work, cases that wait for it.
    waiting: BTreeMap<String, usize>,
}

fn all(options: &Options) -> Result<bool, String> {
    let found = cases::find(&options.cases)?;
    let lists = Lists::read(&options.cases)?;
    let wanted: Vec<&Case> = found.iter().filter(|case| options.wanted(&case.id)).collect();
    if options.list {
        for id in wanted.iter().map(|case| &case.id) {
            let state = match (lists.later(id), lists.differs(id)) {
                (Some(part), _) => format!("waits for: {part}"),
                (None, Some(what)) => format!("differs: {what}"),
                (None, None) => "test".to_owned(),
            };
            say(&format!("{id}: {state}"));
        }
        return Ok(true);
    }
    let mut counts = Counts::default();
    let mut still = BTreeSet::new();
    each(&wanted, options, |case, verdict| {
        if !matches!(verdict, Verdict::Passed) {
            still.insert(case.id.as_str());
        }
        if let Some(line) = judge(case, verdict, &lists, options, &mut counts) {
            say(&line);
        }
    });
    let ids: Vec<&str> = found.iter().map(|case| case.id.as_str()).collect();
    for pattern in lists.idle(&ids) {
        counts.failed += 1;
        say(&format!("FAIL {pattern}: listed, but there is no such case"));
    }
    if options.relist {
        let path = options.cases.join("later.txt");
        let failed = |error: std::io::Error| format!("{}: {error}", path.display());
        let text = std::fs::read_to_string(&path).map_err(failed)?;
        std::fs::write(&path, lists.shrunk(&text, &ids, &|id| still.contains(id))).map_err(failed)?;
    }
    summary(&counts);
    Ok(counts.failed == 0)
}

/// Runs the cases on as many threads as wanted and hands the verdicts over in the order of the cases.
fn each<'a>(cases: &[&'a Case], options: &Options, mut take: impl FnMut(&'a Case, Verdict)) {
    let next = AtomicUsize::new(0);
    let (sender, results) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..options.jobs.max(1) {
            let (sender, next) = (sender.clone(), &next);
            scope.spawn(move || {
                while let Some((index, case)) = {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    cases.get(index).map(|case| (index, case))
                } {
                    if sender.send((index, case.run(options))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        let mut early = BTreeMap::new();
        let mut due = 0;
        for (index, verdict) in results {
            early.insert(index, verdict);
            while let Some(verdict) = early.remove(&due) {
                if let Some(case) = cases.get(due) {
                    take(case, verdict);
                }
                due += 1;
            }
        }
    });
}

/// Counts a verdict; the line to print when something is to be said.
fn judge(
    case: &Case,
    verdict: Verdict,
    lists: &Lists,
    options: &Options,
    counts: &mut Counts,
) -> Option<String> {
    let id = &case.id;
    let (later, differs) = match options.strict {
        true => (None, None),
        false => (lists.later(id), lists.differs(id)),
    };
    let mut fail = |why: String| {
        counts.failed += 1;
        Some(format!("FAIL {id}: {why}"))
    };
    match (verdict, later, differs) {
        (Verdict::Skipped(why), _, _) => {
            if case.needs().split_whitespace().any(|word| options.require.iter().any(|wanted| wanted == word))
            {
                return fail(format!("must not be skipped: {why}"));
            }
            counts.skipped += 1;
            Some(format!("SKIP {id}: {why}"))
        }
        (Verdict::Passed, Some(part), _) if !options.relist => fail(format!(
            "passes, so it no longer waits for \"{part}\": take it out of later.txt (or run with --relist)"
        )),
        (Verdict::Passed, _, Some(what)) => {
            fail(format!("passes, so it no longer differs (\"{what}\"): take it out of DIFFERS.md"))
        }
        (Verdict::Passed, _, _) => {
            counts.passed += 1;
            None
        }
        (Verdict::Failed(_), Some(part), _) => {
            *counts.waiting.entry(part.to_owned()).or_default() += 1;
            None
        }
        (Verdict::Failed(_), _, Some(_)) => {
            counts.differs += 1;
            None
        }
        (Verdict::Failed(problems), _, _) => fail(problems.join(if options.verbose { "\n" } else { "; " })),
    }
}

fn summary(counts: &Counts) {
    let waiting: usize = counts.waiting.values().sum();
    for (part, cases) in &counts.waiting {
        say(&format!("waiting for {part}: {cases}"));
    }
    say(&format!(
        "{} passed, {} failed, {} skipped, {waiting} wait for later parts, {} differ on purpose",
        counts.passed, counts.failed, counts.skipped, counts.differs
    ));
}
