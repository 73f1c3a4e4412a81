#[cfg(unix)]
use std::io;

use super::*;

#[test]
fn directories() {
    for (file, directory) in [
        ("t.pkr.hcl", "."),
        ("./t.pkr.hcl", "."),
        ("d/t.pkr.hcl", "d"),
        ("./d/t.pkr.hcl", "d"),
        ("d//e/../t.pkr.hcl", "d"),
        ("../d/t.pkr.hcl", "../d"),
        ("../../t.pkr.hcl", "../.."),
        ("/t.pkr.hcl", "/"),
        ("/../d/t.pkr.hcl", "/d"),
        ("d/../t.pkr.hcl", "."),
    ] {
        assert_eq!(directory_of(file), directory, "{file}");
    }
}

#[test]
#[cfg(unix)]
fn errors_have_the_words_of_go() {
    for (number, words) in
        [(2, "no such file or directory"), (13, "permission denied"), (20, "not a directory")]
    {
        assert_eq!(error_text(&io::Error::from_raw_os_error(number)), words);
    }
    assert_eq!(error_text(&io::Error::other("Something else")), "something else");
}
