//! Where the image of the oci builder goes: the options. Writing is a step.

use oci::layer::Compression;
use tintype_schema::{At, Check, Config};
use tintype_sdk::PrepareCx;

use super::base::check_name;

/// Where an image goes, and in which form.
#[derive(Config, Clone, Debug, Default)]
#[config(name = "output")]
pub struct OutputConfig {
    /// A directory in the layout of the OCI image specification. What other images are in it stays.
    pub layout: String,
    /// An archive in that layout.
    pub archive: String,
    /// An archive that `docker load` reads.
    pub docker_archive: String,
    /// A name in a registry, to which the image is sent.
    pub push: String,
    /// A name in a Docker Engine, into which the image is loaded.
    pub load: String,
    /// The image's name in this program's store, and in layouts and archives. Those take that of `load` or `push` when it is not set.
    pub name: String,
    /// Whether the image is one of several under its name, each for another platform: in layouts, archives, registries and this program's
    /// store it is put into the index of that name, in the place of the image for the same platform.
    pub index: bool,
    /// How layers are compressed: `gzip`, `zstd` or `none`. The default is `gzip` for registries, which all programs read, and `zstd` for
    /// layouts and OCI archives. For an Engine, and in its archives, what is new is not compressed.
    #[config(values("gzip", "zstd", "none"))]
    pub compression: String,
    /// Whether all provisioners together make `one` layer, or one each `step`.
    #[config(default = "one", values("one", "step"))]
    pub layers: String,
}

impl Check for OutputConfig {
    fn check(&self, at: &mut At<'_>) {
        at.at_least_one(&["layout", "archive", "docker_archive", "push", "load", "name"]);
        for (option, name) in [("push", &self.push), ("load", &self.load), ("name", &self.name)] {
            if name.contains('@') {
                at.error(option, format!("\"{name}\" has a digest, which only the finished image has"))
                    .hint("Give it a tag: repository:tag.");
            } else if !name.is_empty() {
                check_name(at, option, name);
            }
        }
        if self.index {
            for (option, place) in [("load", "An Engine"), ("docker_archive", "An Engine's archive")] {
                if at.filled(option) {
                    at.error(option, format!("{place} has one image under a name, and no index"))
                        .hint(format!("Leave `index` or `{option}` out."));
                }
            }
            if self.name.is_empty() && self.push.is_empty() {
                at.error("index", "`index` needs a name, under which the images stand together")
                    .hint("Set `name` beside it: name = \"web:1\".");
            }
        }
        if !["", "gzip", "zstd", "none"].contains(&self.compression.as_str()) {
            at.error("compression", format!("\"{}\" is no kind of compression", self.compression))
                .hint("Use one of gzip, zstd, none.");
        }
        if !["one", "step"].contains(&self.layers.as_str()) {
            at.error("layers", format!("\"{}\" is no way to make layers", self.layers))
                .hint("Use one of one, step.");
        }
        for (option, path) in [("archive", &self.archive), ("docker_archive", &self.docker_archive)] {
            if path.ends_with('/') {
                at.error(option, format!("`{option}` must be a file, not a directory"));
            }
        }
        if !self.archive.is_empty() && self.archive == self.docker_archive {
            at.error("docker_archive", "`archive` and `docker_archive` name the same file");
        }
    }
}

impl OutputConfig {
    /// Reports what does not fit the surroundings.
    pub(super) fn prepare(&self, cx: &PrepareCx, at: &mut At<'_>) {
        for (option, path) in [("archive", &self.archive), ("docker_archive", &self.docker_archive)] {
            if !path.is_empty() && !path.ends_with('/') && cx.world.path(path).is_dir() {
                at.error(&format!("output.{option}"), format!("`{option}` must be a file, not a directory"));
            }
        }
        if !self.layout.is_empty() && cx.world.path(&self.layout).is_file() {
            at.error("output.layout", "`layout` must be a directory, not a file");
        }
    }

    /// How layers are compressed for files.
    pub(super) fn in_files(&self) -> Compression {
        self.compression(Compression::ZSTD)
    }

    /// How layers are compressed for a registry.
    pub(super) fn in_registries(&self) -> Compression {
        self.compression(Compression::GZIP)
    }

    /// All forms in which layers will be wanted.
    pub(super) fn forms(&self) -> Vec<Compression> {
        let (files, registries) = (self.in_files(), self.in_registries());
        let mut forms = Vec::new();
        if !self.layout.is_empty() || !self.archive.is_empty() {
            forms.push(files);
        }
        if !self.push.is_empty() && !forms.contains(&registries) {
            forms.push(registries);
        }
        forms.retain(|form| *form != Compression::None);
        forms
    }

    /// `usual` where nobody says.
    fn compression(&self, usual: Compression) -> Compression {
        match self.compression.as_str() {
            "gzip" => Compression::GZIP,
            "zstd" => Compression::ZSTD,
            "none" => Compression::None,
            _ => usual,
        }
    }

    /// The name in layouts and archives of an image that has it together with others.
    pub(super) fn together(&self) -> Option<&str> {
        self.shown_name().filter(|_| self.index)
    }

    /// The name of the image in layouts and archives.
    pub(super) fn shown_name(&self) -> Option<&str> {
        [&self.name, &self.load, &self.push].into_iter().find(|name| !name.is_empty()).map(String::as_str)
    }
}
