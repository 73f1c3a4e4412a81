//! Instructions out of a text: lines that go on, comments, the sign that escapes.

/// A text with instructions.
pub(super) struct File {
    pub(super) instructions: Vec<Instruction>,
    /// What escapes a character, and lets a line go on.
    pub(super) escape: char,
}

/// One instruction.
pub(super) struct Instruction {
    /// Its first word, as it stands there.
    pub(super) word: String,
    /// Everything behind it.
    pub(super) rest: String,
    /// All of it, for messages.
    pub(super) text: String,
}

pub(super) fn read(text: &str) -> File {
    let mut escape = '\\';
    let mut instructions = Vec::new();
    let mut open: Option<String> = None;
    // Only at the very beginning a comment may say something.
    let mut is_top = true;
    for line in text.split('\n') {
        let trimmed = line.trim();
        if let Some(comment) = trimmed.strip_prefix('#') {
            if is_top {
                match directive(comment) {
                    Some(sign) => escape = sign,
                    None => is_top = false,
                }
            }
            continue;
        }
        if trimmed.is_empty() {
            continue;
        }
        is_top = false;
        let line = line.trim_end_matches(['\r', ' ', '\t']);
        let so_far = open.take().unwrap_or_default();
        match line.strip_suffix(escape) {
            Some(line) => open = Some(so_far + line),
            None => instructions.extend(instruction(&(so_far + line))),
        }
    }
    instructions.extend(open.and_then(|text| instruction(&text)));
    File { instructions, escape }
}

/// The sign that `escape=` names.
fn directive(comment: &str) -> Option<char> {
    let (name, value) = comment.split_once('=')?;
    let mut sign = value.trim().chars();
    match (name.trim().eq_ignore_ascii_case("escape"), sign.next(), sign.next()) {
        (true, Some(sign @ ('\\' | '`')), None) => Some(sign),
        _ => None,
    }
}

fn instruction(text: &str) -> Option<Instruction> {
    let text = text.trim();
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let whole = || Instruction { word: word.to_owned(), rest: rest.trim().to_owned(), text: text.to_owned() };
    (!word.is_empty()).then(whole)
}
