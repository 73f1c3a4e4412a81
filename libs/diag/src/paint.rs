//! Colours for a finished finding, at a terminal. Works on the text that [`render`](crate::render) made, after whatever must not be
//! seen was taken out of it; inside source lines and explanations nothing is coloured, so that no code ever stands inside a word.
//! Whether there is a terminal is for the caller to know.

const RED: &str = "31";
const YELLOW: &str = "33";
const CYAN: &str = "36";

/// The text of one finding, or of several, with colour codes: the severity and the title, the marks below a source line, the way out.
/// Without its codes it is what it was.
pub fn paint(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 64);
    let mut color = RED;
    let mut in_excerpt = false;
    for line in text.split_inclusive('\n') {
        let (line, end) = line.strip_suffix('\n').map_or((line, ""), |line| (line, "\n"));
        if let Some((severity, title)) = headline(line) {
            color = if severity == "Error:" { RED } else { YELLOW };
            out.push_str(&format!("\x1b[1;{color}m{severity}\x1b[0m\x1b[1m{title}\x1b[0m"));
        } else if let Some(rest) = line.strip_prefix("Hint:") {
            out.push_str(&format!("\x1b[1;{CYAN}mHint:\x1b[0m{rest}"));
        } else if in_excerpt && is_marks(line) {
            let marks = line.trim_start();
            let blanks = line.len() - marks.len();
            out.push_str(&format!("{}\x1b[1;{color}m{marks}\x1b[0m", &line[..blanks]));
        } else {
            out.push_str(line);
        }
        in_excerpt = is_source(line);
        out.push_str(end);
    }
    out
}

fn headline(line: &str) -> Option<(&str, &str)> {
    let severity = ["Error:", "Warning:"].into_iter().find(|severity| line.starts_with(severity))?;
    Some(line.split_at(severity.len()))
}

/// A source line with its number.
fn is_source(line: &str) -> bool {
    let number = line.trim_start_matches(' ');
    let text = number.trim_start_matches(|c: char| c.is_ascii_digit());
    text.len() < number.len() && text.starts_with(": ")
}

fn is_marks(line: &str) -> bool {
    let marks = line.trim_start();
    !marks.is_empty() && marks.bytes().all(|byte| byte == b'^')
}
