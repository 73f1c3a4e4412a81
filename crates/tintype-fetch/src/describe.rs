//! What a plugin says of itself: the answer to `BINARY describe`, read as what a stranger wrote.

use std::path::Path;
use std::time::Duration;

use go_version::Version;
use serde_json::{Map, Value, json};
use tintype_sdk::{Category, Cx, Error, Result};

/// The name of a component that is called like its plugin.
pub const DEFAULT_COMPONENT: &str = "-packer-default-plugin-name-";

/// How long a plugin may take to describe itself.
const PATIENCE: Duration = Duration::from_secs(30);

/// More components of one kind than any plugin has.
const MOST_COMPONENTS: usize = 10_000;

/// What a plugin says of itself.
#[derive(Clone, PartialEq, Debug)]
pub struct Description {
    /// Its version.
    pub version: Version,
    /// The version of the kit it was made with; empty when it does not say.
    pub sdk_version: String,
    /// The interface it speaks, as text: `x5.0`.
    pub api_version: String,
    /// Whether it understands the newer encoding of schemas.
    pub protobuf: bool,
    builders: Vec<String>,
    provisioners: Vec<String>,
    post_processors: Vec<String>,
    data_sources: Vec<String>,
}

impl Description {
    /// Its components of a category, under their own names.
    pub fn components(&self, category: Category) -> &[String] {
        match category {
            Category::Builder => &self.builders,
            Category::Provisioner => &self.provisioners,
            Category::PostProcessor => &self.post_processors,
            Category::DataSource => &self.data_sources,
        }
    }

    /// Its own name of the component that templates know as `used`, when the plugin is known as `accessor`.
    pub fn component(&self, category: Category, accessor: &str, used: &str) -> Option<&str> {
        let own = match used.strip_prefix(accessor)? {
            "" => DEFAULT_COMPONENT,
            rest => rest.strip_prefix('-')?,
        };
        self.components(category).iter().map(String::as_str).find(|name| *name == own)
    }

    /// The names by which templates use its components of a category, when the plugin is known as `accessor`.
    pub fn used_names(&self, category: Category, accessor: &str) -> Vec<String> {
        let name = |own: &String| match own.as_str() {
            DEFAULT_COMPONENT => accessor.to_owned(),
            own => format!("{accessor}-{own}"),
        };
        self.components(category).iter().map(name).collect()
    }

    pub(crate) fn from_json(value: &Value) -> Result<Self, String> {
        let fields = value.as_object().ok_or("it is no object")?;
        let text = |name: &str| fields.get(name).and_then(Value::as_str);
        let version = text("version").ok_or("it has no version")?;
        Ok(Self {
            version: version.parse().map_err(|error| format!("{error}"))?,
            sdk_version: text("sdk_version").unwrap_or_default().to_owned(),
            api_version: text("api_version").ok_or("it has no api_version")?.to_owned(),
            protobuf: text("protocol_version") == Some("v2"),
            builders: names(fields, "builders")?,
            provisioners: names(fields, "provisioners")?,
            post_processors: names(fields, "post_processors")?,
            data_sources: names(fields, "datasources")?,
        })
    }

    pub(crate) fn to_json(&self) -> Value {
        json!({
            "version": self.version.to_string(),
            "sdk_version": self.sdk_version,
            "api_version": self.api_version,
            "protocol_version": if self.protobuf { "v2" } else { "" },
            "builders": self.builders,
            "provisioners": self.provisioners,
            "post_processors": self.post_processors,
            "datasources": self.data_sources,
        })
    }
}

fn names(fields: &Map<String, Value>, list: &str) -> Result<Vec<String>, String> {
    let items = match fields.get(list) {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(items)) if items.len() <= MOST_COMPONENTS => items,
        Some(_) => return Err(format!("{list} is no list of names")),
    };
    let name = |item: &Value| {
        let name = item.as_str().filter(|name| {
            !name.is_empty()
                && name.len() <= 255
                && !name.contains(|c: char| c.is_control() || c.is_whitespace())
        });
        name.map(str::to_owned).ok_or_else(|| format!("{list} has a name that cannot be one"))
    };
    items.iter().map(name).collect()
}

/// Runs `BINARY describe` and reads the answer.
pub(crate) async fn ask(binary: &Path, cx: &Cx) -> Result<Description> {
    let asked = cx.command(binary).arg("describe").gather();
    let (status, stdout, stderr) = tokio::time::timeout(PATIENCE, asked).await.map_err(|_| {
        Error::environment(format!("`describe` has not ended within {} s", PATIENCE.as_secs()))
    })??;
    if status.0 != 0 {
        let said = String::from_utf8_lossy(&stderr);
        let last = said.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or_default();
        let last: String = last.chars().filter(|c| !c.is_control()).take(200).collect();
        let colon = if last.is_empty() { "" } else { ": " };
        return Err(Error::environment(format!("`describe` ended with {}{colon}{last}", status.0)));
    }
    let answer: Value = serde_json::from_slice(&stdout)
        .map_err(|error| Error::environment(format!("`describe` does not answer with JSON: {error}")))?;
    Description::from_json(&answer)
        .map_err(|why| Error::environment(format!("the answer of `describe` is of no use: {why}")))
}
