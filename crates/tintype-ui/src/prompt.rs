//! Lines from a person who tries things out: with editing, history and completion.

use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::MemHistory;
use rustyline::validate::Validator;
use rustyline::{Config, Context, Editor, Helper};

/// Asks for lines at standard input. Without a terminal there it reads them all the same, unedited.
pub struct Prompt {
    editor: Editor<Words, MemHistory>,
}

impl Prompt {
    /// Offers `words` for completion.
    ///
    /// # Errors
    /// The terminal cannot be set up.
    pub fn new(words: Vec<String>) -> Result<Self, String> {
        let config = Config::builder().auto_add_history(true).build();
        let mut editor =
            Editor::with_history(config, MemHistory::new()).map_err(|error| error.to_string())?;
        editor.set_helper(Some(Words(words)));
        Ok(Self { editor })
    }

    /// The next line. Nothing at the end: Ctrl-D, Ctrl-C, or the input's own end.
    pub fn next_line(&mut self) -> Option<String> {
        match self.editor.readline("> ") {
            Ok(line) => Some(line),
            Err(ReadlineError::Eof | ReadlineError::Interrupted) => None,
            Err(_) => None,
        }
    }
}

/// Completes the word at the cursor.
struct Words(Vec<String>);

impl Completer for Words {
    type Candidate = String;

    fn complete(&self, line: &str, at: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<String>)> {
        let part_of_word = |c: char| c.is_alphanumeric() || c == '_' || c == '-' || c == '.';
        let start = line[..at]
            .char_indices()
            .rev()
            .find(|(_, c)| !part_of_word(*c))
            .map_or(0, |(at, c)| at + c.len_utf8());
        let begun = &line[start..at];
        Ok((start, self.0.iter().filter(|word| word.starts_with(begun)).cloned().collect()))
    }
}

impl Hinter for Words {
    type Hint = String;
}
impl Highlighter for Words {}
impl Validator for Words {}
impl Helper for Words {}
