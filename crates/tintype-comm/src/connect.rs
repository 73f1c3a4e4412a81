//! The step that gets a communicator of one of the common kinds.

use std::borrow::Cow;
use std::sync::Arc;

use tintype_sdk::{Communicator, Cx, Error, Result, Step};

use crate::{CommConfig, NoneCommunicator};

/// Connects to the machine.
pub struct Connect<'a> {
    /// How.
    pub config: &'a CommConfig,
    /// Where, as the builder found out; empty for the host that the options name.
    pub host: &'a str,
}

impl Step for Connect<'_> {
    type Out = Arc<dyn Communicator>;

    fn name(&self) -> Cow<'static, str> {
        "StepConnect".into()
    }

    async fn run(&self, cx: &Cx) -> Result<Self::Out> {
        let shown = match self.config.communicator.as_str() {
            "none" => return Ok(Arc::new(NoneCommunicator)),
            "ssh" => "SSH",
            "winrm" => "WinRM",
            other => return Err(Error::bug(format!("communicator {other} got past the checks"))),
        };
        let host = if self.host.is_empty() { self.config.host() } else { self.host };
        if !host.is_empty() {
            cx.say(format!("Using {shown} communicator to connect: {host}"));
        }
        Err(Error::environment(format!("This version cannot connect by {shown} yet")).hint(
            "Use communicator = \"none\" with provisioners that run on this host, or a builder with a way of its own, such as docker.",
        ))
    }
}
