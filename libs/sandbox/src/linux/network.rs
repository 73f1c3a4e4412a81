//! Networks as the machine's side sees them: which one it gets, its own loopback, and what `/etc/resolv.conf` and `/etc/hosts` say.
//! The helpers that carry packets are started by the caller's side.

use super::wire::Begin;
use crate::{Abilities, Net, Network, Spec};
use rustix::io::Errno;
use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType};
use std::net::IpAddr;

/// Which network a machine gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Resolved {
    Host,
    None,
    /// Its own, carried by a helper.
    Helper(Net),
}

pub(super) fn resolve(begin: &Begin) -> Resolved {
    wanted(&begin.spec, &begin.abilities)
}

pub(super) fn wanted(spec: &Spec, abilities: &Abilities) -> Resolved {
    match (spec.setup.network, &abilities.network) {
        (Network::None, _) => Resolved::None,
        (Network::Host, _) | (Network::Auto, Net::Host) => Resolved::Host,
        (Network::Auto, helper) => Resolved::Helper(helper.clone()),
    }
}

/// The address at which `pasta` answers questions for names, out of those that nobody routes.
pub(super) const PASTA_DNS: &str = "169.254.1.1";
/// The same of `slirp4netns`, which cannot be told another.
const SLIRP_DNS: &str = "10.0.2.3";

/// What the machine's `/etc/resolv.conf` says. The host's own does where the host's network is used, a stub on its loopback included; a
/// network of the machine's own reaches neither that stub nor servers that only the host's routes lead to, so the helper is asked there.
pub(super) fn resolver(network: &Resolved) -> String {
    let host = std::fs::read_to_string("/etc/resolv.conf").unwrap_or_default();
    let server = match network {
        Resolved::None => return String::new(),
        Resolved::Host => return host,
        Resolved::Helper(Net::Slirp(_)) => SLIRP_DNS,
        Resolved::Helper(_) => PASTA_DNS,
    };
    let others = host.lines().filter(|line| {
        let word = line.split_whitespace().next();
        matches!(word, Some("search" | "domain" | "options"))
    });
    let mut text = format!("nameserver {server}\n");
    for line in others {
        text.push_str(line);
        text.push('\n');
    }
    text
}

/// What the machine's `/etc/hosts` says.
pub(super) fn hosts(hostname: &str, more: &[(String, String)]) -> String {
    let mut text = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n".to_owned();
    text.push_str(
        "fe00::0\tip6-localnet\nff00::0\tip6-mcastprefix\nff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n",
    );
    if !hostname.is_empty() {
        text.push_str("127.0.1.1\t");
        text.push_str(hostname);
        text.push('\n');
    }
    for (name, address) in more {
        // Docker's name for the host itself.
        let address = if address == "host-gateway" { "127.0.0.1" } else { address };
        if address.parse::<IpAddr>().is_ok() && !name.contains(char::is_whitespace) {
            text.push_str(address);
            text.push('\t');
            text.push_str(name);
            text.push('\n');
        }
    }
    text
}

/// Whether this user may open the device that carries packets of helpers.
pub(super) fn has_tunnel() -> bool {
    use rustix::fs::Access;
    rustix::fs::access("/dev/net/tun", Access::READ_OK | Access::WRITE_OK).is_ok()
}

/// Raises `lo`, the first device of every network namespace, by the one message of rtnetlink that this takes.
pub(super) fn raise_loopback() -> Result<(), Errno> {
    const NEW_LINK: u16 = 16;
    const REQUEST_WITH_ANSWER: u16 = 1 | 4;
    const UP: u32 = 1;
    let mut message = Vec::with_capacity(32);
    message.extend(32_u32.to_ne_bytes());
    message.extend(NEW_LINK.to_ne_bytes());
    message.extend(REQUEST_WITH_ANSWER.to_ne_bytes());
    message.extend([0_u8; 8]);
    // Family, padding, type; then device 1, its new flags, and which flags change.
    message.extend([0_u8; 4]);
    message.extend(1_i32.to_ne_bytes());
    message.extend(UP.to_ne_bytes());
    message.extend(UP.to_ne_bytes());
    let socket =
        rustix::net::socket_with(AddressFamily::NETLINK, SocketType::RAW, SocketFlags::CLOEXEC, None)?;
    rustix::net::sendto(&socket, &message, SendFlags::empty(), &SocketAddrNetlink::new(0, 0))?;
    let mut answer = [0_u8; 256];
    let (length, _) = rustix::net::recv(&socket, &mut answer, RecvFlags::empty())?;
    let code = answer.get(..length).and_then(|answer| answer.get(16..20)?.first_chunk::<4>().copied());
    match code.map(i32::from_ne_bytes) {
        Some(0) => Ok(()),
        Some(code) => Err(Errno::from_raw_os_error(code.wrapping_neg())),
        None => Err(Errno::PROTO),
    }
}
