//! The options of the docker builder and their rules. Logins are in `login`, communicators in tintype-comm.

use std::collections::BTreeMap;

use tintype_comm::{CommConfig, Kinds};
use tintype_schema::{At, Check, Config};
use tintype_sdk::PrepareCx;

use crate::login::LoginConfig;

/// The communicator that the docker builder is about.
pub(crate) const DOCKER: &str = "docker";
/// The same for containers that run Windows.
pub(crate) const WINDOWS: &str = "dockerWindowsContainer";

/// Stands for an image that is only known when the build block has run.
const IMAGE_MARK: &str = "\u{1}tintype-image\u{1}";

/// Builds a Docker image, or the files of one, by running provisioners in a container.
#[derive(Config, Clone, Debug)]
#[config(name = "docker")]
pub struct DockerConfig {
    /// The image the container is made of. This, or a `build` block.
    pub image: String,
    /// Builds the image first, from a Dockerfile.
    #[config(block)]
    pub build: Option<ImageBuildConfig>,
    /// Makes an image of the container when provisioning is done.
    #[config(key = "finish")]
    pub commit: bool,
    /// Throws the container away when provisioning is done.
    #[config(key = "finish")]
    pub discard: bool,
    /// Writes the container's files into this tar file when provisioning is done.
    #[config(key = "finish")]
    pub export_path: String,
    /// Who made the image, for a commit.
    #[config(key = "finish")]
    pub author: String,
    /// What was done, for a commit.
    #[config(key = "finish")]
    pub message: String,
    /// Instructions of a Dockerfile that are applied by a commit: `CMD`, `ENTRYPOINT`, `ENV`, `EXPOSE`, `LABEL`, `ONBUILD`, `USER`,
    /// `VOLUME`, `WORKDIR`. Without a `CMD` or `ENTRYPOINT` among them the image gets that of the image it was made of.
    #[config(key = "finish")]
    pub changes: Vec<String>,
    /// The arguments after `docker run`. The container must run in the background with a shell that waits for input. The default is
    /// `["-d", "-i", "-t", "--entrypoint=/bin/sh", "--", "{{.Image}}"]`, with `powershell` for Windows containers.
    #[config(template = "Image")]
    pub run_command: Vec<String>,
    /// Directories of this host that are mounted in the container: host path to container path. `~/` is the home directory.
    pub volumes: BTreeMap<String, String>,
    /// Where the directory for sharing data is mounted in the container. The default is `/packer-files`, for Windows containers
    /// `c:/packer-files`.
    pub container_dir: String,
    /// Devices of this host that the container may use.
    pub device: Vec<String>,
    /// Capabilities that the container gets.
    pub cap_add: Vec<String>,
    /// Capabilities that the container loses.
    pub cap_drop: Vec<String>,
    /// Paths in the container that are kept in memory.
    pub tmpfs: Vec<String>,
    /// Gives the container all rights on this host.
    pub privileged: bool,
    /// Gives each command a terminal.
    pub pty: bool,
    /// The runtime that starts the container.
    pub runtime: String,
    /// The platform of the image: `linux/arm64`.
    pub platform: String,
    /// The user as whom commands run. The default is the image's.
    pub exec_user: String,
    /// Whether the image is pulled first. The default is `true`.
    #[config(key = "no")]
    pub pull: Option<bool>,
    /// Whether uploaded files belong to the image's user. Otherwise they belong to root.
    #[config(default = "true")]
    pub fix_upload_owner: bool,
    /// Whether the container runs Windows.
    pub windows_container: bool,
    /// The client program. `docker` stands for the Engine, which is talked to directly; any other program is run.
    #[config(default = "docker", key = "no")]
    pub docker_path: String,
    /// Login to the image's registry.
    #[config(flatten)]
    pub login: LoginConfig,
    /// How the container is reached.
    #[config(flatten)]
    pub comm: CommConfig,
}

/// How the image is built first.
#[derive(Config, Clone, Debug)]
#[config(name = "build")]
pub struct ImageBuildConfig {
    /// The Dockerfile.
    #[config(key = "file")]
    pub path: String,
    /// The directory that the Dockerfile copies from.
    #[config(default = ".", key = "tree")]
    pub build_dir: String,
    /// The values of the Dockerfile's `ARG`s.
    pub arguments: BTreeMap<String, String>,
    /// Whether newer base images are looked for.
    #[config(default = "true", key = "no")]
    pub pull: bool,
    /// Whether the directory is compressed on its way to the Engine.
    #[config(key = "no")]
    pub compress: bool,
}

impl Check for ImageBuildConfig {
    fn check(&self, at: &mut At<'_>) {
        if self.path.is_empty() {
            at.error("path", "`path` is required for bootstrapping a build with `docker build`")
                .hint("Name the Dockerfile: path = \"Dockerfile\".");
        }
    }
}

impl Check for DockerConfig {
    fn check(&self, at: &mut At<'_>) {
        match [self.commit, self.discard, !self.export_path.is_empty()]
            .into_iter()
            .filter(|chosen| *chosen)
            .count()
        {
            0 => {
                at.error("", "No instructions given for handling the artifact; expected commit, discard, or export_path")
                    .hint("commit = true makes an image of the container.");
            }
            1 => {}
            _ => {
                at.error("", "Cannot specify more than one of commit, discard, and export_path");
            }
        }
        match (self.image.is_empty(), self.build.is_some()) {
            (true, false) => {
                at.error("image", "missing 'image' attribute or 'build' section, either needs to be specified for a build to run.");
            }
            (false, true) => {
                at.error("image", "`image` cannot be specified with a build config").detail(
                    "A build block makes the image that the container is made of; there can be only one.",
                );
            }
            _ => {}
        }
        if self.build.is_some() && self.pull.is_some() {
            at.warn("pull", "`pull` has no effect with a build config")
                .detail("The image is made here. The build block has a `pull` of its own, for base images.");
        }
        if self.runs_export() && (self.export_path.ends_with('/') || self.export_path == ".") {
            at.error("export_path", "export_path must be a file, not a directory");
        }
    }
}

impl DockerConfig {
    fn runs_export(&self) -> bool {
        !self.export_path.is_empty()
    }

    /// Fills in what depends on the surroundings and reports what does not fit them.
    pub(crate) fn prepare(&mut self, cx: &PrepareCx, at: &mut At<'_>) {
        let world = &cx.world;
        if self.runs_export() && world.path(&self.export_path).is_dir() && !self.export_path.ends_with('/') {
            at.error("export_path", "export_path must be a file, not a directory");
        }
        if self.container_dir.is_empty() {
            self.container_dir =
                if self.windows_container { "c:/packer-files" } else { "/packer-files" }.into();
        }
        if self.run_command.is_empty() {
            let shell = if self.windows_container { "powershell" } else { "/bin/sh" };
            let entrypoint = format!("--entrypoint={shell}");
            self.run_command =
                ["-d", "-i", "-t", &entrypoint, "--", "{{.Image}}"].map(str::to_owned).to_vec();
        }
        let image = if self.build.is_some() { IMAGE_MARK.to_owned() } else { self.image.clone() };
        for (index, word) in self.run_command.iter_mut().enumerate() {
            match cx.interpolation.render_strictly(word, &[("Image", image.clone())]) {
                Ok(rendered) => *word = rendered,
                Err(error) => {
                    at.error(
                        &format!("run_command[{index}]"),
                        format!("Error rendering run_command: {error}"),
                    );
                }
            }
        }
        let default = if self.windows_container { WINDOWS } else { DOCKER };
        self.comm.prepare(Kinds { default, allowed: &[DOCKER, WINDOWS, "ssh", "winrm", "none"] }, world, at);
    }

    /// Whether the image is pulled first.
    pub(crate) fn pulls(&self) -> bool {
        self.build.is_none() && self.pull.unwrap_or(true)
    }

    /// The arguments after `docker run` for this image, with the directory for sharing data.
    pub(crate) fn run_args(&self, image: &str, shared: &str, home: impl Fn(&str) -> String) -> Vec<String> {
        let mut args = Vec::new();
        let mut each = |option: &str, values: &[String]| {
            args.extend(values.iter().flat_map(|value| [option.to_owned(), value.clone()]));
        };
        each("--device", &self.device);
        each("--cap-add", &self.cap_add);
        each("--cap-drop", &self.cap_drop);
        if self.privileged {
            args.push("--privileged".into());
        }
        for (option, value) in [("--runtime", &self.runtime), ("--platform", &self.platform)] {
            if !value.is_empty() {
                args.extend([option.to_owned(), value.clone()]);
            }
        }
        args.extend(self.tmpfs.iter().flat_map(|path| ["--tmpfs".to_owned(), path.clone()]));
        for (host, container) in &self.volumes {
            args.extend(["-v".to_owned(), format!("{}:{container}", home(host))]);
        }
        args.extend(["-v".to_owned(), format!("{shared}:{}", self.container_dir)]);
        args.extend(self.run_command.iter().map(|word| word.replace(IMAGE_MARK, image)));
        args
    }
}
