//! Whether a registry lets us in: the question that a login is checked with before there is an image to ask for.

use reqwest::StatusCode;

use super::Client;
use super::auth::Scope;
use super::send::{Ask, quietly, refusal};
use crate::{Repository, Result};

impl Client {
    /// Asks the registry of a repository whether it knows us. Of the repository nothing is asked: it need not be there.
    ///
    /// # Errors
    /// The login is refused, or the registry cannot be reached.
    pub async fn enter(&self, repository: &Repository) -> Result<()> {
        let what = format!("a login to {}", repository.registry());
        let ask = Ask { host: repository.host(), what: &what, upload: None, retry: &quietly };
        let url = format!("{}/v2/", self.base(repository));
        let answer = self.send(repository, &Scope(Vec::new()), &ask, &mut || Ok(self.http.get(&url))).await?;
        if answer.status() == StatusCode::OK {
            return Ok(());
        }
        Err(refusal(ask.host, &what, answer, self.options.patience).await)
    }
}
