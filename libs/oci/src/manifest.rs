//! Manifests and indexes: which blobs make an image, and which images a name stands for. They are read strictly where a lie could
//! hurt, and keep what they do not know.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Digest, Error, Platform, Result, media};

/// Points at a blob: what it is, its digest and its size.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Descriptor {
    /// What it is.
    pub media_type: String,
    /// The digest of its bytes.
    pub digest: Digest,
    /// How many bytes it has.
    pub size: u64,
    /// Where else it may be fetched from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub urls: Vec<String>,
    /// Notes.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
    /// For which platform it is; only in an index.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<Platform>,
    /// What the artifact is that it points at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
}

impl Descriptor {
    /// Describes some bytes.
    pub fn of(media_type: &str, bytes: &[u8]) -> Self {
        Self::new(media_type, Digest::of(bytes), bytes.len() as u64)
    }

    /// Points at a blob whose digest and size are known.
    pub fn new(media_type: &str, digest: Digest, size: u64) -> Self {
        Self {
            media_type: media_type.to_owned(),
            digest,
            size,
            urls: Vec::new(),
            annotations: BTreeMap::new(),
            platform: None,
            artifact_type: None,
        }
    }
}

/// The manifest of one image.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// Always 2.
    pub schema_version: u32,
    /// What it is. Docker's always say so, OCI's should.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// What it is the manifest of, when that is no image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
    /// The configuration.
    pub config: Descriptor,
    /// The layers, the lowest first.
    pub layers: Vec<Descriptor>,
    /// What it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Descriptor>,
    /// Notes.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
    /// What newer specifications add.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl Manifest {
    /// OCI's manifest of an image.
    pub fn new(config: Descriptor, layers: Vec<Descriptor>) -> Self {
        Self {
            schema_version: 2,
            media_type: Some(media::MANIFEST.to_owned()),
            artifact_type: None,
            config,
            layers,
            subject: None,
            annotations: BTreeMap::new(),
            other: Map::new(),
        }
    }

    /// The media type under which it is stored.
    pub fn media_type(&self) -> &str {
        self.media_type.as_deref().unwrap_or(media::MANIFEST)
    }

    /// The same manifest with Docker's media types, for registries that know no others. Nothing when a layer has a form Docker has
    /// no name for.
    pub fn to_docker(&self) -> Option<Self> {
        let layers = self.layers.iter().map(|layer| {
            let media_type = match layer.media_type.as_str() {
                media::LAYER_GZIP | media::DOCKER_LAYER_GZIP => media::DOCKER_LAYER_GZIP,
                media::LAYER | media::DOCKER_LAYER => media::DOCKER_LAYER,
                _ => return None,
            };
            Some(Descriptor { media_type: media_type.to_owned(), ..layer.clone() })
        });
        Some(Self {
            media_type: Some(media::DOCKER_MANIFEST.to_owned()),
            config: Descriptor { media_type: media::DOCKER_CONFIG.to_owned(), ..self.config.clone() },
            layers: layers.collect::<Option<_>>()?,
            ..self.clone()
        })
    }
}

/// An index: images for several platforms under one name.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Index {
    /// Always 2.
    pub schema_version: u32,
    /// What it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// What it is the index of, when not of images.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
    /// The images.
    pub manifests: Vec<Descriptor>,
    /// What it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Descriptor>,
    /// Notes.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
    /// What newer specifications add.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl Index {
    /// OCI's index of images.
    pub fn new(manifests: Vec<Descriptor>) -> Self {
        Self {
            schema_version: 2,
            media_type: Some(media::INDEX.to_owned()),
            artifact_type: None,
            manifests,
            subject: None,
            annotations: BTreeMap::new(),
            other: Map::new(),
        }
    }

    /// The media type under which it is stored.
    pub fn media_type(&self) -> &str {
        self.media_type.as_deref().unwrap_or(media::INDEX)
    }
}

/// What a name in a registry or layout stands for.
#[derive(Clone, PartialEq, Debug)]
pub enum Document {
    /// One image.
    Manifest(Box<Manifest>),
    /// Images for several platforms.
    Index(Box<Index>),
}

impl Document {
    /// Reads a manifest or an index. `media_type` is what its holder says it is, when it says so; `what` names it in messages.
    ///
    /// # Errors
    /// It is neither, it is both (which could mean one thing to one reader and another to the next), or it is one of Docker's first
    /// manifests, which no longer are in use.
    pub fn parse(bytes: &[u8], media_type: Option<&str>, what: &str) -> Result<Self> {
        let value: Value = serde_json::from_slice(bytes)
            .map_err(|error| Error::document(what, format!("it is no JSON: {error}")))?;
        let fields = value.as_object().ok_or_else(|| Error::document(what, "it is no JSON object"))?;
        if fields.get("schemaVersion").and_then(Value::as_u64) == Some(1) {
            return Err(Error::document(what, "it is of Docker's first schema, which is no longer in use"));
        }
        let (one, many) = (
            fields.contains_key("layers") || fields.contains_key("config"),
            fields.contains_key("manifests"),
        );
        if one && many {
            return Err(Error::document(what, "it is both a manifest and an index"));
        }
        let inside = fields.get("mediaType").and_then(Value::as_str);
        let known = |name: &&str| media::is_index(name) || media::is_manifest(name);
        let told = media_type.map(|name| name.split(';').next().unwrap_or(name).trim()).filter(known);
        if let (Some(inside), Some(told)) = (inside, told)
            && inside != told
        {
            return Err(Error::document(what, format!("it says it is {inside} and is sent as {told}")));
        }
        let index = match inside.or(told) {
            Some(name) if media::is_index(name) => true,
            Some(name) if media::is_manifest(name) => false,
            Some(name) => {
                return Err(Error::document(what, format!("{name} is neither an image nor an index")));
            }
            None => many,
        };
        let wrong = |error: serde_json::Error| Error::document(what, error.to_string());
        let document = if index {
            Self::Index(Box::new(serde_json::from_value(value).map_err(wrong)?))
        } else {
            Self::Manifest(Box::new(serde_json::from_value(value).map_err(wrong)?))
        };
        let version = match &document {
            Self::Manifest(manifest) => manifest.schema_version,
            Self::Index(index) => index.schema_version,
        };
        if version != 2 {
            return Err(Error::document(what, format!("its schema version is {version}, not 2")));
        }
        Ok(document)
    }
}
