//! Real machines: made, worked in and taken away, as root and as an ordinary user. What the host lacks is skipped with a word about it.

#[cfg(target_os = "linux")]
mod bed;
#[cfg(target_os = "linux")]
mod cases;
#[cfg(target_os = "linux")]
mod users;

#[cfg(not(target_os = "linux"))]
fn main() {}

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words.first().is_some_and(|word| word == bed::WORD) {
        let code = sandbox::play(words.get(1..).unwrap_or_default(), bed::TASKS);
        return code.unwrap_or(1).into();
    }
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        // What this program does when it is started by its own cases.
        ["as-user", expected, dir] => cases::as_user(expected, dir.as_ref()),
        ["hold-and-be-killed", dir] => cases::hold_and_be_killed(dir.as_ref()),
        // Words that name cases; options are for tests of another kind.
        words => cases::all(&words.iter().copied().filter(|word| !word.starts_with('-')).collect::<Vec<_>>()),
    }
}
