//! A machine that is not there: it records what is asked of it and answers from a script.

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use bytes::Bytes;
use tintype_event::Stream;
use tintype_sdk::{
    BoxRead, BuildVars, Communicator, Error, ExitStatus, FileMeta, Machine, OnBytes, RemoteCommand, Result,
    Running,
};
use tokio::io::{AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc;

/// How a command goes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Answer {
    /// It writes this and ends with this status.
    Ends {
        /// To standard output.
        stdout: String,
        /// To standard error.
        stderr: String,
        /// Its status.
        status: i64,
    },
    /// The transport fails before it starts.
    Unreachable,
    /// It runs until nobody waits any more.
    Hangs,
}

impl Answer {
    /// Writes this and ends well.
    pub fn says(text: &str) -> Self {
        Answer::Ends { stdout: text.into(), stderr: String::new(), status: 0 }
    }

    /// Ends with this status.
    pub fn status(status: i64) -> Self {
        Answer::Ends { stdout: String::new(), stderr: String::new(), status }
    }
}

/// A communicator that records and answers from a script. Clones are the same machine. Commands without an answer of their own end
/// well and write nothing.
#[derive(Clone, Default)]
pub struct FakeMachine {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    log: Vec<String>,
    files: BTreeMap<String, (Vec<u8>, FileMeta)>,
    answers: Vec<(String, VecDeque<Answer>)>,
    failing_uploads: usize,
}

impl FakeMachine {
    /// A machine without a script.
    pub fn new() -> Self {
        Self::default()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().expect("no test thread panicked")
    }

    /// Commands that contain `part` get these answers, one after the other, the last one for ever.
    pub fn answer(self, part: &str, answers: impl IntoIterator<Item = Answer>) -> Self {
        self.lock().answers.push((part.to_string(), answers.into_iter().collect()));
        self
    }

    /// The transport fails in the next so many uploads.
    pub fn fail_uploads(self, count: usize) -> Self {
        self.lock().failing_uploads = count;
        self
    }

    /// Puts a file there, to be downloaded.
    pub fn put(self, path: &str, content: &[u8]) -> Self {
        self.lock().files.insert(path.to_string(), (content.to_vec(), FileMeta::default()));
        self
    }

    /// The machine as components get it, with these values for `build.*`.
    pub fn machine(&self, vars: BuildVars) -> Machine {
        Machine::new(Arc::new(self.clone()), vars)
    }

    /// What was asked of it, in order: `run COMMAND`, `upload PATH MODE` (mode `-` when none was given), `upload_dir TO FROM`,
    /// `download PATH`, `download_dir PATH`, `close`.
    pub fn log(&self) -> Vec<String> {
        self.lock().log.clone()
    }

    /// The content of a file that was put there.
    pub fn file(&self, path: &str) -> Option<Vec<u8>> {
        self.lock().files.get(path).map(|(content, _)| content.clone())
    }

    /// What was said about a file that was put there.
    pub fn meta(&self, path: &str) -> Option<FileMeta> {
        self.lock().files.get(path).map(|(_, meta)| *meta)
    }

    fn note(&self, line: String) {
        self.lock().log.push(line);
    }

    fn next_answer(&self, command: &str) -> Answer {
        let mut inner = self.lock();
        let Some((_, answers)) = inner.answers.iter_mut().find(|(part, _)| command.contains(part.as_str()))
        else {
            return Answer::status(0);
        };
        if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() }
            .unwrap_or(Answer::status(0))
    }
}

fn unreachable() -> Error {
    Error::environment("the fake machine cannot be reached")
}

#[async_trait]
impl Communicator for FakeMachine {
    fn kind(&self) -> &'static str {
        "fake"
    }

    async fn start(&self, command: RemoteCommand) -> Result<Running> {
        self.note(format!("run {}", command.command));
        let (sender, output) = mpsc::channel(4);
        match self.next_answer(&command.command) {
            Answer::Unreachable => Err(unreachable()),
            Answer::Hangs => Ok(Running {
                output,
                exit: Box::pin(async move {
                    let _held = sender;
                    std::future::pending().await
                }),
            }),
            Answer::Ends { stdout, stderr, status } => {
                tokio::spawn(async move {
                    for (stream, text) in [(Stream::Stdout, stdout), (Stream::Stderr, stderr)] {
                        for chunk in text.as_bytes().chunks(1000) {
                            if sender.send((stream, Bytes::copy_from_slice(chunk))).await.is_err() {
                                return;
                            }
                        }
                    }
                });
                Ok(Running { output, exit: Box::pin(async move { Ok(ExitStatus(status)) }) })
            }
        }
    }

    async fn upload(&self, to: &str, mut from: BoxRead, meta: FileMeta, progress: OnBytes<'_>) -> Result<()> {
        let mode = meta.mode.map_or_else(|| "-".into(), |mode| format!("{mode:04o}"));
        self.note(format!("upload {to} {mode}"));
        let mut content = Vec::new();
        from.read_to_end(&mut content).await?;
        progress(content.len() as u64);
        let mut inner = self.lock();
        if inner.failing_uploads > 0 {
            inner.failing_uploads -= 1;
            return Err(unreachable());
        }
        inner.files.insert(to.to_string(), (content, meta));
        Ok(())
    }

    async fn upload_dir(&self, to: &str, from: &Path, _: OnBytes<'_>) -> Result<()> {
        self.note(format!("upload_dir {to} {}", from.display()));
        Ok(())
    }

    async fn download(
        &self,
        from: &str,
        to: &mut (dyn AsyncWrite + Send + Unpin),
        progress: OnBytes<'_>,
    ) -> Result<()> {
        self.note(format!("download {from}"));
        let content = self
            .file(from)
            .ok_or_else(|| Error::environment(format!("{from}: no such file or directory")))?;
        to.write_all(&content).await?;
        progress(content.len() as u64);
        Ok(())
    }

    async fn download_dir(&self, from: &str, to: &Path, _: OnBytes<'_>) -> Result<()> {
        self.note(format!("download_dir {from}"));
        let files: Vec<(String, Vec<u8>)> = self
            .lock()
            .files
            .iter()
            .filter_map(|(path, (content, _))| Some((path.strip_prefix(from)?.to_string(), content.clone())))
            .collect();
        for (name, content) in files {
            let path = to.join(name.trim_start_matches('/'));
            if let Some(parent) = path.parent() {
                std::fs::create_dir_all(parent)?;
            }
            std::fs::write(path, content)?;
        }
        Ok(())
    }

    async fn close(&self) -> Result<()> {
        self.note("close".into());
        Ok(())
    }
}
