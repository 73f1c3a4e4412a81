//! The schema of a component's options and the decoder that every derived Config uses.
