//! The plugin built and installed, in each of its generations; a template with it; what was said.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use sha2::{Digest, Sha256};

use crate::bench::{Bench, Said, program, skip};

/// One way to run the plugin.
#[derive(Clone, Debug)]
pub struct Mode {
    pub name: &'static str,
    /// The folder of installed plugins.
    pub plugins: PathBuf,
    pub binary: PathBuf,
    /// The latest SDK, but without protobuf.
    pub gob: bool,
}

/// A template with the plugin, ready to run.
pub struct Yard {
    pub bench: Bench,
    pub mode: Mode,
}

static MODES: LazyLock<Result<Vec<Mode>, String>> = LazyLock::new(|| {
    let latest = built("latest", &[])?;
    let older = built("sdk-0.5", &["-tags", "sdk05", "-modfile=sdk-0.5.mod"])?;
    let mode = |name, (plugins, binary): &(PathBuf, PathBuf), gob| Mode {
        name,
        plugins: plugins.clone(),
        binary: binary.clone(),
        gob,
    };
    Ok(vec![mode("protobuf", &latest, false), mode("gob", &latest, true), mode("SDK 0.5", &older, false)])
});

/// All modes; none, with a word about it, where the plugin cannot be built.
pub fn modes() -> &'static [Mode] {
    match &*MODES {
        Ok(modes) => modes,
        Err(why) => {
            assert!(!required(), "must not be skipped: {why}");
            skip(why);
            &[]
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the switch of whoever runs the tests")]
fn required() -> bool {
    std::env::var("TINTYPE_REQUIRE").is_ok_and(|words| words.split_whitespace().any(|word| word == "go"))
}

/// Names of this system as Go has them.
pub fn platform() -> (&'static str, &'static str) {
    let os = match std::env::consts::OS {
        "macos" => "darwin",
        other => other,
    };
    let arch = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        other => other,
    };
    (os, arch)
}

/// File name of an installed plugin.
pub fn file_name(name: &str, version: &str, api: &str) -> String {
    let (os, arch) = platform();
    format!("packer-plugin-{name}_v{version}_{api}_{os}_{arch}{}", std::env::consts::EXE_SUFFIX)
}

/// Builds one generation where later runs find it again; the folder of installed plugins and the binary in it.
pub fn built(name: &str, flags: &[&str]) -> Result<(PathBuf, PathBuf), String> {
    let module = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/go-plugin");
    let plugins = Path::new(env!("CARGO_TARGET_TMPDIR")).join("go-plugin").join(name);
    let binary = plugins.join("github.com/tintype/probe").join(file_name("probe", "1.2.3", "x5.0"));
    let mut build = program(Path::new("go"));
    build.current_dir(module).args(["build", "-trimpath"]).args(flags).arg("-o").arg(&binary).arg(".");
    build.env("CGO_ENABLED", "0");
    let output = build.output().map_err(|error| format!("no Go to build the plugin with: {error}"))?;
    if !output.status.success() {
        return Err(format!("the Go plugin cannot be built: {}", String::from_utf8_lossy(&output.stderr)));
    }
    sign(&binary);
    Ok((plugins, binary))
}

/// Writes the digest that stands beside an installed plugin.
pub fn sign(binary: &Path) {
    let mut text = String::new();
    for byte in Sha256::digest(std::fs::read(binary).unwrap()) {
        write!(text, "{byte:02x}").unwrap();
    }
    let mut name = binary.as_os_str().to_owned();
    name.push("_SHA256SUM");
    std::fs::write(PathBuf::from(name), text).unwrap();
}

pub const REQUIRED: &str = "packer {\n  required_plugins {\n    probe = {\n      source  = \"github.com/tintype/probe\"\n      version = \">= 1.0.0\"\n    }\n  }\n}\n";

/// A template with the source `probe.a` and a build of it.
pub fn template(source: &str, build: &str) -> String {
    format!(
        "{REQUIRED}\nsource \"probe\" \"a\" {{\n{source}\n}}\n\nbuild {{\n  sources = [\"source.probe.a\"]\n{build}\n}}\n"
    )
}

/// A text in HCL's quotes.
pub fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string().replace("${", "$${").replace("%{", "%%{")
}

/// The option `do`.
pub fn verbs(lines: &[&str]) -> String {
    let lines: Vec<String> = lines.iter().map(|line| quoted(line)).collect();
    format!("do = [{}]\n", lines.join(", "))
}

/// A block of a component of the plugin that does this.
pub fn block(kind: &str, name: &str, lines: &[&str], more: &str) -> String {
    format!("  {kind} \"{name}\" {{\n{}{more}\n  }}\n", verbs(lines))
}

pub fn provisioner(lines: &[&str]) -> String {
    block("provisioner", "probe", lines, "")
}

impl Yard {
    pub fn new(mode: &Mode, template: &str) -> Self {
        let mut bench = Bench::of(template).env("PACKER_PLUGIN_PATH", mode.plugins.to_str().unwrap());
        if mode.gob {
            bench = bench.env("PACKER_FORCE_GOB", "1");
        }
        Self { bench, mode: mode.clone() }
    }

    pub fn build(&self, flags: &[&str]) -> Said {
        self.bench.run(&[&["build", "-color=false"], flags, &["t.pkr.hcl"]].concat())
    }

    pub fn path(&self, name: &str) -> String {
        self.bench.path(name).to_str().unwrap().to_owned()
    }
}

/// Builds the template in every mode; `look` gets what was said.
pub fn check(template: &str, look: impl Fn(&Said, &Yard)) {
    check_with(&[], |_| template.to_owned(), look);
}

/// As `check`, with flags, and a template that may name files of the yard.
pub fn check_with(flags: &[&str], template: impl Fn(&Yard) -> String, look: impl Fn(&Said, &Yard)) {
    for mode in modes() {
        let yard = Yard::new(mode, "");
        yard.bench.write("t.pkr.hcl", template(&yard).as_bytes());
        let said = yard.build(flags);
        look(&said, &yard);
        no_remains(&yard, &said);
    }
}

/// Builds with somebody at a terminal who types this.
#[cfg(unix)]
pub fn at_a_terminal(yard: &Yard, flags: &[&str], typed: &str) -> Said {
    use std::io::Write as _;
    use std::process::Stdio;
    let build = yard.bench.command(&[&["build", "-color=false"], flags, &["t.pkr.hcl"]].concat());
    let words = std::iter::once(build.get_program()).chain(build.get_args());
    let line = words.map(|word| shlex::try_quote(word.to_str().unwrap()).unwrap().into_owned());
    let mut terminal = program(Path::new("script"));
    let line = line.collect::<Vec<_>>().join(" ");
    // There are two programs of this name.
    if cfg!(target_os = "linux") {
        terminal.args(["-qec", &line, "/dev/null"]);
    } else {
        terminal.args(["-q", "/dev/null", "sh", "-c", &line]);
    }
    terminal.current_dir(yard.bench.path(""));
    for (name, value) in build.get_envs() {
        match value {
            Some(value) => terminal.env(name, value),
            None => terminal.env_remove(name),
        };
    }
    terminal.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = terminal.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(typed.as_bytes()).unwrap();
    // Kept open until the end: a terminal that goes away is an end of its own.
    let output = child.wait_with_output().unwrap();
    drop(stdin);
    let mut said = Said::from(output);
    // What is drawn below the lines is wiped away before each.
    let lines = said.stdout.lines().map(|line| line.rsplit("\u{1b}[2K").next().unwrap_or_default());
    said.stdout = lines.map(|line| line.trim_end_matches('\r').to_owned() + "\n").collect();
    said
}

/// Nothing of a plugin outlives the program.
pub fn no_remains(yard: &Yard, said: &Said) {
    assert_eq!(yard.bench.left_over(), Vec::<String>::new(), "{}: {}", yard.mode.name, said.stdout);
}

/// What one build said, line by line, without its name.
pub fn lines<'a>(said: &'a Said, build: &str) -> Vec<&'a str> {
    let (first, plain) = (format!("==> {build}: "), format!("==> {build} "));
    said.stdout
        .lines()
        .filter_map(|line| line.strip_prefix(&first).or_else(|| line.strip_prefix(&plain)))
        .collect()
}

/// These lines were said by `probe.a`, in this order; others may stand between them.
#[track_caller]
pub fn says(said: &Said, yard: &Yard, wanted: &[&str]) {
    let all = lines(said, "probe.a");
    let mut rest = all.iter();
    for line in wanted {
        assert!(
            rest.any(|found| found == line),
            "{}: no line {line:?} (in this order) in:\n{}\n{}",
            yard.mode.name,
            said.stdout,
            said.stderr
        );
    }
}

#[track_caller]
pub fn succeeded(said: &Said, yard: &Yard) {
    assert_eq!(said.code, 0, "{}:\n{}\n{}", yard.mode.name, said.stdout, said.stderr);
}

/// Failed, and this stands in what was said.
#[track_caller]
pub fn failed(said: &Said, yard: &Yard, with: &str) {
    assert_eq!(said.code, 1, "{}:\n{}\n{}", yard.mode.name, said.stdout, said.stderr);
    let all = format!("{}{}", said.stdout, said.stderr);
    assert!(all.contains(with), "{}: no {with:?} in:\n{all}", yard.mode.name);
}
