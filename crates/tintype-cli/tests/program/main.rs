//! The program from outside: calls that must fail well, secrets that must stay hidden, output forms. What Packer does too is in
//! the recorded cases (`tests/compat`).

mod bad_input;
mod bench;
#[cfg(unix)]
mod completion;
mod forms;
mod interrupt;
mod legacy;
#[cfg(unix)]
mod plugins;
mod secrets;
#[cfg(unix)]
mod surroundings;
#[cfg(unix)]
mod tutorial;
