//! The options of provisioners and post-processors that call `build`, or name what it gives as `{{.ID}}`: the calls become the running
//! build's values here, and stay calls in no other way. Everything else in a text is rendered where all options are.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use cty::Value;
use diag::{Diagnostic, Diagnostics, did_you_mean};
use go_template::{Command, Expr, ExprKind, Node, Pipe, Tree, quote};
use tintype_plan::Deferred;
use tintype_schema::{ConfigValue, Field, Schema};
use tintype_sdk::BuildVars;

/// What a name gives when the builder announced it and the machine has no such thing.
const NO_VALUE: &str = "<no value>";
/// What stands for it before.
const UNKNOWN: &str = "<unknown>";

/// Options that wait for the build.
pub(crate) struct Waiting<K: ?Sized> {
    /// The component's type.
    pub(crate) kind: Arc<K>,
    /// Its schema: some options hold templates that it renders itself, with data of its own.
    pub(crate) schema: fn(&K) -> &Schema,
    pub(crate) config: ConfigValue,
}

impl<K: ?Sized + Send + Sync> Deferred for Waiting<K> {
    fn resolve(&self, build: &BuildVars) -> Result<ConfigValue, Diagnostics> {
        let mut config = self.config.clone();
        let mut filling = Filling { build, config: &self.config, findings: Diagnostics::new() };
        let schema = (self.schema)(&self.kind);
        config.value = filling.options(&self.config.value, schema, "");
        for layer in &mut config.overrides {
            *layer = filling.options(layer, schema, "");
        }
        filling.findings.into_result(config)
    }
}

/// Puts the values of one moment in.
struct Filling<'a> {
    build: &'a BuildVars,
    /// Knows places.
    config: &'a ConfigValue,
    findings: Diagnostics,
}

impl Filling<'_> {
    fn options(&mut self, value: &Value, schema: &Schema, path: &str) -> Value {
        self.entries(value, path, |filling, name, value, path| {
            let known = schema.names().find(|(known, _)| known.eq_ignore_ascii_case(name));
            filling.option(value, known.map(|(_, field)| field), path)
        })
    }

    fn option(&mut self, value: &Value, field: Option<&Field>, path: &str) -> Value {
        let own_data = field.is_some_and(|field| field.template.is_some());
        match field.and_then(|field| field.kind.nested()) {
            Some(schema) if value.elements().is_some() => {
                self.elements(value, path, |filling, value, path| filling.options(value, schema, path))
            }
            Some(schema) => self.options(value, schema, path),
            None => self.any(value, own_data, path),
        }
    }

    fn any(&mut self, value: &Value, own_data: bool, path: &str) -> Value {
        if let Some(text) = value.as_str() {
            match self.text(text, own_data, path) {
                Cow::Borrowed(_) => value.clone(),
                Cow::Owned(text) => Value::string(text),
            }
        } else if value.elements().is_some() {
            self.elements(value, path, |filling, value, path| filling.any(value, own_data, path))
        } else {
            self.entries(value, path, |filling, _, value, path| filling.any(value, own_data, path))
        }
    }

    fn elements(
        &mut self,
        value: &Value,
        path: &str,
        mut each: impl FnMut(&mut Self, &Value, &str) -> Value,
    ) -> Value {
        let items = value.elements().unwrap_or_default().iter().enumerate();
        Value::tuple(items.map(|(at, item)| each(self, item, &format!("{path}[{at}]"))).collect())
    }

    fn entries(
        &mut self,
        value: &Value,
        path: &str,
        mut each: impl FnMut(&mut Self, &str, &Value, &str) -> Value,
    ) -> Value {
        let Some(entries) = value.entries() else { return value.clone() };
        let mut filled = BTreeMap::new();
        for (name, value) in entries {
            let path = if path.is_empty() { name.to_string() } else { format!("{path}.{name}") };
            filled.insert(name.clone(), each(self, name, value, &path));
        }
        Value::object(filled)
    }

    /// A text with its calls replaced; as it is when there are none. `own_data`: its fields are the component's.
    fn text<'t>(&mut self, text: &'t str, own_data: bool, path: &str) -> Cow<'t, str> {
        if !text.contains("{{") {
            return Cow::Borrowed(text);
        }
        // What is no template is reported when it is rendered, and so are unknown functions.
        let Ok(mut tree) = Tree::parse("root", text, |_| true) else { return Cow::Borrowed(text) };
        let mut calls =
            Calls { build: self.build, fields: !own_data, replaced: false, missing: None, unnamed: false };
        calls.nodes(&mut tree.root);
        tree.defines.values_mut().for_each(|nodes| calls.nodes(nodes));
        let wrong = match (calls.missing, calls.unnamed) {
            (Some(name), _) => Some(self.missing(&name)),
            (None, true) => Some(unnamed()),
            (None, false) => None,
        };
        if let Some(finding) = wrong {
            let place = self.config.spans.get(path).copied().or(self.config.block);
            self.findings.push(finding.at(place).in_block(self.config.block_name.clone()));
        }
        if calls.replaced { Cow::Owned(written(&tree)) } else { Cow::Borrowed(text) }
    }

    fn missing(&self, name: &str) -> Diagnostic {
        let finding =
            Diagnostic::error(format!("This builder provides no {name:?} for the function \"build\""));
        let known: Vec<&str> = self.build.keys().map(String::as_str).collect();
        let finding = finding.detail(format!("It provides: {}.", known.join(", ")));
        match did_you_mean(name, known) {
            Some(near) => finding.hint(format!("Did you mean \"{near}\"?")),
            None => finding,
        }
    }
}

fn unnamed() -> Diagnostic {
    Diagnostic::error("The function \"build\" needs a name in quotes")
        .detail("Which value is meant must stand there as a text: {{build `ID`}}.")
}

/// A template as text again.
fn written(tree: &Tree) -> String {
    let mut text = String::new();
    for (name, nodes) in &tree.defines {
        text.push_str(&format!("{{{{define {}}}}}", quote(name)));
        nodes.iter().for_each(|node| text.push_str(&node.to_string()));
        text.push_str("{{end}}");
    }
    tree.root.iter().for_each(|node| text.push_str(&node.to_string()));
    text
}

/// Replaces calls of `build`, and fields that have the name of such a value, by texts.
struct Calls<'a> {
    build: &'a BuildVars,
    /// Whether fields are meant, too.
    fields: bool,
    replaced: bool,
    /// A name that nobody provides.
    missing: Option<String>,
    /// A call without a plain name.
    unnamed: bool,
}

impl Calls<'_> {
    fn nodes(&mut self, nodes: &mut [Node]) {
        for node in nodes {
            match node {
                Node::Action(pipe) | Node::Template(_, _, Some(pipe)) => self.pipe(pipe),
                Node::If(branch) => {
                    self.pipe(&mut branch.pipe);
                    self.nodes(&mut branch.body);
                    self.nodes(branch.otherwise.as_deref_mut().unwrap_or_default());
                }
                Node::Range(branch) | Node::With(branch) => {
                    self.pipe(&mut branch.pipe);
                    // In there the dot is something else.
                    let fields = std::mem::replace(&mut self.fields, false);
                    self.nodes(&mut branch.body);
                    self.fields = fields;
                    self.nodes(branch.otherwise.as_deref_mut().unwrap_or_default());
                }
                Node::Text(..) | Node::Template(..) | Node::Break(_) | Node::Continue(_) => {}
            }
        }
    }

    fn pipe(&mut self, pipe: &mut Pipe) {
        pipe.commands.iter_mut().for_each(|command| self.command(command));
    }

    fn command(&mut self, command: &mut Command) {
        if let [call, rest @ ..] = &command.args[..]
            && matches!(&call.kind, ExprKind::Identifier(name) if name == "build")
        {
            match rest {
                [Expr { kind: ExprKind::Text(_, name), .. }] => match self.build.get(name) {
                    Some(value) => {
                        let literal = self.literal(value, call.offset);
                        command.args = vec![literal];
                    }
                    None => self.missing = Some(name.clone()),
                },
                _ => self.unnamed = true,
            }
            return;
        }
        command.args.iter_mut().for_each(|arg| self.word(arg));
    }

    fn word(&mut self, word: &mut Expr) {
        match &mut word.kind {
            ExprKind::Pipe(pipe) => self.pipe(pipe),
            ExprKind::Chain(inner, _) => self.word(inner),
            ExprKind::Field(names) if self.fields => {
                if let [name] = &names[..]
                    && let Some(value) = self.build.get(name)
                {
                    *word = self.literal(value, word.offset);
                }
            }
            _ => {}
        }
    }

    fn literal(&mut self, value: &Value, offset: usize) -> Expr {
        self.replaced = true;
        let text = match (value.as_str(), value.as_number(), value.as_bool()) {
            (Some(UNKNOWN), ..) => NO_VALUE.to_owned(),
            (Some(text), ..) => text.to_owned(),
            (_, Some(number), _) => number.to_string(),
            (_, _, Some(yes)) => yes.to_string(),
            _ => NO_VALUE.to_owned(),
        };
        Expr { offset, kind: ExprKind::Text(quote(&text), text) }
    }
}

#[cfg(test)]
mod tests;
