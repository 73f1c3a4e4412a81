//! Instructions of a Dockerfile applied to a configuration, as the Engine does it when it commits or imports. How lines and words are
//! read is in the modules below.

use oci::{ImageConfig, RunConfig};
use serde_json::{Map, Value};

use crate::{Error, Result};

mod health;
mod lines;
mod ports;
#[cfg(all(test, target_os = "linux"))]
mod tests;
mod words;

use lines::Instruction;
use words::Words;

/// Why an instruction cannot be applied.
type Why = String;

/// Applies instructions of a Dockerfile, as `docker commit --change` and `docker import --change` do: `CMD`, `ENTRYPOINT`, `ENV`,
/// `EXPOSE`, `HEALTHCHECK`, `LABEL`, `ONBUILD`, `STOPSIGNAL`, `USER`, `VOLUME` and `WORKDIR`. Nothing is changed when one is wrong.
///
/// # Errors
/// One of them cannot be read or applied; it is named.
pub fn apply_changes(config: &mut ImageConfig, changes: &[String]) -> Result<()> {
    if changes.is_empty() {
        return Ok(());
    }
    // The Engine reads them as one file: a line may go on in the next of them.
    let file = lines::read(&changes.join("\n"));
    if file.instructions.is_empty() {
        return Err(Error::Change {
            change: changes.join("\n"),
            why: "there is no instruction in it".to_owned(),
        });
    }
    let is_windows = config.os == "windows";
    let mut work = Work {
        before: &config.config,
        config: config.config.clone(),
        escape: file.escape,
        is_windows,
        has_cmd: false,
    };
    for instruction in &file.instructions {
        work.apply(instruction).map_err(|why| Error::Change { change: instruction.text.clone(), why })?;
    }
    config.config = work.finish();
    Ok(())
}

struct Work<'a> {
    before: &'a RunConfig,
    config: RunConfig,
    escape: char,
    is_windows: bool,
    /// Whether a command was given: then a new entry point leaves it.
    has_cmd: bool,
}

/// The rest of an instruction: a list in JSON, or text.
enum Form {
    List(Vec<String>),
    Text,
}

impl Work<'_> {
    fn apply(&mut self, instruction: &Instruction) -> Result<(), Why> {
        let word = instruction.word.to_uppercase();
        if word == "HEALTHCHECK" {
            return self.health(&instruction.rest);
        }
        let known = [
            "CMD",
            "ENTRYPOINT",
            "ENV",
            "EXPOSE",
            "LABEL",
            "ONBUILD",
            "STOPSIGNAL",
            "USER",
            "VOLUME",
            "WORKDIR",
        ];
        if !known.contains(&word.as_str()) {
            return Err(format!(
                "{word} changes no configuration; these do: HEALTHCHECK, {}",
                known.join(", ")
            ));
        }
        let rest = match word.as_str() {
            // What follows belongs to the instruction behind it.
            "ONBUILD" => instruction.rest.as_str(),
            _ => health::without_flags(&instruction.rest, &word)?,
        };
        if rest.is_empty() && !matches!(word.as_str(), "CMD" | "ENTRYPOINT") {
            return Err(format!("{word} needs an argument"));
        }
        match word.as_str() {
            "CMD" => {
                self.config.cmd = self.command(rest)?;
                self.config.args_escaped = None;
                self.has_cmd = true;
            }
            "ENTRYPOINT" => {
                let command = if rest.is_empty() { None } else { self.command(rest)? };
                self.config.entrypoint = command;
                if !self.has_cmd {
                    self.config.cmd = None;
                }
            }
            "ENV" => {
                for (name, value) in self.pairs(rest, &word)? {
                    self.config.set_variable(&name, &value);
                }
            }
            "LABEL" => {
                let pairs = self.pairs(rest, &word)?;
                self.config.labels.extend(pairs);
            }
            "EXPOSE" => {
                for word in rest.split_whitespace() {
                    let ports = self.words().expand(word)?;
                    for port in ports.split_whitespace() {
                        let names = ports::read(port)?.into_iter();
                        self.config.exposed_ports.extend(names.map(|name| (name, empty())));
                    }
                }
            }
            "VOLUME" => {
                let list = match form(rest)? {
                    Form::List(list) => list,
                    Form::Text => rest.split_whitespace().map(str::to_owned).collect(),
                };
                if list.is_empty() {
                    return Err("VOLUME needs an argument".to_owned());
                }
                for volume in list {
                    let volume = self.words().expand(&volume)?;
                    if volume.trim().is_empty() {
                        return Err("a volume has no name".to_owned());
                    }
                    self.config.volumes.insert(volume.trim().to_owned(), empty());
                }
            }
            "USER" => self.config.user = self.words().expand(rest)?,
            "STOPSIGNAL" => {
                let signal = self.words().expand(rest)?;
                if !is_signal(&signal) {
                    return Err(format!("{signal:?} is no signal"));
                }
                self.config.stop_signal = Some(signal);
            }
            "WORKDIR" => {
                let dir = self.words().expand(rest)?;
                self.config.working_dir = directory(&self.config.working_dir, &dir)?;
            }
            "ONBUILD" => {
                trigger(rest)?;
                self.config.on_build.get_or_insert_default().push(rest.to_owned());
            }
            _ => {}
        }
        Ok(())
    }

    /// What the Engine does at the end: what the instructions have emptied comes back from what was there before.
    fn finish(mut self) -> RunConfig {
        if self.config.entrypoint.is_none() {
            if self.config.cmd.is_none() {
                self.config.cmd.clone_from(&self.before.cmd);
                self.config.args_escaped = self.before.args_escaped;
            }
            self.config.entrypoint.clone_from(&self.before.entrypoint);
        }
        if let (Some(Value::Object(new)), Some(Value::Object(old))) =
            (&mut self.config.healthcheck, &self.before.healthcheck)
        {
            for (name, value) in old {
                new.entry(name).or_insert_with(|| value.clone());
            }
        }
        self.config
    }

    /// Variables have the values they had before the instruction.
    fn words(&self) -> Words<'_> {
        Words { escape: self.escape, env: &self.config.env }
    }

    fn command(&self, rest: &str) -> Result<Option<Vec<String>>, Why> {
        Ok(match form(rest)? {
            Form::List(list) => Some(list).filter(|list| !list.is_empty()),
            Form::Text => Some(self.in_shell(rest)),
        })
    }

    fn in_shell(&self, text: &str) -> Vec<String> {
        let usual: &[&str] = if self.is_windows { &["cmd", "/S", "/C"] } else { &["/bin/sh", "-c"] };
        let mut words = match &self.config.shell {
            Some(shell) if !shell.is_empty() => shell.clone(),
            _ => usual.iter().map(|word| (*word).to_owned()).collect(),
        };
        if !text.is_empty() {
            words.push(text.to_owned());
        }
        words
    }

    /// `name=value` several times, or `name value` once.
    fn pairs(&self, rest: &str, word: &str) -> Result<Vec<(String, String)>, Why> {
        let words = self.words();
        let list = words.split(rest);
        let plain = if list.first().is_some_and(|first| first.contains('=')) {
            let pair = |text: &String| match text.split_once('=') {
                Some((name, value)) => Ok((name.to_owned(), value.to_owned())),
                None => Err(format!("{text:?} has no `=`: several are written {word} name=value name=value")),
            };
            list.iter().map(pair).collect::<Result<Vec<_>, Why>>()?
        } else {
            match rest.split_once(char::is_whitespace) {
                Some((name, value)) => vec![(name.to_owned(), value.trim_start().to_owned())],
                None => return Err(format!("it has no value: it is written {word} name=value")),
            }
        };
        if plain.iter().any(|(name, _)| name.is_empty()) {
            return Err("a name is missing".to_owned());
        }
        let expand = |(name, value): &(String, String)| Ok((words.expand(name)?, words.expand(value)?));
        plain.iter().map(expand).collect()
    }

    fn health(&mut self, rest: &str) -> Result<(), Why> {
        let check = health::read(rest)?;
        let test = match check.command {
            None => vec!["NONE".to_owned()],
            Some(command) => match form(command)? {
                Form::List(list) => [vec!["CMD".to_owned()], list].concat(),
                Form::Text => vec!["CMD-SHELL".to_owned(), command.to_owned()],
            },
        };
        if test.len() == 1 && check.command.is_some() {
            return Err("a command is missing behind CMD".to_owned());
        }
        let mut object = Map::from_iter([("Test".to_owned(), Value::from(test))]);
        object.extend(check.numbers.into_iter().map(|(name, value)| (name.to_owned(), Value::from(value))));
        self.config.healthcheck = Some(Value::Object(object));
        Ok(())
    }
}

/// A list in JSON counts as one even if something follows it; what only looks like one is text.
fn form(rest: &str) -> Result<Form, Why> {
    let rest = rest.trim_start();
    if !rest.starts_with('[') {
        return Ok(Form::Text);
    }
    let Some(Ok(list)) = serde_json::Deserializer::from_str(rest).into_iter::<Vec<Value>>().next() else {
        return Ok(Form::Text);
    };
    let texts = list.into_iter().map(|value| match value {
        Value::String(text) => Ok(text),
        other => Err(format!("{other} stands in a list in which only texts may stand")),
    });
    texts.collect::<Result<_, Why>>().map(Form::List)
}

fn empty() -> Value {
    Value::Object(Map::new())
}

/// A working directory named from another.
fn directory(current: &str, wanted: &str) -> Result<String, Why> {
    if wanted.is_empty() {
        return Err("it names no directory".to_owned());
    }
    if wanted.starts_with('/') {
        return Ok(wanted.to_owned());
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in current.split('/').chain(wanted.split('/')) {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    Ok(format!("/{}", parts.join("/")))
}

/// What may wait for the next build.
fn trigger(rest: &str) -> Result<(), Why> {
    let (word, rest) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let word = word.to_uppercase();
    match word.as_str() {
        "FROM" | "MAINTAINER" | "ONBUILD" => Err(format!("{word} cannot wait for another build")),
        "CMD" | "ENTRYPOINT" | "RUN" | "SHELL" | "VOLUME" | "ADD" | "COPY" => form(rest).map(drop),
        _ => Ok(()),
    }
}

/// Linux's signals, by number or by name.
fn is_signal(text: &str) -> bool {
    const NAMES: &str = " ABRT ALRM BUS CHLD CLD CONT FPE HUP ILL INT IO IOT KILL PIPE POLL PROF PWR QUIT SEGV STKFLT STOP SYS TERM \
                         TRAP TSTP TTIN TTOU URG USR1 USR2 VTALRM WINCH XCPU XFSZ RTMIN RTMAX ";
    if let Ok(number) = text.parse::<u32>() {
        return (1..=64).contains(&number);
    }
    let upper = text.to_uppercase();
    let name = upper.strip_prefix("SIG").unwrap_or(&upper);
    let real_time = |rest: &str| rest.parse::<u32>().is_ok_and(|number| (1..=15).contains(&number));
    (!name.is_empty() && NAMES.contains(&format!(" {name} ")))
        || name.strip_prefix("RTMIN+").is_some_and(real_time)
        || name.strip_prefix("RTMAX-").is_some_and(|rest| real_time(rest) && rest != "15")
}
