//! The lock file beside a template: which version of each plugin was installed, with the digests of its archives and binaries, so that
//! another machine gets the same or nothing.
//!
//! ```hcl
//! plugin "github.com/hashicorp/docker" {
//!   version  = "1.1.5"
//!   archives = { linux_amd64 = "sha256:…", windows_amd64 = "sha256:…" }
//!   binaries = { linux_amd64 = "sha256:…" }
//! }
//! ```
//!
//! The checksum file of a release names the archives of all platforms, so these are known at once; binaries are known where somebody
//! installed them.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use diag::{Diagnostic, Diagnostics, SourceMap, Span};
use go_version::Version;
use hcl::{AnyBody, BodySchema, ContentBlock, Scope};
use tintype_sdk::{Context, PluginSource, Result, os_text};

use crate::{Digest, Installed, Platform};

/// The lock file's name.
pub const LOCK_FILE: &str = ".tintype.lock.hcl";

const HEADER: &str = "\
# The plugins of the templates in this directory, as \"init\" installed them. Keep this file with the templates.
# \"init -upgrade\" moves it to newer versions.
";

/// What a digest begins with, so that another algorithm can be told from it one day.
const ALGORITHM: &str = "sha256:";

/// A lock file.
#[derive(Clone, Debug)]
pub struct LockFile {
    path: PathBuf,
    plugins: BTreeMap<PluginSource, Locked>,
    changed: bool,
}

/// What is locked of a plugin.
#[derive(Clone, PartialEq, Debug)]
pub struct Locked {
    /// Its version.
    pub version: Version,
    /// Digests of its archives.
    pub archives: BTreeMap<Platform, Digest>,
    /// Digests of its binaries.
    pub binaries: BTreeMap<Platform, Digest>,
}

impl LockFile {
    /// An empty one for the templates in a directory.
    pub fn new(dir: &Path) -> Self {
        Self { path: dir.join(LOCK_FILE), plugins: BTreeMap::new(), changed: true }
    }

    /// The one of the templates in a directory, if there is one.
    ///
    /// # Errors
    /// Findings about the file.
    pub fn read(dir: &Path, sources: &SourceMap) -> Result<Option<Self>, Diagnostics> {
        let path = dir.join(LOCK_FILE);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                let detail = format!("{}: {}", path.display(), os_text(&error));
                return Err(Diagnostic::error("Lock file not readable").detail(detail).into());
            }
        };
        let file = sources.add(path.display().to_string(), text.as_str());
        let (body, mut findings) = hcl::parse_body(&text, file);
        let (content, found) = AnyBody::from(body).content(&BodySchema::new().block("plugin", &["source"]));
        findings.extend(found);
        let mut plugins = BTreeMap::new();
        for block in &content.blocks {
            if let Some((source, locked)) = plugin(block, &mut findings)
                && plugins.insert(source, locked).is_some()
            {
                findings.push(bad("This plugin stands there twice.".to_owned(), block.header));
            }
        }
        if findings.has_errors() { Err(findings) } else { Ok(Some(Self { path, plugins, changed: false })) }
    }

    /// Where it is, or will be.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What is locked of a plugin.
    pub fn get(&self, source: &PluginSource) -> Option<&Locked> {
        self.plugins.get(source)
    }

    /// Takes down what was installed. Digests of other platforms stay as long as the version does.
    pub fn record(&mut self, source: &PluginSource, installed: &Installed, platform: &Platform) {
        let old = self.plugins.get(source).filter(|locked| locked.version == installed.version).cloned();
        let mut new = old.clone().unwrap_or_else(|| Locked {
            version: installed.version.clone(),
            archives: BTreeMap::new(),
            binaries: BTreeMap::new(),
        });
        new.archives.extend(installed.archives.iter().map(|(platform, digest)| (platform.clone(), *digest)));
        new.binaries.insert(platform.clone(), installed.binary);
        if old.as_ref() != Some(&new) {
            self.plugins.insert(source.clone(), new);
            self.changed = true;
        }
    }

    /// Writes it, if it has changed. Returns whether it had.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&mut self) -> Result<bool> {
        if !self.changed {
            return Ok(false);
        }
        let mut text = String::from(HEADER);
        for (source, locked) in &self.plugins {
            text.push_str(&format!("\nplugin {} {{\n", cty::print::quoted(&source.to_string())));
            text.push_str(&format!("  version = \"{}\"\n", locked.version));
            for (name, digests) in [("archives", &locked.archives), ("binaries", &locked.binaries)] {
                if digests.is_empty() {
                    continue;
                }
                let width =
                    digests.keys().map(|platform| platform.to_string().len()).max().unwrap_or_default();
                text.push_str(&format!("\n  {name} = {{\n"));
                for (platform, digest) in digests {
                    let platform = platform.to_string();
                    text.push_str(&format!("    {platform:width$} = \"{ALGORITHM}{digest}\"\n"));
                }
                text.push_str("  }\n");
            }
            text.push_str("}\n");
        }
        let place = || self.path.display().to_string();
        let dir = self.path.parent().unwrap_or(Path::new("."));
        let new = tempfile::Builder::new().prefix(".tintype-lock-").make_in(dir, |path| {
            // With the permissions of an ordinary file, which it becomes.
            std::fs::File::create_new(path)
        });
        let mut new = new.context(place)?;
        new.write_all(text.as_bytes()).context(place)?;
        new.persist(&self.path).map_err(|error| error.error).context(place)?;
        self.changed = false;
        Ok(true)
    }
}

fn bad(detail: String, at: Span) -> Diagnostic {
    Diagnostic::error("Invalid lock file").detail(detail).at(at)
}

fn plugin(block: &ContentBlock, findings: &mut Diagnostics) -> Option<(PluginSource, Locked)> {
    let label = block.labels.first()?;
    let source = match label.value.parse::<PluginSource>() {
        Ok(source) => source,
        Err(why) => {
            findings.push(bad(format!("{:?} is no source of a plugin. {why}", &*label.value), block.header));
            return None;
        }
    };
    let schema = BodySchema::new().required("version").attribute("archives").attribute("binaries");
    let (content, found) = block.body.content(&schema);
    findings.extend(found);
    let mut value = |name: &str| {
        let attribute = content.attribute(name)?;
        let (value, found) = attribute.expr.evaluate(&Scope::constant());
        findings.extend(found);
        Some((value, attribute.expr.span))
    };
    let (version, archives, binaries) = (value("version"), value("archives"), value("binaries"));
    let (version, at) = version?;
    let version = version.as_str().and_then(|text| text.parse().ok());
    if version.is_none() {
        findings.push(bad("This is no version.".to_owned(), at));
    }
    let mut digests = |given: Option<(cty::Value, Span)>| -> BTreeMap<Platform, Digest> {
        let Some((value, at)) = given else { return BTreeMap::new() };
        let mut digests = BTreeMap::new();
        for (platform, digest) in value.entries().into_iter().flatten() {
            let digest = digest.as_str().and_then(|text| text.strip_prefix(ALGORITHM)?.parse().ok());
            match (platform.parse(), digest) {
                (Ok(platform), Some(digest)) => drop(digests.insert(platform, digest)),
                (Err(why), _) => findings.push(bad(why, at)),
                (_, None) => {
                    let detail =
                        format!("{platform}: a digest is \"{ALGORITHM}\" and 64 hexadecimal digits.");
                    findings.push(bad(detail, at));
                }
            }
        }
        if value.entries().is_none() {
            findings.push(bad("Digests by platform are expected here.".to_owned(), at));
        }
        digests
    };
    let (archives, binaries) = (digests(archives), digests(binaries));
    Some((source, Locked { version: version?, archives, binaries }))
}
