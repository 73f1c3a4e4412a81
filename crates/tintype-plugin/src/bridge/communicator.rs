//! The machine: a communicator of ours served to the other side, and one of theirs as one of ours.

mod far;
mod mode;
mod served;

pub(crate) use far::FarCommunicator;
pub(crate) use served::CommunicatorServer;
