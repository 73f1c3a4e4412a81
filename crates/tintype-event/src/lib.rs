//! What a run tells: events, the one door they go through, and the secrets it hides.
