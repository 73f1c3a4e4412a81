//! Data sources: they answer a question while the template is compiled.

use async_trait::async_trait;
use cty::{Type, Value};
use diag::Diagnostics;
use tintype_schema::{ConfigValue, Schema};

use crate::{Cx, PrepareCx, Prepared, Result};

/// A type of data source as the core sees it.
#[async_trait]
pub trait DataSourceKind: Send + Sync {
    /// Its options.
    fn schema(&self) -> &Schema;
    /// The type of its answer, known without asking.
    fn output(&self) -> Type;
    /// Checks options; every mistake is found at once.
    async fn prepare(
        &self,
        config: &ConfigValue,
        cx: &PrepareCx,
    ) -> Result<Prepared<dyn DataSource>, Diagnostics>;
}

/// A data source with its options.
#[async_trait]
pub trait DataSource: Send + Sync {
    /// Asks. The answer has the type that `output` named.
    async fn read(&self, cx: &Cx) -> Result<Value>;
}
