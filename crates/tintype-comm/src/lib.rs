//! Communicators and their options: how a builder reaches the machine.
