//! The completion that shells ask for: which start files it is written to, and how they are left.

use std::os::unix::fs::PermissionsExt;

use crate::bench::Bench;

#[test]
fn a_start_file_keeps_its_place_and_its_rights() {
    let bench = Bench::new(&[("dot/profile", "alias a=b\n")]);
    let (kept, home) = (bench.path("dot/profile"), bench.path("../home"));
    std::fs::set_permissions(&kept, std::fs::Permissions::from_mode(0o600)).unwrap();
    std::os::unix::fs::symlink(&kept, home.join(".bash_profile")).unwrap();
    for (flag, completes) in [("-autocomplete-install", true), ("-autocomplete-uninstall", false)] {
        let said = bench.run(&[flag]);
        assert_eq!(said.code, 0, "{}", said.stderr);
        let text = std::fs::read_to_string(&kept).unwrap();
        assert!(text.starts_with("alias a=b\n"), "{text}");
        assert_eq!(text.contains("complete -C "), completes, "{text}");
        assert_eq!(std::fs::metadata(&kept).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(home.join(".bash_profile").is_symlink());
    }
}
