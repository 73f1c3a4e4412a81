//! Where the host finds us: a socket in the temporary directory, or a port where there are none.

use std::io;

use gorpc::{Mux, Side};
use tintype_sdk::World;

/// Waits for one connection.
pub(super) struct Listener {
    #[cfg(unix)]
    inner: tokio::net::UnixListener,
    #[cfg(windows)]
    inner: tokio::net::TcpListener,
    address: String,
}

#[cfg(unix)]
impl Listener {
    pub(super) async fn open(world: &World) -> io::Result<Self> {
        let number = uuid::Uuid::new_v4().as_u64_pair().0 % 9_000_000_000 + 1_000_000_000;
        let name = format!("packer-plugin{number}");
        let mut path = world.tmp.join(&name);
        let inner = match tokio::net::UnixListener::bind(&path) {
            // The path of a socket must be short.
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => {
                path = std::path::Path::new("/tmp").join(name);
                tokio::net::UnixListener::bind(&path)?
            }
            bound => bound?,
        };
        Ok(Self { inner, address: path.to_string_lossy().into_owned() })
    }

    pub(super) fn greeting(&self) -> String {
        format!("5|0|unix|{}\n", self.address)
    }

    pub(super) async fn accept(self) -> io::Result<Mux> {
        let (stream, _) = self.inner.accept().await?;
        Ok(Mux::new(stream, Side::Listening))
    }
}

#[cfg(unix)]
impl Drop for Listener {
    fn drop(&mut self) {
        // Nobody else is to connect, and nothing is to stay.
        let _ = std::fs::remove_file(&self.address);
    }
}

#[cfg(windows)]
impl Listener {
    pub(super) async fn open(world: &World) -> io::Result<Self> {
        let port = |name: &str, or: u16| world.env(name).and_then(|port| port.parse().ok()).unwrap_or(or);
        let (least, most) = (port("PACKER_PLUGIN_MIN_PORT", 10000), port("PACKER_PLUGIN_MAX_PORT", 25000));
        for port in least..=most {
            if let Ok(inner) = tokio::net::TcpListener::bind(("127.0.0.1", port)).await {
                return Ok(Self { inner, address: format!("127.0.0.1:{port}") });
            }
        }
        Err(io::Error::new(io::ErrorKind::AddrInUse, format!("no port from {least} to {most} is free")))
    }

    pub(super) fn greeting(&self) -> String {
        format!("5|0|tcp|{}\n", self.address)
    }

    pub(super) async fn accept(self) -> io::Result<Mux> {
        let (stream, _) = self.inner.accept().await?;
        stream.set_nodelay(true)?;
        Ok(Mux::new(stream, Side::Listening))
    }
}
