//! What the image of the oci builder is made of: the options. Getting it is a step.

use tintype_schema::{At, Check, Config};
use tintype_sdk::PrepareCx;

/// What an image is made of.
#[derive(Config, Clone, Debug, Default)]
#[config(name = "base")]
pub struct BaseConfig {
    /// An image: of a registry, or of this program's store by its id.
    pub image: String,
    /// A directory in the layout of the OCI image specification.
    #[config(key = "tree")]
    pub layout: String,
    /// A file with an image: an archive in that layout, or one of `docker save`.
    #[config(key = "file")]
    pub archive: String,
    /// A root file system: a directory, or a tar file, which may be compressed.
    #[config(key = "tree")]
    pub rootfs: String,
    /// A release of Debian or Ubuntu, such as `bookworm`, made from its packages. Needs the program `debootstrap`, or `mmdebstrap` for
    /// users other than root.
    pub debootstrap: String,
    /// Starts with nothing.
    pub scratch: bool,
    /// Which image of a layout or archive with several.
    pub name: String,
    /// Where `debootstrap` gets the packages. The default is its own.
    pub mirror: String,
    /// What `debootstrap` installs beside the essentials: `minbase` (the default) or `buildd`.
    pub variant: String,
    /// Further packages that `debootstrap` installs.
    pub include: Vec<String>,
    /// The parts of the archive that `debootstrap` installs from: `main`, `universe`.
    pub components: Vec<String>,
}

impl Check for BaseConfig {
    fn check(&self, at: &mut At<'_>) {
        if !at.exactly_one(&["image", "layout", "archive", "rootfs", "debootstrap", "scratch"]) {
            return;
        }
        if !self.image.is_empty() && !self.image.starts_with("sha256:") {
            check_name(at, "image", &self.image);
        }
        if at.filled("name") && self.layout.is_empty() && self.archive.is_empty() {
            at.error("name", "`name` chooses an image of a layout or an archive")
                .hint("Leave it out: the other kinds of base have one image only.");
        }
        for option in ["mirror", "variant", "include", "components"] {
            if at.filled(option) && self.debootstrap.is_empty() {
                at.error(option, format!("`{option}` is for `debootstrap`"));
            }
        }
        if self.debootstrap.starts_with('-') || self.debootstrap.contains(['/', ' ']) {
            at.error("debootstrap", format!("\"{}\" is no name of a release", self.debootstrap))
                .hint("Write the release's name: debootstrap = \"bookworm\".");
        }
    }
}

/// Reports a name that no image can have.
pub(super) fn check_name(at: &mut At<'_>, option: &str, name: &str) {
    if let Err(error) = name.parse::<oci::Reference>() {
        at.error(option, error.to_string()).hint("Write it as repository:tag or registry/repository:tag.");
    }
}

impl BaseConfig {
    /// Reports what is not there.
    pub(super) fn prepare(&self, cx: &PrepareCx, at: &mut At<'_>) {
        let paths = [("layout", &self.layout), ("archive", &self.archive), ("rootfs", &self.rootfs)];
        for (option, path) in paths.into_iter().filter(|(_, path)| !path.is_empty()) {
            let place = cx.world.path(path);
            let (there, what) = match option {
                "layout" => (place.is_dir(), "directory"),
                "archive" => (place.is_file(), "file"),
                _ => (place.exists(), "file or directory"),
            };
            if !there {
                at.error(&format!("base.{option}"), format!("There is no {what} {path}"))
                    .hint("Paths begin at the working directory.");
            }
        }
    }
}
