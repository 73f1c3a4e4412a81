//! Programs of the host that do for an ordinary user what only root may: give ids to a user namespace, carry a network's packets.

use super::link::Link;
use super::machine::{last_words, launch};
use super::network::PASTA_DNS;
use super::role;
use super::wire::{Answer, Request};
use crate::{Ids, Launcher, Net};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::process::{Child, Command};

/// Where programs are.
const USUAL: [&str; 7] =
    ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin", "/run/wrappers/bin"];
/// How long a helper may take: on a busy host these are slow.
const PATIENCE: Duration = Duration::from_secs(20);

/// The directories in which helpers are looked for.
pub(super) struct Search(Vec<PathBuf>);

impl Search {
    pub(super) fn new(more: &[PathBuf]) -> Self {
        Self(more.iter().cloned().chain(USUAL.iter().map(PathBuf::from)).collect())
    }

    pub(super) fn find(&self, name: &str) -> Option<PathBuf> {
        let absolute = self.0.iter().filter(|directory| directory.is_absolute());
        absolute.map(|directory| directory.join(name)).find(|path| {
            path.is_file() && rustix::fs::access(path.as_path(), rustix::fs::Access::EXEC_OK).is_ok()
        })
    }
}

#[expect(clippy::disallowed_methods, reason = "this library knows no builds; helpers end with the machine")]
fn command(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.stdin(Stdio::null()).kill_on_drop(true).process_group(0);
    command
}

/// Gives the user namespace of `process` its ids.
pub(super) async fn map(search: &Search, process: u32, ids: &Ids) -> Result<(), String> {
    let Ids::Range { users, groups } = ids else { return Ok(()) };
    let own = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
    for (name, own, range) in [("newuidmap", own.0, users), ("newgidmap", own.1, groups)] {
        let program = search.find(name).ok_or_else(|| format!("there is no program `{name}`"))?;
        let numbers = [process, 0, own, 1, 1, range.0, range.1].map(|number| number.to_string());
        let output = command(&program).args(numbers).output();
        let output = tokio::time::timeout(PATIENCE, output).await;
        let output = output
            .map_err(|_| format!("{name} does not end"))?
            .map_err(|error| format!("cannot start {name}: {error}"))?;
        if !output.status.success() {
            return Err(format!("{name} failed: {}", String::from_utf8_lossy(&output.stderr).trim()));
        }
    }
    Ok(())
}

/// A program that carries packets between the machine and the host's network. It goes when this is dropped, and when we are killed.
pub(super) enum Carrier {
    /// Nobody: the host's network is used.
    None,
    /// It ends when its standard input closes.
    Child(Child),
    /// It would stay; its guard ends it when the link closes.
    Guarded(Link, Child),
}

impl Carrier {
    /// Starts it for the network namespace of `process`, and waits until it carries.
    pub(super) async fn start(launcher: &Launcher, net: &Net, process: u32) -> Result<Self, String> {
        let started = async {
            match net {
                Net::Host => Ok(Self::None),
                Net::Pasta(program) => pasta(launcher, program, process).await,
                Net::Slirp(program) => slirp(program, process).await,
            }
        };
        tokio::time::timeout(PATIENCE, started)
            .await
            .map_err(|_| "the network's helper does not get ready".to_owned())?
    }

    pub(super) async fn end(self) {
        let mut child = match self {
            Self::None => return,
            Self::Child(mut child) => {
                drop(child.stdin.take());
                child
            }
            Self::Guarded(link, child) => {
                link.close();
                child
            }
        };
        if tokio::time::timeout(Duration::from_secs(1), child.wait()).await.is_err() {
            _ = child.kill().await;
        }
    }
}

async fn pasta(launcher: &Launcher, program: &Path, process: u32) -> Result<Carrier, String> {
    let (link, child, errors) = launch(launcher, role::CARRIER).map_err(|error| error.to_string())?;
    let mut args: Vec<String> =
        ["--config-net", "--quiet", "--no-map-gw", "--dns-forward", PASTA_DNS].map(str::to_owned).into();
    args.extend(["-t", "none", "-u", "none", "-T", "none", "-U", "none"].map(str::to_owned));
    args.push(process.to_string());
    let request = Request::Carry { program: program.to_owned(), args };
    link.send(&request, &[], Vec::new()).await.map_err(|error| error.to_string())?;
    match link.receive().await.map(|parcel| parcel.message) {
        Some(Answer::Ready) => Ok(Carrier::Guarded(link, child)),
        Some(Answer::Failed(failure)) => Err(failure.text),
        _ => Err(format!("its guard ended at once{}", last_words(&errors))),
    }
}

async fn slirp(program: &Path, process: u32) -> Result<Carrier, String> {
    let mut child = command(program)
        .args(["--configure", "--mtu=65520", "--disable-host-loopback", "--exit-fd=0", "--ready-fd=1"])
        .arg(process.to_string())
        .arg("tap0")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("cannot start {}: {error}", program.display()))?;
    let mut ready = child.stdout.take().ok_or("it has no output")?;
    let mut errors = child.stderr.take().ok_or("it has no output for errors")?;
    // One byte says that it is ready.
    if ready.read_u8().await.is_err() {
        let mut text = Vec::new();
        _ = errors.take(4096).read_to_end(&mut text).await;
        return Err(format!("{} failed: {}", program.display(), String::from_utf8_lossy(&text).trim()));
    }
    // It must never block on words that nobody reads.
    tokio::spawn(async move { tokio::io::copy(&mut errors, &mut tokio::io::sink()).await });
    Ok(Carrier::Child(child))
}
