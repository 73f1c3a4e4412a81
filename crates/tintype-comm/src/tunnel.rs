//! One port that leads elsewhere, as templates write it.

use std::str::FromStr;

/// A port that leads elsewhere: `8080:10.0.0.7:80`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tunnel {
    /// Where connections are accepted, on the loopback address.
    pub listen: u16,
    /// Where they lead.
    pub host: String,
    /// The port there.
    pub port: u16,
}

impl FromStr for Tunnel {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let form = || "this is not PORT:HOST:HOSTPORT".to_string();
        let (listen, rest) = text.split_once(':').ok_or_else(form)?;
        // The host may be an IPv6 address in brackets.
        let (host, port) = rest.rsplit_once(':').ok_or_else(form)?;
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        if host.is_empty() {
            return Err(form());
        }
        Ok(Self { listen: number(listen)?, host: host.to_string(), port: number(port)? })
    }
}

fn number(text: &str) -> Result<u16, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err(format!("\"{text}\" is not a port number")),
        Ok(port) => Ok(port),
    }
}
