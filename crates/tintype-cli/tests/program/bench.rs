//! A directory, a program in it, what it said.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A directory with files, in which the program runs.
pub struct Bench {
    dir: tempfile::TempDir,
    env: Vec<(String, String)>,
}

/// What a call gave.
pub struct Said {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

#[expect(clippy::disallowed_methods, reason = "a test starts the program under test")]
pub fn program(path: &Path) -> Command {
    Command::new(path)
}

impl Bench {
    /// A directory with these files.
    pub fn new(files: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        for folder in ["home", "tmp", "work"] {
            std::fs::create_dir(dir.path().join(folder)).unwrap();
        }
        let bench = Self { dir, env: Vec::new() };
        for (name, text) in files {
            bench.write(name, text.as_bytes());
        }
        bench
    }

    /// A directory with one template, `t.pkr.hcl`.
    pub fn of(template: &str) -> Self {
        Self::new(&[("t.pkr.hcl", template)])
    }

    pub fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join("work").join(name)
    }

    pub fn tmp(&self) -> PathBuf {
        self.dir.path().join("tmp")
    }

    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.into(), value.into()));
        self
    }

    /// The program with its surroundings, not yet started.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = program(Path::new(env!("CARGO_BIN_EXE_tintype")));
        command.args(args).current_dir(self.path(""));
        for name in ["PACKER_LOG", "PACKER_LOG_PATH", "PACKER_CONFIG", "PACKER_NO_COLOR", "DOCKER_CONTEXT"] {
            command.env_remove(name);
        }
        command.env("HOME", self.dir.path().join("home"));
        command.env("TMPDIR", self.tmp());
        command.env("PACKER_CONFIG_DIR", self.dir.path().join("home"));
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        command.stdin(std::process::Stdio::null());
        command
    }

    pub fn run(&self, args: &[&str]) -> Said {
        Said::from(self.command(args).output().unwrap())
    }

    /// Names of what is left in the directory for temporary files.
    pub fn left_over(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.tmp()).unwrap();
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
    }
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        Said {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// Whether a Docker Engine with the base image answers; says so when it does not.
pub fn docker() -> bool {
    let there = program(Path::new("docker"))
        .args(["image", "inspect", "debian:bookworm-slim"])
        .output()
        .is_ok_and(|output| output.status.success());
    if !there {
        skip("no Docker Engine with debian:bookworm-slim");
    }
    there
}

#[expect(clippy::disallowed_macros, reason = "a test that is skipped says so")]
pub fn skip(why: &str) {
    eprintln!("skipped: {why}");
}
