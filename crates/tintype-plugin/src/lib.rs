//! Components behind a wire. [`host`] runs Go plugins: to everybody else they are the same traits as built-in components. [`serve`] shows
//! built-in components to Go hosts. Framing and codecs are `gorpc`'s; which plugins there are, and where, is for others.

mod bridge;
mod cookie;
pub mod host;
mod loopback;
pub mod serve;
mod spec;
pub mod untrusted;
mod value;

pub use cookie::inside_a_plugin;
pub use host::{Launch, ask_spec, builder, data_source, post_processor, provisioner};
pub use loopback::loopback;
pub use spec::{SpecBytes, Wire};
