//! Plugins of real Go, from outside: the program builds templates with the plugin of `tests/go-plugin`, which does what its options
//! say. Every case runs with the latest SDK, with that SDK and gob, and with the last SDK that knows gob alone. Without Go the cases
//! are skipped and say so; `TINTYPE_REQUIRE=go` makes that a failure.

#[path = "../program/bench.rs"]
mod bench;
mod cancel;
mod combined;
mod config;
mod data_source;
mod ends;
mod flags;
mod fleet;
mod launch;
mod legacy;
mod machine;
mod patched;
mod post;
mod screen;
mod serve;
mod specs;
