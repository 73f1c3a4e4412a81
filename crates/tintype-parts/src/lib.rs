//! The small components: file and null builders, shell, file and the like, manifest, checksum, compress.
