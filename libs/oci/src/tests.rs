mod documents;
mod names;
mod several;

/// Says why a test did not run.
#[expect(clippy::disallowed_macros, reason = "whoever runs the tests reads it")]
pub(crate) fn skip(why: &str) {
    eprintln!("skipped: {why}");
}
