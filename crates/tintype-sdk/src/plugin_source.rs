//! Where a plugin comes from, as templates and command lines say it. Fetching it from there is another crate's work.

use std::fmt;
use std::str::FromStr;

/// Where a plugin comes from: `github.com/hashicorp/docker`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct PluginSource {
    text: String,
}

impl PluginSource {
    /// The last part.
    pub fn name(&self) -> &str {
        self.text.rsplit('/').next().unwrap_or(&self.text)
    }

    /// Whether a text may name a plugin: a label of a domain name, in lower case.
    pub fn is_name(text: &str) -> bool {
        let allowed = |c: char| c == '-' || (c.is_alphanumeric() && c.to_lowercase().eq([c]));
        !text.is_empty()
            && text.len() <= 63
            && text.chars().all(allowed)
            && !text.starts_with('-')
            && !text.ends_with('-')
            && !text.contains("--")
    }

    /// The parts, host first.
    pub fn parts(&self) -> impl Iterator<Item = &str> {
        self.text.split('/')
    }
}

impl fmt::Display for PluginSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for PluginSource {
    /// The reason, a sentence.
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.contains("://") {
            return Err("It has a scheme; leave that away.".to_owned());
        }
        if text.contains(['?', '#']) {
            return Err("It has a query or a fragment; leave that away.".to_owned());
        }
        if text.starts_with('/') || text.ends_with('/') {
            return Err("It begins or ends with a slash.".to_owned());
        }
        let parts: Vec<&str> = text.split('/').collect();
        if !(3..=16).contains(&parts.len()) || parts.iter().any(|part| part.is_empty()) {
            return Err(
                "It must have three parts at least, host/namespace/name, and sixteen at most.".to_owned()
            );
        }
        // A source is a folder, too: none of its parts may lead elsewhere.
        if parts
            .iter()
            .any(|part| matches!(*part, "." | "..") || part.contains(|c: char| c == '\\' || c.is_control()))
        {
            return Err("A part of it cannot name a folder.".to_owned());
        }
        let name = parts.last().copied().unwrap_or_default();
        if let Some(rest) = name.strip_prefix("packer-") {
            let rest = rest.strip_prefix("plugin-").unwrap_or(rest);
            let end = text.len() - name.len();
            return Err(format!(
                "The name must not begin with \"packer-\", which every plugin's repository has. Write \"{}{rest}\".",
                &text[..end]
            ));
        }
        if !Self::is_name(name) {
            return Err(format!(
                "The name {name:?} is not one: lower case letters, digits and single dashes are."
            ));
        }
        Ok(Self { text: text.to_owned() })
    }
}

#[cfg(test)]
mod tests;
