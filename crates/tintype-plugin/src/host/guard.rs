//! What becomes of plugins when their host is killed. One that waits for calls sees the end of its connection and ends; one that is at work
//! would finish first, with nobody to listen. So a second process of ours is told which plugins are at work, and ends them when it sees that
//! we are gone. It has no threads and does nothing else. On Windows the system does this for us (job objects).

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io::BufRead;
use std::sync::OnceLock;

use tintype_sdk::Cx;
use tokio::io::AsyncWriteExt;
use tokio::sync::mpsc;

/// The guard of this process.
static GUARD: OnceLock<mpsc::UnboundedSender<String>> = OnceLock::new();

/// Tells the guard that a process group is at work, for as long as this lives.
pub(super) struct AtWork {
    group: u32,
}

impl AtWork {
    /// `words` are those with which this program becomes a guard.
    pub(super) fn begin(group: u32, words: &Option<Vec<OsString>>, cx: &Cx) -> Option<Self> {
        if cfg!(windows) {
            return None;
        }
        let words = words.as_ref()?;
        let guard = GUARD.get_or_init(|| start(words, cx));
        // When the guard is gone there is nobody to tell.
        guard.send(format!("+{group}\n")).ok()?;
        Some(Self { group })
    }
}

impl Drop for AtWork {
    fn drop(&mut self) {
        if let Some(guard) = GUARD.get() {
            let _ = guard.send(format!("-{}\n", self.group));
        }
    }
}

fn start(words: &[OsString], cx: &Cx) -> mpsc::UnboundedSender<String> {
    let (to, mut lines) = mpsc::unbounded_channel::<String>();
    let Some((program, rest)) = words.split_first() else { return to };
    // Without a guard plugins work as well.
    let Ok(mut guard) = cx.command(program).args(rest).stdin(Box::new(tokio::io::empty())).serve() else {
        return to;
    };
    tokio::spawn(async move {
        let Some(mut stdin) = guard.stdin.take() else { return };
        while let Some(line) = lines.recv().await {
            if stdin.write_all(line.as_bytes()).await.is_err() {
                return;
            }
        }
    });
    to
}

/// What the guard does: reads which groups are at work (`+GROUP`, `-GROUP`), and ends those that are left when nothing more can come.
pub fn guard(input: impl BufRead) {
    let mut at_work = BTreeSet::new();
    for line in input.lines() {
        let Ok(line) = line else { break };
        match line.split_at_checked(1) {
            Some(("+", group)) => _ = at_work.insert(group.to_owned()),
            Some(("-", group)) => _ = at_work.remove(group),
            _ => {}
        }
    }
    for group in at_work {
        if let Ok(group) = group.parse() {
            super::os::end_group(group);
        }
    }
}
