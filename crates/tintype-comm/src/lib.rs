//! Communicators and their options: how a builder reaches the machine. The options of every kind are here, with their rules, and
//! the two kinds that need no connection. A builder with a way of its own (docker) brings its communicator itself.

mod config;
mod connect;
mod dummy;
mod none;
mod private_key;
mod ssh;
mod tunnel;
mod vars;
mod winrm;

pub use config::{CommConfig, Kinds};
pub use connect::Connect;
pub use dummy::DummyCommunicator;
pub use none::NoneCommunicator;
pub use ssh::SshConfig;
pub use tunnel::Tunnel;
pub use vars::{HttpServer, common_vars};
pub use winrm::WinRmConfig;

#[cfg(test)]
mod tests;
