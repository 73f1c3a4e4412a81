//! Options as a plugin gets them: layers, of which later ones win. For HCL what the core knows and then the options as one typed object,
//! for a legacy template plain maps in which the plugin renders everything itself.

use cty::Value;
use diag::{Diagnostic, Diagnostics};
use gorpc::Value as Wire;
use tintype_schema::ConfigValue;
use tintype_sdk::{BUILD_VALUES, Category, OnError, PrepareCx};

use crate::spec::{Misfit, Spec, conform};
use crate::value::{to_cty_json, to_override, to_template};

/// The layers for one use of a component.
pub(super) fn layers(
    category: Category,
    config: &ConfigValue,
    cx: &PrepareCx,
    spec: &Spec,
) -> Result<Wire, Diagnostics> {
    if config.loose {
        Ok(template_layers(category, config, cx))
    } else {
        hcl_layers(category, config, cx, spec)
    }
}

fn hcl_layers(
    category: Category,
    config: &ConfigValue,
    cx: &PrepareCx,
    spec: &Spec,
) -> Result<Wire, Diagnostics> {
    let object = conform(&config.value, spec).map_err(|misfits| {
        misfits.into_iter().map(|misfit| finding(misfit, config)).collect::<Diagnostics>()
    })?;
    let json = to_cty_json(&object).map_err(|why| wrong(&why, config))?;
    let options = Wire::Bin(json.into());
    let mut layers = Vec::new();
    if category != Category::DataSource {
        let text = |yes: bool| Wire::from(if yes { "true" } else { "false" });
        let mut core = core(cx, text(cx.policy.debug), text(cx.policy.force));
        if category != Category::Builder {
            let names = cx.sensitive_variables.iter().map(|name| Wire::from(&**name)).collect();
            core.push(("packer_sensitive_variables".into(), Wire::Array(names)));
        }
        layers.push(Wire::Map(core));
    }
    layers.push(options);
    if category == Category::Provisioner {
        let above: Vec<Wire> =
            config.overrides.iter().map(|value| to_override(&value.without_marks())).collect();
        layers.extend(if above.is_empty() { vec![Wire::Nil] } else { above });
    }
    Ok(Wire::Array(layers))
}

fn template_layers(category: Category, config: &ConfigValue, cx: &PrepareCx) -> Wire {
    let template = |value: &Value| match to_template(&value.without_marks()) {
        Wire::Map(entries) if entries.is_empty() => Wire::Nil,
        layer => layer,
    };
    let mut layers = vec![template(&config.value)];
    layers.extend(config.overrides.iter().map(template));
    let mut core = core(cx, Wire::Bool(cx.policy.debug), Wire::Bool(cx.policy.force));
    let path = cx.interpolation.template_path.as_ref();
    let path = path.map_or(String::new(), |path| path.to_string_lossy().into_owned());
    core.push(("packer_template_path".into(), path.into()));
    let variables = cx.interpolation.variables.iter().flat_map(|variables| variables.iter());
    let variables = variables.map(|(name, value)| (Wire::from(&**name), Wire::from(&**value))).collect();
    core.push(("packer_user_variables".into(), Wire::Map(variables)));
    core.push(("packer_sensitive_variables".into(), Wire::texts(&cx.sensitive_variables)));
    layers.push(Wire::Map(core));
    if category != Category::Builder {
        layers.push(placeholders(cx));
    }
    Wire::Array(layers)
}

/// What the core tells every component.
fn core(cx: &PrepareCx, debug: Wire, force: Wire) -> Vec<(Wire, Wire)> {
    // The default has no word.
    let on_error = match cx.policy.on_error {
        OnError::Cleanup => "",
        other => other.as_str(),
    };
    [
        ("packer_build_name", cx.build_name.as_str().into()),
        ("packer_builder_type", cx.builder_type.as_str().into()),
        ("packer_core_version", cx.world.core_version.as_str().into()),
        ("packer_debug", debug),
        ("packer_force", force),
        ("packer_on_error", on_error.into()),
    ]
    .into_iter()
    .map(|(name, value)| (name.into(), value))
    .collect()
}

/// What stands for the values of the build until it runs. Plugins know the layer, and what is in it, by these very words.
fn placeholders(cx: &PrepareCx) -> Wire {
    let names = BUILD_VALUES.into_iter().chain(cx.generated.iter().map(String::as_str));
    let entry = |name: &str| {
        let text = match name {
            "WinRMPassword" => "{{.WinRMPassword}}".to_owned(),
            name => format!(
                "Build_{name}. To set this dynamically in the Packer template, you must use the `build` function"
            ),
        };
        (name.into(), text.into())
    };
    Wire::Map(names.map(entry).collect())
}

fn finding(misfit: Misfit, config: &ConfigValue) -> Diagnostic {
    let place = |path: &str| config.spans.get(path).copied().or(config.block);
    match misfit {
        Misfit::Unknown(path) => Diagnostic::error("Unsupported argument")
            .detail(format!("There is no argument named \"{path}\" here."))
            .at(place(&path)),
        Misfit::Wrong(path, why) => Diagnostic::error("Incorrect attribute value type")
            .detail(format!("The value of \"{path}\" does not fit: {why}."))
            .at(place(&path)),
    }
}

fn wrong(why: &str, config: &ConfigValue) -> Diagnostics {
    let finding = Diagnostic::error("Unsuitable options").detail(format!("{why}.")).at(config.block);
    [finding].into_iter().collect()
}

#[cfg(test)]
mod tests;
