//! What worked, remembered until the host starts anew, the question changes, or a day has passed: most calls need not try again. Where
//! something is missing, it is a minute: somebody may have gone the way out.
//! A host that forbids something meanwhile is noticed by the machine that does not start.

use super::probe::Guess;
use serde::{Deserialize, Serialize};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

pub(super) const FILE: &str = ".abilities";
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);
const LACKING: Duration = Duration::from_secs(60);

#[derive(Serialize, Deserialize)]
struct Remembered {
    question: String,
    answer: Guess,
}

/// The question with everything around it that has a part in the answer: the host's start, namespaces, user, filesystem, and our version.
fn whole(dir: &Path, question: &str) -> Option<String> {
    let start = fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let space = |name: &str| fs::read_link(Path::new("/proc/self/ns").join(name)).ok();
    let (mounts, users) = (space("mnt")?, space("user")?);
    let device = fs::metadata(dir).ok()?.dev();
    let user = rustix::process::geteuid().as_raw();
    let version = env!("CARGO_PKG_VERSION");
    Some(format!("{version} {} {mounts:?} {users:?} {device} {user} {question}", start.trim()))
}

pub(super) fn recall(dir: &Path, question: &str) -> Option<Guess> {
    let file = dir.join(FILE);
    let age = file.metadata().ok()?.modified().ok()?.elapsed().ok()?;
    let known: Remembered = serde_json::from_slice(&fs::read(&file).ok()?).ok()?;
    let longest = if known.answer.notes.is_empty() { LONGEST } else { LACKING };
    (age < longest && known.question == whole(dir, question)?).then_some(known.answer)
}

/// Remembers an answer; where that cannot be done, it is found again.
pub(super) fn keep(dir: &Path, question: &str, answer: &Guess) {
    let Some(question) = whole(dir, question) else { return };
    let Ok(text) = serde_json::to_vec(&Remembered { question, answer: answer.clone() }) else { return };
    let part = dir.join(format!("{FILE}.{}", std::process::id()));
    if fs::write(&part, text).and_then(|()| fs::rename(&part, dir.join(FILE))).is_err() {
        _ = fs::remove_file(&part);
    }
}
