//! Provisioner `shell`: runs scripts on the machine. A script costs two round trips (upload, run), the end one more (removal).

use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tintype_schema::{At, Check, Config, GoDuration};
use tintype_sdk::{
    BoxRead, Communicator, Context, Cx, Error, ExitStatus, FileMeta, Kind, Machine, PrepareCx, ProvisionWith,
    RemoteCommand, Result, os_text,
};
use tokio::time::Instant;

use crate::script::{EnvConfig, RunData, check_scripts, check_status, unix_text};

/// Runs scripts on the machine, by its shell.
#[derive(Config)]
#[config(name = "shell")]
pub(crate) struct ShellConfig {
    /// Lines of a script.
    inline: Vec<String>,
    /// Path of a script on this host.
    #[config(key = "file")]
    script: String,
    /// Paths of scripts on this host, run one after the other.
    #[config(key = "file")]
    scripts: Vec<String>,
    /// Uploads scripts byte by byte. Otherwise line ends become those of Unix.
    binary: bool,
    /// Exit codes that are no failure.
    #[config(default = "[0]")]
    valid_exit_codes: Vec<i64>,
    #[config(flatten)]
    environment: EnvConfig,
    /// How a variable is written, as for printf: `%s` is the name, then the value. The default is `%s='%s' `, with `use_env_var_file`
    /// `export %s='%s'\n`.
    env_var_format: String,
    /// Brings the variables in a file that is sourced before the script, in place of the command line.
    use_env_var_file: bool,
    /// The command that runs a script. `{{.Path}}` is its path on the machine, `{{.Vars}}` the variables, `{{.EnvVarFile}}` the file that
    /// holds them. The default is `chmod +x {{.Path}}; {{.Vars}} {{.Path}}`, with `use_env_var_file`
    /// `chmod +x {{.Path}}; . {{.EnvVarFile}} && {{.Path}}`.
    #[config(template = "Path, Vars, EnvVarFile")]
    execute_command: String,
    /// What the first line of an inline script says after `#!`. The default is `/bin/sh -e`, unless the script begins with such a line.
    inline_shebang: String,
    /// Directory on the machine for the script.
    #[config(default = "/tmp")]
    remote_folder: String,
    /// Name of the script on the machine. The default is `script_N.sh` with a random number.
    remote_file: String,
    /// Path of the script on the machine, in place of `remote_folder` and `remote_file`.
    remote_path: String,
    /// How long to try again when the machine cannot be reached. A script that has begun is not run again.
    #[config(default = "5m", key = "no")]
    start_retry_timeout: GoDuration,
    /// The script may end the connection, for instance by a restart of the machine.
    expect_disconnect: bool,
    /// Leaves the script on the machine.
    skip_clean: bool,
    /// How long to wait after the last script.
    #[config(key = "no")]
    pause_after: GoDuration,
}

impl Check for ShellConfig {
    /// What is written as empty means the same as what is not written.
    fn complete(&mut self) {
        if self.remote_folder.is_empty() {
            self.remote_folder = "/tmp".into();
        }
        if self.start_retry_timeout.is_zero() {
            self.start_retry_timeout = GoDuration::from_secs(300);
        }
    }

    fn check(&self, at: &mut At<'_>) {
        let (script, scripts) = (!self.script.is_empty(), !self.scripts.is_empty());
        if script && scripts {
            at.error("scripts", "Only one of script or scripts can be specified.");
        }
        match (script || scripts, !self.inline.is_empty()) {
            (false, false) => {
                at.error("", "Either a script file or inline script must be specified.");
            }
            (true, true) => {
                at.error("inline", "Only a script file or an inline script can be specified, not both.");
            }
            _ => {}
        }
    }
}

/// A prepared `shell`.
pub(crate) struct Shell {
    config: ShellConfig,
    cx: PrepareCx,
    /// The user's word on the first line of an inline script.
    shebang: Option<String>,
    env_var_file: String,
}

impl ProvisionWith for Shell {
    type Config = ShellConfig;

    fn prepare(mut config: ShellConfig, cx: &PrepareCx, at: &mut At<'_>) -> Self {
        if config.script.is_empty() {
            let scripts = config.scripts.iter().enumerate();
            check_scripts(
                scripts.map(|(index, script)| (format!("scripts[{index}]"), script.as_str())),
                cx,
                at,
            );
        } else {
            check_scripts([("script".to_string(), config.script.as_str())], cx, at);
            config.scripts = vec![std::mem::take(&mut config.script)];
        }
        let number = || uuid::Uuid::new_v4().as_u64_pair().0 % 9999;
        if config.remote_file.is_empty() {
            config.remote_file = format!("script_{}.sh", number());
        }
        let folder = config.remote_folder.trim_end_matches('/');
        if config.remote_path.is_empty() {
            config.remote_path = format!("{folder}/{}", config.remote_file);
        }
        let env_var_file =
            if config.use_env_var_file { format!("{folder}/varfile_{}.sh", number()) } else { String::new() };
        if config.env_var_format.is_empty() {
            config.env_var_format =
                if config.use_env_var_file { "export %s='%s'\n" } else { "%s='%s' " }.into();
        }
        if config.execute_command.is_empty() {
            config.execute_command = if config.use_env_var_file {
                "chmod +x {{.Path}}; . {{.EnvVarFile}} && {{.Path}}"
            } else {
                "chmod +x {{.Path}}; {{.Vars}} {{.Path}}"
            }
            .into();
        }
        let shebang = Some(std::mem::take(&mut config.inline_shebang)).filter(|shebang| !shebang.is_empty());
        Self { config, cx: cx.clone(), shebang, env_var_file }
    }

    async fn provision(&self, machine: &Machine, cx: &Cx) -> Result<()> {
        let config = &self.config;
        let data = RunData { cx: &self.cx, vars: machine.vars() };
        let variables = data.environment(&config.environment, &config.env_var_format, true)?;
        let inline = if config.inline.is_empty() { None } else { Some(self.write_inline(&data, cx)?) };
        let scripts: Vec<(String, PathBuf)> = match &inline {
            Some(path) => vec![(path.display().to_string(), path.to_path_buf())],
            None => {
                config.scripts.iter().map(|script| (script.clone(), cx.world().cwd.join(script))).collect()
            }
        };
        if config.use_env_var_file {
            self.upload_variables(&variables, machine, cx).await?;
        }
        for (shown, path) in &scripts {
            self.run_script(shown, path, &variables, &data, machine, cx).await?;
        }
        if !config.skip_clean {
            self.remove(machine, cx).await?;
        }
        if !config.pause_after.is_zero() {
            cx.say(format!("Pausing {} after this provisioner...", config.pause_after));
            cx.sleep(config.pause_after.to_std()).await?;
        }
        Ok(())
    }
}

impl Shell {
    fn write_inline(&self, data: &RunData<'_>, cx: &Cx) -> Result<tempfile::TempPath> {
        let lines = data.lines(&self.config.inline)?;
        let mut file = cx.temp_file("packer-shell", "")?;
        let shown = file.path().display().to_string();
        let mut text = String::new();
        if self.shebang.is_some() || !lines.starts_with("#!") {
            text = format!("#!{}\n", self.shebang.as_deref().unwrap_or("/bin/sh -e"));
        }
        text.push_str(&lines);
        file.write_all(text.as_bytes()).context(|| format!("cannot write {shown}"))?;
        Ok(file.into_temp_path())
    }

    async fn upload_variables(&self, variables: &str, machine: &Machine, cx: &Cx) -> Result<()> {
        let content = Content::Text(variables.as_bytes().to_vec());
        let mut tries = self.tries();
        loop {
            let comm = machine.comm();
            // It may hold secrets: nobody else may read it from the first moment on.
            match cx.wait(upload(&*comm, &self.env_var_file, &content, Some(0o600))).await? {
                Ok(()) => return Ok(()),
                Err(error) => tries
                    .again(error, cx)
                    .await
                    .context(|| format!("cannot upload the variables to {}", self.env_var_file))?,
            }
        }
    }

    async fn run_script(
        &self,
        shown: &str,
        path: &Path,
        variables: &str,
        data: &RunData<'_>,
        machine: &Machine,
        cx: &Cx,
    ) -> Result<()> {
        let config = &self.config;
        cx.say(format!("Provisioning with shell script: {shown}"));
        let content = Content::of(path, config.binary)
            .map_err(|error| Error::user(format!("cannot read {shown}: {}", os_text(&error))))?;
        let extra = [
            ("Path", config.remote_path.clone()),
            ("Vars", variables.to_string()),
            ("EnvVarFile", self.env_var_file.clone()),
        ];
        let command = data.render("execute_command", &config.execute_command, &extra)?;
        // Other users than the one who logged in must be able to read it (`sudo -u`), whatever the umask there is. On the way with the
        // command it costs nothing.
        let command = format!("chmod 0755 {}; {command}", config.remote_path);
        let mut tries = self.tries();
        let status = loop {
            match cx.wait(self.upload_and_start(&content, &command, machine, cx)).await? {
                Ok(status) => break status,
                Err(error) => tries.again(error, cx).await?,
            }
        };
        if status == ExitStatus::DISCONNECTED && !config.valid_exit_codes.contains(&status.0) {
            if config.expect_disconnect {
                return Ok(());
            }
            return Err(Error::user(
                "Script disconnected unexpectedly. If you expected your script to disconnect, i.e. from a restart, you can try adding \"expect_disconnect\": true to the provisioner.",
            ));
        }
        check_status(status, &config.valid_exit_codes)
    }

    async fn upload_and_start(
        &self,
        content: &Content,
        command: &str,
        machine: &Machine,
        cx: &Cx,
    ) -> Result<ExitStatus> {
        let comm = machine.comm();
        upload(&*comm, &self.config.remote_path, content, None)
            .await
            .context(|| format!("cannot upload the script to {}", self.config.remote_path))?;
        comm.start(RemoteCommand::new(command)).await?.show(cx).await
    }

    /// Removes what was uploaded; all scripts had the same path.
    async fn remove(&self, machine: &Machine, cx: &Cx) -> Result<()> {
        let mut command = format!("rm -f {}", self.config.remote_path);
        if !self.env_var_file.is_empty() {
            command = format!("{command} {}", self.env_var_file);
        }
        let failed = |why: &str| format!("cannot remove the script {}: {why}", self.config.remote_path);
        let mut tries = self.tries();
        loop {
            let error = match cx.wait(run_quietly(&machine.comm(), &command)).await? {
                Ok((status, _)) if status.success() => return Ok(()),
                // A restart may still be under way.
                Ok((ExitStatus::DISCONNECTED, _)) => Error::environment(failed("the connection was lost")),
                Ok((status, said)) if said.is_empty() => {
                    Error::user(failed(&format!("exit status {}", status.0)))
                }
                Ok((_, said)) => Error::user(failed(&said)),
                Err(error) => Error::new(error.kind(), failed(&error.to_string())),
            };
            tries.again(error.hint("Set skip_clean = true to leave it there."), cx).await?;
        }
    }

    fn tries(&self) -> Tries {
        Tries { end: Instant::now() + self.config.start_retry_timeout.to_std(), pause: FIRST_PAUSE }
    }
}

/// Runs a command of ours and gives what it wrote to standard error.
async fn run_quietly(comm: &Arc<dyn Communicator>, command: &str) -> Result<(ExitStatus, String)> {
    let (status, _, said) = comm.start(RemoteCommand::new(command)).await?.gather(4096).await?;
    Ok((status, String::from_utf8_lossy(&said).trim().to_string()))
}

/// Tries are this far apart at first, then ever further, up to the second.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LAST_PAUSE: Duration = Duration::from_secs(2);

/// How long something is tried while the machine cannot be reached.
struct Tries {
    end: Instant,
    pause: Duration,
}

impl Tries {
    /// After a failure: waits before the next try, or gives the failure back when the time is over, or when it is of a kind that will
    /// not go away.
    async fn again(&mut self, error: Error, cx: &Cx) -> Result<()> {
        if error.kind() != Kind::Environment || Instant::now() + self.pause > self.end {
            return Err(error);
        }
        cx.sleep(self.pause).await?;
        self.pause = (self.pause * 2).min(LAST_PAUSE);
        Ok(())
    }
}

/// What is uploaded; may be read several times.
enum Content {
    Text(Vec<u8>),
    /// As it is, however large.
    File(PathBuf),
}

impl Content {
    fn of(path: &Path, binary: bool) -> std::io::Result<Self> {
        if binary {
            std::fs::File::open(path)?;
            return Ok(Self::File(path.to_path_buf()));
        }
        Ok(Self::Text(unix_text(&std::fs::read(path)?)))
    }
}

async fn upload(comm: &dyn Communicator, to: &str, content: &Content, mode: Option<u32>) -> Result<()> {
    let (from, size): (BoxRead, u64) = match content {
        Content::Text(text) => (Box::new(Cursor::new(text.clone())), text.len() as u64),
        Content::File(path) => {
            let file = tokio::fs::File::open(path).await?;
            let size = file.metadata().await?.len();
            (Box::new(file), size)
        }
    };
    comm.upload(to, from, FileMeta { size: Some(size), mode, mtime: None }, &|_| {}).await
}

#[cfg(test)]
mod tests;
