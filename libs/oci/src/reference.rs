//! Names of images, as people write them: registry, repository, tag and digest. Whether there is such an image is for the registry to
//! say.

use std::fmt;
use std::str::FromStr;

use crate::{Digest, Error, Result};

/// The registry that is meant when none is named.
const HUB: &str = "docker.io";

/// Where the registry that is called docker.io answers.
const HUB_HOST: &str = "registry-1.docker.io";

/// Under which name logins for that registry are kept.
pub(crate) const HUB_KEY: &str = "https://index.docker.io/v1/";

/// The longest name of a repository that the specification of registries allows, with its registry.
const LONGEST: usize = 255;

/// A repository in a registry.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Repository {
    registry: String,
    path: String,
}

impl Repository {
    /// The registry: `docker.io`, `127.0.0.1:5000`.
    pub fn registry(&self) -> &str {
        &self.registry
    }

    /// The repository in it: `library/debian`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Where the registry answers: a host and perhaps a port.
    pub fn host(&self) -> &str {
        if self.registry == HUB { HUB_HOST } else { &self.registry }
    }

    /// Under which name docker's settings keep logins for the registry.
    pub fn login_key(&self) -> &str {
        if self.registry == HUB { HUB_KEY } else { &self.registry }
    }

    /// As people write it: `debian`, `127.0.0.1:5000/a/b`.
    pub fn familiar(&self) -> String {
        match self.path.strip_prefix("library/") {
            Some(path) if self.registry == HUB && !path.contains('/') => path.to_owned(),
            _ if self.registry == HUB => self.path.clone(),
            _ => format!("{}/{}", self.registry, self.path),
        }
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.registry, self.path)
    }
}

impl FromStr for Repository {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let wrong = |why| Error::Reference { text: text.chars().take(300).collect(), why };
        let (registry, path) = match text.split_once('/') {
            Some((registry, path)) if is_registry(registry) => (registry, path),
            _ => (HUB, text),
        };
        let registry = if registry == "index.docker.io" { HUB } else { registry };
        let path = if registry == HUB && !path.contains('/') && !path.is_empty() {
            format!("library/{path}")
        } else {
            path.to_owned()
        };
        if !good_registry(registry) {
            return Err(wrong("its registry is no host"));
        }
        if path.is_empty() {
            return Err(wrong("it names no repository"));
        }
        if path.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(wrong("a repository is written in lower case"));
        }
        if !path.split('/').all(good_component) {
            return Err(wrong("its repository has characters that are not allowed"));
        }
        if registry.len() + 1 + path.len() > LONGEST {
            return Err(wrong("it is too long"));
        }
        Ok(Self { registry: registry.to_owned(), path })
    }
}

/// A name of an image.
///
/// ```
/// let name: oci::Reference = "debian".parse().unwrap();
/// assert_eq!(name.to_string(), "docker.io/library/debian:latest");
/// assert_eq!(name.repository.host(), "registry-1.docker.io");
/// let name: oci::Reference = "localhost:5000/a/b:1".parse().unwrap();
/// assert_eq!((name.repository.registry(), name.tag.as_deref()), ("localhost:5000", Some("1")));
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Reference {
    /// Where.
    pub repository: Repository,
    /// The tag, when one is named.
    pub tag: Option<String>,
    /// The digest, when one is named: it counts, whatever the tag says.
    pub digest: Option<Digest>,
}

impl Reference {
    /// What to ask the registry for: the digest, the tag, or the tag that is meant when there is neither.
    pub fn wanted(&self) -> String {
        match (&self.digest, &self.tag) {
            (Some(digest), _) => digest.to_string(),
            (None, Some(tag)) => tag.clone(),
            (None, None) => DEFAULT_TAG.to_owned(),
        }
    }

    /// As people write it, with its tag: `debian:latest`, `127.0.0.1:5000/a:1`.
    pub fn familiar(&self) -> String {
        format!("{}{}", self.repository.familiar(), self.behind())
    }

    fn behind(&self) -> String {
        let tag = match (&self.tag, &self.digest) {
            (Some(tag), _) => format!(":{tag}"),
            (None, None) => format!(":{DEFAULT_TAG}"),
            (None, Some(_)) => String::new(),
        };
        self.digest.as_ref().map_or(tag.clone(), |digest| format!("{tag}@{digest}"))
    }
}

const DEFAULT_TAG: &str = "latest";

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.repository, self.behind())
    }
}

impl FromStr for Reference {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let wrong = |why| Error::Reference { text: text.chars().take(300).collect(), why };
        let (name, digest) = match text.split_once('@') {
            Some((name, digest)) => (name, Some(digest.parse()?)),
            None => (text, None),
        };
        // A colon before the last slash belongs to a port.
        let (name, tag) = match name.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => (name, Some(tag.to_owned())),
            _ => (name, None),
        };
        if tag.as_deref().is_some_and(|tag| !good_tag(tag)) {
            return Err(wrong("its tag has characters that are not allowed, or is longer than 128"));
        }
        let repository = name.parse().map_err(|error| match error {
            Error::Reference { why, .. } => wrong(why),
            other => other,
        })?;
        Ok(Self { repository, tag, digest })
    }
}

/// Whether the part before the first slash names a registry rather than a part of a repository.
fn is_registry(text: &str) -> bool {
    text.contains(['.', ':']) || text == "localhost" || text.bytes().any(|byte| byte.is_ascii_uppercase())
}

fn good_registry(text: &str) -> bool {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((host, port)) if host.parse::<std::net::Ipv6Addr>().is_ok() => {
                ("v6", port.strip_prefix(':'))
            }
            _ => return false,
        },
        None => match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        },
    };
    let good_label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    host.split('.').all(good_label) && port.is_none_or(|port| port.parse::<u16>().is_ok())
}

/// Letters and digits, with `.`, `_`, `__` or any number of `-` between them.
fn good_component(text: &str) -> bool {
    let mut parts = text.split(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
    let ends = text.starts_with(['.', '_', '-']) || text.ends_with(['.', '_', '-']);
    let between = |part: &str| matches!(part, "" | "." | "_" | "__") || part.bytes().all(|byte| byte == b'-');
    !text.is_empty() && !ends && parts.all(between)
}

fn good_tag(text: &str) -> bool {
    (1..=128).contains(&text.len())
        && !text.starts_with(['.', '-'])
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}
