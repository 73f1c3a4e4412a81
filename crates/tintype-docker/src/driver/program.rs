//! A client program as a driver: podman, nerdctl, or docker itself where the Engine's interface does not do. Each call is one process.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use futures::StreamExt;
use serde::Deserialize;
use tintype_event::Stream;
use tintype_sdk::{Cancel, Command, Context, Cx, Error, ExitStatus, Result, Running};

use super::{Commit, Container, Driver, Exec, Image, ImageBuild, Import, Kind, NotStarted, Pull, Push};
use crate::auth::Credentials;
use crate::chunks::{Incoming, Outgoing};

/// The beginning of a program's complaint that is kept.
const COMPLAINT: usize = 64 << 10;

/// A client program.
pub(crate) struct Program {
    path: String,
    config_dir: Option<PathBuf>,
    cx: Cx,
}

impl Program {
    /// The program at this path, or of this name.
    pub(crate) fn new(path: &str, config_dir: Option<PathBuf>, cx: &Cx) -> Self {
        // A call that makes or removes something must run to its end even when the build was told to stop. Whoever can stop in
        // the middle of a call waits for it with the build's own context.
        Self { path: path.to_owned(), config_dir, cx: cx.with_cancel(Cancel::new()) }
    }

    /// Its version, as it tells it. Fails when it cannot be started.
    pub(crate) async fn version(&self) -> Result<String> {
        self.ask(&["-v"]).await
    }

    /// Whether it is there and reaches an engine.
    pub(crate) async fn answers(&self) -> bool {
        self.ask(&["info", "--format", "{{.ID}}"]).await.is_ok() || self.ask(&["info"]).await.is_ok()
    }

    fn command(&self) -> Command {
        let command = self.cx.command(&self.path);
        match &self.config_dir {
            Some(dir) => command.arg("--config").arg(dir),
            None => command,
        }
    }

    /// What went wrong, in the program's own words.
    fn failure(&self, what: &str, status: ExitStatus, complaint: &[u8]) -> Error {
        let complaint = String::from_utf8_lossy(complaint);
        let complaint = complaint.trim();
        let shown = if complaint.is_empty() { String::new() } else { format!(": {complaint}") };
        Error::environment(format!("{} {what} ended with exit status {}{shown}", self.path, status.0))
    }

    /// Runs it and gives what it writes, without white space around it.
    async fn ask<A: AsRef<std::ffi::OsStr>>(&self, args: &[A]) -> Result<String> {
        self.finish(self.command().args(args), args).await
    }

    async fn finish<A: AsRef<std::ffi::OsStr>>(&self, command: Command, args: &[A]) -> Result<String> {
        let (status, stdout, stderr) = command.gather().await?;
        if status.success() {
            return Ok(String::from_utf8_lossy(&stdout).trim().to_owned());
        }
        let what = args.first().map(|word| word.as_ref().to_string_lossy().into_owned()).unwrap_or_default();
        Err(self.failure(&what, status, &stderr))
    }

    /// Runs it and shows its output as normal text, as it always was.
    async fn show<A: AsRef<std::ffi::OsStr>>(&self, args: &[A], cx: &Cx) -> Result<()> {
        let mut running = self.command().args(args).start()?;
        let mut lines = [tintype_sdk::Lines::default(), tintype_sdk::Lines::default()];
        let say = |line: Vec<u8>| {
            if !line.is_empty() {
                cx.say(String::from_utf8_lossy(&line).into_owned());
            }
        };
        while let Some((stream, bytes)) = cx.wait(running.output.recv()).await? {
            if let Some(lines) = lines.get_mut(usize::from(stream == Stream::Stderr)) {
                lines.push(&bytes, say);
            }
        }
        lines.iter_mut().for_each(|lines| lines.finish(say));
        let status = cx.wait(running.exit).await??;
        if status.success() {
            return Ok(());
        }
        let what = args.first().map(|word| word.as_ref().to_string_lossy().into_owned()).unwrap_or_default();
        Err(self.failure(&what, status, &[]))
    }

    /// Runs it for the bytes that it writes; a failure of the program ends them with an error.
    fn stream<A: AsRef<std::ffi::OsStr>>(&self, args: &[A]) -> Result<Incoming> {
        let running = self.command().args(args).start()?;
        let what = args.first().map(|word| word.as_ref().to_string_lossy().into_owned()).unwrap_or_default();
        let path = self.path.clone();
        let Running { output, exit } = running;
        let mut exit = Some(exit);
        let mut output = output;
        let mut complaint = Vec::new();
        let cx = self.cx.clone();
        let config_dir = self.config_dir.clone();
        let stream = futures::stream::poll_fn(move |context| {
            loop {
                match futures::ready!(output.poll_recv(context)) {
                    Some((Stream::Stdout, bytes)) => return std::task::Poll::Ready(Some(Ok(bytes))),
                    Some((Stream::Stderr, bytes)) => {
                        let room = COMPLAINT.saturating_sub(complaint.len()).min(bytes.len());
                        complaint.extend_from_slice(bytes.get(..room).unwrap_or_default());
                    }
                    None => {
                        let Some(waiting) = exit.as_mut() else { return std::task::Poll::Ready(None) };
                        let ended = futures::ready!(waiting.as_mut().poll(context));
                        exit = None;
                        match ended {
                            Ok(status) if status.success() => return std::task::Poll::Ready(None),
                            Ok(status) => {
                                let program = Program::new(&path, config_dir.clone(), &cx);
                                return std::task::Poll::Ready(Some(Err(
                                    program.failure(&what, status, &complaint)
                                )));
                            }
                            Err(error) => return std::task::Poll::Ready(Some(Err(error))),
                        }
                    }
                }
            }
        });
        Ok(stream.boxed())
    }
}

/// The names that the clients' answers share.
#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct ImageAnswer {
    id: String,
    repo_digests: Option<Vec<String>>,
    config: Option<ImageConfig>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct ImageConfig {
    user: Option<String>,
    cmd: Option<Vec<String>>,
    entrypoint: Option<Entrypoint>,
}

/// A list with docker, text with some versions of podman.
#[derive(Deserialize)]
#[serde(untagged)]
enum Entrypoint {
    List(Vec<String>),
    Text(String),
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct ContainerAnswer {
    id: String,
    mounts: Option<Vec<MountAnswer>>,
    network_settings: NetworkAnswer,
    host_config: HostAnswer,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct HostAnswer {
    tmpfs: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct MountAnswer {
    source: String,
    destination: String,
    #[serde(rename = "Type")]
    kind: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct NetworkAnswer {
    #[serde(rename = "IPAddress")]
    address: String,
    #[serde(rename = "Networks")]
    networks: Option<BTreeMap<String, AddressAnswer>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct AddressAnswer {
    #[serde(rename = "IPAddress")]
    address: String,
}

#[async_trait]
impl Driver for Program {
    fn shown(&self) -> &str {
        &self.path
    }

    fn place(&self) -> BTreeMap<String, String> {
        BTreeMap::from([("program".to_owned(), self.path.clone())])
    }

    async fn image(&self, name: &str) -> Result<Option<Image>> {
        let args = ["image", "inspect", name];
        let (status, stdout, stderr) = self.command().args(args).gather().await?;
        if !status.success() {
            let complaint = String::from_utf8_lossy(&stderr).to_lowercase();
            let absent = ["no such image", "image not known", "no such object", "not found"];
            if absent.iter().any(|words| complaint.contains(words)) {
                return Ok(None);
            }
            return Err(self.failure("image inspect", status, &stderr));
        }
        let found: Vec<ImageAnswer> = parsed(&stdout, &self.path)?;
        Ok(found.into_iter().next().map(|found| {
            let config = found.config.unwrap_or_default();
            Image {
                id: if found.id.contains(':') { found.id } else { format!("sha256:{}", found.id) },
                digests: found.repo_digests.unwrap_or_default(),
                user: config.user.unwrap_or_default(),
                cmd: config.cmd.unwrap_or_default(),
                entrypoint: match config.entrypoint {
                    Some(Entrypoint::List(words)) => words,
                    Some(Entrypoint::Text(word)) if !word.is_empty() => vec![word],
                    _ => Vec::new(),
                },
            }
        }))
    }

    async fn pull(&self, pull: Pull<'_>, cx: &Cx) -> Result<()> {
        let mut args = vec!["pull", pull.image];
        if !pull.platform.is_empty() {
            args.extend(["--platform", pull.platform]);
        }
        self.show(&args, cx).await
    }

    async fn push(&self, push: Push<'_>, cx: &Cx) -> Result<()> {
        let mut args = vec!["push", push.image];
        if !push.platform.is_empty() {
            args.extend(["--platform", push.platform]);
        }
        self.show(&args, cx).await
    }

    async fn build(&self, build: ImageBuild<'_>, cx: &Cx) -> Result<String> {
        let id_file = cx.temp_file("packer-iid", "")?;
        let mut args = vec!["build".to_owned(), "--iidfile".to_owned(), id_file.path().display().to_string()];
        args.extend(["-f".to_owned(), build.dockerfile.display().to_string()]);
        if !build.platform.is_empty() {
            args.extend(["--platform".to_owned(), build.platform.to_owned()]);
        }
        if build.pull {
            args.push("--pull".to_owned());
        }
        if build.compress {
            args.push("--compress".to_owned());
        }
        for (name, value) in build.args {
            args.extend(["--build-arg".to_owned(), format!("{name}={value}")]);
        }
        args.push(build.dir.display().to_string());
        cx.wait(self.ask(&args)).await??;
        let id = std::fs::read_to_string(id_file.path()).context(|| "the id of the image that was built")?;
        Ok(id.trim().to_owned())
    }

    async fn tag(&self, image: &str, name: &str) -> Result<()> {
        self.ask(&["tag", image, name]).await.map(drop)
    }

    async fn save(&self, image: &str) -> Result<Incoming> {
        self.stream(&["save", image])
    }

    async fn import(&self, import: Import<'_>, files: Outgoing) -> Result<String> {
        let mut args = vec!["import"];
        for change in import.changes {
            args.extend(["--change", change]);
        }
        if !import.platform.is_empty() {
            args.extend(["--platform", import.platform]);
        }
        args.extend(["-", import.name]);
        let command = self.command().args(&args).stdin(files.into_read());
        Ok(self.finish(command, &args).await?.lines().last().unwrap_or_default().to_owned())
    }

    async fn remove_image(&self, image: &str) -> Result<()> {
        self.ask(&["rmi", image]).await.map(drop)
    }

    async fn log_in(&self, credentials: &Credentials, cx: &Cx) -> Result<()> {
        let mut args = vec!["login"];
        if !credentials.username.is_empty() {
            args.extend(["-u", &credentials.username]);
        }
        args.push("--password-stdin");
        if credentials.server != crate::reference::HUB_KEY {
            args.push(&credentials.server);
        }
        let password = std::io::Cursor::new(credentials.password.clone().into_bytes());
        let command = self.command().args(&args).stdin(Box::new(password));
        for line in self.finish(command, &args).await?.lines().filter(|line| !line.is_empty()) {
            cx.say(line);
        }
        Ok(())
    }

    async fn log_out(&self, credentials: &Credentials, cx: &Cx) -> Result<()> {
        let mut args = vec!["logout"];
        if credentials.server != crate::reference::HUB_KEY {
            args.push(&credentials.server);
        }
        for line in self.ask(&args).await?.lines().filter(|line| !line.is_empty()) {
            cx.say(line);
        }
        Ok(())
    }

    async fn run(&self, args: &[String], _: &Cx) -> Result<String, NotStarted> {
        let (status, stdout, stderr) = self.command().arg("run").args(args).gather().await?;
        if status.success() {
            return Ok(String::from_utf8_lossy(&stdout).trim().to_owned());
        }
        let complaint = String::from_utf8_lossy(&stderr).trim().to_owned();
        // A container that was made and did not start stays behind.
        Err(NotStarted { error: Error::environment(complaint), certain: false })
    }

    async fn look(&self, container: &str) -> Result<Container> {
        let found = self.container(container).await?;
        let networks =
            found.network_settings.networks.unwrap_or_default().into_values().map(|network| network.address);
        let mut addresses = std::iter::once(found.network_settings.address).chain(networks);
        let address = addresses.find(|address| !address.is_empty()).unwrap_or_default();
        let mounts = found.mounts.unwrap_or_default().into_iter();
        let mounted = mounts.filter(|mount| mount.kind == "tmpfs").map(|mount| mount.destination);
        let in_memory = found.host_config.tmpfs.unwrap_or_default().into_keys().chain(mounted).collect();
        Ok(Container { address, in_memory })
    }

    async fn exec(&self, container: &str, exec: Exec) -> Result<Running> {
        let mut command = self.command().args(["exec", "-i"]);
        if !exec.user.is_empty() {
            command = command.args(["-u", &exec.user]);
        }
        if exec.tty {
            command = command.arg("-t");
        }
        command = command.arg(container).args(exec.argv);
        if let Some(stdin) = exec.stdin {
            command = command.stdin(stdin);
        }
        command.start()
    }

    async fn kind_of(&self, container: &str, path: &str) -> Result<Option<Kind>> {
        let script = r#"if [ -d "$0" ]; then echo d; elif [ -e "$0" ] || [ -L "$0" ]; then echo o; fi"#;
        Ok(match self.ask(&["exec", "-u", "0", container, "/bin/sh", "-c", script, path]).await?.as_str() {
            "d" => Some(Kind::Directory),
            "o" => Some(Kind::Other),
            _ => None,
        })
    }

    async fn put(&self, container: &str, dir: &str, tar: Outgoing) -> Result<()> {
        let args = ["cp", "-", &format!("{container}:{dir}")];
        self.finish(self.command().args(args).stdin(tar.into_read()), &args).await.map(drop)
    }

    async fn get(&self, container: &str, path: &str) -> Result<Incoming> {
        self.stream(&["cp", &format!("{container}:{path}"), "-"])
    }

    async fn commit(&self, container: &str, commit: Commit<'_>) -> Result<String> {
        let mut args = vec!["commit"];
        if !commit.author.is_empty() {
            args.extend(["--author", commit.author]);
        }
        for change in commit.changes {
            args.extend(["--change", change]);
        }
        if !commit.message.is_empty() {
            args.extend(["--message", commit.message]);
        }
        args.push(container);
        let id = self.ask(&args).await?.lines().last().unwrap_or_default().to_owned();
        Ok(if id.contains(':') { id } else { format!("sha256:{id}") })
    }

    async fn export(&self, container: &str) -> Result<Incoming> {
        self.stream(&["export", container])
    }

    async fn stop(&self, container: &str) -> Result<()> {
        self.ask(&["stop", container]).await.map(drop)
    }

    async fn remove(&self, container: &str) -> Result<()> {
        match self.ask(&["rm", "-f", "-v", container]).await {
            Err(error) if error.to_string().to_lowercase().contains("no such container") => Ok(()),
            result => result.map(drop),
        }
    }

    async fn find(&self, mounted: &Path) -> Result<Option<String>> {
        let list = self.ask(&["ps", "-a", "-q", "--no-trunc"]).await?;
        for id in list.lines().filter(|id| !id.is_empty()) {
            // One that has gone in between is not the one.
            let Ok(found) = self.container(id).await else { continue };
            if found.mounts.iter().flatten().any(|mount| Path::new(&mount.source) == mounted) {
                return Ok(Some(found.id));
            }
        }
        Ok(None)
    }
}

impl Program {
    async fn container(&self, container: &str) -> Result<ContainerAnswer> {
        let answer = self.ask(&["container", "inspect", container]).await?;
        let found: Vec<ContainerAnswer> = parsed(answer.as_bytes(), &self.path)?;
        found
            .into_iter()
            .next()
            .ok_or_else(|| Error::environment(format!("{} knows no container {container}", self.path)))
    }
}

fn parsed<T: for<'de> Deserialize<'de>>(answer: &[u8], program: &str) -> Result<T> {
    serde_json::from_slice(answer)
        .map_err(|error| Error::environment(format!("{program} gave an answer that cannot be read: {error}")))
}
