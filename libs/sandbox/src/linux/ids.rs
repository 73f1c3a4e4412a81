//! Which ids this user may give to a machine: the lines of `/etc/subuid` and `/etc/subgid`.

use std::fs::read_to_string;

/// The ranges of users and groups of the user with this number: the first and how many.
pub(super) fn ranges(uid: u32) -> Option<((u32, u32), (u32, u32))> {
    let name = read_to_string("/etc/passwd").ok().and_then(|text| name(&text, uid)).unwrap_or_default();
    let of = |file: &str| read_to_string(file).ok().and_then(|text| largest(&text, &name, uid));
    Some((of("/etc/subuid")?, of("/etc/subgid")?))
}

fn name(passwd: &str, uid: u32) -> Option<String> {
    let uid = uid.to_string();
    passwd.lines().find_map(|line| {
        let mut parts = line.split(':');
        let name = parts.next()?;
        (parts.nth(1)? == uid).then(|| name.to_owned())
    })
}

/// The largest range of one user: a machine has one.
fn largest(text: &str, name: &str, uid: u32) -> Option<(u32, u32)> {
    let uid = uid.to_string();
    let ranges = text.lines().filter_map(|line| {
        let mut parts = line.trim().split(':');
        let (user, first, count) = (parts.next()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        let ours = (!name.is_empty() && user == name) || user == uid;
        (ours && count > 0).then_some((first, count))
    });
    ranges.max_by_key(|(_, count)| *count)
}

#[cfg(test)]
mod tests {
    use super::{largest, name};

    fn check(text: &str, expected: Option<(u32, u32)>) {
        assert_eq!(largest(text, "ann", 1000), expected, "{text:?}");
    }

    #[test]
    fn ranges() {
        check("", None);
        check("ann:100000:65536\n", Some((100_000, 65_536)));
        check("1000:100000:65536\n", Some((100_000, 65_536)));
        check("bob:1:2\nann:3:4\nann:5:60\n", Some((5, 60)));
        check("ann:x:4\nann:1\n:1:2\nann:1:0", None);
        assert_eq!(name("root:x:0:0\nann:x:1000:1000::/:", 1000).as_deref(), Some("ann"));
        assert_eq!(name("ann:x:1000", 100), None);
    }
}
