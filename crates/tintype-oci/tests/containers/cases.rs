//! What containers must do. Each case has a container of its own.

use std::io::Read as _;
use std::path::Path;
use std::time::{Duration, Instant};

use futures::StreamExt as _;
use oci::layer::Compression;
use oci::tarball::{Entry, Kind as Tar, TarReader, TarWriter};
use oci::{Digest, History, ImageConfig, Platform};
use tintype_event::Stream;
use tintype_oci::{Base, Chunks, Command, Commit, Container, Grain, Kind, StoredImage};
use tokio::io::AsyncWriteExt as _;

use crate::bed::{Bed, files_in, say};

macro_rules! cases {
    ($($name:ident),* $(,)?) => {
        /// Runs the cases whose names contain one of these words, or all.
        pub async fn all(bed: &Bed, words: &[String]) {
            $(if words.is_empty() || words.iter().any(|word| stringify!($name).contains(word.as_str())) {
                let start = Instant::now();
                $name(bed).await;
                say(&format!("{}: {:?}", stringify!($name), start.elapsed()));
            })*
        }
    };
}

cases! { commands, files, under_way, changes, steps, compressed_beside, stopped_beside, volumes, no_changes, nothing_left }

pub fn shell(line: &str) -> Command {
    Command { argv: ["/bin/sh", "-c", line].map(str::to_owned).to_vec(), ..Command::default() }
}

/// `CODE|OUTPUT|ERRORS`.
async fn run(container: &Container, command: Command) -> String {
    let mut running = container.exec(command).await.expect("a command");
    let (mut output, mut errors) = (Vec::new(), Vec::new());
    while let Some((stream, bytes)) = running.output.recv().await {
        if stream == Stream::Stdout { output.extend(bytes) } else { errors.extend(bytes) }
    }
    let status = running.exit.await.expect("a status").0;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end().to_owned();
    format!("{status}|{}|{}", text(&output), text(&errors))
}

async fn check(container: &Container, line: &str, expected: &str) {
    assert_eq!(run(container, shell(line)).await, expected, "{line}");
}

async fn commands(bed: &Bed) {
    let container = bed.container("commands").await;
    check(&container, "echo out; echo err >&2; exit 3", "3|out|err").await;
    check(&container, "kill -9 $$", "137||").await;
    check(&container, "hostname; id -u; pwd", "0|box\n0\n/|").await;
    check(&container, "readlink /proc/self/ns/pid | wc -l", "0|1|").await;
    let missing = Command { argv: vec!["/no/such".to_owned()], ..Command::default() };
    assert!(run(&container, missing).await.starts_with("127||"), "a program that is not there");
    let input = Command {
        stdin: Some(Box::new(std::io::Cursor::new(vec![b'x'; 3_000_000]))),
        ..shell("wc -c; echo $GIVEN")
    };
    let input = Command { env: vec![("GIVEN".to_owned(), "yes".to_owned())], ..input };
    assert_eq!(run(&container, input).await, "0|3000000\nyes|");
    // One for another processor is no mistake of the command's.
    let foreign = Base::RootfsDir(bed.dir.join("rootfs"));
    let (cx, arm) = (
        tintype_testkit::Sandbox::new().cx(),
        Platform { architecture: "mips".to_owned(), ..Platform::host() },
    );
    let image = bed.host.store().base(&foreign, &arm, &cx).await.expect("an image");
    let other = bed.of(&image, "foreign").await;
    // A program for a processor that nobody has.
    let program = [&b"\x7fELF\x02\x01\x01"[..], &[0; 9], b"\x02\0\xed\xfe\x01\0\0\0", &[0; 40]].concat();
    let entry = Entry { size: program.len() as u64, ..Entry::new("foreign", Tar::File, 0o755) };
    let mut tar = TarWriter::new(Vec::new());
    tar.append(&entry, &mut program.as_slice()).expect("an entry");
    other.put("/srv", tar.finish().expect("an archive").as_slice()).await.expect("it is unpacked");
    let command = Command { argv: vec!["/srv/foreign".to_owned()], ..Command::default() };
    let error = tintype_sdk::Error::from(other.exec(command).await.map(drop).expect_err("no emulator"));
    assert!(error.to_string().contains("runs no programs for linux/mips"), "{error}");
    assert!(error.hints().iter().any(|hint| hint.contains("--install mips")));
    check(&other, "echo native", "0|native|").await;
    other.remove().await.expect("it goes");
    // What is left running holds the output open and nobody up.
    let start = Instant::now();
    check(&container, "sleep 60 & echo on", "0|on|").await;
    assert!(start.elapsed().as_secs() < 30, "a command ends although what it started goes on");
    assert!(container.is_busy().await.expect("an answer"));
    container.remove().await.expect("it goes");
}

pub fn archive(entries: &[(&str, Tar, &[u8])]) -> Vec<u8> {
    let mut tar = TarWriter::new(Vec::new());
    for (name, kind, content) in entries {
        let mode = if *kind == Tar::Directory { 0o755 } else { 0o640 };
        let entry = Entry { size: content.len() as u64, ..Entry::new(*name, kind.clone(), mode) };
        tar.append(&entry, &mut &**content).expect("an entry");
    }
    tar.finish().expect("an archive")
}

/// Names and texts of an archive.
pub async fn listed(mut chunks: Chunks) -> Result<Vec<String>, String> {
    let mut bytes = Vec::new();
    while let Some(chunk) = chunks.next().await {
        bytes.extend(chunk.map_err(|error| error.to_string())?);
    }
    let mut tar = TarReader::new(bytes.as_slice(), "the archive");
    let mut names = Vec::new();
    while let Some(entry) = tar.next_entry().expect("an entry") {
        let text = match &entry.kind {
            Tar::File => {
                format!("={}", String::from_utf8_lossy(&tar.content(1 << 25).expect("content")).trim_end())
            }
            Tar::Symlink(target) => format!("->{}", String::from_utf8_lossy(target)),
            _ => String::new(),
        };
        names.push(format!("{}{text}", entry.name()));
    }
    Ok(names)
}

async fn files(bed: &Bed) {
    let container = bed.container("files").await;
    for (path, kind) in [
        ("/etc", Some(Kind::Directory)),
        ("/data", Some(Kind::Directory)),
        ("/etc/passwd", Some(Kind::Other)),
        ("/none", None),
    ] {
        assert_eq!(container.kind_of(path).await.expect("an answer"), kind, "{path}");
    }
    let tar = archive(&[
        ("a", Tar::Directory, b""),
        ("a/.wh.b", Tar::File, b"no mark"),
        ("a/c", Tar::Symlink(b"/etc".to_vec()), b""),
        ("old/new", Tar::File, b"by a link"),
    ]);
    container.put("/data/", tar.as_slice()).await.expect("it is unpacked");
    check(
        &container,
        "cat /var/lib/a/.wh.b; stat -c ' %a %u' /var/lib/a/.wh.b; cat /var/lib/old/new",
        "0|no mark 640 0\nby a link|",
    )
    .await;
    check(&container, "ls /var/lib/old", "0|new\none\ntwo|").await;
    let error = container.put("/none", tar.as_slice()).await.expect_err("no such directory").to_string();
    assert!(error.contains("none"), "{error}");
    let error =
        container.put("/tmp", &b"this is no archive at all"[..]).await.expect_err("no archive").to_string();
    assert!(error.contains("archive"), "{error}");
    let get = async |path: &str| listed(container.get(path).await.expect("a stream")).await;
    assert_eq!(
        get("/var/lib/old").await.expect("a directory"),
        ["old/", "old/new=by a link", "old/one=1", "old/two=2"]
    );
    assert_eq!(get("/data").await.expect("a link"), ["data->var/lib"]);
    assert_eq!(get("/data/").await.expect("what it leads to")[..2], ["data/", "data/a/"]);
    assert!(get("/none").await.expect_err("nothing").contains("none"));
    let all = listed(container.export().await.expect("a stream")).await.expect("everything");
    assert!(all.iter().any(|name| name == "etc/passwd=root:x:0:0:root:/root:/bin/sh"), "{all:?}");
    // What is mounted is not the container's own.
    assert!(!all.iter().any(|name| name.starts_with("proc/s") || name.starts_with("usr/bin")), "{all:?}");
    assert!(all.iter().any(|name| name == "proc/") && all.iter().any(|name| name == "usr/"), "{all:?}");
    // A large file goes through in pieces.
    let large = vec![b'y'; 20_000_000];
    container.put("/tmp", archive(&[("large", Tar::File, &large)]).as_slice()).await.expect("it is unpacked");
    check(&container, "wc -c < /tmp/large", "0|20000000|").await;
    container.remove().await.expect("it goes");
}

/// A file that comes in two halves, the second when it is told to.
pub fn halves(content: &[u8]) -> (tokio::io::DuplexStream, impl AsyncFnOnce()) {
    let tar = archive(&[("late", Tar::File, content)]);
    let (mut to, from) = tokio::io::duplex(tar.len());
    (from, async move || {
        to.write_all(&tar).await.expect("it is taken");
    })
}

async fn under_way(bed: &Bed) {
    let large = vec![b'y'; 5_000_000];
    let container = bed.container("under-way").await;
    container.put("/tmp", archive(&[("large", Tar::File, &large)]).as_slice()).await.expect("it is taken");
    let slowly = async |mut chunks: Chunks| {
        let mut size = 0;
        while let Some(chunk) = chunks.next().await {
            size += chunk.expect("it goes on").len();
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        size
    };
    // What is read and what is put there arrives before the machine goes.
    let chunks = container.get("/tmp/large").await.expect("a stream");
    let (from, send) = halves(b"in time");
    let late = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        send().await;
    };
    let (size, put, (), layers) =
        tokio::join!(slowly(chunks), container.put("/etc", from), late, container.layers(Grain::One));
    put.expect("it is taken");
    assert!(size > large.len(), "{size}");
    assert_eq!(
        layers.expect("layers").first().map(|layer| layer.entries),
        Some(4),
        "etc, tmp and a file in each"
    );
    // Who wants no more of it holds nobody up.
    drop(container.get("/tmp/large").await.expect("a stream"));
    container.stop().await.expect("it stops");
    // Removing it ends what is under way.
    let chunks = container.get("/tmp/large").await.expect("a stream");
    removed_while_it_takes(&container).await;
    assert!(listed(chunks).await.expect_err("it was removed").contains("removed"));
}

/// Removes a container that waits for the rest of a file.
pub async fn removed_while_it_takes(container: &Container) {
    let (from, _send) = halves(b"never");
    let (put, removed) = tokio::join!(container.put("/etc", from), async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        container.remove().await
    });
    removed.expect("it goes");
    assert!(put.expect_err("it was removed").to_string().contains("removed"));
}

/// What is in a layer of the store.
pub fn layer(bed: &Bed, image: &StoredImage, number: usize) -> Vec<String> {
    let descriptor = &image.image.manifest.layers[number];
    let mut file = bed.host.store().blobs().open(&descriptor.digest).expect("a blob");
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).expect("it reads");
    let mut tar = TarReader::new(bytes.as_slice(), "the layer");
    let mut names = Vec::new();
    while let Some(entry) = tar.next_entry().expect("an entry") {
        names.push(entry.name());
    }
    names
}

pub async fn committed(bed: &Bed, container: &Container, grain: Grain) -> StoredImage {
    let layers = container.layers(grain).await.expect("layers");
    let commit = Commit {
        layers: layers.iter().map(|layer| (layer, History::default())).collect(),
        config: ImageConfig { ..container.image().image.config.clone() },
        author: String::new(),
        message: String::new(),
        created: None,
    };
    let image = bed.host.store().commit(Some(container.image()), commit).expect("an image");
    container.remove().await.expect("it goes");
    image
}

const CHANGE: &str = "echo new > /etc/new; rm /srv/gone; rm -r /var/lib/old; mkdir /var/lib/old; echo 3 > /var/lib/old/three; \
     chmod 600 /etc/group; ln /etc/new /etc/again; mkdir -p /deep/er; touch /tmp/x; rm /tmp/x";

async fn changes(bed: &Bed) {
    let container = bed.container("changes").await;
    check(&container, CHANGE, "0||").await;
    let image = committed(bed, &container, Grain::One).await;
    assert_eq!(image.image.manifest.layers.len(), 2);
    let names = layer(bed, &image, 1);
    for name in [
        "etc/new",
        "etc/again",
        "etc/group",
        "srv/.wh.gone",
        "var/lib/old/.wh..wh..opq",
        "var/lib/old/three",
        "deep/er/",
    ] {
        assert!(names.iter().any(|other| other == name), "{name} of {names:?}");
    }
    // Neither what we mount nor what came and went.
    for name in ["etc/resolv.conf", "etc/hosts", "tmp/x", "dev/null", "etc/passwd", "var/lib/old/one"] {
        assert!(!names.iter().any(|other| other == name), "{name} of {names:?}");
    }
    // From the tree that was handed over, and from one that is unpacked.
    for id in ["handed-over", "unpacked"] {
        let next = bed.of(&image, id).await;
        check(
            &next,
            "cat /etc/again; ls /srv /var/lib/old /deep; stat -c %a /etc/group",
            "0|new\n/deep:\ner\n\n/srv:\n\n/var/lib/old:\nthree\n600|",
        )
        .await;
        next.remove().await.expect("it goes");
        let kind = bed.host.store().dir().join("trees");
        for tree in std::fs::read_dir(kind).expect("trees").flatten() {
            let tree = tree.path().join(image.image.config.rootfs.diff_ids[1].hex());
            tintype_oci::Unpacker::remove(&*bed.host, &tree).await.expect("it goes");
        }
    }
}

async fn steps(bed: &Bed) {
    for (grain, id) in [(Grain::One, "steps-one"), (Grain::Step, "steps-each")] {
        let container = bed.container(id).await;
        check(&container, "echo 1 > /etc/first; echo 1 > /etc/both", "0||").await;
        container.end_step().await.expect("a step");
        check(&container, "cat /etc/both; rm /etc/first; echo 2 > /etc/both", "0|1|").await;
        container.end_step().await.expect("a step");
        // One that changes nothing.
        check(&container, "cat /etc/both", "0|2|").await;
        let image = committed(bed, &container, grain).await;
        let number = if grain == Grain::One { 1 } else { 2 };
        assert_eq!(image.image.manifest.layers.len() - 1, number, "{grain:?}");
        let next = bed.of(&image, &format!("{id}-next")).await;
        check(&next, "cat /etc/both; ls /etc/first 2>&1 | wc -l; test -e /etc/first", "1|2\n1|").await;
        next.remove().await.expect("it goes");
    }
}

/// Whether a layer is there in two forms.
fn both_forms(file: &Path) -> bool {
    std::fs::read_to_string(file).unwrap_or_default().matches("\"how\"").count() == 2
}

/// Waits until a layer is there in two forms.
async fn formed(bed: &Bed, diff_id: &Digest) {
    let file = bed.host.store().dir().join("forms").join(format!("{}.json", diff_id.hex()));
    let start = Instant::now();
    while !both_forms(&file) {
        assert!(start.elapsed().as_secs() < 30, "two forms of {diff_id}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Layers that will leave the machine are compressed while the container works, and are the same as those that were not.
async fn compressed_beside(bed: &Bed) {
    let store = bed.host.store();
    let forms = vec![Compression::ZSTD, Compression::GZIP];
    let container = bed.forming(&bed.image, "beside", forms).await;
    let base = &bed.image.image.config.rootfs.diff_ids[0];
    formed(bed, base).await;
    check(&container, "head -c 3000000 /dev/urandom > /srv/first", "0||").await;
    container.end_step().await.expect("a step");
    // The layer is nobody's yet; that it is there is seen from its forms.
    let start = Instant::now();
    let complete = || {
        let files = std::fs::read_dir(store.dir().join("forms")).into_iter().flatten().flatten();
        files.filter(|file| both_forms(&file.path())).count()
    };
    while complete() < 2 {
        assert!(start.elapsed().as_secs() < 30, "the first step's layer is compressed");
        check(&container, "echo 2 > /srv/second", "0||").await;
    }
    let image = committed(bed, &container, Grain::Step).await;
    assert_eq!(image.image.manifest.layers.len(), 3);
    let beside =
        store.layout(&image, &bed.dir.join("beside"), None, Compression::GZIP).await.expect("a layout");
    // Now as if nothing had been done before.
    for form in std::fs::read_dir(store.dir().join("forms")).expect("forms").flatten() {
        std::fs::remove_file(form.path()).expect("it goes");
    }
    let later =
        store.layout(&image, &bed.dir.join("later"), None, Compression::GZIP).await.expect("a layout");
    assert_eq!(beside, later);
    for dir in ["beside", "later"] {
        std::fs::remove_dir_all(bed.dir.join(dir)).expect("it goes");
    }
}

/// A build that fails leaves neither work nor its results.
async fn stopped_beside(bed: &Bed) {
    let store = bed.host.store();
    let blobs = || files_in(&store.dir().join("blobs"));
    let before = blobs();
    for (id, pause) in [("stopped-soon", 0), ("stopped", 30), ("stopped-late", 1500)] {
        let container = bed.forming(&bed.image, id, vec![Compression::Gzip { level: 9 }]).await;
        check(&container, "head -c 9000000 /dev/urandom > /srv/large", "0||").await;
        container.end_step().await.expect("a step");
        tokio::time::sleep(Duration::from_millis(pause)).await;
        container.remove().await.expect("it goes");
        // Of the image's own layer one form may have come.
        assert!(blobs() <= before + 1, "{before} files, then {}", blobs());
    }
}

/// As Docker has it: what is in a volume, and what becomes of it, is no part of the image; one that is new is an empty directory there.
async fn volumes(bed: &Bed) {
    let container = bed.with_volumes("volumes", &["/srv/", "/fresh/deep", "/"]).await;
    let line = "echo 1 > /srv/new; rm /srv/gone; chmod 700 /srv; echo 2 > /fresh/deep/x; echo 3 > /etc/kept; ls /srv /fresh/deep";
    check(&container, line, "0|/fresh/deep:\nx\n\n/srv:\nnew|").await;
    let image = committed(bed, &container, Grain::One).await;
    assert_eq!(layer(bed, &image, 1), ["etc/", "etc/kept", "fresh/", "fresh/deep/"]);
    let next = bed.of(&image, "volumes-next").await;
    check(&next, "ls /srv /fresh/deep; stat -c %a /srv", "0|/fresh/deep:\n\n/srv:\ngone\n755|").await;
    next.remove().await.expect("it goes");
}

async fn no_changes(bed: &Bed) {
    let container = bed.container("no-changes").await;
    check(&container, "true", "0||").await;
    assert!(container.layers(Grain::One).await.expect("layers").is_empty());
    container.remove().await.expect("it goes");
    container.remove().await.expect("it is gone");
}

async fn nothing_left(bed: &Bed) {
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").expect("mounts");
    assert!(!mounts.contains(&bed.dir.display().to_string()), "{mounts}");
    let runs: Vec<_> =
        std::fs::read_dir(bed.host.store().dir().join("runs")).expect("runs").flatten().collect();
    assert!(runs.is_empty(), "{runs:?}");
}
