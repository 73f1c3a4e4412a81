//! Containers in real machines, as root and as ordinary users: commands, files, changes as layers, images that lie on each other. What the
//! host lacks is skipped with a word about it.

#[cfg(target_os = "linux")]
mod bed;
#[cfg(target_os = "linux")]
mod cases;
#[cfg(target_os = "linux")]
mod still;

#[cfg(not(target_os = "linux"))]
fn main() {}

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words.first().is_some_and(|word| word == tintype_oci::ROLE) {
        let code = sandbox::play(words.get(1..).unwrap_or_default(), tintype_oci::TASKS);
        return code.unwrap_or(1).into();
    }
    match words.split_first() {
        Some((word, rest)) if word == bed::AGAIN => bed::here(rest),
        _ => bed::everywhere(&words),
    }
}
