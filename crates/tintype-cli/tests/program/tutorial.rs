//! What the tutorials say is so: `scripts/tutorial` does it, command by command, from the pages themselves.

use std::path::Path;

use crate::bench::{docker, program};

#[test]
fn the_pages_hold() {
    if !docker() {
        return;
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/tutorial");
    let output = program(&script).arg(env!("CARGO_BIN_EXE_tintype")).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && told.contains("all pages hold"), "{told}");
}
