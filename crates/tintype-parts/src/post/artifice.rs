//! Post-processor `artifice`: the artifact is other files than the builder said.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tintype_schema::{At, Check, Config};
use tintype_sdk::{Artifact, Cx, Error, Keep, PostProcessWith, PostProcessed, PrepareCx, Result};

use crate::artifact::{FilesArtifact, listed};

/// Replaces the list of files of an artifact, for builds whose result a script fetched or made. The files of the old artifact stay
/// where they are unless `keep_input_artifact = false`.
#[derive(Config)]
#[config(name = "artifice")]
pub(crate) struct ArtificeConfig {
    /// Patterns (`*`, `?`, `[a-z]`) of paths on this host, looked up when the post-processor runs. A pattern that matches nothing adds
    /// nothing.
    files: Vec<String>,
}

impl Check for ArtificeConfig {
    fn check(&self, at: &mut At<'_>) {
        if self.files.is_empty() {
            at.error("files", "No files specified in artifice configuration");
        }
        for (index, pattern) in self.files.iter().enumerate() {
            if let Err(error) = glob::Pattern::new(pattern) {
                at.error(&format!("files[{index}]"), format!("{pattern:?} is not a pattern: {}", error.msg));
            }
        }
    }
}

/// A prepared `artifice`.
pub(crate) struct Artifice(ArtificeConfig);

impl PostProcessWith for Artifice {
    type Config = ArtificeConfig;

    fn prepare(config: ArtificeConfig, _: &PrepareCx, _: &mut At<'_>) -> Self {
        Self(config)
    }

    async fn post_process(&self, from: Arc<dyn Artifact>, cx: &Cx) -> Result<PostProcessed> {
        let old = from.files();
        if !old.is_empty() {
            cx.say(format!("Discarding files from artifact: {}", listed(&old)));
        }
        let (patterns, cwd) = (self.0.files.clone(), cx.world().cwd.clone());
        let found = tokio::task::spawn_blocking(move || find(&patterns, &cwd));
        let files = found.await.map_err(|error| Error::bug(error.to_string()))??;
        cx.say(format!("Using these artifact files: {}", listed(&files)));
        let artifact = FilesArtifact::gathered("packer.post-processor.artifice", files, &*from);
        Ok(PostProcessed { artifact: Some(Arc::new(artifact)), keep: Keep::Default(true) })
    }
}

/// What the patterns match, named as they name it, each pattern's in order of their names.
fn find(patterns: &[String], cwd: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for pattern in patterns {
        let relative = Path::new(pattern).is_relative();
        // The directory we run in is no pattern, whatever letters its name has.
        let whole = if relative {
            format!("{}/{pattern}", glob::Pattern::escape(&cwd.display().to_string()))
        } else {
            pattern.clone()
        };
        let failed = |error: String| Error::user(format!("{pattern:?}: {error}"));
        for found in glob::glob(&whole).map_err(|error| failed(error.msg.to_string()))? {
            let found = found.map_err(|error| failed(error.to_string()))?;
            files.push(match found.strip_prefix(cwd) {
                Ok(inside) if relative => inside.to_path_buf(),
                _ => found,
            });
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn patterns() {
        let sandbox = tintype_testkit::Sandbox::new();
        for name in ["b.bin", "a.bin", "d/c.bin", "x.txt"] {
            sandbox.write(name, "");
        }
        let cwd = sandbox.world().cwd.clone();
        for (pattern, expected) in [
            ("*.bin", vec!["a.bin", "b.bin"]),
            ("d/*", vec!["d/c.bin"]),
            ("x.txt", vec!["x.txt"]),
            ("none*", vec![]),
            ("[ab].bin", vec!["a.bin", "b.bin"]),
        ] {
            let found = find(&[pattern.to_string()], &cwd).unwrap();
            assert_eq!(
                found.iter().map(|path| path.to_str().unwrap()).collect::<Vec<_>>(),
                expected,
                "{pattern}"
            );
        }
        let absolute = cwd.join("x.txt");
        assert_eq!(find(&[absolute.display().to_string()], &cwd).unwrap(), [absolute]);
    }
}
