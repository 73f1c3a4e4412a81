//! Values that no output may show, in the forms in which they may turn up.

use std::collections::BTreeSet;
use std::sync::{Arc, RwLock};

use aho_corasick::{AhoCorasick, MatchKind};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// What stands in place of a secret.
pub const MASK: &str = "<sensitive>";

/// Encodings of values shorter than this are not looked for: they would match by chance.
const ENCODED_MINIMUM: usize = 6;

/// The secrets of a run. Clones share them.
#[derive(Clone, Default)]
pub struct Secrets {
    inner: Arc<RwLock<Inner>>,
}

#[derive(Default)]
struct Inner {
    forms: BTreeSet<Vec<u8>>,
    /// Finds all forms at once. Made when it is first needed: a template may register thousands of secrets before the first line.
    finder: Option<Arc<AhoCorasick>>,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets(…)")
    }
}

impl Secrets {
    /// Registers a value: itself, with line ends turned into LF, each of its non-empty lines, and each of these as a shell, JSON,
    /// URL and base64 text. The empty string is ignored.
    pub fn add(&self, value: &str) {
        let unix = value.replace("\r\n", "\n");
        let mut forms = BTreeSet::new();
        for text in [value, unix.as_str()].into_iter().chain(unix.lines()) {
            if !text.is_empty() {
                encodings(text, &mut forms);
            }
        }
        let mut inner = self.inner.write().unwrap_or_else(|poisoned| poisoned.into_inner());
        let before = inner.forms.len();
        inner.forms.extend(forms);
        if inner.forms.len() > before {
            inner.finder = None;
        }
    }

    /// Whether there is anything to hide.
    pub fn is_empty(&self) -> bool {
        self.inner.read().unwrap_or_else(|poisoned| poisoned.into_inner()).forms.is_empty()
    }

    /// Replaces every secret in a text, if there is one.
    pub fn scrub(&self, text: &mut String) {
        if let Some(finder) = self.finder()
            && finder.is_match(text.as_str())
        {
            let mut clean = String::with_capacity(text.len());
            finder.replace_all_with(text, &mut clean, |_, _, out| {
                out.push_str(MASK);
                true
            });
            *text = clean;
        }
    }

    /// The same for bytes that need not be UTF-8.
    pub fn scrub_bytes(&self, bytes: &mut Vec<u8>) {
        if let Some(finder) = self.finder()
            && finder.is_match(bytes.as_slice())
        {
            let mut clean = Vec::with_capacity(bytes.len());
            finder.replace_all_with_bytes(bytes, &mut clean, |_, _, out| {
                out.extend_from_slice(MASK.as_bytes());
                true
            });
            *bytes = clean;
        }
    }

    fn finder(&self) -> Option<Arc<AhoCorasick>> {
        {
            let inner = self.inner.read().unwrap_or_else(|poisoned| poisoned.into_inner());
            if inner.finder.is_some() || inner.forms.is_empty() {
                return inner.finder.clone();
            }
        }
        let mut inner = self.inner.write().unwrap_or_else(|poisoned| poisoned.into_inner());
        // Longest first, so that a secret inside a longer one does not leave the longer one's rest to be read.
        let finder = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(&inner.forms);
        inner.finder = finder.ok().map(Arc::new);
        inner.finder.clone()
    }
}

fn encodings(text: &str, forms: &mut BTreeSet<Vec<u8>>) {
    forms.insert(text.as_bytes().to_vec());
    // Inside single quotes of a shell a single quote is written in two ways.
    forms.insert(text.replace('\'', r#"'"'"'"#).into_bytes());
    forms.insert(text.replace('\'', r"'\''").into_bytes());
    let json: String = text.chars().map(json_character).collect();
    forms.insert(json.into_bytes());
    let percent = |keep: fn(u8) -> bool, space: &str| -> String {
        text.bytes()
            .map(|byte| match byte {
                b' ' if !space.is_empty() => space.to_string(),
                byte if byte.is_ascii_alphanumeric() || keep(byte) => char::from(byte).to_string(),
                byte => format!("%{byte:02X}"),
            })
            .collect()
    };
    forms.insert(percent(|byte| b"-_.~".contains(&byte), "").into_bytes());
    forms.insert(percent(|byte| b"-_.~".contains(&byte), "+").into_bytes());
    if text.len() >= ENCODED_MINIMUM {
        for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
            for shift in 0..3 {
                forms.extend(base64_inside(text.as_bytes(), shift, engine));
            }
        }
    }
}

fn json_character(c: char) -> String {
    match c {
        '"' => "\\\"".into(),
        '\\' => "\\\\".into(),
        '\n' => "\\n".into(),
        '\r' => "\\r".into(),
        '\t' => "\\t".into(),
        c if (c as u32) < 0x20 => format!("\\u{:04x}", c as u32),
        c => c.into(),
    }
}

/// What base64 makes of a secret that stands `shift` bytes into a group of three (as in `user:password`): only the characters
/// that no neighbour has a part in.
fn base64_inside(secret: &[u8], shift: usize, engine: &base64::engine::GeneralPurpose) -> Option<Vec<u8>> {
    let mut padded = vec![0; shift];
    padded.extend_from_slice(secret);
    let text = engine.encode(&padded).into_bytes();
    let first = [0, 2, 3][shift];
    // The last character depends on what follows, unless the groups come out even.
    let last = if padded.len().is_multiple_of(3) { text.len() } else { text.len() - 1 };
    (last > first + 4).then(|| text[first..last].to_vec())
}
