//! The options of the oci builder and their rules. What the image is made of is in `base`, where it goes in `output`, logins in `login`.

use std::collections::BTreeMap;

use tintype_schema::{At, Check, Config};
use tintype_sdk::PrepareCx;

use super::base::BaseConfig;
use super::output::OutputConfig;
use crate::login::LoginConfig;

/// The communicator that the oci builder is about.
pub(crate) const OCI: &str = "oci";
/// What templates of the docker builder call the same.
const DOCKER: &str = "docker";
/// No way into the container.
pub(crate) const NONE: &str = "none";

/// Builds a container image without an Engine: base image, container and result are made by this program, as root or as an ordinary
/// user. Options that the docker builder has, too, mean the same.
#[derive(Config, Clone, Debug)]
#[config(name = "oci")]
pub struct OciConfig {
    /// What the image is made of; exactly one of its options.
    #[config(block, object)]
    pub base: Option<BaseConfig>,
    /// Where the image goes beside the store of this program.
    #[config(block, object, key = "finish")]
    pub output: Option<OutputConfig>,
    /// Makes an image of the container when provisioning is done. That is what happens unless `discard` or `export_path` is set.
    #[config(key = "finish")]
    pub commit: Option<bool>,
    /// Throws the container away when provisioning is done.
    #[config(key = "finish")]
    pub discard: bool,
    /// Writes the container's files into this tar file when provisioning is done, and makes no image.
    #[config(key = "finish")]
    pub export_path: String,
    /// Who made the image.
    #[config(key = "finish")]
    pub author: String,
    /// What was done.
    #[config(key = "finish")]
    pub message: String,
    /// Instructions of a Dockerfile that are applied to the image: `CMD`, `ENTRYPOINT`, `ENV`, `EXPOSE`, `HEALTHCHECK`, `LABEL`, `ONBUILD`,
    /// `STOPSIGNAL`, `USER`, `VOLUME`, `WORKDIR`.
    #[config(key = "finish")]
    pub changes: Vec<String>,
    /// The platform of the image: `linux/arm64`. The default is that of this machine.
    pub platform: String,
    /// The container's network: `auto` (that of this host as root, one of its own that reaches the same places otherwise), `host` or
    /// `none`.
    #[config(default = "auto", values("auto", "host", "none"))]
    pub network: String,
    /// Directories of this host that are mounted in the container: host path to container path. `~/` is the home directory.
    pub volumes: BTreeMap<String, String>,
    /// Paths in the container that are kept in memory.
    pub tmpfs: Vec<String>,
    /// Capabilities that the container gets.
    pub cap_add: Vec<String>,
    /// Capabilities that the container loses.
    pub cap_drop: Vec<String>,
    /// Gives the container all rights that the user of this program has.
    pub privileged: bool,
    /// Gives each command a terminal.
    pub pty: bool,
    /// The user as whom commands run. The default is the image's.
    pub exec_user: String,
    /// Whether uploaded files belong to the image's user. Otherwise they belong to root.
    #[config(default = "true")]
    pub fix_upload_owner: bool,
    /// Whether the registry is asked for a newer base image of that name. The default is `true`; what is here already is not fetched
    /// again. With `false` a registry is asked only for what is missing.
    #[config(key = "no")]
    pub pull: Option<bool>,
    /// How commands and files reach the container: `oci` (directly), or `none` for provisioners that run on this host only.
    #[config(default = "oci", values("oci", "none"), key = "no")]
    pub communicator: String,
    /// Login to the registry of the base image, and to that of `push`.
    #[config(flatten)]
    pub login: LoginConfig,
}

impl Check for OciConfig {
    fn check(&self, at: &mut At<'_>) {
        if !at.given("base") {
            at.error("base", "`base` is required: what the image is made of").hint(
                "Name an image, base = { image = \"debian:bookworm-slim\" }, or start with nothing, base = { scratch = true }.",
            );
        }
        self.check_result(at);
        if !["auto", "host", "none"].contains(&self.network.as_str()) {
            at.error("network", format!("\"{}\" is no kind of network", self.network))
                .hint("Use one of auto, host, none.");
        }
        if ![OCI, DOCKER, NONE].contains(&self.communicator.as_str()) {
            at.error("communicator", format!("Communicator type {} is invalid", self.communicator))
                .hint("Use one of oci, none.");
        }
        self.check_platform(at);
        for (index, change) in self.changes.iter().enumerate() {
            let mut config = oci::ImageConfig::new(&oci::Platform::host());
            if let Err(error) = tintype_oci::apply_changes(&mut config, std::slice::from_ref(change)) {
                at.error(&format!("changes[{index}]"), error.to_string());
            }
        }
        for (host, container) in &self.volumes {
            if !container.starts_with('/') {
                at.error(
                    &format!("volumes.{host}"),
                    format!("\"{container}\" is no absolute path in the container"),
                );
            }
        }
        for (index, path) in self.tmpfs.iter().enumerate() {
            if !path.starts_with('/') {
                at.error(
                    &format!("tmpfs[{index}]"),
                    format!("\"{path}\" is no absolute path in the container"),
                );
            }
        }
        if at.given("pull") && self.base.as_ref().is_some_and(|base| base.image.is_empty()) {
            at.warn("pull", "`pull` has no effect without `image` in `base`")
                .detail("Other kinds of base are found on this machine.");
        }
    }
}

impl OciConfig {
    fn check_result(&self, at: &mut At<'_>) {
        let commit = self.commit == Some(true) || at.given("output");
        let chosen = [commit, self.discard, !self.export_path.is_empty()];
        if chosen.into_iter().filter(|chosen| *chosen).count() > 1 {
            at.error("", "Cannot specify more than one of output, discard, and export_path").detail(
                "An image is made for `output` (and for `commit`), not when the container is thrown away or only its files are \
                 wanted.",
            );
        }
        if self.commit == Some(false) && chosen == [false; 3] {
            at.error(
                "commit",
                "No instructions given for handling the artifact; expected output, discard, or export_path",
            )
            .hint("Leave commit out to make an image, or set discard = true to make none.");
        }
        if self.export_path.ends_with('/') || self.export_path == "." {
            at.error("export_path", "export_path must be a file, not a directory");
        }
    }

    fn check_platform(&self, at: &mut At<'_>) {
        if self.platform.is_empty() {
            return;
        }
        match self.platform.parse::<oci::Platform>() {
            Err(error) => {
                at.error("platform", error.to_string());
            }
            Ok(platform) if platform.os != "linux" => {
                at.error("platform", format!("Containers of {} need a Docker Engine", platform.os))
                    .hint("Use the docker builder, with windows_container = true for Windows.");
            }
            Ok(_) => {}
        }
    }

    /// Fills in what depends on the surroundings and reports what does not fit them.
    pub(crate) fn prepare(&mut self, cx: &PrepareCx, at: &mut At<'_>) {
        if self.communicator == DOCKER {
            self.communicator = OCI.to_owned();
        }
        let export = cx.world.path(&self.export_path);
        if !self.export_path.is_empty() && !self.export_path.ends_with('/') && export.is_dir() {
            at.error("export_path", "export_path must be a file, not a directory");
        }
        if let Some(base) = &self.base {
            base.prepare(cx, at);
        }
        if let Some(output) = &self.output {
            output.prepare(cx, at);
        }
    }

    /// Whether an image is made.
    pub(crate) fn commits(&self) -> bool {
        !self.discard && self.export_path.is_empty()
    }
}
