//! Tests of the builder, the communicator and the post-processors as a whole, most of them against a real Engine. Without one they say
//! so and pass: not every machine may run containers.

#[cfg(unix)]
mod answers;
mod archives;
mod building;
mod dockerfiles;
mod engine;
#[cfg(unix)]
mod fake_engine;
mod files;
mod logins;
mod names;
mod oci;
mod options;
mod programs;
mod registry;
mod small;
