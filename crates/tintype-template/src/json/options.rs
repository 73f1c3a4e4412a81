//! From the properties of an object to the options of a component: a value with the places of its parts. What they mean is the component's
//! affair.

use std::collections::BTreeMap;

use cty::{Type, Value};
use diag::Span;
use hcl::json::{Node, NodeKind, Property};
use tintype_schema::ConfigValue;

use super::part::head;

/// The options of a component. `span` is where its object begins, `title` how people call it.
pub(crate) fn config(options: &[Property], span: Span, title: String) -> ConfigValue {
    let mut spans = BTreeMap::new();
    let value = object(options, "", &mut spans);
    ConfigValue { spans, block: Some(span), block_name: title, ..ConfigValue::new(value).loose() }
}

/// Lays an override on top. Its options stand elsewhere.
pub(crate) fn lay_over(config: &mut ConfigValue, node: &Node) {
    let NodeKind::Object(properties) = &node.kind else { return };
    let value = object(properties, "", &mut config.spans);
    config.overrides.push(value);
}

fn object(properties: &[Property], path: &str, spans: &mut BTreeMap<String, Span>) -> Value {
    let attribute = |property: &Property| {
        let name = property.name.text();
        let path = if path.is_empty() { name.to_string() } else { format!("{path}.{name}") };
        let value = value(&property.value, &path, spans);
        // Of an option that is an object or a list its name is shown, of others the whole.
        let (named, inner) = (property.name.span(), property.value.span);
        let container = matches!(property.value.kind, NodeKind::Object(_) | NodeKind::Array(_));
        let end = if container { named.end } else { inner.end };
        spans.insert(path, Span::new(named.file, named.start as usize, end as usize));
        (name.clone(), value)
    };
    Value::object(properties.iter().map(attribute).collect())
}

fn value(node: &Node, path: &str, spans: &mut BTreeMap<String, Span>) -> Value {
    match &node.kind {
        NodeKind::Null | NodeKind::Invalid => Value::null(Type::Dynamic),
        NodeKind::Bool(yes) => Value::bool(*yes),
        NodeKind::Number(number) => Value::number(number.clone()),
        NodeKind::String(string) => Value::verbatim(string.text().clone()),
        NodeKind::Array(items) => {
            let item = |(at, item): (usize, &Node)| {
                let path = format!("{path}[{at}]");
                let value = value(item, &path, spans);
                spans.insert(path, head(item));
                value
            };
            Value::tuple(items.iter().enumerate().map(item).collect())
        }
        NodeKind::Object(properties) => object(properties, path, spans),
    }
}
