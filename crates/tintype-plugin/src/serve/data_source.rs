//! Data sources of ours, served.

use std::sync::Arc;

use async_trait::async_trait;
use gorpc::{Answer, Call, Value};
use tintype_event::EventSink;
use tintype_sdk::{Cx, DataSource, DataSourceKind, Nobody, Policy};
use tokio::sync::Mutex;

use super::connection::{Component, Connection, refusal};
use crate::spec::of_type;

/// A data source.
pub(super) struct ServedDataSource {
    kind: Arc<dyn DataSourceKind>,
    shared: Arc<Connection>,
    prepared: Mutex<Option<Box<dyn DataSource>>>,
}

impl ServedDataSource {
    pub(super) fn new(kind: Arc<dyn DataSourceKind>, shared: Arc<Connection>) -> Self {
        Self { kind, shared, prepared: Mutex::default() }
    }

    async fn configure(&self, call: &Call) -> Answer {
        let given = self.shared.given(call)?;
        let prepared =
            self.kind.prepare(&given.config, &given.cx).await.map_err(|findings| refusal(&findings))?;
        *self.prepared.lock().await = Some(prepared.component);
        Ok(Value::record([("Error", Value::Nil)]))
    }

    async fn execute(&self) -> Answer {
        let prepared = self.prepared.lock().await;
        let Some(component) = prepared.as_ref() else {
            return Err("the data source was not configured".into());
        };
        // A host gives data sources no screen.
        let (world, cancel) = (self.shared.world.clone(), self.shared.cancel.clone());
        let cx = Cx::new(world, EventSink::silent(), Arc::new(Nobody), Policy::default(), cancel, None);
        let value = component.read(&cx).await.map_err(|error| error.to_string())?;
        let bytes = crate::value::write(&value.without_marks(), self.shared.wire)?;
        Ok(Value::record([("Value", Value::Bin(bytes.into())), ("Error", Value::Nil)]))
    }
}

#[async_trait]
impl Component for ServedDataSource {
    const NAME: &'static str = "Datasource";

    async fn method(&self, call: &Call) -> Answer {
        match &*call.method {
            "ConfigSpec" => self.shared.config_spec(self.kind.schema()),
            "OutputSpec" => {
                let spec = of_type(&self.kind.output()).write(self.shared.wire)?;
                Ok(Value::record([("OutputSpec", Value::Bin(spec.into()))]))
            }
            "Configure" => self.configure(call).await,
            "Execute" => self.execute().await,
            "Cancel" => {
                self.shared.cancel.cancel();
                Ok(Value::Nil)
            }
            _ => Err(call.no_method()),
        }
    }
}
