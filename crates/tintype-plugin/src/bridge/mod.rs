//! What host and plugin serve to each other while a component works: the screen, the machine, the provisioners, artifacts. Each is one of
//! our traits on one side and calls on the other; both sides are here, since a host has both.

pub(crate) mod artifact;
pub(crate) mod communicator;
pub(crate) mod finished;
pub(crate) mod hook;
pub(crate) mod pump;
pub(crate) mod screen;
pub(crate) mod services;
pub(crate) mod ui;

use gorpc::CallError;
use tintype_sdk::Error;

/// A failed call as everybody else knows failures.
pub(crate) fn failed(error: CallError) -> Error {
    match error {
        CallError::Refused(text) => Error::user(text),
        CallError::Lost(why) => Error::environment(why),
    }
}
