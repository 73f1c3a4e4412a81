//! Ports as `EXPOSE` names them. Only what is inside counts: what stands before it is for those who run a container.

use super::Why;

/// The names of the ports, `80/tcp`, that a word of `EXPOSE` stands for.
pub(super) fn read(word: &str) -> Result<Vec<String>, Why> {
    let mut slashes = word.split('/');
    let (ports, protocol) = (slashes.next().unwrap_or_default(), slashes.next().unwrap_or_default());
    let protocol = match protocol.to_lowercase().as_str() {
        "" => "tcp".to_owned(),
        known @ ("tcp" | "udp" | "sctp") => known.to_owned(),
        other => return Err(format!("{other:?} is no protocol: there are tcp, udp and sctp")),
    };
    let (before, inside) = match ports.rsplit_once(':') {
        Some((before, inside)) => (Some(before), inside),
        None => (None, ports),
    };
    let (from, to) = range(inside).ok_or_else(|| format!("{inside:?} is no port, and no range of ports"))?;
    if let Some(before) = before {
        outside(before, to - from)?;
    }
    Ok((from..=to).map(|port| format!("{port}/{protocol}")).collect())
}

/// What stands before the port: an address and a port of the host. They are checked and forgotten.
fn outside(text: &str, further: u16) -> Result<(), Why> {
    let (address, ports) = text.rsplit_once(':').unwrap_or(("", text));
    let address = address.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(address);
    if !address.is_empty() && address.parse::<std::net::IpAddr>().is_err() {
        return Err(format!("{address:?} is no address"));
    }
    if ports.is_empty() {
        return Ok(());
    }
    let (from, to) = range(ports).ok_or_else(|| format!("{ports:?} is no port, and no range of ports"))?;
    // One port may get any of a range.
    if further != 0 && to - from != further {
        return Err("the two ranges of ports have different lengths".to_owned());
    }
    Ok(())
}

fn range(text: &str) -> Option<(u16, u16)> {
    let port =
        |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<u16>().ok())?;
    let (from, to) = text.split_once('-').unwrap_or((text, text));
    let (from, to) = (port(from)?, port(to)?);
    (from <= to).then_some((from, to))
}
