//! The docker builder, its communicator and its post-processors, over the Engine API or a client program.
