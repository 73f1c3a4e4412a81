//! The texts that spans point into, by [`FileId`]. Holds them for as long as somebody may want to show a line.

use std::sync::{Arc, OnceLock, RwLock};

use unicode_segmentation::UnicodeSegmentation;

use crate::{FileId, Pos, Span};

/// One text with its name.
#[derive(Debug)]
pub struct SourceText {
    /// The name as it is shown: a path as the user typed it, or words such as `<value for var.x from env>`.
    pub name: Arc<str>,
    /// The whole text.
    pub text: Arc<str>,
    lines: OnceLock<Vec<u32>>,
}

impl SourceText {
    fn lines(&self) -> &[u32] {
        self.lines.get_or_init(|| {
            std::iter::once(0).chain(self.text.match_indices('\n').map(|(i, _)| i as u32 + 1)).collect()
        })
    }

    /// Line and column of a byte offset. An offset past the end counts as the end.
    pub fn position(&self, offset: u32) -> Pos {
        let offset = (offset as usize).min(self.text.len());
        let line = self.lines().partition_point(|&start| start as usize <= offset) - 1;
        let start = self.lines()[line] as usize;
        let mut end = offset;
        while !self.text.is_char_boundary(end) {
            end -= 1;
        }
        let before = &self.text[start..end];
        // Lines may be long, and have thousands of findings.
        let column = if before.is_ascii() { before.len() } else { before.graphemes(true).count() };
        Pos { line: line as u32 + 1, column: column as u32 + 1 }
    }

    /// The text of a line (from 1), without its line end; nothing past the last line.
    pub fn line(&self, line: u32) -> Option<&str> {
        let index = line.checked_sub(1)? as usize;
        let start = *self.lines().get(index)? as usize;
        let end = self.lines().get(index + 1).map_or(self.text.len(), |&next| next as usize - 1);
        let text = &self.text[start..end];
        Some(text.strip_suffix('\r').unwrap_or(text))
    }

    /// Where a line (from 1) begins, in bytes.
    pub fn line_start(&self, line: u32) -> Option<u32> {
        self.lines().get(line.checked_sub(1)? as usize).copied()
    }
}

/// All texts of one run. Cheap to share behind an `Arc`: adding needs no `&mut`.
#[derive(Debug, Default)]
pub struct SourceMap {
    files: RwLock<Vec<Arc<SourceText>>>,
}

impl SourceMap {
    /// An empty map.
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps a text and gives it an id. The same name may be added twice; the ids differ.
    pub fn add(&self, name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> FileId {
        let mut files = self.files.write().unwrap_or_else(|poisoned| poisoned.into_inner());
        files.push(Arc::new(SourceText { name: name.into(), text: text.into(), lines: OnceLock::new() }));
        FileId(files.len() as u32 - 1)
    }

    /// The text with this id, if it came from this map.
    pub fn get(&self, file: FileId) -> Option<Arc<SourceText>> {
        self.files.read().unwrap_or_else(|poisoned| poisoned.into_inner()).get(file.0 as usize).cloned()
    }

    /// Where a span begins and ends, as people count.
    pub fn positions(&self, span: Span) -> Option<(Pos, Pos)> {
        let source = self.get(span.file)?;
        Some((source.position(span.start), source.position(span.end)))
    }

    /// `file:line,column-column`, or `file:line,column-line,column` over several lines: how HCL writes a range in running text.
    pub fn describe(&self, span: Span) -> String {
        let Some(source) = self.get(span.file) else { return "<unknown>".into() };
        let (start, end) = (source.position(span.start), source.position(span.end));
        if start.line == end.line {
            format!("{}:{},{}-{}", source.name, start.line, start.column, end.column)
        } else {
            format!("{}:{},{}-{},{}", source.name, start.line, start.column, end.line, end.column)
        }
    }
}
