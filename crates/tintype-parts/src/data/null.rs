//! Data source `null`: answers with what it is asked.

use cty::{Type, Value};
use tintype_schema::{At, Check, Config};
use tintype_sdk::{Cx, PrepareCx, ReadWith, Result};

/// Gives its input back. For tests of templates, and to make a value known only when data sources run.
#[derive(Config)]
#[config(name = "null")]
pub(crate) struct NullConfig {
    /// The text to give back as `output`.
    input: String,
}

impl Check for NullConfig {
    fn check(&self, at: &mut At<'_>) {
        if self.input.is_empty() {
            at.error("input", "input must be specified");
        }
    }
}

/// A prepared `null`.
pub(crate) struct NullSource(NullConfig);

impl ReadWith for NullSource {
    type Config = NullConfig;

    fn output() -> Type {
        Type::object([("output", Type::String)])
    }

    fn prepare(config: NullConfig, _: &PrepareCx, _: &mut At<'_>) -> Self {
        Self(config)
    }

    async fn read(&self, _: &Cx) -> Result<Value> {
        Ok(Value::object([("output".into(), Value::string(&self.0.input))].into()))
    }
}
