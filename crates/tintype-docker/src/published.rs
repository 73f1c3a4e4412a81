//! What the builder tells others about the build (`build.SourceImageDigest` and so on).

use cty::Value;
use tintype_sdk::BuildVars;

use crate::driver::Image;

/// What is told beside the common names.
pub(crate) struct Published {
    /// The image that was made, once it was.
    pub image: Option<String>,
    source: Option<String>,
    digest: Option<String>,
}

impl Published {
    /// The names.
    pub const NAMES: &'static [&'static str] = &["ImageSha256", "SourceImageDigest", "SourceImageSha256"];

    /// Before anything was made of it.
    pub fn of_source(source: &Image) -> Self {
        Self {
            image: None,
            source: Some(source.id.clone()).filter(|id| !id.is_empty()),
            digest: source.digests.first().cloned(),
        }
    }

    /// With markers for what is not known.
    pub fn over(&self, vars: &BuildVars) -> BuildVars {
        let value = |known: &Option<String>, marker: &str| Value::string(known.as_deref().unwrap_or(marker));
        let mut vars = vars.clone();
        vars.insert("ImageSha256".into(), value(&self.image, "ERR_IMAGE_SHA256_NOT_FOUND"));
        vars.insert("SourceImageDigest".into(), value(&self.digest, "ERR_SOURCE_IMAGE_DIGEST_NOT_FOUND"));
        vars.insert("SourceImageSha256".into(), value(&self.source, "ERR_SOURCE_IMAGE_SHA256_NOT_FOUND"));
        vars
    }
}
