//! What people see at a terminal: colours of findings and diffs, and when there are none; the console's history and completion. The
//! terminal is made by the program `script` of util-linux; where that is missing, nothing is tested.
#![cfg(target_os = "linux")]
#![expect(clippy::disallowed_methods, reason = "a test starts the program under test")]

use std::io::{Read, Write};
use std::process::{Command, Stdio};

const BROKEN: &str = "locals {\n  a = 1 +\n}\n";
const UNTIDY: &str = "locals {\n a=1\n}\n";

/// Runs the program at a terminal and types lines, each when there is a prompt for it. Gives what appeared on the screen; nothing where no
/// terminal can be made.
fn at_terminal(args: &str, env: &[(&str, &str)], typed: &[&str]) -> Option<String> {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in [("t.pkr.hcl", BROKEN), ("u.pkr.hcl", UNTIDY)] {
        std::fs::write(dir.path().join(name), text).unwrap();
    }
    // What hangs is a failure, not a test without an end.
    let line = format!("timeout --foreground 60 '{}' {args}", env!("CARGO_BIN_EXE_tintype"));
    let mut command = Command::new("script");
    command.args(["-qec", &line, "/dev/null"]).current_dir(dir.path());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    for name in ["PACKER_LOG", "PACKER_NO_COLOR", "NO_COLOR"] {
        command.env_remove(name);
    }
    command.env("HOME", dir.path()).env("TERM", "xterm").envs(env.iter().copied());
    let Ok(mut child) = command.spawn() else {
        skip("no script (util-linux)");
        return None;
    };
    // Held open to the end: the end of the input would be the end of the terminal.
    let mut input = child.stdin.take().unwrap();
    let mut output = child.stdout.take().unwrap();
    let mut screen = Vec::new();
    for (number, line) in typed.iter().enumerate() {
        let from = screen.len();
        while !is_asked(&screen[from..], number == 0) {
            let mut block = [0; 4096];
            let count = output.read(&mut block).unwrap();
            assert!(count > 0, "no prompt: {}", String::from_utf8_lossy(&screen));
            screen.extend_from_slice(&block[..count]);
        }
        input.write_all(line.as_bytes()).unwrap();
    }
    // A terminal whose program has ended answers with an error.
    let _ = output.read_to_end(&mut screen);
    child.wait().unwrap();
    Some(String::from_utf8_lossy(&screen).replace("\r\n", "\n"))
}

/// Whether a prompt has come since the last line was typed. While a line is typed its prompt is drawn again and again; the next one
/// begins a line. What is typed before it is there would be lost.
fn is_asked(said: &[u8], first: bool) -> bool {
    let line = said.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    (first || line.len() < said.len()) && line.windows(2).any(|bytes| bytes == b"> ")
}

#[track_caller]
fn check(args: &str, env: &[(&str, &str)], typed: &[&str], there: &[&str], not_there: &[&str]) {
    let Some(screen) = at_terminal(args, env, typed) else { return };
    for text in there {
        assert!(screen.contains(text), "{args} {env:?} lacks {text:?}:\n{screen:?}");
    }
    for text in not_there {
        assert!(!screen.contains(text), "{args} {env:?} has {text:?}:\n{screen:?}");
    }
}

#[test]
fn findings_are_in_colour() {
    let red = "\x1b[1;31mError:\x1b[0m\x1b[1m ";
    for args in ["validate t.pkr.hcl", "inspect t.pkr.hcl", "fmt t.pkr.hcl", "build t.pkr.hcl"] {
        check(args, &[], &[], &[red, "on t.pkr.hcl line 2", "\x1b[1;31m^"], &[]);
    }
}

#[test]
fn who_wants_no_colours_gets_none() {
    let none = &["\x1b["];
    for variable in [("NO_COLOR", "1"), ("PACKER_NO_COLOR", "1"), ("TERM", "dumb")] {
        check("validate t.pkr.hcl", &[variable], &[], &["Error: "], none);
        check("fmt -diff -write=false u.pkr.hcl", &[variable], &[], &["+  a = 1"], none);
    }
    check("build -color=false t.pkr.hcl", &[], &[], &["Error: "], none);
    check("validate t.pkr.hcl | cat", &[], &[], &["Error: "], none);
    check("validate -json t.pkr.hcl", &[], &[], &["\"severity\":\"error\""], none);
    check("validate -machine-readable t.pkr.hcl", &[], &[], &["Error: "], none);
}

#[test]
fn diffs_are_in_colour() {
    let there = &["\x1b[31m- a=1\x1b[0m", "\x1b[32m+  a = 1\x1b[0m", "\x1b[36m@@ "];
    check("fmt -diff -write=false u.pkr.hcl", &[], &[], there, &[]);
}

#[test]
fn the_console_remembers_and_completes() {
    // Up brings the last line back; tab completes a word of which there is one.
    let typed = ["40 + 2\r", "\x1b[A + 1\r", "2 * 50 +\r", "jsonenc\t[\"x\"])\r", "exit\r"];
    check(
        "console -config-type=hcl2",
        &[],
        &typed,
        &["\n42\n", "\n43\n", "\x1b[1;31mError:", "\n[\"x\"]\n"],
        &[],
    );
}

#[expect(clippy::disallowed_macros, reason = "a test that is skipped says so")]
fn skip(why: &str) {
    eprintln!("skipped: {why}");
}
