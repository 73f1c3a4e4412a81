//! Values out of YAML. The parser of the syntax is a library's; anchors, merge keys and what words mean are ours.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use cty::{MAX_DEPTH, Value};
use saphyr_parser::{Event, Marker, Parser, ScalarStyle, StrInput, Tag};

use super::scalar;

/// The value of the one document in the text. A document that says null is a value that nobody knows. On failure: why.
pub(super) fn document(text: &str) -> Result<Value, String> {
    if let Some(version) = text.lines().find_map(|line| line.strip_prefix("%YAML")) {
        let version = version.trim();
        if version != "1.1" {
            return Err(format!("the text says it is YAML {version}, but only 1.1 can be read"));
        }
    }
    let signs = |line: &str| line.bytes().filter(|byte| b",:[]{}".contains(byte)).count();
    if let Some(at) = text.lines().position(|line| line.len() > MAX_SIGNS && signs(line) > MAX_SIGNS) {
        return Err(format!("line {} has more than {MAX_SIGNS} values", at + 1));
    }
    let mut reader = Reader {
        parser: Parser::new_from_str(text),
        lines: text.lines().collect(),
        anchors: HashMap::new(),
        depth: 0,
        flow: 0,
        produced: 0,
    };
    reader.document()
}

/// All of a line is read ahead, as what is in brackets may turn out to be a key. More signs on one would fill the memory.
const MAX_SIGNS: usize = 300_000;

/// Aliases can make a small text stand for a huge value. More parts than this are refused.
const MAX_PARTS: usize = 400_000;

struct Reader<'t> {
    parser: Parser<'t, StrInput<'t>>,
    lines: Vec<&'t str>,
    /// What anchors stand for, with the number of parts of each. An anchor is missing as long as its value is being read.
    anchors: HashMap<usize, (Value, usize)>,
    depth: usize,
    /// How many of the collections around are in brackets or braces.
    flow: usize,
    produced: usize,
}

type Read<T> = Result<T, String>;

impl<'t> Reader<'t> {
    fn next(&mut self) -> Read<Event<'t>> {
        match self.parser.next_event() {
            Some(Ok((event, span))) => self.check_indent(event, &span.start),
            Some(Err(error)) => {
                let at = error.marker();
                Err(format!("{} (line {}, column {})", error.info(), at.line(), at.col() + 1))
            }
            None => Err("the text ends too early".into()),
        }
    }

    /// Tabs are no indent, except in brackets, where indents mean nothing.
    fn check_indent(&mut self, event: Event<'t>, start: &Marker) -> Read<Event<'t>> {
        let line =
            start.line().checked_sub(1).and_then(|line| self.lines.get(line)).copied().unwrap_or_default();
        // Counting characters takes its time on a long line, and long lines are lines of brackets.
        let in_brackets = self.flow > 0;
        let mut before = line.chars().take(start.col());
        if !in_brackets && before.clone().all(char::is_whitespace) && before.any(|c| c == '\t') {
            return Err(format!("line {} is indented with a tab; only spaces can indent", start.line()));
        }
        match event {
            Event::SequenceStart(..) | Event::MappingStart(..)
                if in_brackets || matches!(line.chars().nth(start.col()), Some('[' | '{')) =>
            {
                self.flow += 1;
            }
            Event::SequenceEnd | Event::MappingEnd => self.flow = self.flow.saturating_sub(1),
            _ => {}
        }
        Ok(event)
    }

    fn document(&mut self) -> Read<Value> {
        let value = loop {
            match self.next()? {
                Event::StreamStart | Event::DocumentStart(_) | Event::Nothing => {}
                Event::StreamEnd => return Err("the text has no value".into()),
                event => break self.node(event)?,
            }
        };
        loop {
            match self.next()? {
                Event::DocumentEnd | Event::Nothing => {}
                Event::StreamEnd => break,
                _ => return Err("the text has more than one document".into()),
            }
        }
        Ok(if value.is_null() { Value::dynamic() } else { value })
    }

    fn node(&mut self, event: Event<'t>) -> Read<Value> {
        let before = self.produced;
        self.count(1)?;
        let (value, anchor) = match event {
            Event::Alias(anchor) => {
                let Some((value, parts)) = self.anchors.get(&anchor) else {
                    return Err("an alias stands inside the value of its own anchor".into());
                };
                let (value, parts) = (value.clone(), *parts);
                self.count(parts)?;
                return Ok(value);
            }
            Event::Scalar(text, style, anchor, tag) => {
                let is_plain = matches!(style, ScalarStyle::Plain);
                let value = match tag.as_deref() {
                    None if is_plain => scalar::plain(&text)?,
                    None => Value::string(text),
                    Some(tag) if tag.handle.is_empty() && tag.suffix == "!" => Value::string(text),
                    Some(tag) => scalar::tagged(core_tag(tag)?, &text, is_plain)?,
                };
                (value, anchor)
            }
            Event::SequenceStart(anchor, tag) => {
                collection_tag(tag.as_deref(), "seq")?;
                (self.nested(Self::sequence)?, anchor)
            }
            Event::MappingStart(anchor, tag) => {
                collection_tag(tag.as_deref(), "map")?;
                (self.nested(Self::mapping)?, anchor)
            }
            _ => return Err("a value is missing".into()),
        };
        if anchor > 0 {
            self.anchors.insert(anchor, (value.clone(), self.produced - before));
        }
        Ok(value)
    }

    fn count(&mut self, parts: usize) -> Read<()> {
        self.produced = self.produced.saturating_add(parts);
        if self.produced > MAX_PARTS {
            return Err(format!("the text stands for more than {MAX_PARTS} values"));
        }
        Ok(())
    }

    fn nested(&mut self, read: fn(&mut Self) -> Read<Value>) -> Read<Value> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(format!("values may not nest deeper than {MAX_DEPTH} levels"));
        }
        let value = read(self);
        self.depth -= 1;
        value
    }

    fn sequence(&mut self) -> Read<Value> {
        let mut elements = Vec::new();
        loop {
            match self.next()? {
                Event::SequenceEnd => return Ok(Value::tuple(elements)),
                event => elements.push(self.node(event)?),
            }
        }
    }

    fn mapping(&mut self) -> Read<Value> {
        let mut attributes: BTreeMap<Arc<str>, Value> = BTreeMap::new();
        let mut merged: BTreeMap<Arc<str>, Value> = BTreeMap::new();
        loop {
            let event = self.next()?;
            if matches!(event, Event::MappingEnd) {
                break;
            }
            let merges = matches!(&event, Event::Scalar(text, ScalarStyle::Plain, _, None) if text == "<<");
            let key = self.node(event)?;
            let event = self.next()?;
            let value = self.node(event)?;
            if merges {
                merge(&mut merged, &value)?;
            } else {
                attributes.insert(scalar::key(&key)?.into(), value);
            }
        }
        // What a mapping says itself counts more than what it takes over.
        merged.extend(attributes);
        Ok(Value::object(merged))
    }
}

/// Takes over the entries of a mapping or of each mapping in a list; the first that has a key counts.
fn merge(into: &mut BTreeMap<Arc<str>, Value>, value: &Value) -> Read<()> {
    if let Some(entries) = value.entries() {
        for (key, value) in entries {
            into.entry(Arc::clone(key)).or_insert_with(|| value.clone());
        }
        return Ok(());
    }
    match value.elements() {
        Some(elements) if elements.iter().all(|element| element.entries().is_some()) => {
            elements.iter().try_for_each(|element| merge(into, element))
        }
        _ => Err("the merge key << needs a mapping or a list of mappings".into()),
    }
}

/// The name of a tag of YAML itself.
fn core_tag(tag: &Tag) -> Read<&str> {
    if tag.is_yaml_core_schema() || tag.handle == "!!" {
        return Ok(&tag.suffix);
    }
    if let Some(name) = tag.suffix.strip_prefix("tag:yaml.org,2002:") {
        return Ok(name);
    }
    Err(format!("the tag {}{} is not supported", tag.handle, tag.suffix))
}

fn collection_tag(tag: Option<&Tag>, wanted: &str) -> Read<()> {
    match tag.map(core_tag).transpose()? {
        None => Ok(()),
        Some(name) if name == wanted => Ok(()),
        Some(other) => Err(format!("the tag !!{other} is not supported here")),
    }
}
