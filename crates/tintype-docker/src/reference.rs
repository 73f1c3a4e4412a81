//! Names of images, as people write them: which registry, which repository, which tag or digest. Whether there is such an image is
//! the Engine's affair.

/// The registry that is meant when none is named.
const DEFAULT_DOMAIN: &str = "docker.io";

/// A name of an image, taken apart.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Reference {
    /// The registry: `docker.io`, `127.0.0.1:5000`.
    pub domain: String,
    /// The repository in it: `library/debian`.
    pub path: String,
    /// The tag, when there is one.
    pub tag: Option<String>,
    /// The digest, when there is one: `sha256:…`.
    pub digest: Option<String>,
}

impl Reference {
    /// Takes a name apart.
    pub fn parse(name: &str) -> Self {
        let (name, digest) = match name.split_once('@') {
            Some((name, digest)) => (name, Some(digest.to_owned())),
            None => (name, None),
        };
        // A colon before the last slash belongs to a port.
        let (name, tag) = match name.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => (name, Some(tag.to_owned())),
            _ => (name, None),
        };
        let (domain, path) = match name.split_once('/') {
            Some((domain, path)) if domain.contains(['.', ':']) || domain == "localhost" => (domain, path),
            _ => (DEFAULT_DOMAIN, name),
        };
        let domain = if domain == "index.docker.io" { DEFAULT_DOMAIN } else { domain };
        let path = if domain == DEFAULT_DOMAIN && !path.contains('/') {
            format!("library/{path}")
        } else {
            path.to_owned()
        };
        Self { domain: domain.to_owned(), path, tag, digest }
    }

    /// The repository as people write it: `debian`, `127.0.0.1:5000/a/b`.
    pub fn familiar(&self) -> String {
        if self.domain == DEFAULT_DOMAIN {
            return self.path.strip_prefix("library/").unwrap_or(&self.path).to_owned();
        }
        format!("{}/{}", self.domain, self.path)
    }

    /// The digest, the tag, or the tag that is meant when there is neither.
    pub fn tag_or_digest(&self) -> &str {
        self.digest.as_deref().or(self.tag.as_deref()).unwrap_or("latest")
    }

    /// The whole name with its registry: `docker.io/library/debian:latest`.
    pub fn canonical(&self) -> String {
        let mut name = format!("{}/{}", self.domain, self.path);
        if self.digest.is_none() || self.tag.is_some() {
            name.push(':');
            name.push_str(self.tag.as_deref().unwrap_or("latest"));
        }
        if let Some(digest) = &self.digest {
            name.push('@');
            name.push_str(digest);
        }
        name
    }

    /// Under which name logins for the registry are kept.
    pub fn registry_key(&self) -> &str {
        if self.domain == DEFAULT_DOMAIN { HUB_KEY } else { &self.domain }
    }
}

/// Under which name logins for Docker Hub are kept.
pub(crate) const HUB_KEY: &str = "https://index.docker.io/v1/";

/// The host name in what may be an address: `https://r.example/v2/` is `r.example`.
pub(crate) fn host_of(address: &str) -> &str {
    let address =
        address.strip_prefix("https://").or_else(|| address.strip_prefix("http://")).unwrap_or(address);
    address.split('/').next().unwrap_or(address)
}
