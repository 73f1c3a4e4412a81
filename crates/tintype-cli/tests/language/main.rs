//! The template language from outside: input that wants to hurt, and what another program of the same language says. What single rules
//! give is in the suite of `tintype-template`.

mod bad_input;
#[path = "../program/bench.rs"]
#[expect(dead_code, reason = "other tests use the rest of it")]
mod bench;
mod peer;
