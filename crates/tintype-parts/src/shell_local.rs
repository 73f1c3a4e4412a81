//! `shell-local`, provisioner and post-processor in one: runs scripts on this host.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use tintype_schema::{At, Check, Config};
use tintype_sdk::{
    Artifact, BuildVars, Context, Cx, Error, Keep, Machine, PostProcessWith, PostProcessed, PrepareCx,
    ProvisionWith, Result, while_none_starts,
};

use crate::artifact::data_of;
use crate::os;
use crate::script::{EnvConfig, RunData, check_scripts, check_status};

/// Runs a script on this host, in the directory where the program was started. Cancellation ends the script and everything it started.
/// As a post-processor it hands its input on.
#[derive(Config)]
#[config(name = "shell-local")]
pub(crate) struct ShellLocalConfig {
    /// One command; the same as `inline` with one line.
    command: String,
    /// Lines of a script.
    inline: Vec<String>,
    /// Path of a script, which must be executable.
    #[config(key = "file")]
    script: String,
    /// Paths of scripts, run one after the other.
    #[config(key = "file")]
    scripts: Vec<String>,
    #[config(flatten)]
    environment: EnvConfig,
    /// How a variable is written, as for printf: `%s` is the name, then the value. The default is `%s='%s' ` (on Windows
    /// `set %s=%s && `).
    env_var_format: String,
    /// The program and its arguments that run the script. `{{.Vars}}` is the variables, `{{.Script}}` the path of the script. The
    /// default is `["/bin/sh", "-c", "{{.Vars}} {{.Script}}"]` (on Windows `["cmd", "/V", "/C", "{{.Vars}}", "call", "{{.Script}}"]`).
    #[config(template = "Vars, Script, Command")]
    execute_command: Vec<String>,
    /// What the first line of an inline script says after `#!`. The default is `/bin/sh -e` (on Windows there is no such line).
    inline_shebang: String,
    /// Systems to run on: `darwin`, `freebsd`, `linux`, `openbsd`, `solaris`, `windows`. On others it is skipped. The default is all.
    #[config(values("darwin", "freebsd", "linux", "openbsd", "solaris", "windows"))]
    only_on: Vec<String>,
    /// End of the name of the temporary file of an inline script: `.py`. The default is none (on Windows `.cmd`).
    #[config(key = "no")]
    tempfile_extension: String,
    /// Writes the paths of scripts as Linux on Windows knows them: `/mnt/c/…`.
    #[config(key = "no")]
    use_linux_pathing: bool,
    /// Exit codes that are no failure.
    #[config(default = "[0]")]
    valid_exit_codes: Vec<i64>,
}

const SYSTEMS: [&str; 6] = ["darwin", "freebsd", "linux", "openbsd", "solaris", "windows"];

impl Check for ShellLocalConfig {
    fn complete(&mut self) {
        if !self.tempfile_extension.is_empty() && !self.tempfile_extension.starts_with('.') {
            self.tempfile_extension.insert(0, '.');
        }
    }

    fn check(&self, at: &mut At<'_>) {
        match at.count(&["command", "inline", "script", "scripts"]) {
            0 => {
                at.error("", "Command, Inline, Script and Scripts options cannot all be empty.");
            }
            1 => {}
            _ => {
                at.error(
                    "",
                    "You may only specify one of the following options: Command, Inline, Script or Scripts. Please consolidate these options in your config.",
                );
            }
        }
        for (index, system) in self.only_on.iter().enumerate() {
            if !SYSTEMS.contains(&system.as_str()) {
                at.error(
                    &format!("only_on[{index}]"),
                    format!("Invalid OS specified in only_on: '{system}'"),
                )
                .detail(format!("Supported OS names: {}", SYSTEMS.join(", ")));
            }
        }
        if self.use_linux_pathing && !(self.command.is_empty() && self.inline.is_empty()) {
            at.error("use_linux_pathing", "use_linux_pathing works with script and scripts only");
        }
    }
}

/// A prepared `shell-local`.
pub(crate) struct ShellLocal {
    config: ShellLocalConfig,
    cx: PrepareCx,
}

impl ShellLocal {
    fn new(mut config: ShellLocalConfig, cx: &PrepareCx, at: &mut At<'_>) -> Self {
        let scripts = config.scripts.iter().enumerate();
        let scripts = scripts.map(|(index, script)| (format!("scripts[{index}]"), script.as_str()));
        let script = Some(config.script.as_str()).filter(|script| !script.is_empty());
        check_scripts(scripts.chain(script.map(|script| ("script".to_string(), script))), cx, at);
        if !config.command.is_empty() {
            config.inline = vec![std::mem::take(&mut config.command)];
        }
        if !config.script.is_empty() {
            config.scripts = vec![std::mem::take(&mut config.script)];
        }
        if config.execute_command.is_empty() {
            config.execute_command = os::local_execute_command();
        }
        if config.env_var_format.is_empty() {
            config.env_var_format = os::local_env_var_format().into();
        }
        if config.inline_shebang.is_empty() {
            config.inline_shebang = os::local_shebang().into();
        }
        if config.tempfile_extension.is_empty() {
            config.tempfile_extension = os::script_suffix().into();
        }
        Self { config, cx: cx.clone() }
    }

    async fn run(&self, vars: &BuildVars, cx: &Cx) -> Result<()> {
        let config = &self.config;
        if !config.only_on.is_empty() && !config.only_on.iter().any(|system| system == os::name()) {
            cx.say("Skipping shell-local due to runtime OS");
            return Ok(());
        }
        let data = RunData { cx: &self.cx, vars };
        let variables = data.environment(&config.environment, &config.env_var_format, os::SINGLE_QUOTES)?;
        if !config.inline.is_empty() {
            let script = self.write_inline(&data.lines(&config.inline)?, cx)?;
            let shown = script.display().to_string();
            return self.run_script(&shown, script.to_path_buf(), &variables, &data, cx).await;
        }
        for script in &config.scripts {
            self.run_script(script, cx.world().cwd.join(script), &variables, &data, cx).await?;
        }
        Ok(())
    }

    fn write_inline(&self, lines: &str, cx: &Cx) -> Result<tempfile::TempPath> {
        let mut text = String::new();
        if !self.config.inline_shebang.is_empty() {
            text = format!("#!{}\n", self.config.inline_shebang);
        }
        text.push_str(lines);
        while_none_starts(|| {
            let mut file = cx.temp_file("packer-shell", &self.config.tempfile_extension)?;
            let shown = file.path().display().to_string();
            file.write_all(text.as_bytes())
                .and_then(|()| os::make_executable(file.as_file()))
                .context(|| format!("cannot write {shown}"))?;
            // Closed here: nobody executes a file that is open for writing.
            Ok(file.into_temp_path())
        })
    }

    async fn run_script(
        &self,
        shown: &str,
        path: PathBuf,
        variables: &str,
        data: &RunData<'_>,
        cx: &Cx,
    ) -> Result<()> {
        cx.say(format!("Running local shell script: {shown}"));
        let path =
            if self.config.use_linux_pathing { os::linux_path(&path) } else { path.display().to_string() };
        let extra = [("Vars", variables.to_string()), ("Script", path.clone()), ("Command", path)];
        let mut words = Vec::with_capacity(self.config.execute_command.len());
        for word in &self.config.execute_command {
            words.push(data.render("execute_command", word, &extra)?);
        }
        let Some((program, args)) = words.split_first() else {
            return Err(Error::bug("execute_command has no default"));
        };
        let running = cx.command(program).args(args).start().map_err(|error| {
            cx.error(error.to_string());
            Error::user(format!(
                "Error executing script: {shown}\n\nPlease see output above for more information."
            ))
        })?;
        check_status(running.show(cx).await?, &self.config.valid_exit_codes)
    }
}

impl ProvisionWith for ShellLocal {
    type Config = ShellLocalConfig;

    fn prepare(config: ShellLocalConfig, cx: &PrepareCx, at: &mut At<'_>) -> Self {
        Self::new(config, cx, at)
    }

    async fn provision(&self, machine: &Machine, cx: &Cx) -> Result<()> {
        self.run(machine.vars(), cx).await
    }
}

impl PostProcessWith for ShellLocal {
    type Config = ShellLocalConfig;

    fn prepare(config: ShellLocalConfig, cx: &PrepareCx, at: &mut At<'_>) -> Self {
        Self::new(config, cx, at)
    }

    async fn post_process(&self, from: Arc<dyn Artifact>, cx: &Cx) -> Result<PostProcessed> {
        self.run(&data_of(&*from), cx).await?;
        Ok(PostProcessed { artifact: Some(from), keep: Keep::Always })
    }
}

#[cfg(test)]
mod tests;
