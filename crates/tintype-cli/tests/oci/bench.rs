//! A directory, a user, and the program in it.

use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// Somebody who is not root, and has no range of ids.
const ORDINARY: u32 = 12345;

/// As whom the program runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum User {
    /// Whoever runs the tests.
    Same,
    /// Somebody without rights.
    Ordinary,
}

/// A directory with files, in which the program runs. `rootfs/` holds a small system: one program under many names.
pub struct Bench {
    dir: tempfile::TempDir,
    user: User,
    program: PathBuf,
    env: Vec<(String, String)>,
}

/// What a call gave.
#[derive(Debug)]
pub struct Said {
    pub code: i32,
    pub text: String,
}

impl Said {
    /// It went well.
    #[track_caller]
    pub fn good(self) -> String {
        assert_eq!(self.code, 0, "{}", self.text);
        self.text
    }

    /// It did not.
    #[track_caller]
    pub fn bad(self) -> String {
        assert_eq!(self.code, 1, "{}", self.text);
        self.text
    }
}

#[expect(clippy::disallowed_methods, reason = "a test starts the program under test")]
pub fn program(path: impl AsRef<Path>) -> Command {
    Command::new(path.as_ref())
}

#[expect(clippy::disallowed_macros, reason = "a test that is skipped says so")]
pub fn skip(why: &str) {
    eprintln!("skipped: {why}");
}

fn am_root() -> bool {
    let id = program("id").arg("-u").output().expect("id runs");
    id.stdout == b"0\n"
}

/// Does something as everybody whom this machine has: whoever runs the tests, and somebody without rights if that is root.
pub fn as_everybody(work: impl Fn(Bench)) {
    let users: &[User] = if am_root() { &[User::Same, User::Ordinary] } else { &[User::Same] };
    for user in users {
        if let Some(bench) = Bench::new(*user) {
            work(bench);
        }
    }
}

/// Does something as whoever runs the tests.
pub fn once(work: impl Fn(Bench)) {
    if let Some(bench) = Bench::new(User::Same) {
        work(bench);
    }
}

impl Bench {
    /// Nothing where no container can be run, which is said.
    fn new(user: User) -> Option<Self> {
        let busybox = ["/bin/busybox", "/usr/bin/busybox"].into_iter().find(|path| Path::new(path).exists());
        let Some(busybox) = busybox else {
            skip("no static busybox: scripts/setup tests");
            return None;
        };
        let dir = tempfile::tempdir().expect("a directory");
        let built = PathBuf::from(env!("CARGO_BIN_EXE_tintype"));
        let program = match user {
            User::Same => built,
            // Where it was built may be closed to others.
            User::Ordinary => {
                let there = dir.path().join("tintype");
                std::fs::copy(built, &there).expect("copied");
                there
            }
        };
        let bench = Self { dir, user, program, env: Vec::new() };
        for folder in ["home", "tmp", "work", "work/rootfs/bin", "work/rootfs/etc", "work/rootfs/tmp"] {
            std::fs::create_dir_all(bench.dir.path().join(folder)).expect("made");
        }
        std::fs::copy(busybox, bench.path("rootfs/bin/busybox")).expect("copied");
        for name in
            ["sh", "cat", "echo", "chmod", "rm", "mkdir", "id", "sleep", "ls", "test", "true", "tar", "sed"]
        {
            symlink("busybox", bench.path("rootfs/bin").join(name)).expect("linked");
        }
        bench.write("rootfs/etc/passwd", "root:x:0:0::/:/bin/sh\n");
        bench.write("rootfs/etc/group", "root:x:0:\n");
        bench.write("probe.pkr.hcl", bench.template("", "output { name = \"probe\" }", "true"));
        bench.hand_over();
        let probe = bench.build("probe.pkr.hcl");
        if probe.text.contains("No command can be run in the container") {
            skip(&format!("this host allows {user:?} no containers: {}", probe.text));
            return None;
        }
        Some(bench)
    }

    /// Everything here belongs to whoever runs the program.
    fn hand_over(&self) {
        std::fs::set_permissions(self.dir.path(), std::fs::Permissions::from_mode(0o755)).expect("changed");
        if self.user == User::Ordinary {
            let owner = format!("{ORDINARY}:{ORDINARY}");
            let done =
                program("chown").args(["-hR", &owner]).arg(self.dir.path()).status().expect("chown runs");
            assert!(done.success());
        }
    }

    pub fn user(&self) -> User {
        self.user
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join("work").join(name)
    }

    /// The directory of the program's images.
    pub fn store(&self) -> PathBuf {
        self.dir.path().join("home/cache/oci")
    }

    /// Writes a file, which belongs to whoever runs the program.
    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.path(name);
        std::fs::write(&path, text).expect("written");
        if self.user == User::Ordinary {
            chown(&path, Some(ORDINARY), Some(ORDINARY)).expect("changed");
        }
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.into(), value.into()));
        self
    }

    /// A template of one source and one provisioner. `base` is the directory `rootfs` when it is empty.
    pub fn template(&self, base: &str, more: &str, inline: &str) -> String {
        let base = if base.is_empty() { "rootfs = \"rootfs\"" } else { base };
        let inline = inline.replace('\\', "\\\\").replace('"', "\\\"");
        format!(
            "source \"oci\" \"x\" {{\n  base = {{ {base} }}\n  {more}\n}}\nbuild {{\n  sources = [\"oci.x\"]\n  provisioner \"shell\" {{\n    inline = [\"{inline}\"]\n  }}\n}}\n"
        )
    }

    /// Writes such a template and builds it.
    pub fn make(&self, base: &str, more: &str, inline: &str) -> Said {
        self.write("t.pkr.hcl", self.template(base, more, inline));
        self.build("t.pkr.hcl")
    }

    pub fn build(&self, template: &str) -> Said {
        Said::from(self.command(&["build", "-color=false", template]).output().expect("it runs"))
    }

    /// The program with its surroundings, not yet started.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = match self.user {
            User::Same => program(&self.program),
            User::Ordinary => {
                let id = ORDINARY.to_string();
                let mut command = program("setpriv");
                command.args(["--reuid", &id, "--regid", &id, "--clear-groups", "--"]).arg(&self.program);
                command
            }
        };
        command.args(args).current_dir(self.path(""));
        for name in ["PACKER_LOG", "PACKER_CONFIG", "TINTYPE_DOCKER", "SOURCE_DATE_EPOCH", "DOCKER_CONFIG"] {
            command.env_remove(name);
        }
        let home = self.dir.path().join("home");
        command.env("HOME", &home).env("TMPDIR", self.dir.path().join("tmp"));
        command.env("PACKER_CONFIG_DIR", &home).env("PACKER_CACHE_DIR", home.join("cache"));
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null());
        command
    }

    /// Directories of containers in the store.
    pub fn runs(&self) -> usize {
        std::fs::read_dir(self.store().join("runs")).map_or(0, Iterator::count)
    }
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        let text = [output.stdout, output.stderr].concat();
        Self { code: output.status.code().unwrap_or(-1), text: String::from_utf8_lossy(&text).into_owned() }
    }
}
