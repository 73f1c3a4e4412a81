//! Where a component is: in a plugin's binary, or in this process at the other end of a pipe.

use std::sync::Arc;

use gorpc::{Mux, Side};
use tintype_sdk::{Catalog, Category, Error, Result, World};

use super::Launch;
use crate::serve::{Exported, Start, connection};
use crate::spec::Wire;

/// Where a component is.
#[derive(Clone)]
pub(crate) enum Origin {
    /// In a binary: a process of its own each time.
    Program(Launch),
    /// Here: a connection of its own each time.
    Here(Pipe),
}

impl Origin {
    pub(super) fn wire(&self) -> Wire {
        match self {
            Origin::Program(launch) => launch.wire,
            Origin::Here(pipe) => pipe.wire,
        }
    }
}

/// Components of this process, served at the other end of a pipe.
#[derive(Clone)]
pub(crate) struct Pipe {
    pub(crate) catalog: Arc<dyn Catalog>,
    pub(crate) world: Arc<World>,
    pub(crate) wire: Wire,
}

/// Bytes on their way through a pipe.
const PIPE: usize = 256 << 10;

impl Pipe {
    pub(super) fn connect(&self, category: Category, component: &str) -> Result<Mux> {
        let start = Start { category, component: component.to_owned(), wire: self.wire };
        let exported = Exported::find(&start, &*self.catalog).map_err(Error::bug)?;
        let (near, far) = tokio::io::duplex(PIPE);
        let far = Mux::new(far, Side::Listening);
        tokio::spawn(connection(far, exported, self.wire, self.world.clone()));
        Ok(Mux::new(near, Side::Connecting))
    }
}
