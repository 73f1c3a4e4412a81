//! Gets what the image is made of into the store.

use std::borrow::Cow;
use std::sync::Arc;

use tintype_oci::{Base, Debootstrap, StoredImage};
use tintype_sdk::{Cx, Error, Result, Step};

use crate::driver::{Driver, Embedded, Pull, docker_engine};
use crate::oci::base::BaseConfig;
use crate::oci::config::OciConfig;

/// Gets it.
pub(crate) struct GetBase<'a> {
    /// Everything.
    pub config: &'a OciConfig,
    /// The engine.
    pub engine: &'a Arc<Embedded>,
}

impl Step for GetBase<'_> {
    type Out = StoredImage;

    fn name(&self) -> Cow<'static, str> {
        "StepBase".into()
    }

    async fn run(&self, cx: &Cx) -> Result<StoredImage> {
        if self.config.output.as_ref().is_some_and(|output| !output.load.is_empty()) {
            // Whether there is one is found out before the work, not after it.
            docker_engine(cx).await.map_err(|error| error.context("The image cannot be loaded"))?;
        }
        let Some(base) = &self.config.base else {
            return Err(Error::bug("a build without a base was not refused"));
        };
        if !base.image.is_empty() {
            return self.image(&base.image, cx).await;
        }
        let (base, words) = other(base, cx)?;
        cx.say(format!("Using {words} as the base"));
        let made = self.engine.base(&base, &self.config.platform, cx).await;
        made.map_err(
            |error| if error.is_cancelled() { error } else { error.context("Error getting the base") },
        )
    }
}

impl GetBase<'_> {
    async fn image(&self, name: &str, cx: &Cx) -> Result<StoredImage> {
        let is_id = name.starts_with("sha256:");
        let platform = self.engine.platform(&self.config.platform)?;
        match self.engine.store().image_for(name, &platform)? {
            Some(image) if is_id || self.config.pull == Some(false) => return Ok(image),
            None if self.config.pull == Some(false) || is_id => {
                if let Some(image) = self.engine.take_over(name, &self.config.platform, cx).await? {
                    return Ok(image);
                }
            }
            _ => {}
        }
        if is_id {
            return Err(Error::user(format!("There is no image {name} in the store")).hint(
                "An id is known only where the image was made or pulled: use a name that a registry knows.",
            ));
        }
        cx.say(format!("Pulling base image: {name}"));
        let login = &self.config.login;
        let driver: &dyn Driver = &**self.engine;
        let credentials = login.log_in(driver, cx).await?;
        let pull = Pull {
            image: name,
            platform: &self.config.platform,
            credentials: credentials.as_ref(),
            quiet: false,
        };
        let pulled = self.engine.fetch(pull, cx).await;
        login.log_out(credentials.as_ref(), driver, cx).await;
        pulled.map_err(|error| {
            if error.is_cancelled() { error } else { error.context("Error pulling the base image") }
        })
    }
}

/// A base that comes from no registry, and what it is called on the screen.
fn other(base: &BaseConfig, cx: &Cx) -> Result<(Base, String)> {
    let path = |typed: &str| cx.world().path(typed);
    let name = Some(base.name.clone()).filter(|name| !name.is_empty());
    let found = if !base.layout.is_empty() {
        (Base::Layout { dir: path(&base.layout), name }, format!("the layout {}", base.layout))
    } else if !base.archive.is_empty() {
        (Base::Archive { file: path(&base.archive), name }, format!("the archive {}", base.archive))
    } else if !base.rootfs.is_empty() {
        let rootfs = path(&base.rootfs);
        let rootfs = if rootfs.is_dir() { Base::RootfsDir(rootfs) } else { Base::RootfsTar(rootfs) };
        (rootfs, format!("the files of {}", base.rootfs))
    } else if !base.debootstrap.is_empty() {
        let debootstrap = Debootstrap {
            suite: base.debootstrap.clone(),
            mirror: base.mirror.clone(),
            variant: base.variant.clone(),
            include: base.include.clone(),
            components: base.components.clone(),
        };
        (Base::Debootstrap(debootstrap), format!("a new {}", base.debootstrap))
    } else if base.scratch {
        (Base::Scratch, "nothing".to_owned())
    } else {
        return Err(Error::bug("a base that is none was not refused"));
    };
    Ok(found)
}
