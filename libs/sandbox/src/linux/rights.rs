//! What programs of a machine may do: capabilities and ids, taken on by one thread before it starts a program. The system calls used here
//! change the calling thread alone (the C library's would change all), so pid 1 keeps its rights.
//! Which system calls they may make is [`super::filter`]'s.

use super::users::Identity;
use crate::{Capabilities, Ids};
use rustix::io::Errno;
use rustix::thread::{CapabilitySet, Gid, Uid};

/// What Docker gives to every container.
const USUAL: CapabilitySet = CapabilitySet::CHOWN
    .union(CapabilitySet::DAC_OVERRIDE)
    .union(CapabilitySet::FSETID)
    .union(CapabilitySet::FOWNER)
    .union(CapabilitySet::MKNOD)
    .union(CapabilitySet::NET_RAW)
    .union(CapabilitySet::SETGID)
    .union(CapabilitySet::SETUID)
    .union(CapabilitySet::SETFCAP)
    .union(CapabilitySet::SETPCAP)
    .union(CapabilitySet::NET_BIND_SERVICE)
    .union(CapabilitySet::SYS_CHROOT)
    .union(CapabilitySet::KILL)
    .union(CapabilitySet::AUDIT_WRITE);

/// The capabilities that programs of a machine can have at most, or the name that means none.
pub(super) fn bounding(wanted: &Capabilities, privileged: bool) -> Result<CapabilitySet, String> {
    if privileged {
        return Ok(CapabilitySet::all());
    }
    let (add_all, add) = named(&wanted.add)?;
    let (drop_all, drop) = named(&wanted.drop)?;
    let start = match (add_all, drop_all) {
        (true, _) => CapabilitySet::all(),
        (false, true) => CapabilitySet::empty(),
        (false, false) => USUAL,
    };
    Ok(if drop_all && !add_all { start | add } else { (start | add) - drop })
}

fn named(names: &[String]) -> Result<(bool, CapabilitySet), String> {
    let mut all = false;
    let mut set = CapabilitySet::empty();
    for name in names {
        let upper = name.to_uppercase();
        let short = upper.strip_prefix("CAP_").unwrap_or(&upper);
        match CapabilitySet::from_name(short) {
            _ if short == "ALL" => all = true,
            Some(capability) => set |= capability,
            None => return Err(format!("there is no capability `{name}`")),
        }
    }
    Ok((all, set))
}

/// Limits this thread, and what it starts, to these capabilities.
pub(super) fn limit(bounding: CapabilitySet) -> Result<(), Errno> {
    for number in 0..64 {
        let capability = CapabilitySet::from_bits_retain(1 << number);
        match rustix::thread::capability_is_in_bounding_set(capability) {
            // The kernel knows no more.
            Err(_) => break,
            Ok(true) if !bounding.contains(capability) => {
                rustix::thread::remove_capability_from_bounding_set(capability)?;
            }
            Ok(_) => {}
        }
    }
    let mut sets = rustix::thread::capabilities(None)?;
    sets.inheritable = CapabilitySet::empty();
    rustix::thread::set_capabilities(None, sets)?;
    rustix::thread::clear_ambient_capability_set()
}

/// Makes this thread's ids somebody's.
pub(super) fn become_user(who: &Identity, ids: &Ids) -> Result<(), String> {
    let gid = Gid::from_raw(who.gid);
    let uid = Uid::from_raw(who.uid);
    let groups: Vec<Gid> = who.groups.iter().map(|group| Gid::from_raw(*group)).collect();
    let explain = |what: &str, error: Errno| {
        let hint = match (ids, error) {
            (Ids::Single, Errno::INVAL | Errno::PERM) => {
                ": this machine has no other user than root, since its caller has no range of ids in /etc/subuid"
            }
            (_, Errno::INVAL) => ": the machine's range of ids does not reach so far",
            _ => "",
        };
        format!("cannot become {what}: {error}{hint}")
    };
    match rustix::thread::set_thread_groups(&groups) {
        // With a single id the kernel lets nobody set groups, and there are none to set.
        Err(Errno::PERM) if groups.is_empty() => {}
        set => set.map_err(|error| explain("a member of its groups", error))?,
    }
    rustix::thread::set_thread_res_gid(gid, gid, gid)
        .map_err(|error| explain(&format!("group {}", who.gid), error))?;
    rustix::thread::set_thread_res_uid(uid, uid, uid)
        .map_err(|error| explain(&format!("user {}", who.uid), error))
}
