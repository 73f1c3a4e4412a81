//! Which ids this user may give to a machine: the lines of `/etc/subuid` and `/etc/subgid`.

use std::fs::read_to_string;

/// The ranges of users and groups of the user with this number: the first and how many.
pub(super) fn ranges(uid: u32) -> Option<((u32, u32), (u32, u32))> {
    let name = read_to_string("/etc/passwd").ok().and_then(|text| name(&text, uid)).unwrap_or_default();
    let of = |file: &str| read_to_string(file).ok().and_then(|text| largest(&text, &name, uid));
    Some((of("/etc/subuid")?, of("/etc/subgid")?))
}

pub(super) fn name(passwd: &str, uid: u32) -> Option<String> {
    let uid = uid.to_string();
    passwd.lines().find_map(|line| {
        let mut parts = line.split(':');
        let name = parts.next()?;
        (parts.nth(1)? == uid).then(|| name.to_owned())
    })
}

/// The largest range of one user: a machine has one.
pub(super) fn largest(text: &str, name: &str, uid: u32) -> Option<(u32, u32)> {
    let uid = uid.to_string();
    let ranges = text.lines().filter_map(|line| {
        let mut parts = line.trim().split(':');
        let (user, first, count) = (parts.next()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        let ours = (!name.is_empty() && user == name) || user == uid;
        (ours && count > 0).then_some((first, count))
    });
    ranges.max_by_key(|(_, count)| *count)
}
