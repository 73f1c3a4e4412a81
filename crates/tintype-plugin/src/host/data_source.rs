//! Data sources of plugins.

use std::sync::Arc;

use async_trait::async_trait;
use cty::{Type, Value};
use diag::Diagnostics;
use gorpc::{Fields, Value as Wire};
use tintype_schema::{ConfigValue, Schema};
use tintype_sdk::{Cx, DataSource, DataSourceKind, Error, PrepareCx, Prepared, Result};

use super::instance::{Component, Instance, Kind};
use super::process::done;

#[async_trait]
impl DataSourceKind for Kind {
    fn schema(&self) -> &Schema {
        &self.0.schema
    }

    fn output(&self) -> Type {
        self.0.output.clone().unwrap_or(Type::Dynamic)
    }

    async fn prepare(
        &self,
        config: &ConfigValue,
        cx: &PrepareCx,
    ) -> Result<Prepared<dyn DataSource>, Diagnostics> {
        let (instance, _, warnings) = self.0.prepare(config, cx).await?;
        let component = self.0.clone();
        Ok(Prepared {
            component: Box::new(FarDataSource { component, instance }),
            warnings,
            generated: Vec::new(),
        })
    }
}

struct FarDataSource {
    component: Arc<Component>,
    instance: Instance,
}

#[async_trait]
impl DataSource for FarDataSource {
    async fn read(&self, cx: &Cx) -> Result<Value> {
        let plugin = &self.instance.plugin;
        let work = plugin.begin_work();
        // It cannot be told to stop: it is ended.
        let answer = cx.wait(plugin.call("Execute", &Wire::Nil)).await??;
        done(work);
        let fields = plugin.fields("Execute", &answer)?;
        let wrong = |error| plugin.garbled("Execute", &error);
        let error = Fields::read(&fields.raw("Error")).map_err(wrong)?;
        if !error.0.is_empty() {
            return Err(Error::user(error.text("Message").map_err(wrong)?));
        }
        let bytes = fields.bytes("Value").map_err(wrong)?;
        crate::value::read(&bytes, self.component.origin.wire())
            .map_err(|why| plugin.garbled("Execute", &why))
    }
}
