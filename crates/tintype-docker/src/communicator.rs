//! How commands and files reach a container of Linux. The engine does the work; what is decided here is what a path means, whose files
//! uploads become, and how a directory is named on the other side.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use async_trait::async_trait;
use futures::StreamExt;
use tintype_event::Stream;
use tintype_sdk::{BoxRead, Communicator, Cx, Error, FileMeta, OnBytes, RemoteCommand, Result, Running};
use tokio::io::AsyncWrite;
use tokio::sync::OnceCell;

use crate::archive::{Directory, Entry, Owner, measure, pack_directory, pack_file};
use crate::chunks::{Content, Incoming, Outgoing};
use crate::config::DOCKER;
use crate::driver::{Driver, Exec, Kind};
use crate::owner::{self, Ownership};
use crate::session::Sessions;
use crate::unpack::{First, first_file, tree};

/// Scripts may hold secrets: what comes without permissions is for its owner alone.
const PRIVATE: u32 = 0o600;

/// Links that are followed before we believe in a circle.
const LINKS: usize = 40;

/// A way into a container.
pub(crate) struct DockerCommunicator {
    driver: Arc<dyn Driver>,
    container: String,
    exec_user: String,
    pty: bool,
    /// Paths that archives do not reach.
    in_memory: Vec<String>,
    /// The image's user; nothing when uploads are left as they come.
    image_user: Option<String>,
    ownership: OnceCell<Ownership>,
    sessions: Arc<Sessions>,
    tmp: PathBuf,
    cx: Cx,
}

/// What decides how a container is entered.
pub(crate) struct Entrance<'a> {
    /// The container's id.
    pub container: &'a str,
    /// The user as whom commands run; empty for the image's.
    pub exec_user: &'a str,
    /// Whether commands get a terminal.
    pub pty: bool,
    /// Paths in the container that are kept in memory.
    pub in_memory: &'a [String],
    /// Whose uploads become; nothing when they are left as they come.
    pub image_user: Option<&'a str>,
}

impl DockerCommunicator {
    /// A way into this container.
    pub fn new(driver: Arc<dyn Driver>, entrance: &Entrance<'_>, cx: &Cx) -> Self {
        let container = entrance.container.to_owned();
        let exec_user = entrance.exec_user.to_owned();
        Self {
            sessions: Arc::new(Sessions::new(driver.clone(), &container, &exec_user)),
            driver,
            container,
            exec_user,
            pty: entrance.pty,
            in_memory: entrance.in_memory.to_vec(),
            image_user: entrance.image_user.map(str::to_owned),
            ownership: OnceCell::new(),
            tmp: cx.world().tmp.clone(),
            cx: cx.clone(),
        }
    }

    async fn ownership(&self) -> &Ownership {
        self.ownership
            .get_or_init(|| async {
                match &self.image_user {
                    Some(user) => owner::find(&*self.driver, &self.container, user).await,
                    None => Ownership::AsTheyCome,
                }
            })
            .await
    }

    /// What an archive says of an uploaded file.
    async fn entry(&self, name: &str, size: u64, meta: FileMeta) -> Entry {
        let owner = match self.ownership().await {
            Ownership::Known(owner) => *owner,
            Ownership::Changed(_) | Ownership::AsTheyCome => Owner::default(),
        };
        Entry {
            name: name.to_owned(),
            size,
            mode: meta.mode.unwrap_or(PRIVATE),
            mtime: meta.mtime.unwrap_or_else(now),
            owner,
        }
    }

    /// What follows an upload.
    async fn uploaded(&self, to: &str, result: Result<()>) -> Result<()> {
        result.map_err(|error| error.context(format!("Error uploading {to}")))?;
        self.settle_owner(to).await
    }

    /// Gives what was uploaded to its owner, where the archive could not say who that is.
    async fn settle_owner(&self, path: &str) -> Result<()> {
        let Ownership::Changed(user) = self.ownership().await else { return Ok(()) };
        let quoted = path.replace('\'', r"'\''");
        let command = format!("chown -R {user} '{quoted}'");
        self.as_root(
            &format!("The owner of {path} could not be changed to {user}"),
            &["/bin/sh", "-c", &command],
            Box::new(tokio::io::empty()),
        )
        .await
        .map_err(|error| error.hint("fix_upload_owner = false leaves uploaded files to root."))
    }

    /// Whether a path is kept in memory.
    fn is_in_memory(&self, path: &str) -> bool {
        self.in_memory.iter().any(|dir| Path::new(path).starts_with(dir))
    }

    /// Runs a command of ours, as root, for what it reads and writes.
    async fn as_root(&self, what: &str, argv: &[&str], stdin: BoxRead) -> Result<()> {
        let exec = Exec { stdin: Some(stdin), ..Exec::new(argv).by("root") };
        let (status, _, complaint) = self.driver.exec(&self.container, exec).await?.gather(64 << 10).await?;
        if status.success() {
            return Ok(());
        }
        Err(Error::environment(format!("{what}: {}", String::from_utf8_lossy(&complaint).trim())))
    }

    /// Unpacks an archive in the container itself.
    async fn put_inside(&self, dir: &str, tar: Outgoing) -> Result<()> {
        self.as_root("tar in the container", &["tar", "-x", "-f", "-", "-C", dir], tar.into_read()).await
    }

    /// Unpacks an archive in a directory, wherever it is kept.
    async fn put(&self, dir: &str, tar: Outgoing) -> Result<()> {
        if self.is_in_memory(dir) {
            self.put_inside(dir, tar).await
        } else {
            self.driver.put(&self.container, dir, tar).await
        }
    }

    /// Writes a file in the container itself: not every image has a tar.
    async fn write_inside(&self, to: &str, from: BoxRead, entry: &Entry) -> Result<()> {
        let script = format!(
            "cat >\"$0\" && chmod {:o} \"$0\" && chown {}:{} \"$0\"",
            entry.mode & 0o7777,
            entry.owner.uid,
            entry.owner.gid
        );
        self.as_root("sh in the container", &["/bin/sh", "-c", &script, to], from).await
    }

    /// A file or directory as an archive.
    async fn fetch(&self, path: &str) -> Result<Incoming> {
        if self.is_in_memory(path) {
            return self.fetch_inside(path).await;
        }
        self.driver
            .get(&self.container, path)
            .await
            .map_err(|error| error.context(format!("Error downloading {path}")))
    }

    /// The same, packed in the container itself.
    async fn fetch_inside(&self, path: &str) -> Result<Incoming> {
        let (dir, name) = split_path(path);
        let exec = Exec::new(&["tar", "-c", "-f", "-", "-C", dir, name]).by("root");
        let running = self.driver.exec(&self.container, exec).await?;
        Ok(output_of(running, format!("Error downloading {path}")))
    }

    /// The paths that a pattern matches.
    async fn matches(&self, pattern: &str) -> Result<Vec<String>> {
        let script = format!(
            r#"for f in {}; do if [ -e "$f" ] || [ -L "$f" ]; then printf '%s\0' "$f"; fi; done"#,
            unquoted(pattern)
        );
        let exec = Exec::new(&["/bin/sh", "-c", &script]).by(&self.exec_user);
        let (status, list, complaint) =
            self.driver.exec(&self.container, exec).await?.gather(16 << 20).await?;
        if !status.success() {
            let complaint = String::from_utf8_lossy(&complaint).trim().to_owned();
            return Err(Error::environment(format!("Error downloading {pattern}: {complaint}")));
        }
        let list = String::from_utf8_lossy(&list);
        Ok(list.split('\0').filter(|path| !path.is_empty()).map(str::to_owned).collect())
    }
}

/// What a command writes; an error at the end when it failed.
fn output_of(running: Running, what: String) -> Incoming {
    let state = (running.output, Some(running.exit), Vec::new());
    let parts = futures::stream::unfold(state, move |(mut output, mut exit, mut complaint)| {
        let what = what.clone();
        async move {
            loop {
                match output.recv().await {
                    Some((Stream::Stdout, bytes)) => return Some((Ok(bytes), (output, exit, complaint))),
                    Some((Stream::Stderr, bytes)) => complaint.extend_from_slice(&bytes),
                    None => {
                        let status = match exit.take()?.await {
                            Ok(status) if status.success() => return None,
                            Ok(_) => String::from_utf8_lossy(&complaint).trim().to_owned(),
                            Err(error) => error.to_string(),
                        };
                        return Some((
                            Err(Error::environment(format!("{what}: {status}"))),
                            (output, None, complaint),
                        ));
                    }
                }
            }
        }
    });
    parts.boxed()
}

/// A pattern as a shell reads it: everything but the pattern's own characters in quotes.
fn unquoted(pattern: &str) -> String {
    let mut text = String::new();
    for c in pattern.chars() {
        if !c.is_ascii() || c.is_ascii_alphanumeric() || "*?[]!-/._".contains(c) {
            text.push(c);
        } else {
            text.push('\\');
            text.push(c);
        }
    }
    text
}

/// Directory and name of a path. Relative paths begin at the root, as they do for `docker cp`.
pub(crate) fn split_path(path: &str) -> (&str, &str) {
    let path = path.trim_end_matches('/');
    match path.rsplit_once('/') {
        Some(("", name)) => ("/", name),
        Some((dir, name)) => (dir, name),
        None => ("/", path),
    }
}

/// Directory and name of an uploaded file.
fn named(to: &str) -> Result<(&str, &str)> {
    match split_path(to) {
        (_, "") => Err(Error::user(format!("\"{to}\" names no file"))
            .hint("Give the name of the file in the container.")),
        named => Ok(named),
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[async_trait]
impl Communicator for DockerCommunicator {
    fn kind(&self) -> &'static str {
        DOCKER
    }

    async fn start(&self, command: RemoteCommand) -> Result<Running> {
        if command.stdin.is_none() && !self.pty {
            return self.sessions.run(&command.command).await;
        }
        let exec = Exec {
            argv: vec!["/bin/sh".into(), "-c".into(), format!("({})", command.command)],
            user: self.exec_user.clone(),
            tty: self.pty,
            stdin: command.stdin,
        };
        self.driver.exec(&self.container, exec).await
    }

    async fn upload(&self, to: &str, from: BoxRead, meta: FileMeta, progress: OnBytes<'_>) -> Result<()> {
        let (dir, name) = named(to)?;
        let uploaded = if self.is_in_memory(dir) {
            let sent = Arc::new(AtomicU64::new(0));
            let counter = sent.clone();
            let from =
                Outgoing::read_told(from, move |count| _ = counter.fetch_add(count, Ordering::Relaxed));
            let entry = self.entry(name, 0, meta).await;
            let written = self.write_inside(to, from.into_read(), &entry).await;
            progress(sent.load(Ordering::Relaxed));
            written
        } else {
            let (from, size) = match meta.size {
                Some(size) => (Content::read(from), size),
                None => measure(from, &self.tmp).await?,
            };
            let entry = self.entry(name, size, meta).await;
            pack_file(entry, from, progress, |tar| self.driver.put(&self.container, dir, tar)).await
        };
        self.uploaded(to, uploaded).await
    }

    async fn upload_file(&self, to: &str, from: File, meta: FileMeta, progress: OnBytes<'_>) -> Result<()> {
        let (dir, name) = named(to)?;
        match meta.size {
            Some(size) if !self.is_in_memory(dir) => {
                let (entry, from) = (self.entry(name, size, meta).await, Content::file(from));
                let uploaded =
                    pack_file(entry, from, progress, |tar| self.driver.put(&self.container, dir, tar)).await;
                self.uploaded(to, uploaded).await
            }
            _ => self.upload(to, Box::new(tokio::fs::File::from_std(from)), meta, progress).await,
        }
    }

    async fn upload_dir(&self, to: &str, from: &Path, progress: OnBytes<'_>) -> Result<()> {
        let contents = from.as_os_str().to_string_lossy().ends_with(['/', std::path::MAIN_SEPARATOR]);
        let owner = match self.ownership().await {
            Ownership::Known(owner) => Some(*owner),
            Ownership::Changed(_) => Some(Owner::default()),
            Ownership::AsTheyCome => None,
        };
        let (dir, name) = match self.driver.kind_of(&self.container, to).await? {
            Some(Kind::Directory) if contents => (to, None),
            Some(Kind::Directory) => (to, from.file_name().map(PathBuf::from)),
            Some(Kind::Other) => {
                return Err(Error::user(format!("Error uploading {}: {to} is no directory", from.display())));
            }
            // The directory is made, under the name that was asked for.
            None => {
                let (dir, name) = split_path(to);
                (dir, Some(PathBuf::from(name)))
            }
        };
        let directory = Directory::all_of(from, name.clone(), owner).await?;
        let tops: Vec<PathBuf> = match &name {
            Some(name) => vec![name.clone()],
            None => directory.files.iter().filter(|path| path.components().count() == 1).cloned().collect(),
        };
        pack_directory(directory, progress, |tar| self.put(dir, tar))
            .await
            .map_err(|error| error.context(format!("Error uploading {}", from.display())))?;
        for top in tops {
            self.settle_owner(&format!("{}/{}", dir.trim_end_matches('/'), top.display())).await?;
        }
        Ok(())
    }

    async fn download(
        &self,
        from: &str,
        to: &mut (dyn AsyncWrite + Send + Unpin),
        progress: OnBytes<'_>,
    ) -> Result<()> {
        let mut path = from.to_owned();
        for _ in 0..LINKS {
            match first_file(self.fetch(&path).await?, to, progress).await? {
                First::File => return Ok(()),
                First::Link(target) if target.starts_with('/') => path = target,
                First::Link(target) => {
                    path = format!("{}/{target}", split_path(&path).0.trim_end_matches('/'))
                }
                First::Other => return Err(Error::user(format!("Error downloading {from}: it is no file"))),
            }
        }
        Err(Error::user(format!("Error downloading {from}: its links lead in a circle")))
    }

    async fn download_dir(&self, from: &str, to: &Path, progress: OnBytes<'_>) -> Result<()> {
        let paths = if from.contains(['*', '?', '[']) {
            let found = self.matches(from).await?;
            if found.is_empty() {
                return Err(Error::user(format!("Error downloading {from}: nothing matches")));
            }
            found
        } else {
            vec![from.to_owned()]
        };
        for path in paths {
            let path = path.trim_end_matches('/');
            // A link to a directory stands for the directory.
            let slash = matches!(self.driver.kind_of(&self.container, path).await?, Some(Kind::Directory));
            let path = if slash { format!("{path}/") } else { path.to_owned() };
            for left_out in tree(self.fetch(&path).await?, to, progress).await? {
                self.cx.error(format!("Not downloaded: {}", left_out.display()));
            }
        }
        Ok(())
    }

    async fn close(&self) -> Result<()> {
        self.sessions.end().await;
        Ok(())
    }
}
