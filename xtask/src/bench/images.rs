//! Container images made without an Engine: against the bare calls of one, against buildah, and against a registry's own speed.

use super::data;
use super::engine::Engine;
use super::measures::megabytes;
use super::process::{Stage, Times, Work, in_turn};
use super::table::{Row, Wanted};
use crate::files;
use std::cell::RefCell;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const MIB: u64 = 1 << 20;

/// The Engine's image that everything here starts from, as a file.
pub(super) const BASE: &str = "base.tar";

/// Writes the Engine's image into a file, and unpacks it once into our store.
pub(super) fn base(stage: &Stage) -> Result<(), String> {
    if stage.path(BASE).exists() {
        return Ok(());
    }
    stage.run(Path::new("docker"), &["save", "-o", BASE, super::engine::IMAGE])?;
    stage.piped(&stage.ours, &["build", "-var", "layout=out", "oci.pkr.hcl"]).map(drop)
}

fn build<'a>(stage: &'a Stage, variable: &'a str) -> Work<'a> {
    Box::new(move || stage.piped(&stage.ours, &["build", "-var", variable, "oci.pkr.hcl"]).map(drop))
}

/// A build with one small command, into a directory and into an Engine.
pub(super) fn one_command(stage: &Stage, engine: &Engine) -> Result<Vec<Row>, String> {
    base(stage)?;
    let images = RefCell::new(Vec::new());
    let mut works = vec![build(stage, "layout=out"), build(stage, "load=bench:1")];
    works.push(Box::new(|| {
        images.borrow_mut().push(engine.bare_build()?);
        Ok(())
    }));
    if crate::programs::answers("buildah", &["--version"]) {
        let line = format!("{BUILDAH} from --name bench-base docker-archive:{BASE}");
        stage.run(Path::new("sh"), &["-c", &line])?;
        works.push(Box::new(|| {
            let line = format!(
                "c=$({BUILDAH} from $({BUILDAH} images -q | head -1)) && {BUILDAH} run --isolation chroot $c -- \
                 sh -c 'echo hello > /hello' && {BUILDAH} commit -q --disable-compression $c oci:out-buildah && {BUILDAH} rm $c"
            );
            stage.run(Path::new("sh"), &["-c", &line])
        }));
    }
    let times = in_turn(7, &works);
    for image in images.borrow().iter() {
        engine.forget(image)?;
    }
    let times = times?;
    let [layout, load, bare, ..] = times.as_slice() else { return Err("not measured".to_owned()) };
    let what = "image of one command, into an OCI layout";
    let mut rows = vec![Row::times(what, layout, "bare Engine API calls", bare, Wanted::AtMost(0.15))];
    rows.extend(times.get(3).map(|theirs| Row::times(what, layout, "buildah", theirs, Wanted::Nothing)));
    let what = "the same, loaded into the Engine";
    rows.push(Row::times(what, load, "bare Engine API calls", bare, Wanted::AtMost(0.4)));
    Ok(rows)
}

/// With a store of its own, and a way to make containers that needs nothing of this host.
const BUILDAH: &str = "buildah --root buildah --runroot buildah-run";

/// What a build adds to the time of its own commands.
pub(super) fn package(stage: &Stage) -> Result<Vec<Row>, String> {
    base(stage)?;
    let command = "command=s=$(date +%s%N); (apt-get -qq update && apt-get -qq install -y less) >/dev/null 2>&1 && echo took $(( ($(date +%s%N) - s) / 1000 )) us";
    let mut best = f64::INFINITY;
    let mut own = 0.0;
    for _ in 0..3 {
        let start = Instant::now();
        let output =
            stage.piped(&stage.ours, &["build", "-var", command, "-var", "layout=out-apt", "oci.pkr.hcl"])?;
        let whole = start.elapsed().as_secs_f64();
        let taken =
            output.split_once("took ").and_then(|(_, rest)| rest.split(' ').next()?.parse::<f64>().ok());
        let taken = taken.ok_or("apt did not say how long it took")? / 1e6;
        if whole / taken < best {
            (best, own) = (whole / taken, taken);
        }
    }
    Ok(vec![
        Row::figure("`apt-get install` of one package, by itself", own, "s", Wanted::Nothing),
        Row::figure("a build with that / that", best, "x", Wanted::AtMost(1.15)),
    ])
}

/// Many builds of one base at the same time.
pub(super) fn many(stage: &Stage) -> Result<Vec<Row>, String> {
    const BUILDS: usize = 100;
    const EACH: u64 = MIB;
    base(stage)?;
    let mut text = format!("source \"oci\" \"o\" {{\n  base = {{ archive = \"{BASE}\" }}\n}}\n\nbuild {{\n");
    for number in 0..BUILDS {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  source \"source.oci.o\" {{\n    name = \"b{number}\"\n  }}");
    }
    let _ = write!(
        text,
        "  provisioner \"shell\" {{\n    inline = [\"head -c {EACH} /dev/urandom > /file\"]\n  }}\n}}\n"
    );
    files::write(&stage.path("oci-many.pkr.hcl"), text.as_bytes())?;
    let before = size(&stage.path(".cache"))?;
    let start = Instant::now();
    stage.piped(&stage.ours, &["build", "-parallel-builds=8", "oci-many.pkr.hcl"])?;
    let time = start.elapsed().as_secs_f64();
    let grown = megabytes(size(&stage.path(".cache"))?.saturating_sub(before));
    #[expect(clippy::cast_precision_loss, reason = "a hundred")]
    let layers = megabytes(EACH) * BUILDS as f64;
    Ok(vec![
        Row::figure("100 builds of one base, 8 at a time", time, "s", Wanted::Nothing),
        Row::figure("growth of the store by that / its layers", grown / layers, "x", Wanted::AtMost(1.1)),
    ])
}

/// What a directory takes on disk.
fn size(folder: &Path) -> Result<u64, String> {
    let output = crate::programs::output(folder, "du", &["-sk", "."])?;
    let text = String::from_utf8_lossy(&output);
    let blocks = text.split_whitespace().next().and_then(|blocks| blocks.parse::<u64>().ok());
    blocks.map(|blocks| blocks * 1024).ok_or_else(|| format!("du: {text}"))
}

/// Whether memory grows with a layer.
pub(super) fn memory(stage: &Stage) -> Result<Vec<Row>, String> {
    let of = |bytes: u64| -> Result<f64, String> {
        data::noise(&stage.path("layer.bin"), bytes)?;
        let used = stage.memory(&stage.ours, &["build", "-var", "file=layer.bin", "oci-file.pkr.hcl"])?;
        Ok(megabytes(used))
    };
    let (little, much) = (of(64 * MIB)?, of(1024 * MIB)?);
    remove(&stage.path("layer.bin"))?;
    Ok(vec![
        Row::figure("peak memory, a layer of 1 GiB", much, "MiB", Wanted::Nothing),
        Row::figure("the same / a layer of 64 MiB (1: flat)", much / little, "x", Wanted::AtMost(1.2)),
    ])
}

/// To a registry and from it, against what it can do.
pub(super) fn registry(stage: &Stage) -> Result<Vec<Row>, String> {
    const BYTES: u64 = 512 * MIB;
    let registry = Registry::start(stage)?;
    let host = format!("127.0.0.1:{}", registry.port);
    data::noise(&stage.path("small.bin"), 8)?;
    let mut pushes = Vec::new();
    let (mut sent, mut fetched) = (Times::default(), Times::default());
    for round in 0..3_u64 {
        // What a registry has is not sent again.
        data::noise(&stage.path("pushed.bin"), BYTES + round * 8)?;
        let start = Instant::now();
        let push = format!("push={host}/bench:{round}");
        stage.piped(&stage.ours, &["build", "-var", "file=pushed.bin", "oci-file.pkr.hcl"])?;
        let without = start.elapsed();
        let start = Instant::now();
        stage.piped(&stage.ours, &["build", "-var", "file=pushed.bin", "-var", &push, "oci-file.pkr.hcl"])?;
        pushes.push(start.elapsed().saturating_sub(without));
        let start = Instant::now();
        stage.run(Path::new("sh"), &["-c", &format!("{} pushed.bin {host}", raw_push())])?;
        sent.push(start.elapsed());
    }
    let pushed = pushes.into_iter().min().unwrap_or_default();
    let mut pulls = Times::default();
    for round in 0..3 {
        let image = format!("image={host}/bench:{round}");
        let start = Instant::now();
        let cache = format!("pulled-{round}");
        stage.run(
            Path::new("env"),
            &[
                &format!("PACKER_CACHE_DIR={}", stage.path(&cache).display()),
                &stage.ours.to_string_lossy(),
                "build",
                "-var",
                &image,
                "oci-pull.pkr.hcl",
            ],
        )?;
        pulls.push(start.elapsed());
        let start = Instant::now();
        stage.run(Path::new("sh"), &["-c", &format!("{} {host} {round}", raw_pull())])?;
        fetched.push(start.elapsed());
        std::fs::remove_dir_all(stage.path(&cache)).map_err(|error| error.to_string())?;
    }
    drop(registry);
    for name in ["pushed.bin", "raw.bin", "raw-file.bin"] {
        let _ = std::fs::remove_file(stage.path(name));
    }
    let rate = |seconds: f64| megabytes(BYTES) / seconds;
    Ok(vec![
        Row::rates(
            "512 MiB to a registry (what it adds to a build)",
            rate(pushed.as_secs_f64()),
            "curl",
            rate(sent.best()),
            Wanted::AtLeast(0.8),
        ),
        Row::rates(
            "512 MiB from a registry, unpacked, in a whole build",
            rate(pulls.best()),
            "curl, tar",
            rate(fetched.best()),
            Wanted::AtLeast(0.8),
        ),
    ])
}

/// `sh -c '…' FILE HOST`: one blob, in one piece, whose digest the registry checks.
fn raw_push() -> &'static str {
    r#"f() { u=$(curl -fsS -X POST -D - -o /dev/null http://$2/v2/raw/blobs/uploads/ | tr -d '\r' | sed -n 's/^[Ll]ocation: //p');
       d=$(sha256sum $1 | cut -d' ' -f1); curl -fsS -o /dev/null -X PUT -H 'Content-Type: application/octet-stream' -T $1 "$u&digest=sha256:$d"; }; f"#
}

/// `sh -c '…' HOST TAG`: the layer of an image, unpacked.
fn raw_pull() -> &'static str {
    r#"f() { d=$(curl -fsS -H 'Accept: application/vnd.oci.image.manifest.v1+json' http://$1/v2/bench/manifests/$2 | grep -o '"layers".*' | grep -o 'sha256:[0-9a-f]*' | head -1);
       curl -fsS -o raw.bin http://$1/v2/bench/blobs/$d && sha256sum raw.bin >/dev/null && mkdir -p raw && tar -xf raw.bin -C raw; rm -rf raw; }; f"#
}

fn remove(file: &Path) -> Result<(), String> {
    std::fs::remove_file(file).map_err(|error| format!("{}: {error}", file.display()))
}

/// A registry on this machine, which ends with what is measured.
struct Registry {
    process: Child,
    port: u16,
    folder: PathBuf,
}

impl Registry {
    fn start(stage: &Stage) -> Result<Self, String> {
        let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let port = free.map_err(|error| error.to_string())?.port();
        let folder = stage.path("registry");
        let config = format!(
            "version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {}}}}}\nhttp: {{addr: \"127.0.0.1:{port}\"}}\n",
            folder.display()
        );
        let file = stage.path("registry.yml");
        files::write(&file, config.as_bytes())?;
        let mut command = Command::new("docker-registry");
        command.arg("serve").arg(&file).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let process = command.spawn().map_err(|error| format!("docker-registry: {error}"))?;
        let registry = Registry { process, port, folder };
        let start = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            if start.elapsed() > Duration::from_secs(20) {
                return Err("the registry does not answer".to_owned());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(registry)
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
