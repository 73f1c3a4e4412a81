//! A registry of a test's own: the program `docker-registry`, where it is installed.

use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A registry that takes everything from everybody. It ends with this value.
pub struct Registry {
    /// Its address: `127.0.0.1:40123`.
    pub host: String,
    child: Child,
    _dir: tempfile::TempDir,
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Registry {
    /// Starts one, or says that the test is skipped since the program is not installed.
    #[expect(clippy::disallowed_methods, reason = "a test's own server, ended by its guard")]
    #[expect(clippy::disallowed_macros, reason = "a test that is skipped says so")]
    pub fn start() -> Option<Self> {
        let dir = tempfile::tempdir().expect("a directory");
        let port =
            TcpListener::bind("127.0.0.1:0").and_then(|port| port.local_addr()).expect("a port").port();
        let host = format!("127.0.0.1:{port}");
        let config = dir.path().join("config.yml");
        let root = dir.path().display();
        let text = format!(
            "version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {root}}}}}\nhttp: {{addr: \"{host}\"}}\n"
        );
        std::fs::write(&config, text).expect("a file");
        let mut command = Command::new("docker-registry");
        command.arg("serve").arg(&config).stdout(Stdio::null()).stderr(Stdio::null());
        let Ok(child) = command.spawn() else {
            eprintln!("skipped: the program docker-registry is missing");
            return None;
        };
        let registry = Self { host, child, _dir: dir };
        let started = Instant::now();
        while TcpStream::connect(&registry.host).is_err() {
            assert!(started.elapsed() < Duration::from_secs(20), "the registry does not start");
            std::thread::sleep(Duration::from_millis(20));
        }
        Some(registry)
    }
}
