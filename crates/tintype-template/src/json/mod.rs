//! Legacy JSON templates. [`reader`] turns a text into nodes with places.

pub(crate) mod reader;
