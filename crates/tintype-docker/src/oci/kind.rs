//! The oci builder as the core sees it: its options, and what this host is missing, which is told before anything is made.

use async_trait::async_trait;
use diag::{Diagnostic, Diagnostics};
use sandbox::{Abilities, Cgroups, Forbidden};
use tintype_oci::Host;
use tintype_schema::{ConfigValue, Schema};
use tintype_sdk::{Builder, BuilderKind, Native, PrepareCx, Prepared, World};
use tokio::sync::OnceCell;

use super::OciBuilder;
use crate::driver::search;

/// The kind of builder.
#[derive(Default)]
pub(crate) struct OciKind {
    inner: Native<OciBuilder>,
    /// What this host allows: it is asked once, however many sources there are.
    abilities: OnceCell<Option<Abilities>>,
}

impl OciKind {
    async fn missing(&self, volumes: bool, world: &World) -> Diagnostics {
        let Some(abilities) = self.abilities.get_or_init(|| probe(world)).await else {
            return Diagnostics::new();
        };
        match &abilities.user_namespaces {
            // Who only validates may build elsewhere.
            Err(forbidden) => {
                let titles = [
                    (true, "No command can be run in containers on this host"),
                    (volumes, "No volumes can be mounted in containers on this host"),
                ];
                titles.iter().filter(|(is, _)| *is).map(|(_, title)| warning(title, forbidden)).collect()
            }
            Ok(()) => {
                // Nobody asks for limits here.
                let limits = match &abilities.cgroups {
                    Cgroups::None(forbidden) => Some(forbidden),
                    _ => None,
                };
                let notes: Vec<&Forbidden> =
                    abilities.notes.iter().filter(|note| Some(*note) != limits).collect();
                limited(&notes).into_iter().collect()
            }
        }
    }
}

/// Nothing when even that cannot be found out: the build will say why.
async fn probe(world: &World) -> Option<Abilities> {
    let program = std::env::current_exe().ok()?;
    let host = Host::open(&world.cache_dir, program, search(world)).await.ok()?;
    Some(host.abilities().clone())
}

/// All that is missing, in one warning.
fn limited(notes: &[&Forbidden]) -> Option<Diagnostic> {
    let joined =
        |part: fn(&Forbidden) -> &str| notes.iter().map(|note| part(note)).collect::<Vec<_>>().join("\n");
    let (why, way_out) = (joined(|note| &note.why), joined(|note| &note.way_out));
    (!notes.is_empty()).then(|| warning("Containers are limited on this host", &Forbidden { why, way_out }))
}

fn warning(title: &str, forbidden: &Forbidden) -> Diagnostic {
    Diagnostic::warning(title).detail(forbidden.why.clone()).hint(forbidden.way_out.clone())
}

#[async_trait]
impl BuilderKind for OciKind {
    fn schema(&self) -> &Schema {
        self.inner.schema()
    }

    async fn prepare(
        &self,
        config: &ConfigValue,
        cx: &PrepareCx,
    ) -> Result<Prepared<dyn Builder>, Diagnostics> {
        let mut prepared = self.inner.prepare(config, cx).await?;
        let volumes = config.value.get_attr("volumes").is_some_and(|volumes| !volumes.is_null());
        prepared.warnings.extend(self.missing(volumes, &cx.world).await);
        Ok(prepared)
    }
}
