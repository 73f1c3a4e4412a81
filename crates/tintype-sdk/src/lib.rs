//! What a component is: the traits, the context it works in, steps, cleanup, cancellation.
