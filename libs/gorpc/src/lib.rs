//! What Go programs speak to each other: `net/rpc` calls with MessagePack bodies, on streams that yamux puts into one connection and a
//! broker tells apart by number; and gob. Every reader has limits: the other side is not trusted. What is said is for others.

mod gather;
pub mod gob;
mod limits;
pub mod msgpack;
mod mux;
mod rpc;
mod stream;

pub use limits::{MAX_DEPTH, MAX_VALUE};
pub use msgpack::{Fields, Value};
pub use mux::{Expected, Mux, Side};
pub use rpc::{Answer, Call, CallError, Client, Service, serve};
pub use stream::Stream;
