//! Every file in `cases`: a specification, input files, arguments, and what shall come out.

use std::path::Path;

use super::run;

/// What a case holds: `spec`, `args`, further files, `stdin`, and the expected `stdout`, `stderr` and `exit` (0 when not said).
fn check(path: &Path) -> Result<(), String> {
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    let entries = casefile::parse(&text).map_err(|error| error.to_string())?;
    let section = |name: &str| {
        let entry = entries.iter().find(|entry| entry.path == name);
        entry.map(|entry| String::from_utf8_lossy(&entry.contents).into_owned())
    };
    let place = tempfile::tempdir().map_err(|error| error.to_string())?;
    let inside = |name: &str| format!("{}/{name}", place.path().display());
    for entry in &entries {
        std::fs::write(place.path().join(&entry.path), &entry.contents).map_err(|error| error.to_string())?;
    }
    let args = section("args").unwrap_or_default();
    let mut words = vec!["--spec".to_owned(), inside("spec")];
    words.extend(args.lines().map(|word| word.replace("./", &format!("{}/", place.path().display()))));
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let stdin = section("stdin").unwrap_or_default();
    let code = run(&words, &mut stdin.as_bytes(), &mut out, &mut err);
    // In JSON the backslashes of Windows stand twice.
    let tidy = |bytes: &[u8]| {
        String::from_utf8_lossy(bytes).replace(&inside("").replace('\\', r"\\"), "").replace(&inside(""), "")
    };
    let found = (tidy(&out), tidy(&err), code);
    let code = section("exit").map_or(Ok(0), |code| code.trim().parse::<u8>()).map_err(|e| e.to_string())?;
    let expected = (section("stdout").unwrap_or_default(), section("stderr").unwrap_or_default(), code);
    if found == expected { Ok(()) } else { Err(format!("is\n{found:#?}\nin place of\n{expected:#?}")) }
}

#[test]
fn cases() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/hcldec/cases");
    let mut files: Vec<_> = std::fs::read_dir(dir)
        .expect("the cases are there")
        .filter_map(|entry| Some(entry.ok()?.path()))
        .collect();
    files.sort();
    let wrong: Vec<String> =
        files.iter().filter_map(|path| Some(format!("{}: {}", path.display(), check(path).err()?))).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn command_lines() {
    for (words, code, expected) in [
        (&["--version"][..], 0, env!("CARGO_PKG_VERSION")),
        (&["-h"], 0, "usage: hcldec"),
        (&["x.hcl"], 1, "--spec is missing"),
        (&["--bogus"], 2, "there is no option --bogus"),
        (&["-x"], 2, "there is no option -x"),
        (&["--spec"], 2, "--spec needs a value"),
        (&["--diags=xml"], 2, "json is one"),
        (&["--keep-nulls=perhaps"], 2, "true or false"),
        (&["-snowhere.hcldec"], 2, "Failed to read file"),
    ] {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let found = run(&words, &mut std::io::empty(), &mut out, &mut err);
        out.extend(err);
        let out = String::from_utf8_lossy(&out).into_owned();
        assert!(found == code && out.contains(expected), "{words:?}: {found} {out}");
    }
}
