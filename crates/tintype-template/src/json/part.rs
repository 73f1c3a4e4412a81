//! An object of a template on the way to its meaning: what the template itself knows is taken out, and what remains are the options of a
//! component. Builders and provisioners are weakly typed, as Packer has them.

use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use diag::{Diagnostics, Span};
use hcl::json::{Node, NodeKind, Property};
use tintype_schema::GoDuration;

use super::reader::{array, kind, malformed, object, text};

/// A text with its place.
pub(crate) type Placed = (Arc<str>, Span);

/// An object whose properties are taken one by one.
pub(crate) struct Part<'n, 'f> {
    /// How findings call it: `builder 2`.
    title: String,
    rest: Vec<&'n Property>,
    /// Its opening bracket.
    span: Span,
    /// Whether numbers and bools count as texts, and a single value as a list of one.
    weak: bool,
    findings: &'f mut Diagnostics,
}

impl<'n, 'f> Part<'n, 'f> {
    /// The object that a node is; anything else is reported.
    pub(crate) fn strict(node: &'n Node, title: String, findings: &'f mut Diagnostics) -> Option<Self> {
        let Some(properties) = object(node) else {
            findings
                .push(malformed(format!("{title}: an object is needed, this is {}", kind(node)), head(node)));
            return None;
        };
        let rest = properties.iter().collect();
        Some(Self { title, rest, span: head(node), weak: false, findings })
    }

    /// The same, weakly typed.
    pub(crate) fn weak(node: &'n Node, title: String, findings: &'f mut Diagnostics) -> Option<Self> {
        Self::strict(node, title, findings).map(|part| Self { weak: true, ..part })
    }

    /// Its opening bracket.
    pub(crate) fn span(&self) -> Span {
        self.span
    }

    /// Reports something about it. Nothing as place is the whole of it.
    pub(crate) fn wrong(&mut self, why: impl Display, span: Option<Span>) {
        self.findings.push(malformed(format!("{}: {why}", self.title), span.unwrap_or(self.span)));
    }

    /// Takes a property: the one with just this name, or else one that differs in capitals only. One that is null counts as absent.
    pub(crate) fn take(&mut self, name: &str) -> Option<&'n Property> {
        let found = self.rest.iter().position(|property| &**property.name.text() == name).or_else(|| {
            self.rest.iter().position(|property| property.name.text().eq_ignore_ascii_case(name))
        })?;
        Some(self.rest.remove(found)).filter(|property| !matches!(property.value.kind, NodeKind::Null))
    }

    /// A text.
    pub(crate) fn string(&mut self, name: &str) -> Option<Placed> {
        let property = self.take(name)?;
        let found = self.text(&property.value);
        if found.is_none() {
            self.unfit(name, "a string", &property.value);
        }
        Some((found?, property.value.span))
    }

    /// Texts.
    pub(crate) fn strings(&mut self, name: &str) -> Vec<Placed> {
        let Some(property) = self.take(name) else { return Vec::new() };
        let items = match array(&property.value) {
            Some(items) => items,
            None if self.weak => std::slice::from_ref(&property.value),
            None => {
                self.unfit(name, "a list of strings", &property.value);
                &[]
            }
        };
        let mut texts = Vec::with_capacity(items.len());
        for item in items {
            match self.text(item) {
                Some(text) => texts.push((text, item.span)),
                None => self.unfit(name, "a list of strings", item),
            }
        }
        texts
    }

    /// A length of time: text such as `90s`, or a number of nanoseconds.
    pub(crate) fn duration(&mut self, name: &str) -> Duration {
        let Some(property) = self.take(name) else { return Duration::ZERO };
        let value = &property.value;
        let parsed = match (&value.kind, text(value)) {
            (NodeKind::Number(number), _) => Ok(number.to_i64().map(GoDuration::from_nanos)),
            (NodeKind::Bool(yes), _) => Ok(Some(GoDuration::from_nanos(i64::from(*yes)))),
            (_, Some(text)) => text.parse::<GoDuration>().map(Some),
            _ => Ok(None),
        };
        match parsed {
            Ok(Some(duration)) => return duration.to_std(),
            Ok(None) => self.unfit(name, "a duration such as \"90s\"", value),
            Err(error) => self.wrong(
                format!("{name}: {error}. A duration is a number with a unit, such as \"90s\" or \"1h30m\""),
                Some(value.span),
            ),
        }
        Duration::ZERO
    }

    /// Yes or no.
    pub(crate) fn bool(&mut self, name: &str) -> Option<bool> {
        let property = self.take(name)?;
        if let NodeKind::Bool(yes) = property.value.kind {
            return Some(yes);
        }
        self.unfit(name, "a bool", &property.value);
        None
    }

    /// The type, which must be there.
    pub(crate) fn ty(&mut self) -> Option<Arc<str>> {
        let found = self.string("type").filter(|(ty, _)| !ty.is_empty());
        if found.is_none() {
            self.wrong("it must have a \"type\"", None);
        }
        found.map(|(ty, _)| ty)
    }

    /// What was not taken.
    pub(crate) fn options(self) -> Vec<Property> {
        self.rest.into_iter().cloned().collect()
    }

    fn text(&self, node: &Node) -> Option<Arc<str>> {
        match &node.kind {
            NodeKind::String(string) => Some(string.text().clone()),
            NodeKind::Number(number) if self.weak => Some(number.to_string().into()),
            NodeKind::Bool(yes) if self.weak => Some(if *yes { "1" } else { "0" }.into()),
            _ => None,
        }
    }

    fn unfit(&mut self, name: &str, needed: &str, found: &Node) {
        self.wrong(format!("{name}: {needed} is needed, this is {}", kind(found)), Some(head(found)));
    }
}

/// The place of a node for people: of an object or array its opening bracket, else the whole.
pub(crate) fn head(node: &Node) -> Span {
    match &node.kind {
        NodeKind::Object(_) | NodeKind::Array(_) => {
            let start = node.span.start as usize;
            Span::new(node.span.file, start, start + 1)
        }
        _ => node.span,
    }
}
