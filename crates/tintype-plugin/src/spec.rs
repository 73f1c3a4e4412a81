//! What a plugin says about a component's options, as bytes to keep.

use serde::{Deserialize, Serialize};

/// The form in which a plugin speaks of options.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Wire {
    /// Go's own serialisation: plugins made before 2025.
    Gob,
    /// Protocol buffers: plugins whose `describe` says `"protocol_version": "v2"`.
    Protobuf,
}

/// What a plugin answered when asked for the options of one component. The same for every run of the same binary: keep it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SpecBytes {
    /// The form of both.
    pub wire: Wire,
    /// The options.
    pub config: Vec<u8>,
    /// Of a data source: the shape of its answer.
    pub output: Option<Vec<u8>>,
}
