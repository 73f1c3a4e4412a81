//! Whose files uploads become: the image's user, as numbers when the container's files tell them.

use std::io;

use tintype_sdk::Result;

use crate::archive::Owner;
use crate::driver::Driver;
use crate::unpack::{First, first_file};

/// Lists of users longer than this are not read.
const LONGEST: usize = 16 << 20;

/// Whose files uploads become.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Ownership {
    /// This user's.
    Known(Owner),
    /// This user's, whom only the container itself can find: a command there changes the owner afterwards.
    Changed(String),
    /// As they come: root's, or for directories the owners on this host.
    AsTheyCome,
}

/// Finds the owner that `chown USER` would give to a file of root's.
pub(crate) async fn find(driver: &dyn Driver, container: &str, user: &str) -> Ownership {
    let (name, group) = match user.split_once(':') {
        Some((name, group)) => (name, Some(group)),
        None => (user, None),
    };
    let uid = match name {
        "" | "root" => Some(0),
        name => match name.parse() {
            Ok(uid) => Some(uid),
            Err(_) => lookup(driver, container, "/etc/passwd", name).await,
        },
    };
    let gid = match group {
        None | Some("" | "root") => Some(0),
        Some(group) => match group.parse() {
            Ok(gid) => Some(gid),
            Err(_) => lookup(driver, container, "/etc/group", group).await,
        },
    };
    match uid.zip(gid) {
        Some((uid, gid)) => Ownership::Known(Owner { uid, gid }),
        None => Ownership::Changed(user.to_owned()),
    }
}

async fn lookup(driver: &dyn Driver, container: &str, file: &str, name: &str) -> Option<u64> {
    number_of(&read(driver, container, file).await.ok()??, name)
}

/// The third field of the line that begins with a name: `nobody:x:65534:…`.
pub(crate) fn number_of(list: &[u8], name: &str) -> Option<u64> {
    String::from_utf8_lossy(list).lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next() == Some(name)).then(|| fields.nth(1)?.parse().ok()).flatten()
    })
}

async fn read(driver: &dyn Driver, container: &str, path: &str) -> Result<Option<Vec<u8>>> {
    let mut content = io::Cursor::new(Vec::new());
    let found = first_file(driver.get(container, path).await?, &mut content, &|_| ()).await?;
    let content = content.into_inner();
    Ok((found == First::File && content.len() <= LONGEST).then_some(content))
}
