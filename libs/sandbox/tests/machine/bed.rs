//! A tree to make machines of, out of this host's programs, and short ways to use them.

use sandbox::{Abilities, Bind, Exec, Launcher, Sandbox, Setup, Spec, Stdin, Task, TaskIo};
use std::io::{Read, Write};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// The word that makes this program a part of a machine.
pub const WORD: &str = "__machine";

/// Tasks of these tests.
pub const TASKS: &[(&str, Task)] =
    &[("upper", upper), ("write", write), ("list", list), ("fail", fail), ("own", own), ("panic", panic)];

fn upper(args: &[u8], input: &mut (dyn Read + Send), output: &mut dyn Write) -> Result<Vec<u8>, String> {
    let mut bytes = vec![0; 1 << 16];
    let mut sum = 0_usize;
    loop {
        let length = input.read(&mut bytes).map_err(|error| error.to_string())?;
        if length == 0 {
            return Ok([args, sum.to_string().as_bytes()].concat());
        }
        sum += length;
        output.write_all(&bytes[..length].to_ascii_uppercase()).map_err(|error| error.to_string())?;
    }
}

fn write(args: &[u8], input: &mut (dyn Read + Send), _: &mut dyn Write) -> Result<Vec<u8>, String> {
    let path = String::from_utf8_lossy(args).into_owned();
    let mut file = std::fs::File::create(&path).map_err(|error| format!("{path}: {error}"))?;
    std::io::copy(input, &mut file).map_err(|error| error.to_string())?;
    Ok(Vec::new())
}

fn list(args: &[u8], _: &mut (dyn Read + Send), _: &mut dyn Write) -> Result<Vec<u8>, String> {
    let entries =
        std::fs::read_dir(String::from_utf8_lossy(args).as_ref()).map_err(|error| error.to_string())?;
    let mut names: Vec<String> =
        entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    Ok(names.join(" ").into_bytes())
}

fn fail(args: &[u8], _: &mut (dyn Read + Send), _: &mut dyn Write) -> Result<Vec<u8>, String> {
    Err(String::from_utf8_lossy(args).into_owned())
}

fn panic(_: &[u8], _: &mut (dyn Read + Send), _: &mut dyn Write) -> Result<Vec<u8>, String> {
    panic!("as asked")
}

/// Makes a file of somebody else's, reads it and removes it.
fn own(args: &[u8], _: &mut (dyn Read + Send), _: &mut dyn Write) -> Result<Vec<u8>, String> {
    let path = PathBuf::from(String::from_utf8_lossy(args).into_owned());
    let run = || {
        std::fs::create_dir(&path)?;
        std::fs::write(path.join("file"), "secret")?;
        std::os::unix::fs::chown(path.join("file"), Some(7), Some(8))?;
        std::os::unix::fs::chown(&path, Some(7), Some(8))?;
        let meta = std::fs::metadata(path.join("file"))?;
        let text = std::fs::read(path.join("file"))?;
        std::fs::remove_dir_all(&path)?;
        use std::os::unix::fs::MetadataExt;
        Ok::<_, std::io::Error>([text, format!(" {}:{}", meta.uid(), meta.gid()).into_bytes()].concat())
    };
    run().map_err(|error| error.to_string())
}

/// A place for machines.
pub struct Bed {
    pub launcher: Launcher,
    pub abilities: Abilities,
    pub dir: PathBuf,
}

impl Bed {
    /// In this directory, which is this user's.
    pub async fn new(dir: &Path) -> Self {
        let program = std::env::current_exe().unwrap();
        let launcher = Launcher { program, word: WORD.to_owned(), tasks: TASKS, search: Vec::new() };
        let abilities = sandbox::probe(&launcher, dir).await;
        Self { launcher, abilities, dir: dir.to_owned() }
    }

    /// A machine to be: a small tree in which the host's programs are seen.
    pub fn spec(&self, name: &str) -> Spec {
        let at = |part: &str| self.dir.join(name).join(part);
        for part in
            ["lower/etc", "lower/usr", "lower/tmp", "lower/var/tmp", "top/etc", "upper", "work", "mount"]
        {
            std::fs::create_dir_all(at(part)).unwrap();
        }
        for (link, target) in
            [("bin", "usr/bin"), ("sbin", "usr/sbin"), ("lib", "usr/lib"), ("lib64", "usr/lib64")]
        {
            symlink(target, at("lower").join(link)).unwrap();
        }
        let write = |path: &str, text: &str| std::fs::write(at(path), text).unwrap();
        write("lower/etc/passwd", "root:x:0:0:root:/root:/bin/sh\nweb:x:33:34::/var/www:/bin/sh\n");
        write("lower/etc/group", "root:x:0:\nwww:x:34:\naudio:x:29:web\n");
        write("top/etc/only-in-top", "top\n");
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(at("lower/tmp"), std::fs::Permissions::from_mode(0o1777)).unwrap();
        let usr = Bind { host: "/usr".into(), machine: "/usr".into(), read_only: true };
        Spec {
            lower: vec![at("top"), at("lower")],
            upper: at("upper"),
            work: at("work"),
            mount: at("mount"),
            setup: Setup {
                hostname: "box".to_owned(),
                network: sandbox::Network::Host,
                binds: vec![usr],
                ..Setup::default()
            },
        }
    }

    pub async fn start(&self, spec: &Spec) -> Sandbox {
        Sandbox::start(&self.launcher, spec, &self.abilities).await.unwrap()
    }

    /// What is in a machine's upper directory, by our own eyes.
    pub fn upper(spec: &Spec) -> Vec<String> {
        let mut names = Vec::new();
        let mut todo = vec![spec.upper.clone()];
        while let Some(directory) = todo.pop() {
            for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
                names.push(entry.path().strip_prefix(&spec.upper).unwrap().to_string_lossy().into_owned());
                if entry.file_type().unwrap().is_dir() {
                    todo.push(entry.path());
                }
            }
        }
        names.sort();
        names
    }
}

/// A program by its words.
pub fn words(words: &[&str]) -> Exec {
    Exec { argv: words.iter().map(|word| (*word).to_owned()).collect(), ..Exec::default() }
}

/// A line for the shell.
pub fn shell(line: &str) -> Exec {
    words(&["/bin/sh", "-c", line])
}

/// Runs it to its end with this input: `CODE|OUTPUT|ERRORS`, or why it did not start.
pub async fn run(machine: &Sandbox, mut exec: Exec, input: &[u8]) -> String {
    if !input.is_empty() {
        exec.stdin = Stdin::Pipe;
    }
    let mut process = match machine.exec(exec).await {
        Ok(process) => process,
        Err(error) => return error.to_string(),
    };
    let (mut output, mut errors) = (Vec::new(), Vec::new());
    let mut stdin = process.stdin.take();
    let write = async {
        if let Some(stdin) = &mut stdin {
            _ = stdin.write_all(input).await;
        }
        drop(stdin.take());
    };
    let (_, read, wrote) =
        tokio::join!(write, process.stdout.read_to_end(&mut output), process.stderr.read_to_end(&mut errors));
    read.unwrap();
    wrote.unwrap();
    let status = process.wait().await.unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end().to_owned();
    format!("{}|{}|{}", status.code(), text(&output), text(&errors))
}

/// Runs a task on bytes in memory.
pub async fn task(
    machine: &Sandbox,
    name: &str,
    args: &str,
    input: &[u8],
) -> (Result<String, String>, Vec<u8>) {
    let (read, mut feed) = std::io::pipe().unwrap();
    let (mut drain, write) = std::io::pipe().unwrap();
    let input = input.to_vec();
    let feeding = tokio::task::spawn_blocking(move || {
        use std::io::Write;
        _ = feed.write_all(&input);
    });
    let draining = tokio::task::spawn_blocking(move || {
        let mut bytes = Vec::new();
        _ = drain.read_to_end(&mut bytes);
        bytes
    });
    let file = |fd: std::os::fd::OwnedFd| Some(std::fs::File::from(fd));
    let io = TaskIo { input: file(read.into()), output: file(write.into()) };
    let answer = machine.task(name, args.as_bytes().to_vec(), io).await;
    feeding.await.unwrap();
    let answer =
        answer.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).map_err(|error| error.to_string());
    (answer, draining.await.unwrap())
}

/// Waits until there are so many processes.
pub async fn settle(machine: &Sandbox, count: u32) {
    let start = Instant::now();
    while machine.processes().await.unwrap() != count {
        assert!(start.elapsed() < Duration::from_secs(10), "{}", machine.processes().await.unwrap());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
