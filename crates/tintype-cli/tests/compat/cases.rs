//! Finds the cases and runs one: the three kinds behind one door.

use crate::checks::{self, Expectation};
use crate::options::Options;
use crate::{console, formatter, needs};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The files of a case, path to entry.
pub type Files = BTreeMap<String, casefile::Entry>;

/// One case: what to run and what must come of it.
pub struct Case {
    /// `cli/NAME`, `language/NAME`, `fmt/NAME` or `console/FILE.txt:BLOCK`.
    pub id: String,
    kind: Kind,
}

enum Kind {
    Script(Files),
    Formatter(Files),
    Console { folder: PathBuf, block: console::Block },
}

/// What came of a case.
pub enum Verdict {
    Passed,
    /// One line a difference.
    Failed(Vec<String>),
    /// What the machine lacks.
    Skipped(String),
}

/// Every case below the folder, sorted by kind and name.
///
/// # Errors
/// A file that cannot be read or is no case.
pub fn find(root: &Path) -> Result<Vec<Case>, String> {
    let mut cases = Vec::new();
    for kind in ["cli", "language", "fmt"] {
        for path in sorted(&root.join(kind), "case")? {
            let named = |error: String| format!("{}: {error}", path.display());
            let text = std::fs::read_to_string(&path).map_err(|error| named(error.to_string()))?;
            let entries = casefile::parse(&text).map_err(|error| named(error.to_string()))?;
            let files: Files = entries.into_iter().map(|entry| (entry.path.clone(), entry)).collect();
            let id = format!("{kind}/{}", path.file_stem().unwrap_or_default().to_string_lossy());
            cases.push(Case {
                id,
                kind: if kind == "fmt" { Kind::Formatter(files) } else { Kind::Script(files) },
            });
        }
    }
    let folder = root.join("console");
    for path in sorted(&folder, "txt")? {
        let text = std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        for (index, block) in console::blocks(&text).into_iter().enumerate() {
            let id = format!("console/{name}:{}", index + 1);
            cases.push(Case { id, kind: Kind::Console { folder: folder.clone(), block } });
        }
    }
    Ok(cases)
}

fn sorted(folder: &Path, extension: &str) -> Result<Vec<PathBuf>, String> {
    let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|found| found == extension) {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

impl Case {
    pub fn run(&self, options: &Options) -> Verdict {
        let problems = match &self.kind {
            Kind::Script(files) => {
                let needs = text(files, "needs");
                let mut missing: Vec<String> = needs.split_whitespace().filter_map(needs::missing).collect();
                missing.extend(needs::engine(&self.id));
                if !missing.is_empty() {
                    return Verdict::Skipped(missing.join("; "));
                }
                script(files, &needs, options)
            }
            Kind::Formatter(files) => formatter::run(files, options),
            Kind::Console { folder, block } => console::run(block, folder, options),
        };
        match problems {
            Ok(problems) if problems.is_empty() => Verdict::Passed,
            Ok(problems) => Verdict::Failed(problems),
            Err(error) => Verdict::Failed(vec![format!("cannot run: {error}")]),
        }
    }

    /// What the case needs of the machine that not every machine has.
    pub fn needs(&self) -> String {
        match &self.kind {
            Kind::Script(files) => text(files, "needs"),
            _ => String::new(),
        }
    }
}

/// The text of a section, empty when there is none.
pub fn text(files: &Files, name: &str) -> String {
    files.get(name).map(|entry| String::from_utf8_lossy(&entry.contents).into_owned()).unwrap_or_default()
}

fn script(files: &Files, needs: &str, options: &Options) -> std::io::Result<Vec<String>> {
    let offline = needs.split_whitespace().any(|word| word == "network-none");
    let sandbox = crate::sandbox::Sandbox::new(&options.binary, offline)?;
    for (path, entry) in files {
        if let Some(inner) = path.strip_prefix("in/") {
            place(&sandbox.work().join(inner), entry)?;
        }
    }
    let command = ["bash", "-c", &text(files, "cmd")].map(Into::into);
    let ran = sandbox.run(&command, None, &sandbox.work())?;
    let mut problems = Vec::new();
    if !ran.ended() {
        problems.push(ran.exit.clone());
    }
    let wanted = text(files, "check");
    let lines: Vec<&str> =
        wanted.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')).collect();
    let expectation = Expectation::new(files, &lines, options.verbose);
    for line in &lines {
        problems.extend(checks::one(line, &ran, &expectation, &sandbox));
    }
    if options.verbose && !problems.is_empty() {
        let [stdout, stderr] = [&ran.stdout, &ran.stderr].map(|stream| String::from_utf8_lossy(stream));
        problems.push(format!("---- stdout\n{stdout}---- stderr\n{stderr}---- exit {}", ran.exit));
    }
    Ok(problems)
}

fn place(path: &Path, entry: &casefile::Entry) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(path, &entry.contents)?;
    let mode = if entry.executable { 0o755 } else { 0o644 };
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
}
