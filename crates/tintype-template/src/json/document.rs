//! What stands in a template, thing by thing. Whether names in it exist and values suit is not looked at here.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use diag::{Diagnostics, Span, did_you_mean};
use hcl::json::{Node, NodeKind, Property};

use super::part::{Part, Placed, head};
use super::reader::{array, kind, malformed, object, text};

/// A template as it is written.
#[derive(Default)]
pub(crate) struct Document {
    pub(crate) description: String,
    pub(crate) min_version: Option<Placed>,
    pub(crate) variables: BTreeMap<Arc<str>, Variable>,
    /// Names of variables whose values no output shows.
    pub(crate) sensitive: Vec<Arc<str>>,
    /// In the order of the text.
    pub(crate) builders: Vec<Builder>,
    pub(crate) provisioners: Vec<Provisioner>,
    pub(crate) error_cleanup: Option<Provisioner>,
    pub(crate) chains: Vec<Vec<PostProcessor>>,
    /// Where a finding about the whole is put.
    pub(crate) span: Option<Span>,
}

/// A user variable.
pub(crate) struct Variable {
    /// Nothing: it must be set from outside.
    pub(crate) default: Option<Arc<str>>,
    pub(crate) span: Span,
}

/// A builder.
pub(crate) struct Builder {
    pub(crate) ty: Arc<str>,
    /// As written: by this `only`, `except` and `override` know it.
    pub(crate) name: Arc<str>,
    /// Of the name, or of the whole when it has none of its own.
    pub(crate) name_span: Span,
    pub(crate) options: Vec<Property>,
    pub(crate) span: Span,
}

/// For which builders something is.
#[derive(Default)]
pub(crate) struct Filter {
    pub(crate) only: Vec<Placed>,
    pub(crate) except: Vec<Placed>,
}

/// A provisioner.
pub(crate) struct Provisioner {
    pub(crate) ty: Arc<str>,
    pub(crate) filter: Filter,
    /// Options on top, by the builder's name.
    pub(crate) overrides: Vec<Property>,
    pub(crate) pause_before: Duration,
    pub(crate) timeout: Duration,
    /// May hold calls of template functions.
    pub(crate) max_retries: Option<Placed>,
    pub(crate) options: Vec<Property>,
    pub(crate) span: Span,
}

/// A post-processor in its chain.
pub(crate) struct PostProcessor {
    pub(crate) ty: Arc<str>,
    pub(crate) name: Arc<str>,
    pub(crate) filter: Filter,
    pub(crate) keep_input: Option<bool>,
    pub(crate) options: Vec<Property>,
    pub(crate) span: Span,
}

/// The keys of the root; the last two mean nothing.
const KEYS: [&str; 10] = [
    "min_packer_version",
    "description",
    "variables",
    "sensitive-variables",
    "builders",
    "provisioners",
    "error-cleanup-provisioner",
    "post-processors",
    "comments",
    "push",
];

impl Filter {
    /// Whether it is for the builder that is written with this name.
    pub(crate) fn allows(&self, builder: &str) -> bool {
        let named = |names: &[Placed]| names.iter().any(|(name, _)| &**name == builder);
        if self.only.is_empty() { !named(&self.except) } else { named(&self.only) }
    }

    fn take(part: &mut Part<'_, '_>) -> Self {
        Self { only: part.strings("only"), except: part.strings("except") }
    }
}

impl Document {
    /// Reads a template.
    ///
    /// # Errors
    /// Everything in it that is not understood.
    pub(crate) fn read(root: &Node) -> Result<Self, Diagnostics> {
        let mut findings = Diagnostics::new();
        let mut document = Self { span: Some(head(root)), ..Self::default() };
        let Some(mut part) = Part::strict(root, "the template".to_owned(), &mut findings) else {
            return Err(findings);
        };
        document.description =
            part.string("description").map(|(text, _)| text.to_string()).unwrap_or_default();
        document.min_version = part.string("min_packer_version");
        document.sensitive = part.strings("sensitive-variables").into_iter().map(|(name, _)| name).collect();
        let [variables, builders, provisioners, cleanup, chains] =
            ["variables", "builders", "provisioners", "error-cleanup-provisioner", "post-processors"]
                .map(|key| part.take(key).map(|property| &property.value));
        let [comments, push] = ["comments", "push"].map(|key| part.take(key).map(|property| &property.value));
        for property in part.options() {
            others(&property, &mut findings);
        }
        for (at, node) in items(comments, "comments", &mut findings).iter().enumerate() {
            comment(node, at + 1, &mut findings);
        }
        if let Some(node) = push.filter(|node| object(node).is_none()) {
            findings
                .push(malformed(format!("push: an object is needed, this is {}", kind(node)), head(node)));
        }
        document.variables = variables.map(|node| read_variables(node, &mut findings)).unwrap_or_default();
        for (at, node) in items(builders, "builders", &mut findings).iter().enumerate() {
            document.builder(node, at + 1, &mut findings);
        }
        document.provisioners = items(provisioners, "provisioners", &mut findings)
            .iter()
            .enumerate()
            .filter_map(|(at, node)| provisioner(node, format!("provisioner {}", at + 1), &mut findings))
            .collect();
        document.error_cleanup =
            cleanup.and_then(|node| provisioner(node, "error-cleanup-provisioner".to_owned(), &mut findings));
        document.chains = items(chains, "post-processors", &mut findings)
            .iter()
            .enumerate()
            .map(|(at, node)| chain(node, at + 1, &mut findings))
            .collect();
        findings.into_result(document)
    }

    fn builder(&mut self, node: &Node, number: usize, findings: &mut Diagnostics) {
        let Some(mut part) = Part::weak(node, format!("builder {number}"), findings) else { return };
        let (name, Some(ty)) = (part.string("name"), part.ty()) else { return };
        let (name, place) = match name.filter(|(name, _)| !name.is_empty()) {
            Some((name, place)) => (name, Some(place)),
            None => (ty.clone(), None),
        };
        if self.builders.iter().any(|known| known.name == name) {
            part.wrong(
                format!("there is a builder named '{name}' already. Builders of one type need a \"name\""),
                place,
            );
            return;
        }
        let span = part.span();
        let name_span = place.unwrap_or(span);
        self.builders.push(Builder { ty, name, name_span, options: part.options(), span });
    }
}

/// Keys of the root that mean nothing to us: comments, and mistakes.
fn others(property: &Property, findings: &mut Diagnostics) {
    let (key, span) = (property.name.text(), property.name.span());
    if key.starts_with('_') {
        if text(&property.value).is_none() {
            let why =
                format!("a key that begins with _ is a comment: a string, not {}", kind(&property.value));
            findings.push(malformed(why, span));
        }
        return;
    }
    let finding = malformed("unknown root level key", span);
    findings.push(match did_you_mean(key, KEYS) {
        Some(near) => finding.hint(format!("Did you mean \"{near}\"?")),
        None => finding.hint("A key of your own must begin with _."),
    });
}

/// One of the free comments: texts by name.
fn comment(node: &Node, number: usize, findings: &mut Diagnostics) {
    let wrong = match object(node) {
        Some(properties) => {
            properties.iter().map(|property| &property.value).find(|value| text(value).is_none())
        }
        None => Some(node),
    };
    if let Some(wrong) = wrong {
        let why =
            format!("comments: number {number} must be an object of strings, and there is {}", kind(wrong));
        findings.push(malformed(why, head(wrong)));
    }
}

/// The elements of one of the root's lists.
fn items<'a>(node: Option<&'a Node>, key: &str, findings: &mut Diagnostics) -> &'a [Node] {
    let Some(node) = node else { return &[] };
    array(node).unwrap_or_else(|| {
        findings.push(malformed(format!("{key}: an array is needed, this is {}", kind(node)), head(node)));
        &[]
    })
}

fn read_variables(node: &Node, findings: &mut Diagnostics) -> BTreeMap<Arc<str>, Variable> {
    let Some(properties) = object(node) else {
        findings
            .push(malformed(format!("variables: an object is needed, this is {}", kind(node)), head(node)));
        return BTreeMap::new();
    };
    let mut variables = BTreeMap::new();
    for property in properties {
        let default = match &property.value.kind {
            NodeKind::Null => None,
            NodeKind::String(string) => Some(string.text().clone()),
            _ => {
                let why = format!(
                    "the value of a variable is a string, or null if it must be set from outside. This is {}",
                    kind(&property.value)
                );
                findings.push(malformed(why, head(&property.value)));
                continue;
            }
        };
        variables.insert(property.name.text().clone(), Variable { default, span: property.name.span() });
    }
    variables
}

fn provisioner(node: &Node, title: String, findings: &mut Diagnostics) -> Option<Provisioner> {
    let mut part = Part::weak(node, title, findings)?;
    let ty = part.ty();
    let filter = Filter::take(&mut part);
    let overrides = part.take("override").map(|property| overrides(&mut part, &property.value));
    let pause_before = part.duration("pause_before");
    let timeout = part.duration("timeout");
    let max_retries = part.string("max_retries");
    let span = part.span();
    Some(Provisioner {
        ty: ty?,
        filter,
        overrides: overrides.unwrap_or_default(),
        pause_before,
        timeout,
        max_retries,
        options: part.options(),
        span,
    })
}

fn overrides(part: &mut Part<'_, '_>, node: &Node) -> Vec<Property> {
    // Weak typing takes an empty list for an empty object.
    if array(node).is_some_and(<[Node]>::is_empty) {
        return Vec::new();
    }
    let Some(properties) = object(node) else {
        part.wrong(format!("override: an object is needed, this is {}", kind(node)), Some(head(node)));
        return Vec::new();
    };
    let null = |property: &Property| matches!(property.value.kind, NodeKind::Null);
    let properties: Vec<Property> = properties.iter().filter(|property| !null(property)).cloned().collect();
    for property in properties.iter().filter(|property| object(&property.value).is_none()) {
        let found = kind(&property.value);
        part.wrong(
            format!("override: for each builder an object with options is needed, this is {found}"),
            Some(head(&property.value)),
        );
    }
    properties
}

/// A chain, or a post-processor alone, which is a chain of one.
fn chain(node: &Node, number: usize, findings: &mut Diagnostics) -> Vec<PostProcessor> {
    let items = array(node).unwrap_or(std::slice::from_ref(node));
    items
        .iter()
        .enumerate()
        .filter_map(|(at, node)| {
            post_processor(node, format!("post-processor {number}.{}", at + 1), findings)
        })
        .collect()
}

fn post_processor(node: &Node, title: String, findings: &mut Diagnostics) -> Option<PostProcessor> {
    match &node.kind {
        NodeKind::String(string) => {
            let ty = string.text().clone();
            return Some(PostProcessor {
                name: ty.clone(),
                ty,
                filter: Filter::default(),
                keep_input: None,
                options: Vec::new(),
                span: node.span,
            });
        }
        NodeKind::Object(_) => {}
        found => {
            let needed = match found {
                NodeKind::Array(_) => "a chain holds no chains".to_owned(),
                _ => format!("a string, an object or an array of them is needed, this is {}", kind(node)),
            };
            findings.push(malformed(format!("{title}: {needed}"), head(node)));
            return None;
        }
    }
    let mut part = Part::strict(node, title, findings)?;
    let (ty, name) = (part.ty(), part.string("name"));
    let filter = Filter::take(&mut part);
    let keep_input = part.bool("keep_input_artifact");
    let span = part.span();
    let ty = ty?;
    let name = name.map(|(name, _)| name).filter(|name| !name.is_empty()).unwrap_or_else(|| ty.clone());
    Some(PostProcessor { ty, name, filter, keep_input, options: part.options(), span })
}

#[cfg(test)]
mod tests;
