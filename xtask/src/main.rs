//! The project's own chores: `cargo xtask NAME`. Finds the chore; what each does is in its own module.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[cfg(unix)]
mod bench;
mod ci;
mod compat;
mod cross;
mod files;
mod macos;
mod programs;
mod tidy;
mod windows;

/// What a chore hands back: nothing, or why it did not do its work.
pub(crate) type Outcome = Result<(), String>;

struct Chore {
    name: &'static str,
    arguments: &'static str,
    about: &'static str,
    run: fn(&Path, &[String]) -> Outcome,
}

/// All chores, in the order of the help.
const CHORES: &[Chore] = &[
    Chore {
        name: "ci",
        arguments: "",
        about: "everything that must hold: format, tidy, licences, clippy, tests, generated pages",
        run: ci::run,
    },
    Chore {
        name: "tidy",
        arguments: "",
        about: "floors, forgotten files, the look of files, links",
        run: tidy::run,
    },
    Chore {
        name: "compat",
        arguments: "import|check DIR",
        about: "copy the recorded cases from their original, or say whether the copy equals it",
        run: compat::run,
    },
    Chore {
        name: "windows",
        arguments: "[DIR]",
        about: "cross-build for Windows, run the program and the libraries' tests under Wine; toolchain in DIR",
        run: windows::run,
    },
    Chore {
        name: "macos",
        arguments: "[DIR]",
        about: "cross-compile everything for macOS and link the program, which is not run; toolchain in DIR",
        run: macos::run,
    },
    #[cfg(unix)]
    Chore {
        name: "bench",
        arguments: "[--binary PROGRAM] [--only TEXT] [--write]",
        about: "measure against peers; prints the table of docs/performance.md, or writes it there",
        run: bench::run,
    },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((name, rest)) = arguments.split_first() else { return help() };
    #[cfg(unix)]
    if name == bench::process::MEMORY {
        return ended(name, bench::process::memory_of(rest));
    }
    let Some(chore) = CHORES.iter().find(|chore| chore.name == name) else { return help() };
    ended(name, (chore.run)(&root(), rest))
}

fn ended(name: &str, outcome: Outcome) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("xtask {name}: {why}");
            ExitCode::FAILURE
        }
    }
}

fn help() -> ExitCode {
    eprintln!("usage: cargo xtask CHORE\n");
    for Chore { name, arguments, about, .. } in CHORES {
        eprintln!("  {:50} {about}", format!("{name} {arguments}"));
    }
    ExitCode::FAILURE
}

/// The root of the checkout: the folder above this package, wherever the caller stands.
fn root() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap_or(package).to_path_buf()
}
