//! Which of Amazon's regions is meant.

use tintype_sdk::World;

use crate::{machine, profile};

/// The region: of the environment, of the profile that is asked for (empty: of none in particular), or the one this machine stands in.
pub async fn region(asked: &str, world: &World) -> Option<String> {
    let named = ["AWS_REGION", "AWS_DEFAULT_REGION"].into_iter().find_map(|name| world.env(name));
    if let Some(named) = named.filter(|region| !region.is_empty()) {
        return Some(named.to_owned());
    }
    match profile::settings(asked, world).remove("region").filter(|region| !region.is_empty()) {
        Some(region) => Some(region),
        None => machine::region(world).await,
    }
}
