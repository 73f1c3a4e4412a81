//! Options as a host gives them: layers, of which later ones win. Apart are what the core tells every component, the options themselves and
//! what is laid over them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use cty::Value;
use gorpc::{Fields, Value as Wire};
use tintype_schema::ConfigValue;
use tintype_sdk::{BuildVars, Interpolation, OnError, Policy, PrepareCx, World};

use crate::value::{from_cty_json, from_plain};

/// What a component is prepared with.
#[derive(Clone)]
pub(super) struct Given {
    pub(super) config: ConfigValue,
    pub(super) cx: PrepareCx,
}

/// Takes layers apart.
pub(super) fn read(argument: &Fields, world: &Arc<World>) -> Result<Given, String> {
    let layers = match argument.value("Configs").map_err(|error| error.to_string())? {
        Wire::Array(layers) => layers,
        Wire::Nil => Vec::new(),
        _ => return Err("the options are no list of layers".into()),
    };
    let mut core: BTreeMap<String, Wire> = BTreeMap::new();
    let (mut typed, mut plain) = (None, Vec::new());
    let mut generated = None;
    for layer in layers {
        match layer {
            Wire::Nil => {}
            Wire::Bin(json) => typed = Some(from_cty_json(&json)?),
            Wire::Map(entries) => {
                let (told, own): (Vec<_>, Vec<_>) = entries
                    .into_iter()
                    .partition(|(name, _)| name.as_text().is_some_and(|name| name.starts_with("packer_")));
                for (name, value) in told {
                    core.insert(name.as_text().unwrap_or_default().into_owned(), value);
                }
                match placeholders(&own) {
                    Some(names) => generated = Some(names),
                    None if own.is_empty() => {}
                    None => plain.push(from_plain(&Wire::Map(own))),
                }
            }
            _ => return Err("a layer of options is no map".into()),
        }
    }
    let mut config = match typed {
        Some(value) => ConfigValue::new(value),
        None if plain.is_empty() => ConfigValue::new(Value::empty_object()).loose(),
        None => ConfigValue::new(plain.remove(0)).loose(),
    };
    config.overrides = plain;
    let cx = prepare_cx(&core, config.loose.then(|| generated.unwrap_or_default()), world);
    Ok(Given { config, cx })
}

/// The names in the layer that stands for the values of the build until it runs.
fn placeholders(entries: &[(Wire, Wire)]) -> Option<BTreeSet<String>> {
    let marks = |(name, value): &(Wire, Wire)| {
        name.as_text().is_some_and(|name| name == "PackerRunUUID")
            && value.as_text().is_some_and(|text| text.contains("Build_PackerRunUUID."))
    };
    entries.iter().any(marks).then(|| {
        entries.iter().filter_map(|(name, _)| name.as_text().map(|name| name.into_owned())).collect()
    })
}

fn prepare_cx(
    core: &BTreeMap<String, Wire>,
    generated: Option<BTreeSet<String>>,
    world: &Arc<World>,
) -> PrepareCx {
    let text = |name: &str| core.get(name).and_then(Wire::as_text).unwrap_or_default().into_owned();
    // Words from HCL, bools from legacy templates.
    let flag =
        |name: &str| core.get(name).is_some_and(|value| *value == Wire::Bool(true)) || text(name) == "true";
    let (build_name, builder_type) = (text("packer_build_name"), text("packer_builder_type"));
    let mut interpolation = Interpolation::new(world, jiff::Timestamp::now());
    interpolation.build_name = Some(build_name.clone());
    interpolation.build_type = Some(builder_type.clone());
    interpolation.template_path =
        Some(text("packer_template_path")).filter(|path| !path.is_empty()).map(PathBuf::from);
    let core_version = text("packer_core_version");
    if !core_version.is_empty() {
        interpolation.core_version = core_version;
    }
    if let Some(Wire::Map(variables)) = core.get("packer_user_variables") {
        let pair = |(name, value): &(Wire, Wire)| {
            Some((name.as_text()?.into_owned(), value.as_text()?.into_owned()))
        };
        interpolation.variables = Some(Arc::new(variables.iter().filter_map(pair).collect()));
    } else if generated.is_some() {
        interpolation.variables = Some(Arc::default());
    }
    interpolation.generated = generated;
    let sensitive_variables = match core.get("packer_sensitive_variables") {
        Some(Wire::Array(names)) => {
            names.iter().filter_map(|name| name.as_text().map(|name| name.into_owned())).collect()
        }
        _ => Vec::new(),
    };
    PrepareCx {
        build_name,
        builder_type,
        policy: Policy {
            debug: flag("packer_debug"),
            force: flag("packer_force"),
            on_error: OnError::parse(&text("packer_on_error")).unwrap_or_default(),
        },
        world: world.clone(),
        interpolation: Arc::new(interpolation),
        sensitive_variables,
        generated: Vec::new(),
    }
}

impl Given {
    /// The same while the build runs: what calls of `build`, and fields such as `{{.ID}}`, stand for is known. Only a legacy template
    /// needs it: for HCL the host prepares the component again.
    pub(super) fn with_build(&self, vars: &BuildVars) -> Self {
        let data = go_template::Value::map(vars.iter().map(|(name, value)| (name.clone(), shown(value))));
        let mut filled = self.clone();
        filled.config.value = fill(&self.config.value, &data, &self.cx.interpolation);
        for layer in &mut filled.config.overrides {
            *layer = fill(layer, &data, &self.cx.interpolation);
        }
        filled
    }
}

/// What a value of the build is in a text.
fn shown(value: &Value) -> String {
    match (value.as_str(), value.as_number(), value.as_bool()) {
        (Some(text), ..) => text.to_owned(),
        (_, Some(number), _) => number.to_string(),
        (_, _, Some(yes)) => yes.to_string(),
        _ => String::new(),
    }
}

fn fill(value: &Value, data: &go_template::Value, interpolation: &Interpolation) -> Value {
    if let Some(text) = value.as_str() {
        // What is no call of `build` is rendered again, and says what is wrong with it.
        let rendered = text.contains("build").then(|| interpolation.render_data(text, data).ok()).flatten();
        rendered.map_or_else(|| value.clone(), |text| Value::verbatim(text.replace("{{", "{{`{{`}}")))
    } else if let Some(elements) = value.elements() {
        Value::tuple(elements.iter().map(|element| fill(element, data, interpolation)).collect())
    } else if let Some(entries) = value.entries() {
        let each = entries.iter().map(|(name, value)| (name.clone(), fill(value, data, interpolation)));
        Value::object(each.collect())
    } else {
        value.clone()
    }
}
