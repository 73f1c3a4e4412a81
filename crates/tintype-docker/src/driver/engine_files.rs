//! Files out of a container, by whichever connection carries them fastest.

use bollard::query_parameters::DownloadFromContainerOptions;
use tintype_sdk::Result;

use super::Engine;
use crate::chunks::Incoming;

impl Engine {
    /// A file or a directory as an archive.
    pub(super) async fn get_files(&self, container: &str, path: &str) -> Result<Incoming> {
        #[cfg(unix)]
        if let Some(socket) = self.endpoint.host.strip_prefix("unix://") {
            let answer = super::socket::archive(socket, container, path).await;
            if let Some(archive) = answer.map_err(|cause| self.explain(cause))? {
                return Ok(archive);
            }
        }
        let options = DownloadFromContainerOptions { path: path.to_owned() };
        self.open(self.docker.download_from_container(container, Some(options))).await
    }
}
