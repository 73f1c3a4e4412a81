//! Shell completion by the protocol that Packer's users have installed: `complete -C /path/tintype tintype`. The shell runs the program
//! with `COMP_LINE` set and reads candidates, one a line.

use std::path::Path;

use tintype_sdk::World;
use tintype_ui::Out;

use crate::commands;
use crate::help::grammar;
use crate::identity::Identity;
use crate::os;

/// Candidates for the word at the end of `line`.
pub fn candidates(line: &str, identity: Identity) -> Vec<String> {
    let mut words: Vec<&str> = line.split_whitespace().skip(1).collect();
    let last = if line.ends_with(char::is_whitespace) { "" } else { words.pop().unwrap_or("") };
    let named: Vec<String> =
        words.iter().filter(|word| !word.starts_with('-')).map(|word| word.to_string()).collect();
    let second_words: Vec<String> = match &named[..] {
        [first] => commands::below(first).map(|(word, _)| word.to_owned()).collect(),
        _ => Vec::new(),
    };
    let all: Vec<String> = match named.first() {
        None => commands::ALL
            .iter()
            .filter(|command| !command.hidden)
            .map(|command| command.name.to_string())
            .collect(),
        Some(_) if !second_words.is_empty() => second_words,
        Some(_) => match commands::find(&named).map(|(command, _)| command) {
            Some(command) if last.starts_with('-') => grammar(identity, command)
                .get_arguments()
                .filter_map(|arg| arg.get_long())
                .map(|long| format!("-{long}"))
                .collect(),
            Some(_) => return files(last),
            None => Vec::new(),
        },
    };
    all.into_iter().filter(|candidate| candidate.starts_with(last)).collect()
}

/// Files and directories that begin with `start`.
fn files(start: &str) -> Vec<String> {
    let (dir, prefix) = match start.rfind('/') {
        Some(at) => start.split_at(at + 1),
        None => ("", start),
    };
    let Ok(entries) = std::fs::read_dir(if dir.is_empty() { "." } else { dir }) else { return Vec::new() };
    let mut names: Vec<String> = entries
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let slash = if entry.path().is_dir() { "/" } else { "" };
            (name.starts_with(prefix) && (!name.starts_with('.') || prefix.starts_with('.')))
                .then(|| format!("{dir}{name}{slash}"))
        })
        .collect();
    names.sort();
    names
}

/// Adds the completion to the start files of the user's shells, or takes it out.
pub fn install(world: &World, identity: Identity, add: bool) -> Result<(), String> {
    let home = world.home.as_deref().ok_or("there is no home directory")?;
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let (program, name) = (program.display(), identity.command());
    let bash = format!("complete -C {program} {name}");
    let zsh = format!("autoload -U +X bashcompinit && bashcompinit\ncomplete -o nospace -C {program} {name}");
    let fish = format!(
        "function __complete_{name}\n    set -lx COMP_LINE (commandline -cp)\n    test -z (commandline -ct)\n    and set COMP_LINE \"$COMP_LINE \"\n    {program}\nend\ncomplete -f -c {name} -a \"(__complete_{name})\""
    );
    let bash_file = os::BASH_START.iter().map(|name| home.join(name)).find(|file| file.exists());
    let mut found = false;
    for (file, lines, may_be_made) in [
        (bash_file.unwrap_or_else(|| home.join(".bashrc")), bash, false),
        (home.join(".zshrc"), zsh, false),
        (
            home.join(format!(".config/fish/completions/{name}.fish")),
            fish,
            home.join(".config/fish").is_dir(),
        ),
    ] {
        // A file is made to add something, never to take it out.
        if !(file.exists() || may_be_made && add) {
            continue;
        }
        found = true;
        edit(&file, &lines, add).map_err(|error| format!("{}: {error}", file.display()))?;
    }
    if found { Ok(()) } else { Err("no start file of bash, zsh or fish was found".into()) }
}

fn edit(file: &Path, lines: &str, add: bool) -> std::io::Result<()> {
    let before = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error),
    };
    let mut after: String = before
        .lines()
        .filter(|line| !lines.lines().any(|ours| ours == *line))
        .flat_map(|line| [line, "\n"])
        .collect();
    if add {
        after.push_str(lines);
        after.push('\n');
    }
    if after == before {
        return Ok(());
    }
    if let Some(dir) = file.parent() {
        std::fs::create_dir_all(dir)?;
    }
    // Beside the file and then in its place: a start file must never be half written. Where it is a link, to where its owner keeps it.
    let file = file.canonicalize().unwrap_or_else(|_| file.to_owned());
    let mut part = file.clone();
    part.as_mut_os_string().push(".tintype");
    std::fs::write(&part, after)?;
    if let Ok(about) = std::fs::metadata(&file) {
        std::fs::set_permissions(&part, about.permissions())?;
    }
    std::fs::rename(&part, file)
}

/// Answers a request for candidates.
pub fn answer(line: &str, identity: Identity) {
    let text: String =
        candidates(line, identity).iter().flat_map(|candidate| [candidate.as_str(), "\n"]).collect();
    Out::stdout().write(text.as_bytes());
}
