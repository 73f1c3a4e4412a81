//! How the client's options are written: `--name value`, `--name=value`, `-n value`, `-nvalue`, `-dit`. What they mean is in `apply`.

use super::Refused;

/// Options with a value: name and short name.
const VALUED: &[(&str, Option<char>)] = &[
    ("add-host", None),
    ("annotation", None),
    ("attach", Some('a')),
    ("blkio-weight", None),
    ("cap-add", None),
    ("cap-drop", None),
    ("cgroup-parent", None),
    ("cgroupns", None),
    ("cidfile", None),
    ("cpu-period", None),
    ("cpu-quota", None),
    ("cpu-rt-period", None),
    ("cpu-rt-runtime", None),
    ("cpu-shares", Some('c')),
    ("cpus", None),
    ("cpuset-cpus", None),
    ("cpuset-mems", None),
    ("detach-keys", None),
    ("device", None),
    ("device-cgroup-rule", None),
    ("dns", None),
    ("dns-opt", None),
    ("dns-option", None),
    ("dns-search", None),
    ("domainname", None),
    ("entrypoint", None),
    ("env", Some('e')),
    ("env-file", None),
    ("expose", None),
    ("gpus", None),
    ("group-add", None),
    ("health-cmd", None),
    ("health-interval", None),
    ("health-retries", None),
    ("health-start-interval", None),
    ("health-start-period", None),
    ("health-timeout", None),
    ("hostname", Some('h')),
    ("ip", None),
    ("ip6", None),
    ("ipc", None),
    ("isolation", None),
    ("label", Some('l')),
    ("label-file", None),
    ("link", None),
    ("link-local-ip", None),
    ("log-driver", None),
    ("log-opt", None),
    ("mac-address", None),
    ("memory", Some('m')),
    ("memory-reservation", None),
    ("memory-swap", None),
    ("memory-swappiness", None),
    ("mount", None),
    ("name", None),
    ("net", None),
    ("net-alias", None),
    ("network", None),
    ("network-alias", None),
    ("oom-score-adj", None),
    ("pid", None),
    ("pids-limit", None),
    ("platform", None),
    ("publish", Some('p')),
    ("pull", None),
    ("restart", None),
    ("runtime", None),
    ("security-opt", None),
    ("shm-size", None),
    ("stop-signal", None),
    ("stop-timeout", None),
    ("storage-opt", None),
    ("sysctl", None),
    ("tmpfs", None),
    ("ulimit", None),
    ("user", Some('u')),
    ("userns", None),
    ("uts", None),
    ("volume", Some('v')),
    ("volume-driver", None),
    ("volumes-from", None),
    ("workdir", Some('w')),
];

/// Options that are there or not.
const SWITCHES: &[(&str, Option<char>)] = &[
    ("detach", Some('d')),
    ("disable-content-trust", None),
    ("init", None),
    ("interactive", Some('i')),
    ("no-healthcheck", None),
    ("oom-kill-disable", None),
    ("privileged", None),
    ("publish-all", Some('P')),
    ("quiet", Some('q')),
    ("read-only", None),
    ("rm", None),
    ("sig-proxy", None),
    ("tty", Some('t')),
];

/// Options with their values (`true` or `false` for a switch), and what comes after them.
pub(super) type Split<'a> = (Vec<(&'static str, String)>, &'a [String]);

/// Cuts arguments into options and the rest, which begins with the image.
pub(super) fn split(args: &[String]) -> Result<Split<'_>, Refused> {
    let mut options = Vec::new();
    let mut rest = args;
    while let Some((word, after)) = rest.split_first() {
        if word == "--" {
            return Ok((options, after));
        }
        if !word.starts_with('-') || word == "-" {
            return Ok((options, rest));
        }
        rest = after;
        let mut next = || -> Result<String, Refused> {
            let (value, after) = rest
                .split_first()
                .ok_or_else(|| Refused::wrong(format!("flag needs an argument: {word}")))?;
            rest = after;
            Ok(value.clone())
        };
        match word.strip_prefix("--") {
            Some(long) => long_option(long, &mut next, &mut options)?,
            None => short_options(&word[1..], &mut next, &mut options)?,
        }
    }
    Ok((options, &[]))
}

type Next<'n> = &'n mut dyn FnMut() -> Result<String, Refused>;

fn long_option(word: &str, next: Next<'_>, options: &mut Vec<(&'static str, String)>) -> Result<(), Refused> {
    let (name, value) = match word.split_once('=') {
        Some((name, value)) => (name, Some(value.to_owned())),
        None => (word, None),
    };
    if let Some((name, _)) = VALUED.iter().find(|(known, _)| *known == name) {
        let value = value.map_or_else(next, Ok)?;
        options.push((name, value));
    } else if let Some((name, _)) = SWITCHES.iter().find(|(known, _)| *known == name) {
        options.push((name, switch(name, value.as_deref())?));
    } else {
        return Err(Refused::Unknown(format!("--{name}")));
    }
    Ok(())
}

fn short_options(
    letters: &str,
    next: Next<'_>,
    options: &mut Vec<(&'static str, String)>,
) -> Result<(), Refused> {
    let mut rest = letters.chars();
    while let Some(letter) = rest.next() {
        if let Some((name, _)) = VALUED.iter().find(|(_, short)| *short == Some(letter)) {
            let value = rest.as_str();
            let value = match value.strip_prefix('=').unwrap_or(value) {
                "" if value.is_empty() => next()?,
                value => value.to_owned(),
            };
            options.push((name, value));
            return Ok(());
        }
        let Some((name, _)) = SWITCHES.iter().find(|(_, short)| *short == Some(letter)) else {
            return Err(Refused::Unknown(format!("-{letter}")));
        };
        if let Some(value) = rest.as_str().strip_prefix('=') {
            options.push((name, switch(name, Some(value))?));
            return Ok(());
        }
        options.push((name, "true".to_owned()));
    }
    Ok(())
}

/// The forms in which Go reads yes and no.
fn switch(name: &str, value: Option<&str>) -> Result<String, Refused> {
    match value {
        None | Some("1" | "t" | "T" | "true" | "TRUE" | "True") => Ok("true".into()),
        Some("0" | "f" | "F" | "false" | "FALSE" | "False") => Ok("false".into()),
        Some(other) => Err(Refused::wrong(format!("invalid argument \"{other}\" for \"--{name}\" flag"))),
    }
}
