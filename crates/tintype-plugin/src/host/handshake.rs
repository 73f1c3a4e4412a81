//! The first line that a plugin writes: where it waits for us, and whether it speaks our language.

use std::path::PathBuf;

/// The version of the language between host and plugin: equal in its first part, not newer in its second.
const VERSION: (u64, u64) = (5, 0);

/// Where a plugin waits.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Address {
    /// At a socket in the file system.
    Unix(PathBuf),
    /// At a port of this host: `127.0.0.1:10000`.
    Tcp(String),
}

/// Reads the line `MAJOR|MINOR|NETWORK|ADDRESS`.
pub(super) fn read(line: &[u8]) -> Result<Address, String> {
    let line = String::from_utf8_lossy(line);
    let parts: Vec<&str> = line.trim().splitn(4, '|').collect();
    let [major, minor, network, address] = parts[..] else {
        return Err(match parts[..] {
            [_, "unix" | "tcp", _] => {
                "it was made for Packer before version 1.7 and cannot be used any more".to_owned()
            }
            _ => format!("it did not say where it can be reached, but {}", quoted(&line)),
        });
    };
    let number = |text: &str| {
        text.parse::<u64>().map_err(|_| format!("it did not say its version, but {}", quoted(&line)))
    };
    let (major, minor) = (number(major)?, number(minor)?);
    if major != VERSION.0 || minor > VERSION.1 {
        let (ours, least) = VERSION;
        return Err(format!(
            "it speaks version {major}.{minor} of the plugin protocol, and we speak {ours}.{least}"
        ));
    }
    match network {
        "unix" => Ok(Address::Unix(PathBuf::from(address))),
        "tcp" => Ok(Address::Tcp(address.to_owned())),
        other => Err(format!("it waits on a network of the unknown kind {other:?}")),
    }
}

/// What somebody wrote, not too much of it.
fn quoted(text: &str) -> String {
    let short: String = text.trim().chars().take(80).collect();
    format!("{short:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expected: Result<Address, &str>) {
        match (read(line.as_bytes()), expected) {
            (Ok(address), Ok(expected)) => assert_eq!(address, expected, "{line}"),
            (Err(error), Err(part)) => assert!(error.contains(part), "{line}: {error}"),
            (other, _) => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn lines() {
        check(
            "5|0|unix|/tmp/packer-plugin2104284579\n",
            Ok(Address::Unix("/tmp/packer-plugin2104284579".into())),
        );
        check("5|0|tcp|127.0.0.1:10000\r\n", Ok(Address::Tcp("127.0.0.1:10000".into())));
        check("5|0|unix|/tmp/a|b\n", Ok(Address::Unix("/tmp/a|b".into())));
        check("5|unix|/tmp/packer-plugin2874888123", Err("before version 1.7"));
        check("5|1|unix|/tmp/x", Err("version 5.1"));
        check("6|0|unix|/tmp/x", Err("version 6.0"));
        check("4|0|unix|/tmp/x", Err("version 4.0"));
        check("x|0|unix|/tmp/x", Err("did not say its version"));
        check("5|0|udp|/tmp/x", Err("unknown kind \"udp\""));
        check("hello", Err("\"hello\""));
        check("", Err("did not say where"));
    }
}
