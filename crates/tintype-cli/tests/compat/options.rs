//! The runner's arguments: its own, and those of libtest that a plain `cargo test` may hand to every test program.

use std::path::{Path, PathBuf};

#[derive(Debug)]
pub struct Options {
    /// Globs, or parts of an id; empty: everything.
    pub filters: Vec<String>,
    /// Whole differences, and the output of failing cases.
    pub verbose: bool,
    /// Cases at a time.
    pub jobs: usize,
    /// Leave the two lists aside: a case passes or fails.
    pub strict: bool,
    /// Take what passes out of `later.txt`.
    pub relist: bool,
    /// Only say the ids, and what the lists say of them.
    pub list: bool,
    /// Words of `needs` that may not be missing.
    pub require: Vec<String>,
    /// The program under test, absolute.
    pub binary: PathBuf,
    /// Where the cases are.
    pub cases: PathBuf,
}

impl Options {
    /// # Errors
    /// An argument that is not understood; a program that a shell could not be given without quoting.
    pub fn read(arguments: impl Iterator<Item = String>) -> Result<Options, String> {
        let mut options = Options {
            filters: Vec::new(),
            verbose: false,
            jobs: std::thread::available_parallelism().map_or(1, usize::from),
            strict: false,
            relist: false,
            list: false,
            require: Vec::new(),
            binary: PathBuf::from(env!("CARGO_BIN_EXE_tintype")),
            cases: Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/compat"),
        };
        let mut arguments = arguments;
        while let Some(argument) = arguments.next() {
            let (name, inline) = match argument.split_once('=') {
                Some((name, value)) if name.starts_with("--") => (name.to_owned(), Some(value.to_owned())),
                _ => (argument, None),
            };
            let mut value =
                || inline.clone().or_else(|| arguments.next()).ok_or(format!("{name} needs a value"));
            match name.as_str() {
                "-v" | "--verbose" => options.verbose = true,
                "--strict" => options.strict = true,
                "--relist" => options.relist = true,
                "--list" => options.list = true,
                "-j" | "--test-threads" => {
                    options.jobs = value()?.parse().map_err(|_| format!("{name} needs a number"))?;
                }
                "--require" => options.require.push(value()?),
                "--binary" => options.binary = PathBuf::from(value()?),
                "--nocapture" | "--no-capture" | "--show-output" | "-q" | "--quiet" | "--include-ignored" => {
                }
                _ if name.starts_with('-') => return Err(format!("unknown argument {name}")),
                _ => options.filters.push(name),
            }
        }
        // Links stay links: the program behaves as the name it is called by.
        let found =
            options.binary.metadata().and_then(|file| Ok((file, std::path::absolute(&options.binary)?)));
        options.binary = match found {
            Ok((file, binary)) if file.is_file() => binary,
            Ok((_, binary)) => return Err(format!("{} is no program", binary.display())),
            Err(error) => return Err(format!("{}: {error}", options.binary.display())),
        };
        options.cases = options.cases.canonicalize().map_err(|error| format!("no cases: {error}"))?;
        // Cases write $TINTYPE without quotes, as a person at a shell would write the program's name.
        if options.binary.to_string_lossy().contains(char::is_whitespace) {
            return Err(format!("{:?} has a blank in its path", options.binary));
        }
        if options.relist && !options.filters.is_empty() {
            return Err("--relist wants a run of all cases".to_owned());
        }
        Ok(options)
    }

    pub fn wanted(&self, id: &str) -> bool {
        let fits = |filter: &String| {
            id.contains(filter.as_str()) || glob::Pattern::new(filter).is_ok_and(|glob| glob.matches(id))
        };
        self.filters.is_empty() || self.filters.iter().any(fits)
    }
}
