//! Proves as much of macOS as can be had without one: everything is compiled for its two processors with warnings as errors, and the
//! program is linked. Nothing is run. The toolchain is the work of `scripts/macos`.

use crate::{Outcome, cross, files, programs};
use std::path::Path;

const TARGETS: [&str; 2] = ["aarch64-apple-darwin", "x86_64-apple-darwin"];

/// What a program of 64 bits for this system begins with, and what kind of file a program is (its fourth number).
const MAGIC: [u8; 4] = [0xcf, 0xfa, 0xed, 0xfe];
const EXECUTABLE: [u8; 4] = [2, 0, 0, 0];

pub(crate) fn run(root: &Path, arguments: &[String]) -> Outcome {
    let dir = cross::folder(root, "macos", arguments)?;
    programs::run(root, "scripts/macos/setup", &[&dir])?;
    for target in TARGETS {
        let cargo = |arguments: &[&str]| {
            programs::run(root, "scripts/macos/cargo", &[&[dir.as_str(), target], arguments].concat())
        };
        cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])?;
        cargo(&["build", "--package", "tintype-cli"])?;
        let program = Path::new(&dir).join("target").join(target).join("debug/tintype");
        let bytes = files::read(&program)?;
        if !bytes.starts_with(&MAGIC) || bytes.get(12..16) != Some(&EXECUTABLE) {
            return Err(format!("{} is no program for macOS", program.display()));
        }
        println!("ok: {target}: compiled and linked, not run");
    }
    Ok(())
}
