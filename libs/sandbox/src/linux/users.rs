//! Who a program runs as: names of users and groups, looked up in the machine's own files as Docker does.

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
        if let Ok(file) = std::fs::File::open(root.join(name)) {
            _ = file.take(LARGEST).read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    };
    find(text, &read("etc/passwd"), &read("etc/group"))
}

fn find(text: &str, passwd: &str, group: &str) -> Result<Identity, String> {
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

#[cfg(test)]
mod tests {
    use super::find;

    const PASSWD: &str =
        "root:x:0:0:root:/root:/bin/sh\nweb:x:33:34:web:/var/www:/bin/false\nbroken\n5:x:77:78::/five:/x\n";
    const GROUP: &str = "root:x:0:\nwww:x:34:\naudio:x:29:games,web\nvideo:x:44: web \n";

    fn check(text: &str, expected: &str) {
        let actual = match find(text, PASSWD, GROUP) {
            Ok(who) => format!("{}:{} {:?} {}", who.uid, who.gid, who.groups, who.home),
            Err(error) => error,
        };
        assert_eq!(actual, expected, "{text:?}");
    }

    #[test]
    fn names_and_numbers() {
        check("", "0:0 [] /root");
        check("root", "0:0 [] /root");
        check("web", "33:34 [29, 44] /var/www");
        check("33", "33:34 [29, 44] /var/www");
        check("web:audio", "33:29 [] /var/www");
        check("web:7", "33:7 [] /var/www");
        check("1000", "1000:0 [] /");
        check("1000:1001", "1000:1001 [] /");
        check(":www", "0:34 [] /root");
        check("5", "77:78 [] /five");
        check("nobody", "there is no user `nobody` in the machine's /etc/passwd");
        check("web:nogroup", "there is no group `nogroup` in the machine's /etc/group");
        check("4294967296", "there is no user `4294967296` in the machine's /etc/passwd");
    }
}
