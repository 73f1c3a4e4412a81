//! Builder `null`: connects to a machine that exists already, provisions it, and makes nothing.

use std::sync::Arc;

use async_trait::async_trait;
use cty::Value;
use tintype_comm::{CommConfig, Connect, Kinds, common_vars};
use tintype_schema::{At, Check, Config};
use tintype_sdk::{Artifact, BuildCx, BuildVars, BuildWith, Cx, Machine, PrepareCx, Result};

/// Runs provisioners on a machine that exists already, or with `communicator = "none"` on this host alone. Makes nothing.
#[derive(Config)]
#[config(name = "null")]
pub(crate) struct NullConfig {
    #[config(flatten)]
    comm: CommConfig,
}

impl Check for NullConfig {}

/// The builder.
pub(crate) struct NullBuilder;

impl BuildWith for NullBuilder {
    type Config = NullConfig;

    fn prepare(config: &mut NullConfig, cx: &PrepareCx, at: &mut At<'_>) {
        let comm = &mut config.comm;
        comm.prepare(Kinds::COMMON, &cx.world, at);
        if matches!(comm.communicator.as_str(), "ssh" | "winrm") {
            check_login(comm, at);
        }
    }

    async fn build(config: NullConfig, cx: &BuildCx) -> Result<Option<Arc<dyn Artifact>>> {
        let comm = cx.step(Connect { config: &config.comm, host: "" }).await?;
        let mut vars = common_vars(cx.world(), None);
        vars.insert("ID".into(), Value::string("Null"));
        vars.insert("ID".into(), Value::string("Null"));
        if comm.kind() != "none" {
            vars.extend(connection_vars(&config.comm));
        }
        let machine = Machine::new(comm, vars);
        cx.provision(&machine).await?;
        Ok(Some(Arc::new(NothingMade)))
    }
}

/// Where to log in, as whom and how: no platform answers that here.
fn check_login(comm: &CommConfig, at: &mut At<'_>) {
    let kind = comm.communicator.clone();
    if comm.host().is_empty() {
        at.error("", "a Host must be specified, please reference your communicator documentation")
            .hint(format!("Set \"{kind}_host\", or communicator = \"none\" to stay on this host."));
    }
    if comm.user().is_empty() {
        at.error("", "a Username must be specified, please reference your communicator documentation")
            .hint(format!("Set \"{kind}_username\"."));
    }
    let ways = [
        ("ssh_agent_auth", comm.ssh.ssh_agent_auth),
        ("ssh_password", !comm.password().is_empty()),
        ("ssh_private_key_file", !comm.ssh.ssh_private_key_file.is_empty()),
    ];
    match ways.iter().filter(|(_, used)| *used).count() {
        0 => {
            at.error(
                "",
                "one authentication method must be specified, please reference your communicator documentation",
            );
        }
        1 => {}
        _ => {
            at.error(
                "",
                "only one of ssh_agent_auth, ssh_password, and ssh_private_key_file must be specified",
            );
        }
    }
}

/// What provisioners learn of the connection.
fn connection_vars(comm: &CommConfig) -> BuildVars {
    [
        ("Host", Value::string(comm.host())),
        ("Port", Value::number(i64::from(comm.port()))),
        ("User", Value::string(comm.user())),
        ("Password", Value::string(comm.password())),
        ("ConnType", Value::string(&comm.communicator)),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_string(), value))
    .collect()
}

/// The artifact of a build that makes nothing.
struct NothingMade;

#[async_trait]
impl Artifact for NothingMade {
    fn builder_id(&self) -> &str {
        "fnoeding.null"
    }

    fn id(&self) -> String {
        "Null".into()
    }

    fn describe(&self) -> String {
        "Did not export anything. This is the null builder".into()
    }

    async fn destroy(&self, _: &Cx) -> Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
