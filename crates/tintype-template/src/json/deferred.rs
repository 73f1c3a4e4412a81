//! The options of provisioners and post-processors once more for each moment of a build: what calls of `build`, and fields such as
//! `{{.ID}}`, stand for depends on it.

use std::sync::Arc;

use cty::Value;
use diag::Diagnostics;
use tintype_plan::Deferred;
use tintype_schema::{ConfigValue, Field, Schema};
use tintype_sdk::{BuildVars, Interpolation};

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
    /// Of the build.
    pub(crate) interpolation: Arc<Interpolation>,
}

impl<K: ?Sized + Send + Sync> Deferred for Waiting<K> {
    fn resolve(&self, build: &BuildVars) -> Result<ConfigValue, Diagnostics> {
        let mut config = self.config.clone();
        let data = go_template::Value::map(build.iter().map(|(name, value)| (name.clone(), shown(value))));
        let filling = Filling { data, interpolation: &self.interpolation };
        let schema = (self.schema)(&self.kind);
        config.value = filling.options(&self.config.value, schema);
        for layer in &mut config.overrides {
            *layer = filling.options(layer, schema);
        }
        Ok(config)
    }
}

/// What a value of the build is in a text.
fn shown(value: &Value) -> String {
    match (value.as_str(), value.as_number(), value.as_bool()) {
        (Some(text), ..) if text != UNKNOWN => text.to_owned(),
        (_, Some(number), _) => number.to_string(),
        (_, _, Some(yes)) => yes.to_string(),
        _ => NO_VALUE.to_owned(),
    }
}

/// Puts the values of one moment in.
struct Filling<'a> {
    data: go_template::Value,
    interpolation: &'a Interpolation,
}

impl Filling<'_> {
    fn options(&self, value: &Value, schema: &Schema) -> Value {
        self.entries(value, |name, value| {
            let known = schema.names().find(|(known, _)| known.eq_ignore_ascii_case(name));
            self.option(value, known.map(|(_, field)| field))
        })
    }

    fn option(&self, value: &Value, field: Option<&Field>) -> Value {
        // The component renders it, with these values and others.
        if field.is_some_and(|field| field.template.is_some()) {
            return value.clone();
        }
        match field.and_then(|field| field.kind.nested()) {
            Some(schema) if value.elements().is_some() => {
                self.elements(value, |value| self.options(value, schema))
            }
            Some(schema) => self.options(value, schema),
            None => self.any(value),
        }
    }

    fn any(&self, value: &Value) -> Value {
        if let Some(text) = value.as_str() {
            self.text(text).map_or_else(|| value.clone(), Value::verbatim)
        } else if value.elements().is_some() {
            self.elements(value, |value| self.any(value))
        } else {
            let Some(entries) = value.entries() else { return value.clone() };
            // Names in such an object are a user's own, and may hold calls like any text.
            let name = |name: &Arc<str>| self.text(name).map_or_else(|| name.clone(), Arc::from);
            Value::object(entries.iter().map(|(key, value)| (name(key), self.any(value))).collect())
        }
    }

    fn elements(&self, value: &Value, each: impl Fn(&Value) -> Value) -> Value {
        Value::tuple(value.elements().unwrap_or_default().iter().map(each).collect())
    }

    fn entries(&self, value: &Value, each: impl Fn(&str, &Value) -> Value) -> Value {
        let Some(entries) = value.entries() else { return value.clone() };
        Value::object(entries.iter().map(|(name, value)| (name.clone(), each(name, value))).collect())
    }

    /// The text rendered with the build's values, and written so that rendering it again, as all options are, changes nothing. Nothing
    /// when they have no say, or when it cannot be rendered: then it is rendered again, and says why.
    fn text(&self, text: &str) -> Option<String> {
        if !text.contains("{{") || !(text.contains("build") || text.contains('.')) {
            return None;
        }
        let rendered = self.interpolation.render_data(text, &self.data).ok()?;
        Some(rendered.replace("{{", "{{`{{`}}"))
    }
}

#[cfg(test)]
mod tests;
