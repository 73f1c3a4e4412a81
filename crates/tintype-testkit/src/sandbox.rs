//! Surroundings of a test's own: a temporary directory with everything that a component may touch in it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tintype_event::{EventSink, Secrets, Target};
use tintype_sdk::{Asker, BuildCx, Cancel, Cx, Hook, Interpolation, Nobody, Policy, PrepareCx, World};

use crate::Told;

/// When a sandbox's process started.
const START: &str = "2026-03-07T15:04:09Z";

/// Surroundings of a test's own. Gone with everything in it when dropped.
pub struct Sandbox {
    root: tempfile::TempDir,
    world: Arc<World>,
    events: EventSink,
    told: Told,
    asker: Arc<dyn Asker>,
    policy: Policy,
    cancel: Cancel,
}

impl Default for Sandbox {
    fn default() -> Self {
        Self::new()
    }
}

impl Sandbox {
    /// Empty surroundings: `work` is the working directory, `home`, `tmp`, `cache`, `config` and `state` what their names say. The
    /// environment has `PATH` alone.
    pub fn new() -> Self {
        let root = tempfile::Builder::new()
            .prefix("tintype-test")
            .tempdir()
            .expect("a temporary directory can be made");
        // The name that the system uses: on some systems the temporary directory is behind a symbolic link.
        let base = root.path().canonicalize().expect("it was made just now");
        let dir = |name: &str| {
            let path = base.join(name);
            std::fs::create_dir(&path).expect("the directory is empty");
            path
        };
        #[expect(
            clippy::disallowed_methods,
            reason = "a test's world needs the real search path to find its programs"
        )]
        let path = std::env::var("PATH").unwrap_or_default();
        let world = World {
            env: BTreeMap::from([("PATH".into(), path)]),
            cwd: dir("work"),
            home: Some(dir("home")),
            tmp: dir("tmp"),
            cache_dir: dir("cache"),
            config_dir: dir("config"),
            state_dir: dir("state"),
            run_uuid: "11111111-2222-3333-4444-555555555555".into(),
            core_version: "1.16.0".into(),
        };
        let told = Told::default();
        Self {
            root,
            world: Arc::new(world),
            events: EventSink::new(Secrets::default(), vec![Box::new(told.clone())]),
            told,
            asker: Arc::new(Nobody),
            policy: Policy::default(),
            cancel: Cancel::new(),
        }
    }

    /// With this person at the terminal.
    pub fn asker(mut self, asker: Arc<dyn Asker>) -> Self {
        self.asker = asker;
        self
    }

    /// With these decisions of the user.
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// With one more variable in the environment.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        Arc::make_mut(&mut self.world).env.insert(name.into(), value.into());
        self
    }

    /// With another temporary directory, such as one on a small disk.
    pub fn tmp(mut self, path: impl Into<PathBuf>) -> Self {
        Arc::make_mut(&mut self.world).tmp = path.into();
        self
    }

    /// As another run in the same place.
    pub fn run_uuid(mut self, uuid: &str) -> Self {
        Arc::make_mut(&mut self.world).run_uuid = uuid.into();
        self
    }

    /// The surroundings.
    pub fn world(&self) -> &Arc<World> {
        &self.world
    }

    /// The directory that holds all of it.
    pub fn root(&self) -> &Path {
        self.root.path()
    }

    /// A path below the working directory.
    pub fn path(&self, relative: &str) -> PathBuf {
        self.world.cwd.join(relative)
    }

    /// Writes a file below the working directory, making directories.
    pub fn write(&self, relative: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(relative);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).expect("the sandbox can be written");
        }
        std::fs::write(&path, content).expect("the sandbox can be written");
        path
    }

    /// The content of a file below the working directory, if it is there.
    pub fn read(&self, relative: &str) -> Option<Vec<u8>> {
        std::fs::read(self.path(relative)).ok()
    }

    /// The same as text.
    pub fn text(&self, relative: &str) -> Option<String> {
        self.read(relative).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The names in a directory below the working directory (`""` for itself), sorted.
    pub fn names(&self, relative: &str) -> Vec<String> {
        names_in(&self.path(relative))
    }

    /// The names in the temporary directory, sorted: what a component left behind.
    pub fn left_in_tmp(&self) -> Vec<String> {
        names_in(&self.world.tmp)
    }

    /// The word to stop.
    pub fn cancel(&self) -> &Cancel {
        &self.cancel
    }

    /// A context for a component of a build named `null.test`.
    pub fn cx(&self) -> Cx {
        Cx::new(
            self.world.clone(),
            self.events.clone(),
            self.asker.clone(),
            self.policy,
            self.cancel.clone(),
            Some(Target::build("null.test")),
        )
    }

    /// What a component knows while it is prepared, in a build of the source `test` of type `null`, as for an HCL template.
    pub fn prepare_cx(&self) -> PrepareCx {
        let start = START.parse().expect("a moment");
        let interpolation = Interpolation {
            build_name: Some("test".into()),
            build_type: Some("null".into()),
            ..Interpolation::new(&self.world, start)
        };
        PrepareCx {
            build_name: "test".into(),
            builder_type: "null".into(),
            policy: self.policy,
            world: self.world.clone(),
            interpolation: Arc::new(interpolation),
            sensitive_variables: Vec::new(),
            generated: Vec::new(),
        }
    }

    /// A context for a builder.
    pub fn build_cx(&self, hook: Arc<dyn Hook>) -> BuildCx {
        BuildCx::new(self.cx(), hook)
    }

    /// What was told.
    pub fn told(&self) -> &Told {
        &self.told
    }

    /// What was told, as [`Told::lines`] shows it, with the temporary directory as `<tmp>` and random numbers in names as `<n>`.
    pub fn lines(&self) -> Vec<String> {
        let tmp = self.world.tmp.display().to_string();
        self.told.lines().into_iter().map(|line| without_numbers(&line.replace(&tmp, "<tmp>"))).collect()
    }
}

fn names_in(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(dir)
        .map(|entries| {
            entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
        })
        .unwrap_or_default();
    names.sort();
    names
}

/// Replaces the number after each of the prefixes that temporary files have.
fn without_numbers(line: &str) -> String {
    let mut line = line.to_string();
    for prefix in ["packer-shell", "pkr-file-content", "script_", "varfile_"] {
        let mut from = 0;
        while let Some(found) = line[from..].find(prefix) {
            let start = from + found + prefix.len();
            let digits = line[start..].bytes().take_while(u8::is_ascii_digit).count();
            if digits > 0 {
                line.replace_range(start..start + digits, "<n>");
            }
            from = start;
        }
    }
    line
}
