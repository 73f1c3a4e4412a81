//! A store, an image of this host's programs, and whoever the cases run as.

use std::io::Write as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::Arc;

use oci::Platform;
use oci::layer::Compression;
use sandbox::{Bind, Network, Setup};
use tintype_oci::{Base, Container, Host, StoredImage, Wish};
use tintype_testkit::Sandbox;

/// The word by which this program is told to run the cases as whoever it is.
pub const AGAIN: &str = "as-it-is";

/// An ordinary user without a name.
const USER: u32 = 12346;

/// A host of a case's own.
pub struct Bed {
    pub host: Arc<Host>,
    pub image: StoredImage,
    pub dir: PathBuf,
}

impl Bed {
    async fn new(dir: &Path) -> Self {
        let program = std::env::current_exe().expect("this program");
        let host = Host::open(&dir.join("cache"), program, Vec::new()).await.expect("a store");
        let rootfs = dir.join("rootfs");
        skeleton(&rootfs);
        let cx = Sandbox::new().cx();
        let image =
            host.store().base(&Base::RootfsDir(rootfs), &Platform::host(), &cx).await.expect("an image");
        Self { host: Arc::new(host), image, dir: dir.to_owned() }
    }

    /// A container of the image, in which the host's programs are seen.
    pub async fn container(&self, id: &str) -> Container {
        self.of(&self.image, id).await
    }

    /// The same of another image.
    pub async fn of(&self, image: &StoredImage, id: &str) -> Container {
        self.forming(image, id, Vec::new()).await
    }

    /// One with directories that are no part of what comes of it.
    pub async fn with_volumes(&self, id: &str, volumes: &[&str]) -> Container {
        let volumes = volumes.iter().map(|volume| (*volume).to_owned()).collect();
        self.wished(&self.image, Wish { id: id.to_owned(), volumes, ..Wish::default() }).await
    }

    /// One whose layers will leave the machine in these forms.
    pub async fn forming(&self, image: &StoredImage, id: &str, forms: Vec<Compression>) -> Container {
        self.wished(image, Wish { id: id.to_owned(), forms, ..Wish::default() }).await
    }

    async fn wished(&self, image: &StoredImage, wish: Wish) -> Container {
        let usr = Bind { host: "/usr".into(), machine: "/usr".into(), read_only: true };
        let wish = Wish {
            machine: Setup {
                hostname: "box".to_owned(),
                network: Network::Host,
                binds: vec![usr],
                ..Setup::default()
            },
            run: image.image.config.config.clone(),
            ..wish
        };
        self.host.run(image, wish).await.expect("a container")
    }
}

/// How many files there are below a directory of the store.
pub fn files_in(dir: &Path) -> usize {
    let items = std::fs::read_dir(dir).into_iter().flatten().flatten();
    items.map(|item| if item.path().is_dir() { files_in(&item.path()) } else { 1 }).sum()
}

fn skeleton(rootfs: &Path) {
    for dir in ["etc", "usr", "tmp", "var/lib/old", "srv"] {
        std::fs::create_dir_all(rootfs.join(dir)).expect("a directory");
    }
    for name in ["bin", "sbin", "lib", "lib64"] {
        symlink(format!("usr/{name}"), rootfs.join(name)).expect("a link");
    }
    symlink("var/lib", rootfs.join("data")).expect("a link");
    std::fs::set_permissions(rootfs.join("tmp"), std::fs::Permissions::from_mode(0o1777)).expect("a mode");
    let write = |path: &str, text: &str| std::fs::write(rootfs.join(path), text).expect("a file");
    write("etc/passwd", "root:x:0:0:root:/root:/bin/sh\n");
    write("etc/group", "root:x:0:\n");
    write("var/lib/old/one", "1\n");
    write("var/lib/old/two", "2\n");
    write("srv/gone", "soon\n");
}

/// Says something that belongs to no case.
pub fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

fn directory() -> tempfile::TempDir {
    // On a disk: what is in memory may refuse overlayfs.
    tempfile::Builder::new().prefix("containers-").tempdir_in("/var/tmp").expect("a directory")
}

/// Runs the cases as whoever we are.
pub fn here(words: &[String]) -> ExitCode {
    let dir = directory();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let bed = Bed::new(dir.path()).await;
        if let Err(forbidden) = &bed.host.abilities().user_namespaces {
            say(&format!("no machines here: {forbidden}"));
            return super::still::all(&bed, words).await;
        }
        say(&format!("ids: {:?}, trees: {:?}", bed.host.abilities().ids, bed.host.abilities().overlay));
        super::cases::all(&bed, words).await;
    });
    ExitCode::SUCCESS
}

/// Runs them as whoever we are, and as an ordinary user when we are root.
pub fn everywhere(words: &[String]) -> ExitCode {
    here(words);
    if !rustix::process::geteuid().is_root() {
        return ExitCode::SUCCESS;
    }
    let dir = directory();
    let set = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("a mode");
    };
    set(dir.path(), 0o755);
    // The directory of tests may be closed to others.
    let program = dir.path().join("tests");
    std::fs::copy(std::env::current_exe().expect("this program"), &program).expect("a copy");
    set(&program, 0o755);
    let ids = [format!("--reuid={USER}"), format!("--regid={USER}"), "--clear-groups".to_owned()];
    let mut again = command("setpriv");
    again.args(ids).arg(&program).arg(AGAIN).args(words).current_dir("/").stdin(Stdio::null());
    assert!(again.status().expect("setpriv").success(), "as an ordinary user");
    // A user namespace in which no other may be made, and nobody has any right.
    let line = "echo 0 >/proc/sys/user/max_user_namespaces && exec setpriv --bounding-set=-all --inh-caps=-all \"$@\"";
    let mut again = command("unshare");
    again.args(["-Ur", "sh", "-c", line, "sh"]).arg(&program).arg(AGAIN).args(words);
    let status = again.current_dir("/").stdin(Stdio::null()).status();
    assert!(status.expect("unshare").success(), "where machines are forbidden");
    ExitCode::SUCCESS
}

#[expect(clippy::disallowed_methods, reason = "a test starts itself again, as somebody else")]
fn command(program: &str) -> Command {
    Command::new(program)
}
