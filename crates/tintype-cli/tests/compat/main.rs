//! Holds the program against the recorded behaviour of Packer: runs the cases of `tests/compat` side by side and
//! compares. The form of a case is described in `tests/compat/README.md`; which cases wait for a later part of the work
//! is in `later.txt` there, and which differ on purpose in `DIFFERS.md`.
//!
//! ```text
//! cargo test -p tintype-cli --test compat -- [FILTER...] [-v] [-j N] [--strict] [--relist] [--require WORD] [--binary PROGRAM]
//! ```

#[cfg(unix)]
mod cases;
#[cfg(unix)]
mod checks;
#[cfg(unix)]
mod console;
#[cfg(unix)]
mod formatter;
#[cfg(unix)]
mod lists;
#[cfg(unix)]
mod needs;
#[cfg(unix)]
mod normal;
#[cfg(unix)]
mod options;
#[cfg(unix)]
mod report;
#[cfg(unix)]
mod sandbox;

#[cfg(unix)]
fn main() -> std::process::ExitCode {
    report::main()
}

/// The cases are bash scripts that were recorded on Linux.
#[cfg(not(unix))]
fn main() {}
