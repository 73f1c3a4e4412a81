//! Provisioners.

pub(crate) mod breakpoint;
pub(crate) mod file;
pub(crate) mod shell;
pub(crate) mod sleep;

#[cfg(test)]
mod tests;
