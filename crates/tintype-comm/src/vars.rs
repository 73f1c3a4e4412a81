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

/// The names that exist in every build: the run's UUID and the HTTP server. Without a server its names hold markers, as templates
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
        ("PackerRunUUID", world.run_uuid.clone()),
        ("PackerHTTPAddr", addr),
        ("PackerHTTPIP", ip),
        ("PackerHTTPPort", port),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_string(), Value::string(value)))
    .collect()
}
