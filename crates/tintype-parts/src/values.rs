//! What the running build knows, as texts for templates and environments.

use cty::Value;
use tintype_sdk::BuildVars;

/// The values as `{{ .Name }}` and `{{ build "Name" }}` show them. Lists and objects are shown as JSON.
pub(crate) fn texts(vars: &BuildVars) -> Vec<(&str, String)> {
    vars.iter().map(|(name, value)| (name.as_str(), text(value))).collect()
}

/// One value as text.
pub(crate) fn text(value: &Value) -> String {
    if let Some(text) = value.as_str() {
        text.to_string()
    } else if let Some(number) = value.as_number() {
        number.to_string()
    } else if let Some(yes) = value.as_bool() {
        yes.to_string()
    } else if value.is_null() {
        String::new()
    } else {
        cty::json::to_json(value).unwrap_or_default()
    }
}

/// The variables about the build's HTTP server, when it has one.
pub(crate) fn http_variables(vars: &BuildVars) -> Vec<(String, String)> {
    [
        ("PACKER_HTTP_ADDR", "PackerHTTPAddr"),
        ("PACKER_HTTP_IP", "PackerHTTPIP"),
        ("PACKER_HTTP_PORT", "PackerHTTPPort"),
    ]
    .into_iter()
    .filter_map(|(variable, name)| {
        let value = text(vars.get(name)?);
        // Builders without a server put a marker in its place.
        (!value.is_empty() && !value.ends_with("_NOT_IMPLEMENTED_BY_BUILDER"))
            .then(|| (variable.to_string(), value))
    })
    .collect()
}
