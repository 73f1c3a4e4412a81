//! The border between template and engine: what to build, with nothing left of the language.
