//! Archives of plugins: nothing is written outside the folder, and nothing is left of an archive that is none.

use tintype_fetch::untrusted::unpack;

use crate::surroundings;

pub fn check(bytes: &[u8]) {
    let archive = surroundings::file("packed.zip", bytes);
    let folder = surroundings::world().tmp.join("unpacked");
    std::fs::create_dir_all(&folder).expect("our folder can be written to");
    let _ = unpack(archive.as_ref(), "packer-plugin-probe_v1.2.3_x5.0_linux_amd64", &folder);
    let left = std::fs::read_dir(&folder).expect("our folder can be read").count();
    assert_eq!(left, 0, "something is left");
}
