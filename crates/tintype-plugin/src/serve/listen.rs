//! Where the host finds us: a socket in the temporary directory, or a port where there are none.

use std::io;

use gorpc::{Mux, Side};
use tintype_sdk::World;

/// The ports that are tried when the host names none.
#[cfg(any(windows, test))]
const PORTS: (u16, u16) = (10000, 25000);

/// Waits for one connection.
pub(super) enum Listener {
    /// At a socket in the file system.
    #[cfg(unix)]
    Socket(socket::Socket),
    /// At a port of this host.
    #[cfg(any(windows, test))]
    Port(tokio::net::TcpListener, u16),
}

impl Listener {
    /// Where hosts of this system look for plugins.
    #[cfg(unix)]
    pub(super) async fn open(world: &World) -> io::Result<Self> {
        socket::Socket::open(world).map(Self::Socket)
    }

    /// Where hosts of this system look for plugins.
    #[cfg(windows)]
    pub(super) async fn open(world: &World) -> io::Result<Self> {
        Self::at_a_port(world).await
    }

    /// The first free port of those that the host allows.
    #[cfg(any(windows, test))]
    pub(super) async fn at_a_port(world: &World) -> io::Result<Self> {
        let port = |name: &str, or: u16| world.env(name).and_then(|port| port.parse().ok()).unwrap_or(or);
        let least = port("PACKER_PLUGIN_MIN_PORT", PORTS.0);
        let most = port("PACKER_PLUGIN_MAX_PORT", PORTS.1);
        for port in least..=most {
            if let Ok(listener) = tokio::net::TcpListener::bind(("127.0.0.1", port)).await {
                return Ok(Self::Port(listener, port));
            }
        }
        Err(io::Error::new(io::ErrorKind::AddrInUse, format!("no port from {least} to {most} is free")))
    }

    /// The line by which the host finds us.
    pub(super) fn greeting(&self) -> String {
        match self {
            #[cfg(unix)]
            Self::Socket(socket) => format!("5|0|unix|{}\n", socket.path.display()),
            #[cfg(any(windows, test))]
            Self::Port(_, port) => format!("5|0|tcp|127.0.0.1:{port}\n"),
        }
    }

    /// Waits for the host. Nobody else can connect any more.
    pub(super) async fn accept(self) -> io::Result<Mux> {
        match self {
            #[cfg(unix)]
            Self::Socket(socket) => Ok(Mux::new(socket.inner.accept().await?.0, Side::Listening)),
            #[cfg(any(windows, test))]
            Self::Port(listener, _) => {
                let (stream, _) = listener.accept().await?;
                stream.set_nodelay(true)?;
                Ok(Mux::new(stream, Side::Listening))
            }
        }
    }
}

#[cfg(unix)]
mod socket {
    //! A socket that goes away with whoever waits at it.

    use std::io;
    use std::path::{Path, PathBuf};

    use tintype_sdk::World;
    use tokio::net::UnixListener;

    pub(in crate::serve) struct Socket {
        pub(super) inner: UnixListener,
        pub(super) path: PathBuf,
    }

    impl Socket {
        pub(super) fn open(world: &World) -> io::Result<Self> {
            let number = uuid::Uuid::new_v4().as_u64_pair().0 % 9_000_000_000 + 1_000_000_000;
            let name = format!("packer-plugin{number}");
            let mut path = world.tmp.join(&name);
            let inner = match UnixListener::bind(&path) {
                // The path of a socket must be short.
                Err(error) if error.kind() == io::ErrorKind::InvalidInput => {
                    path = Path::new("/tmp").join(name);
                    UnixListener::bind(&path)?
                }
                bound => bound?,
            };
            Ok(Self { inner, path })
        }
    }

    impl Drop for Socket {
        fn drop(&mut self) {
            // Nobody else is to connect, and nothing is to stay.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}
