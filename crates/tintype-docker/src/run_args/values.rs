//! How the client's users write sizes, ports, volumes, devices and the like.

use std::path::Path;

use bollard::models::{DeviceMapping, PortBinding, ResourcesUlimits, RestartPolicy, RestartPolicyNameEnum};
use tintype_schema::GoDuration;
use tintype_sdk::{Error, World};

use super::Refused;

/// Ports of one range that we are willing to write down one by one.
const PORTS: u16 = u16::MAX;

/// A whole number.
pub(super) fn number<T: std::str::FromStr>(name: &str, value: &str) -> Result<T, Refused> {
    value.trim().parse().map_err(|_| {
        Refused::wrong(format!("invalid argument \"{value}\" for \"--{name}\" flag: not a number"))
    })
}

/// A size in bytes: `512m`, `1.5g`, `64KiB`.
pub(super) fn size(name: &str, value: &str) -> Result<i64, Refused> {
    let wrong = || {
        Refused::wrong(format!("invalid argument \"{value}\" for \"--{name}\" flag: invalid size: '{value}'"))
    };
    let digits = value.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(value.len());
    let (digits, unit) = value.split_at(digits);
    let power = match unit.trim_start().to_lowercase().as_str() {
        "" | "b" => 0,
        "k" | "kb" | "kib" => 1,
        "m" | "mb" | "mib" => 2,
        "g" | "gb" | "gib" => 3,
        "t" | "tb" | "tib" => 4,
        "p" | "pb" | "pib" => 5,
        _ => return Err(wrong()),
    };
    let count: f64 = digits.parse().map_err(|_| wrong())?;
    let bytes = count * 1024f64.powi(power);
    if bytes < 9.2e18 { Ok(bytes as i64) } else { Err(wrong()) }
}

/// A number of processors in billionths.
pub(super) fn nano_cpus(value: &str) -> Result<i64, Refused> {
    let count: f64 = number("cpus", value)?;
    let nano = (count * 1e9).round();
    if (0.0..9.2e18).contains(&nano) {
        Ok(nano as i64)
    } else {
        Err(Refused::wrong(format!("--cpus {value} is out of range")))
    }
}

/// A length of time.
pub(super) fn nanoseconds(name: &str, value: &str) -> Result<i64, Refused> {
    let duration: GoDuration = value.parse().map_err(|error| {
        Refused::wrong(format!("invalid argument \"{value}\" for \"--{name}\" flag: {error}"))
    })?;
    Ok(duration.nanos())
}

/// `key=value`; without a value it is empty.
pub(super) fn key_value(text: &str) -> (String, String) {
    let (key, value) = text.split_once('=').unwrap_or((text, ""));
    (key.to_owned(), value.to_owned())
}

/// A variable; a name alone takes this process's value.
pub(super) fn variable(text: &str, world: &World) -> String {
    match world.env(text) {
        Some(value) if !text.contains('=') => format!("{text}={value}"),
        _ => text.to_owned(),
    }
}

/// The lines of a file that hold something.
pub(super) fn lines_of(file: &str, world: &World) -> Result<Vec<String>, Refused> {
    let path = world.path(file);
    let text = std::fs::read_to_string(&path)
        .map_err(|error| Refused::wrong(Error::from(error).context(path.display()).to_string()))?;
    let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim_start);
    Ok(lines.filter(|line| !line.is_empty() && !line.starts_with('#')).map(str::to_owned).collect())
}

/// A volume: what is mounted where, or a path that gets a nameless volume.
pub(super) fn volume(text: &str, world: &World) -> Result<(Option<String>, Option<String>), Refused> {
    // A letter before a colon is a drive of Windows.
    let drive = usize::from(is_drive(text)) * 2;
    match text[drive..].split_once(':') {
        None => Ok((None, Some(text.to_owned()))),
        Some((_, "")) => Err(Refused::wrong(format!("invalid volume specification: '{text}'"))),
        Some((source, rest)) => {
            let source = format!("{}{source}", &text[..drive]);
            Ok((Some(format!("{}:{rest}", resolve_host_path(&source, world))), None))
        }
    }
}

fn is_drive(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() > 2 && bytes[0].is_ascii_alphabetic() && bytes[1] == b':' && matches!(bytes[2], b'\\' | b'/')
}

/// A path of this host as the Engine needs it: absolute. The name of a volume stays as it is.
pub(super) fn resolve_host_path(source: &str, world: &World) -> String {
    let relative = source == "." || source == ".." || source.starts_with("./") || source.starts_with("../");
    if relative { tidy(&world.cwd.join(source)) } else { source.to_owned() }
}

/// Takes out `.` and `..` without looking at the disk.
fn tidy(path: &Path) -> String {
    let mut clean = std::path::PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir => {
                clean.pop();
            }
            part => clean.push(part),
        }
    }
    clean.display().to_string()
}

/// A device: `/dev/a`, `/dev/a:/dev/b`, `/dev/a:/dev/b:rwm`, `/dev/a:r`.
pub(super) fn device(text: &str) -> Result<DeviceMapping, Refused> {
    let is_mode = |text: &str| !text.is_empty() && text.chars().all(|c| "rwm".contains(c));
    let parts: Vec<&str> = text.split(':').collect();
    let (host, container, mode) = match parts[..] {
        [host] => (host, host, "rwm"),
        [host, mode] if is_mode(mode) => (host, host, mode),
        [host, container] => (host, container, "rwm"),
        [host, container, mode] if is_mode(mode) => (host, container, mode),
        _ => return Err(Refused::wrong(format!("invalid device specification: {text}"))),
    };
    Ok(DeviceMapping {
        path_on_host: Some(host.into()),
        path_in_container: Some(container.into()),
        cgroup_permissions: Some(mode.into()),
    })
}

/// A limit: `nofile=1024:2048`.
pub(super) fn ulimit(text: &str) -> Result<ResourcesUlimits, Refused> {
    let (name, limits) =
        text.split_once('=').ok_or_else(|| Refused::wrong(format!("invalid ulimit argument: {text}")))?;
    let (soft, hard) = limits.split_once(':').unwrap_or((limits, limits));
    Ok(ResourcesUlimits {
        name: Some(name.into()),
        soft: Some(number("ulimit", soft)?),
        hard: Some(number("ulimit", hard)?),
    })
}

/// `no`, `always`, `unless-stopped`, `on-failure:3`.
pub(super) fn restart_policy(text: &str) -> Result<RestartPolicy, Refused> {
    let (name, count) = text.split_once(':').unwrap_or((text, ""));
    let name = match name {
        "" | "no" => RestartPolicyNameEnum::NO,
        "always" => RestartPolicyNameEnum::ALWAYS,
        "unless-stopped" => RestartPolicyNameEnum::UNLESS_STOPPED,
        "on-failure" => RestartPolicyNameEnum::ON_FAILURE,
        _ => return Err(Refused::wrong(format!("invalid restart policy '{text}'"))),
    };
    let maximum_retry_count = if count.is_empty() { None } else { Some(number("restart", count)?) };
    Ok(RestartPolicy { name: Some(name), maximum_retry_count })
}

/// A security option; a seccomp profile is a file of this host, which the Engine does not see.
pub(super) fn security_option(text: &str, world: &World) -> Result<String, Refused> {
    let (key, value) = match text.split_once('=') {
        Some(pair) => pair,
        None => text.split_once(':').unwrap_or((text, "")),
    };
    if key != "seccomp" || matches!(value, "unconfined" | "builtin") {
        return Ok(text.to_owned());
    }
    let path = world.path(value);
    let profile = std::fs::read_to_string(&path).map_err(|error| {
        Refused::wrong(format!("opening seccomp profile ({}) failed: {}", path.display(), Error::from(error)))
    })?;
    Ok(format!("seccomp={profile}"))
}

/// Ports that a container offers: `80`, `53/udp`, `8000-8005`.
pub(super) fn expose(text: &str) -> Result<Vec<String>, Refused> {
    let (ports, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    let (first, last) =
        range(ports).ok_or_else(|| Refused::wrong(format!("invalid port format for --expose: {text}")))?;
    Ok((first..=last).map(|port| format!("{port}/{}", protocol.to_lowercase())).collect())
}

/// Ports of the host for ports of the container: `80`, `8080:80`, `127.0.0.1::53/udp`, `8000-8005:80-85`, `[::1]:80:80`.
pub(super) fn publish(text: &str) -> Result<Vec<(String, PortBinding)>, Refused> {
    let wrong = || Refused::wrong(format!("invalid port specification: \"{text}\""));
    let (spec, protocol) = text.rsplit_once('/').unwrap_or((text, "tcp"));
    let (address, spec) = match spec.strip_prefix('[') {
        Some(spec) => spec.split_once("]:").ok_or_else(wrong)?,
        None if spec.matches(':').count() >= 2 => {
            let host_port = spec.rmatch_indices(':').nth(1).ok_or_else(wrong)?.0;
            (&spec[..host_port], &spec[host_port + 1..])
        }
        None => ("", spec),
    };
    let (host, container) = spec.split_once(':').unwrap_or(("", spec));
    let (first, last) = range(container).ok_or_else(wrong)?;
    let count = last - first;
    let protocol = protocol.to_lowercase();
    let binding = |port: String| PortBinding { host_ip: Some(address.to_owned()), host_port: Some(port) };
    if host.is_empty() {
        return Ok((first..=last)
            .map(|port| (format!("{port}/{protocol}"), binding(String::new())))
            .collect());
    }
    let (host_first, host_last) = range(host).ok_or_else(wrong)?;
    if host_last - host_first == count {
        let pairs = (first..=last).zip(host_first..=host_last);
        return Ok(pairs
            .map(|(port, host)| (format!("{port}/{protocol}"), binding(host.to_string())))
            .collect());
    }
    // One port of the container may take any of a range of the host.
    if count == 0 {
        Ok(vec![(format!("{first}/{protocol}"), binding(host.to_owned()))])
    } else {
        Err(wrong())
    }
}

fn range(text: &str) -> Option<(u16, u16)> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last): (u16, u16) = (first.parse().ok()?, last.parse().ok()?);
    (first <= last && last - first < PORTS).then_some((first, last))
}
