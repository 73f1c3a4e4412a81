//! Images made without an Engine, by the program from outside: as root and as an ordinary user, from every kind of base that needs no
//! network, to every kind of output. Where a host allows no containers the tests say so and pass.

#![cfg(target_os = "linux")]

mod bases;
mod bench;
mod ends;
mod outputs;
mod platforms;
mod posts;
mod registries;
