//! Where an access key comes from. Files are for `profile`, the surroundings of a machine in Amazon's cloud for `machine`.

use std::fmt;

use tintype_sdk::{Error, Result, World};

use crate::{machine, profile};

/// Who we are to Amazon.
#[derive(Clone, Default)]
pub struct AccessKey {
    /// Its id.
    pub id: String,
    /// Its secret. Hide it.
    pub secret: String,
    /// The token of a temporary key, to be hidden too; empty for others.
    pub token: String,
}

/// Says neither secret nor token.
impl fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessKey").field("id", &self.id).finish_non_exhaustive()
    }
}

impl AccessKey {
    /// Finds the access key: that of the profile that is asked for (empty: of none in particular), of the environment, of the profile
    /// of the environment, of the container or the machine.
    ///
    /// # Errors
    /// There is none, or the profile that is asked for has none.
    pub async fn find(asked: &str, world: &World) -> Result<AccessKey> {
        let key = if asked.is_empty() && world.env("AWS_ACCESS_KEY_ID").is_some() {
            let of = |name: &str| world.env(name).unwrap_or_default().to_owned();
            Some(AccessKey {
                id: of("AWS_ACCESS_KEY_ID"),
                secret: of("AWS_SECRET_ACCESS_KEY"),
                token: of("AWS_SESSION_TOKEN"),
            })
        } else {
            match profile::key(asked, world)? {
                Some(key) => Some(key),
                None => machine::key(world).await,
            }
        };
        key.filter(AccessKey::is_whole).ok_or_else(|| Error::user("no AWS access key was found"))
    }

    /// Whether it can be used at all.
    pub fn is_whole(&self) -> bool {
        !self.id.is_empty() && !self.secret.is_empty()
    }
}
