//! Tests of the builder, the communicator and the post-processors as a whole, most of them against a real Engine. Without one they say
//! so and pass: not every machine may run containers.

mod building;
mod engine;
mod files;
