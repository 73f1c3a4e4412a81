//! Media types: what a blob says it is. OCI's and Docker's names stand side by side, since registries and archives hold both.

/// OCI's manifest of one image.
pub const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// OCI's index of images for several platforms.
pub const INDEX: &str = "application/vnd.oci.image.index.v1+json";
/// OCI's configuration of an image.
pub const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
/// A layer that is not compressed.
pub const LAYER: &str = "application/vnd.oci.image.layer.v1.tar";
/// A layer compressed with gzip.
pub const LAYER_GZIP: &str = "application/vnd.oci.image.layer.v1.tar+gzip";
/// A layer compressed with zstd.
pub const LAYER_ZSTD: &str = "application/vnd.oci.image.layer.v1.tar+zstd";
/// The empty JSON object, as configuration of what is no image.
pub const EMPTY: &str = "application/vnd.oci.empty.v1+json";
/// Docker's manifest of one image.
pub const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
/// Docker's list of manifests for several platforms.
pub const DOCKER_INDEX: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
/// Docker's configuration of an image.
pub const DOCKER_CONFIG: &str = "application/vnd.docker.container.image.v1+json";
/// Docker's layer, compressed with gzip.
pub const DOCKER_LAYER_GZIP: &str = "application/vnd.docker.image.rootfs.diff.tar.gzip";
/// Docker's layer that is not compressed.
pub const DOCKER_LAYER: &str = "application/vnd.docker.image.rootfs.diff.tar";

/// Whether this names an index of images.
pub fn is_index(media_type: &str) -> bool {
    matches!(media_type, INDEX | DOCKER_INDEX)
}

/// Whether this names the manifest of one image.
pub fn is_manifest(media_type: &str) -> bool {
    matches!(media_type, MANIFEST | DOCKER_MANIFEST)
}

/// Whether this names a layer, also one that some registries may not hand on.
pub fn is_layer(media_type: &str) -> bool {
    media_type.starts_with("application/vnd.oci.image.layer.")
        || media_type.starts_with("application/vnd.docker.image.rootfs.")
}

/// Whether this names a layer that must be fetched from elsewhere and may not be pushed.
pub fn is_foreign(media_type: &str) -> bool {
    media_type.contains(".nondistributable.") || media_type.contains(".foreign.")
}
