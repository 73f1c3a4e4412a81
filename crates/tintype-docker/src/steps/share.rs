//! Makes the directory that the container shares with this host.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use tintype_sdk::{Context, Cx, Error, Result, Scope, Step, When};

use crate::gone::Gone;
use crate::os::make_private_dir;

/// Makes the directory.
pub(crate) struct ShareDirectory<'a> {
    /// When the directory is not used any more.
    pub gone: &'a Gone,
}

impl Step for ShareDirectory<'_> {
    type Out = PathBuf;

    fn name(&self) -> Cow<'static, str> {
        "StepTempDir".into()
    }

    async fn run(&self, cx: &Cx) -> Result<PathBuf> {
        cx.say("Creating a temporary directory for sharing data...");
        let world = cx.world();
        let parent = match world.env("PACKER_TMP_DIR") {
            Some(dir) if !dir.is_empty() => world.path(dir),
            _ => world.config_dir.clone(),
        };
        let made = make(&parent)?;
        let (dir, gone) = (made.clone(), self.gone.clone());
        let what = format!("directory {}", dir.display());
        let _gone_at_the_end = cx.defer(Scope::Temp, When::Always, what.clone(), |cx| async move {
            cx.background(what, async move {
                gone.wait().await;
                match tokio::fs::remove_dir_all(&dir).await {
                    Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
                    _ => Ok(()),
                }
            });
            Ok(())
        });
        Ok(made)
    }
}

fn make(parent: &Path) -> Result<PathBuf> {
    std::fs::create_dir_all(parent).context(|| parent.display().to_string())?;
    for _ in 0..100 {
        // A number as in the names that Packer's users know from its output.
        let number = uuid::Uuid::new_v4().as_u64_pair().0 % 9_000_000_000 + 100_000_000;
        let dir = parent.join(format!("tmp{number}"));
        match make_private_dir(&dir) {
            Ok(()) => return Ok(dir),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(Error::from(error).context(dir.display())),
        }
    }
    Err(Error::environment(format!("no free name for a directory in {}", parent.display())))
}
