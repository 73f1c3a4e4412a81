//! `fmt`: files of the language in their canonical layout. Which files, what is told of each, and the exit code; the layout itself is
//! in `libs/hcl`.

mod diff;
mod files;
mod replace;

use std::io::Read;
use std::path::Path;

use clap::{ArgAction, ArgMatches, Args, Command};
use diag::{Diagnostic, Diagnostics, SourceMap};
use tintype_sdk::os_text;
use tintype_ui::{HumanStyle, Out};

use super::{Call, Exit, Subcommand, read};
use crate::flags::{BOOL, assignment};
use crate::screen::{Form, Screen, in_color};

pub const SUBCOMMAND: Subcommand = Subcommand {
    name: "fmt",
    synopsis: "rewrites HCL2 files in their canonical layout",
    hidden: false,
    grammar: || FmtArgs::augment_args(Command::new("fmt")),
    run,
};

/// Exit code of `-check` when a file is not in its canonical layout.
const WOULD_CHANGE: Exit = 3;

/// Rewrites HCL2 files in their canonical layout and prints the names of those that changed. Only blanks change.
#[derive(Args, Clone, Debug)]
struct FmtArgs {
    /// Write nothing; end with 3 when a file would change
    #[arg(long, value_name = BOOL, action = ArgAction::Set, default_value = "false")]
    check: bool,

    /// Show what changes, as a unified diff
    #[arg(long, value_name = BOOL, action = ArgAction::Set, default_value = "false")]
    diff: bool,

    /// Write the files; with -write=false only the names are printed
    #[arg(long, value_name = BOOL, action = ArgAction::Set, default_value = "true")]
    write: bool,

    /// Go into directories inside of directories, too
    #[arg(long, value_name = BOOL, action = ArgAction::Set, default_value = "false")]
    recursive: bool,

    #[command(flatten)]
    unused: UnusedArgs,

    /// File or directory (its *.pkr.hcl and *.pkrvars.hcl); "-" is standard input, and the result goes to standard output
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<String>,
}

/// Flags that every command of Packer takes, so that one list of flags may be used for all of them. Here they mean nothing.
#[derive(Args, Clone, Debug)]
struct UnusedArgs {
    #[arg(long = "var", value_parser = assignment, hide = true)]
    vars: Vec<(String, String)>,

    #[arg(long = "var-file", hide = true)]
    var_files: Vec<String>,

    #[arg(long, hide = true)]
    only: Vec<String>,

    #[arg(long, hide = true)]
    except: Vec<String>,

    #[arg(long = "config-type", value_parser = ["json", "hcl2"], hide = true)]
    config_type: Option<String>,
}

fn run(matches: &ArgMatches, call: Call) -> Exit {
    let Some(mut args) = read::<FmtArgs>(matches) else { return 1 };
    args.write &= !args.check;
    let form = if call.machine { Form::Machine } else { Form::Human(HumanStyle::default()) };
    let screen = Screen::new(form, false, &call.world);
    let mut formatter = Formatter {
        args: &args,
        out: Out::stdout(),
        in_color: !call.machine && in_color(&call.world),
        sources: SourceMap::new(),
        changed: false,
        findings: Diagnostics::new(),
    };
    for path in &args.paths {
        match path.as_str() {
            "-" => formatter.stdin(),
            path => formatter.path(path, &call.world.cwd),
        }
    }
    screen.report(&formatter.findings, &formatter.sources);
    match (formatter.findings.has_errors(), args.check && formatter.changed) {
        (true, _) => 1,
        (false, true) => WOULD_CHANGE,
        (false, false) => 0,
    }
}

/// The work on all paths of a call. One that fails does not keep the others from being done.
struct Formatter<'a> {
    args: &'a FmtArgs,
    out: Out,
    in_color: bool,
    sources: SourceMap,
    changed: bool,
    findings: Diagnostics,
}

impl Formatter<'_> {
    fn stdin(&mut self) {
        let mut bytes = Vec::new();
        if let Err(error) = std::io::stdin().lock().read_to_end(&mut bytes) {
            return self.fail("-", os_text(&error));
        }
        if let Some(text) = self.layout("-", &bytes) {
            self.changed |= text.as_bytes() != bytes;
            self.out.write(text.as_bytes());
        }
    }

    /// A file, or the files of a directory.
    fn path(&mut self, path: &str, cwd: &Path) {
        for found in files::find(path, cwd, self.args.recursive) {
            match found {
                Ok(found) => self.file(&found.name, &found.path),
                Err(unfit) => self.fail(&unfit.name, unfit.why),
            }
        }
    }

    fn file(&mut self, name: &str, path: &Path) {
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) => return self.fail(name, format!("open {name}: {}", os_text(&error))),
        };
        let Some(text) = self.layout(name, &bytes) else { return };
        if text.as_bytes() == bytes {
            return;
        }
        if self.args.write
            && let Err(error) = replace::replace(path, text.as_bytes())
        {
            return self.fail(name, format!("open {name}: {}", os_text(&error)));
        }
        self.changed = true;
        let mut told = format!("{name}\n").into_bytes();
        if self.args.diff {
            let diff = diff::unified(name, &bytes, text.as_bytes());
            told.extend(if self.in_color { diff::paint(&diff) } else { diff });
        }
        self.out.write(&told);
    }

    /// The text as it should be; nothing when it has errors.
    fn layout(&mut self, name: &str, bytes: &[u8]) -> Option<String> {
        if u32::try_from(bytes.len()).is_err() {
            self.fail(name, format!("{name} is larger than 4 GiB"));
            return None;
        }
        let file = self.sources.add(name, String::from_utf8_lossy(bytes));
        let (text, bad) = hcl::lexer::decode(bytes, file);
        let found = match bad {
            Some(bad) => bad.into(),
            None => match hcl::fmt::format(&text, file) {
                Ok(text) => return Some(text),
                Err(found) => found,
            },
        };
        self.fail(name, "It stays as it is, because of what is wrong in it:");
        self.findings.extend(found);
        None
    }

    fn fail(&mut self, name: &str, why: impl Into<String>) {
        let title = format!("encountered an error while formatting {name}");
        self.findings.push(Diagnostic::error(title).detail(why));
    }
}

#[cfg(test)]
mod tests;
