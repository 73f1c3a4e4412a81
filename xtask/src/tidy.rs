//! What the compiler does not check: floors, forgotten files, the look of files, names that do not belong here, links.
//! Collects every mistake of all checks before it fails.

use crate::{Outcome, files, programs};
use std::path::Path;

mod floors;
mod links;
mod modules;
#[cfg(test)]
mod tests;
mod text;

/// One mistake: `PATH[:LINE]: what is wrong`.
type Mistakes = Vec<String>;

/// A file that git knows or would add.
struct Tracked {
    path: String,
    contents: Vec<u8>,
}

impl Tracked {
    /// None when it is no text.
    fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.contents).ok()
    }

    fn is(&self, extension: &str) -> bool {
        Path::new(&self.path).extension().is_some_and(|found| found == extension)
    }
}

pub(crate) fn run(root: &Path, arguments: &[String]) -> Outcome {
    if !arguments.is_empty() {
        return Err("takes no arguments".to_owned());
    }
    let tracked = tracked(root)?;
    let packages = floors::packages(root, WORKSPACE)?;
    let all = [&packages[..], &floors::packages(root, FUZZING)?].concat();
    let mut mistakes = Mistakes::new();
    mistakes.extend(floors::check(&packages, picture(&tracked)));
    mistakes.extend(modules::check(&all, &tracked));
    mistakes.extend(tracked.iter().flat_map(text::check));
    mistakes.extend(links::check(&tracked));
    for mistake in &mistakes {
        println!("{mistake}");
    }
    if !mistakes.is_empty() {
        return Err(format!("{} mistakes", mistakes.len()));
    }
    println!("tidy: {} packages, {} files", packages.len(), tracked.len());
    Ok(())
}

/// Names of the packages in `libs/`.
pub(crate) fn libraries(root: &Path) -> Result<Vec<String>, String> {
    let packages = floors::packages(root, WORKSPACE)?.into_iter();
    Ok(packages.filter(|package| package.folder.starts_with("libs/")).map(|package| package.name).collect())
}

const WORKSPACE: &str = "Cargo.toml";
/// A workspace of its own, which stands on no floor.
const FUZZING: &str = "fuzz/Cargo.toml";

/// The page with the picture of the floors.
const PICTURE: &str = "ARCHITECTURE.md";

fn picture(tracked: &[Tracked]) -> Option<&str> {
    tracked.iter().find(|file| file.path == PICTURE)?.text()
}

fn tracked(root: &Path) -> Result<Vec<Tracked>, String> {
    let list =
        programs::output(root, "git", &["ls-files", "-z", "--cached", "--others", "--exclude-standard"])?;
    let list = String::from_utf8(list).map_err(|_| "a file name is not UTF-8".to_owned())?;
    let mut tracked = Vec::new();
    for path in list.split_terminator('\0') {
        let file = root.join(path);
        // What is deleted but not yet committed, and links, hold no text of their own.
        if file.symlink_metadata().is_ok_and(|found| found.is_file()) {
            tracked.push(Tracked { path: path.to_owned(), contents: files::read(&file)? });
        }
    }
    tracked.sort_by(|a, b| a.path.cmp(&b.path));
    tracked.dedup_by(|a, b| a.path == b.path);
    Ok(tracked)
}
