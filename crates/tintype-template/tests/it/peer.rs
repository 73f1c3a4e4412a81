//! Another parser of the same language, `hcl-edit`, over every template of the suite and of the recorded cases: what one accepts the
//! other accepts, except where a rule below says why not.

use std::path::Path;

use diag::FileId;

/// Why the other parser may accept or refuse what we do not.
struct Reason {
    why: &'static str,
    /// Whether we accept it.
    ours: bool,
    applies: fn(&str) -> bool,
}

const REASONS: &[Reason] = &[
    Reason { why: "it takes no byte order mark", ours: true, applies: |text| text.starts_with('\u{feff}') },
    Reason {
        why: "it takes no key twice in an object, where the last one counts",
        ours: true,
        applies: |text| text.contains("{ a = 1, a = 2 }"),
    },
    Reason {
        why: "it lets a line end in a quoted string",
        ours: false,
        applies: |text| text.lines().any(|line| line.matches('"').count() == 1),
    },
];

fn templates() -> Vec<(String, String)> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for path in super::files(&crates.join("tests/suite")) {
        let text = std::fs::read_to_string(&path).expect("suite files are readable");
        for section in super::suite::sections(&text) {
            for (name, text) in section.files() {
                found.push((format!("{}: {name}", section.name), text));
            }
        }
    }
    let cases = crates.join("../../tests/compat");
    for path in
        super::files(&cases).into_iter().filter(|path| path.extension().is_some_and(|ext| ext == "case"))
    {
        let text = std::fs::read_to_string(&path).expect("cases are readable");
        for entry in casefile::parse(&text).expect("cases can be read") {
            if let Ok(text) = String::from_utf8(entry.contents) {
                found.push((
                    format!("{}: {}", path.file_stem().unwrap_or_default().to_string_lossy(), entry.path),
                    text,
                ));
            }
        }
    }
    found.retain(|(name, _)| name.ends_with(".hcl"));
    found
}

#[test]
fn another_parser_agrees() {
    let mut wrong = Vec::new();
    let templates = templates();
    assert!(templates.len() > 300, "{} templates", templates.len());
    let mut refused = 0;
    let mut needed = vec![false; REASONS.len()];
    for (name, text) in &templates {
        let ours = !hcl::parse_body(text, FileId(0)).1.has_errors();
        let other = hcl_edit::parser::parse_body(text);
        refused += usize::from(!ours);
        if ours == other.is_ok() {
            continue;
        }
        let reason = REASONS.iter().position(|reason| reason.ours == ours && (reason.applies)(text));
        match reason.and_then(|index| needed.get_mut(index)) {
            Some(needed) => *needed = true,
            None => {
                let why = other.err().map(|error| error.to_string()).unwrap_or_default();
                wrong.push(format!("{name}: we {}, the others {}\n{why}", verdict(ours), verdict(!ours)));
            }
        }
    }
    assert!(refused > 20, "only {refused} are refused");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let stale = REASONS.iter().zip(needed).find(|(_, needed)| !needed).map(|(reason, _)| reason.why);
    assert_eq!(stale, None, "no template needs this exception any more");
}

fn verdict(accepts: bool) -> &'static str {
    if accepts { "accept it" } else { "refuse it" }
}
