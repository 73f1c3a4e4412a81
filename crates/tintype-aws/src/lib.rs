//! What everybody needs who calls Amazon: an [access key](AccessKey::find), the [region], and a [signed call](call). Which calls there
//! are, and what their answers mean, is for those who make them.

mod call;
mod key;
mod machine;
mod profile;
mod region;
mod sign;

pub use call::{Request, call, endpoint};
pub use key::AccessKey;
pub use region::region;

#[cfg(test)]
mod tests;
