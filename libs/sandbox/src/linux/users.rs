//! Who a program runs as: names of users and groups, looked up in the machine's own files as Docker does.

use rustix::fs::OFlags;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Somebody in the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Identity {
    pub uid: u32,
    pub gid: u32,
    /// Further groups.
    pub groups: Vec<u32>,
    pub home: String,
}

/// Files are read up to this size: the machine's content is not ours.
const LARGEST: u64 = 16 << 20;

/// Looks up `user`, `user:group`, by names or numbers, in the files of this root; root when empty.
pub(super) fn look_up(root: &Path, text: &str) -> Result<Identity, String> {
    let read = |name: &str| {
        use std::io::Read;
        let mut bytes = Vec::new();
        // Whatever the machine has there, opening it shall not wait.
        let mut open = std::fs::OpenOptions::new();
        open.read(true).custom_flags(OFlags::NONBLOCK.bits().cast_signed());
        if let Ok(file) = open.open(root.join(name)) {
            _ = file.take(LARGEST).read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    };
    find(text, &read("etc/passwd"), &read("etc/group"))
}

pub(super) fn find(text: &str, passwd: &str, group: &str) -> Result<Identity, String> {
    let (user, wanted_group) = text.split_once(':').unwrap_or((text, ""));
    let user = if user.is_empty() { "0" } else { user };
    let number = user.parse::<u32>().ok();
    let users = passwd.lines().filter_map(|line| {
        let mut parts = line.split(':');
        let (name, uid, gid) = (parts.next()?, parts.nth(1)?.parse().ok()?, parts.next()?.parse().ok()?);
        Some((name, uid, gid, parts.nth(1).unwrap_or_default()))
    });
    let mut matching = users.filter(|(name, uid, ..)| *name == user || Some(*uid) == number);
    let found: Option<(&str, u32, u32, &str)> = matching.next();
    let (name, uid, gid, home) = match (found, number) {
        (Some(found), _) => found,
        (None, Some(uid)) => ("", uid, 0, ""),
        (None, None) => return Err(format!("there is no user `{user}` in the machine's /etc/passwd")),
    };
    let home = if home.is_empty() { if uid == 0 { "/root" } else { "/" } } else { home };
    let mut who = Identity { uid, gid, groups: Vec::new(), home: home.to_owned() };
    let groups = || {
        group.lines().filter_map(|line| {
            let mut parts = line.split(':');
            let (name, gid) = (parts.next()?, parts.nth(1)?.parse::<u32>().ok()?);
            Some((name, gid, parts.next().unwrap_or_default()))
        })
    };
    if wanted_group.is_empty() {
        if !name.is_empty() {
            let of = groups().filter(|(.., members)| members.split(',').any(|member| member.trim() == name));
            who.groups = of.map(|(_, gid, _)| gid).collect();
        }
        return Ok(who);
    }
    let number = wanted_group.parse::<u32>().ok();
    let found = groups().find(|(name, gid, _)| *name == wanted_group || Some(*gid) == number);
    who.gid = found
        .map(|(_, gid, _)| gid)
        .or(number)
        .ok_or_else(|| format!("there is no group `{wanted_group}` in the machine's /etc/group"))?;
    Ok(who)
}
