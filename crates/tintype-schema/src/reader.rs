//! Hands converted values to the derived code, field by field, with defaults filled in and missing ones reported.

use std::collections::BTreeMap;

use cty::Value;
use diag::Diagnostic;

use crate::check::{At, Findings};
use crate::config::{Config, Interpolate};
use crate::node::Node;
use crate::setting::{BlockSetting, Misfit, Setting};
use crate::shape::{Shaper, member};
use crate::{Field, FieldKind, Schema};

/// The values of one struct and of the structs flattened into it.
pub struct Reader<'a> {
    findings: &'a mut Findings,
    interpolate: &'a dyn Interpolate,
    json: bool,
    prefix: String,
    members: BTreeMap<String, Node>,
    schema: &'a Schema,
}

impl<'a> Reader<'a> {
    pub(crate) fn root(
        findings: &'a mut Findings,
        interpolate: &'a dyn Interpolate,
        json: bool,
        members: BTreeMap<String, Node>,
        schema: &'a Schema,
    ) -> Self {
        Self { findings, interpolate, json, prefix: String::new(), members, schema }
    }

    /// A struct whose options stand at this level: the whole, or a flattened part.
    pub fn config<C: Config>(&mut self) -> C {
        let mut config = C::read(self);
        config.complete();
        config.check(&mut At { findings: self.findings, prefix: self.prefix.clone() });
        config
    }

    /// The value of an option that is no block.
    pub fn setting<T: Setting>(&mut self, name: &str) -> T {
        let Some(node) = self.take(name) else { return T::empty() };
        T::read(node).unwrap_or_else(|misfit| {
            self.misfit(name, misfit);
            T::empty()
        })
    }

    /// A nested block or blocks.
    pub fn block<T: BlockSetting>(&mut self, name: &str) -> T {
        let node = self.take(name);
        T::read(node, &mut Nested { reader: self, name })
    }

    fn take(&mut self, name: &str) -> Option<Node> {
        let path = member(&self.prefix, name);
        let field = self.schema.fields.iter().find(|field| field.name == name)?;
        if let Some(node) = self.members.remove(name) {
            // Templates pass on variables that are empty unless somebody sets them: empty means the default, too. Of a bool, no is
            // an answer.
            match &field.default {
                Some(default) if node.is_empty() && !matches!(node, Node::Bool(_)) => {
                    return self.default(field, default, &path);
                }
                _ => return Some(node),
            }
        }
        if self.findings.failed.contains(&path) {
            return None;
        }
        if let Some(default) = &field.default {
            return self.default(field, default, &path);
        }
        if field.required {
            let diagnostic =
                Diagnostic::error("Missing required argument").detail(format!("\"{path}\" must be set."));
            let diagnostic = self.findings.places.locate(diagnostic, &self.prefix);
            self.findings.failed.insert(path);
            self.findings.diagnostics.push(diagnostic);
        }
        None
    }

    /// A default is read as if the user had written it, except that it does not count as given.
    fn default(&mut self, field: &Field, text: &str, path: &str) -> Option<Node> {
        let value = match &field.kind {
            FieldKind::List(_) | FieldKind::Map(_) | FieldKind::Any => {
                cty::json::from_json(text).unwrap_or_else(|_| Value::string(text))
            }
            _ => Value::string(text),
        };
        let mut shaper =
            Shaper { findings: self.findings, interpolate: self.interpolate, loose: true, json: self.json };
        shaper.shape(&field.kind, &value, path, field.template.is_some()).ok().flatten()
    }

    fn misfit(&mut self, name: &str, misfit: Misfit) {
        let path = member(&self.prefix, name);
        let diagnostic = Diagnostic::error("Incorrect attribute value type")
            .detail(format!("The value of \"{path}{}\" does not fit: {}.", misfit.path, misfit.why));
        let diagnostic = self.findings.places.locate(diagnostic, &format!("{path}{}", misfit.path));
        self.findings.failed.insert(path);
        self.findings.diagnostics.push(diagnostic);
    }
}

/// Reads the structs of nested blocks.
pub struct Nested<'r, 'a> {
    reader: &'r mut Reader<'a>,
    name: &'r str,
}

impl Nested<'_, '_> {
    /// One block. `position` is its place among several, absent for an only one.
    pub fn read<C: Config>(&mut self, node: Option<Node>, position: Option<usize>) -> C {
        let mut prefix = member(&self.reader.prefix, self.name);
        if let Some(position) = position {
            prefix = format!("{prefix}[{position}]");
        }
        let members = match node {
            Some(Node::Map(members)) => members,
            _ => BTreeMap::new(),
        };
        let mut inner = Reader {
            findings: self.reader.findings,
            interpolate: self.reader.interpolate,
            json: self.reader.json,
            prefix,
            members,
            schema: C::schema(),
        };
        inner.config()
    }
}
