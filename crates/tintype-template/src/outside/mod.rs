//! Values that stand in services outside: Vault, Consul, Amazon's Secrets Manager. Functions of the language and calls of legacy JSON
//! templates both end here; what their arguments may be is theirs to check. Where a service is and how to get in is said by the
//! environment, in the variables of the service's own programs.

mod amazon;
mod consul;
mod http;
mod vault;

use std::collections::BTreeMap;
use std::sync::Arc;

use tintype_sdk::{TextFunction, World};

pub(crate) use amazon::{secret, whole_secret};
pub(crate) use consul::consul_key;
pub(crate) use vault::vault;

/// What a call comes to. The error is the end of a sentence and says a way out.
pub(crate) type Outcome = Result<String, String>;

/// The calls as values of variables in legacy JSON templates make them.
pub(crate) fn text_functions(world: &Arc<World>) -> BTreeMap<String, TextFunction> {
    let function = |name: &str, call: fn(&World, &[&str]) -> Outcome| {
        let world = Arc::clone(world);
        let call: TextFunction = Arc::new(move |args| call(&world, args));
        (name.to_owned(), call)
    };
    BTreeMap::from([
        function("vault", |world, args| match args {
            [path, key] => vault(world, path, key),
            _ => Err(takes("a path and a key", args)),
        }),
        function("consul_key", |world, args| match args {
            [key] => consul_key(world, key),
            _ => Err(takes("a key", args)),
        }),
        function("aws_secretsmanager", |world, args| match args {
            [name] => secret(world, name, None),
            [name, key] => secret(world, name, Some(key)),
            _ => Err(takes("a name and perhaps a key", args)),
        }),
        function("aws_secretsmanager_raw", |world, args| match args {
            [name] => whole_secret(world, name),
            _ => Err(takes("a name", args)),
        }),
    ])
}

fn takes(wanted: &str, given: &[&str]) -> String {
    format!("it takes {wanted}, {} are given", given.len())
}

#[cfg(test)]
mod tests;
