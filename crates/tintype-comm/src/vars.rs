//! What every build tells its provisioners about itself (`build.*`), whatever the builder.

use cty::Value;
use tintype_sdk::{BuildVars, World};

/// The HTTP server of a build, as the machine reaches it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HttpServer {
    /// Its address.
    pub ip: String,
    /// Its port; 0 when the builder knows the address but serves nothing.
    pub port: u16,
}

/// The names that exist in every build: the instance, the run's UUID and the HTTP server. What a builder has not is a marker, as templates
/// that print them have always seen.
pub fn common_vars(world: &World, http: Option<&HttpServer>) -> BuildVars {
    let missing = |what: &str| format!("ERR_HTTP_{what}_NOT_IMPLEMENTED_BY_BUILDER");
    let (addr, ip, port) = match http {
        Some(server) => {
            (format!("{}:{}", server.ip, server.port), server.ip.clone(), server.port.to_string())
        }
        None => (missing("ADDR"), missing("IP"), missing("PORT")),
    };
    [
        // A builder that has an instance puts its id over this.
        ("ID", "ERR_ID_NOT_IMPLEMENTED_BY_BUILDER".to_string()),
        ("PackerRunUUID", world.run_uuid.clone()),
        ("PackerHTTPAddr", addr),
        ("PackerHTTPIP", ip),
        ("PackerHTTPPort", port),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_string(), Value::string(value)))
    .collect()
}
