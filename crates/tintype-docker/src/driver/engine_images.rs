//! Images: looking, pulling, pushing, naming, importing, removing, and the logins that go with them.

use bollard::auth::DockerCredentials;
use bollard::models::CreateImageInfo;
use bollard::query_parameters::{
    CreateImageOptions, ImportImageOptionsBuilder, RemoveImageOptions, TagImageOptions,
};
use futures::StreamExt;
use serde_json::json;
use tintype_sdk::{Cx, Error, Result};

use super::engine_call::Message;
use super::failure::{absent, status};
use super::layers::Layers;
use super::{Engine, Image, Import, Pull, Push};
use crate::auth::{self, Credentials, Stored};
use crate::chunks::{Incoming, Outgoing};
use crate::reference::Reference;

impl Engine {
    pub(super) async fn look_at_image(&self, name: &str) -> Result<Option<Image>> {
        let answer = self.docker.inspect_image(name).await;
        let Some(found) = absent(answer).map_err(|cause| self.explain(cause))? else { return Ok(None) };
        let config = found.config.unwrap_or_default();
        Ok(Some(Image {
            id: found.id.unwrap_or_default(),
            digests: found.repo_digests.unwrap_or_default(),
            user: config.user.unwrap_or_default(),
            cmd: config.cmd.unwrap_or_default(),
            entrypoint: config.entrypoint.unwrap_or_default(),
        }))
    }

    /// The login for a registry: the given one when it is meant for it, else the kept one.
    pub(super) async fn login_for(&self, registry: &str, given: Option<&Credentials>, cx: &Cx) -> Stored {
        match given {
            Some(given) if given.are_for(registry) => {
                Stored { credentials: Some(given.clone()), problem: None }
            }
            _ => auth::stored(&self.files, registry, cx).await,
        }
    }

    pub(super) async fn pull_image(&self, pull: Pull<'_>, cx: &Cx) -> Result<()> {
        let reference = Reference::parse(pull.image);
        let login = self.login_for(reference.registry_key(), pull.credentials, cx).await;
        let options = CreateImageOptions {
            from_image: Some(reference.familiar()),
            tag: Some(reference.tag_or_digest().to_owned()),
            platform: pull.platform.to_owned(),
            ..CreateImageOptions::default()
        };
        let mut messages =
            self.docker.create_image(Some(options), None, login.credentials.as_ref().map(wire));
        let mut layers = Layers::new(pull.image, pull.quiet, cx);
        while let Some(message) = cx.wait(messages.next()).await? {
            let CreateImageInfo { id, status, progress_detail, .. } =
                message.map_err(|cause| self.no_access(cause, &login, &reference))?;
            let (done, total) = progress_detail.map_or((None, None), |detail| (detail.current, detail.total));
            layers.told(id.as_deref(), status.as_deref().unwrap_or_default(), done, total);
        }
        layers.told(None, &reference.canonical(), None, None);
        Ok(())
    }

    pub(super) async fn push_image(&self, push: Push<'_>, cx: &Cx) -> Result<()> {
        let reference = Reference::parse(push.image);
        let login = self.login_for(reference.registry_key(), push.credentials, cx).await;
        let mut place = format!("/images/{}/push?tag={}", reference.familiar(), reference.tag_or_digest());
        if let Some(platform) = platform(push.platform) {
            place.push_str("&platform=");
            place.push_str(&percent(&platform));
        }
        // A push is refused without the header, even where no login is needed.
        let credentials = login.credentials.clone().unwrap_or_default();
        let mut messages = Box::pin(self.messages(&place, Some(&credentials)));
        let mut layers = Layers::new(push.image, false, cx);
        while let Some(message) = cx.wait(messages.next()).await? {
            let Message { id, status, detail, .. } =
                message.map_err(|cause| self.no_access(cause, &login, &reference))?;
            let (done, total) = detail.map_or((None, None), |detail| (detail.current, detail.total));
            layers.told(id.as_deref(), status.as_deref().unwrap_or_default(), done, total);
        }
        Ok(())
    }

    /// Why an image could not be had, and what to do about it.
    fn no_access(&self, cause: bollard::errors::Error, login: &Stored, reference: &Reference) -> Error {
        let error = self.explain(cause);
        let text = error.to_string();
        if let Some(problem) = &login.problem {
            return error
                .hint(format!("The kept login for {} could not be read: {problem}", reference.domain));
        }
        let refused = ["denied", "unauthorized", "authentication required", "no basic auth"];
        if refused.iter().any(|word| text.contains(word)) {
            return error.hint(format!(
                "Check the name; if the image is private, run `docker login {}` or set login, login_username and login_password.",
                reference.domain
            ));
        }
        if text.contains("not found") || text.contains("unknown") {
            return error.hint(format!(
                "Check that {} has the tag {}.",
                reference.familiar(),
                reference.tag_or_digest()
            ));
        }
        error
    }

    pub(super) async fn tag_image(&self, image: &str, name: &str) -> Result<()> {
        let reference = Reference::parse(name);
        let options = TagImageOptions {
            repo: Some(reference.familiar()),
            tag: Some(reference.tag_or_digest().to_owned()),
        };
        self.docker.tag_image(image, Some(options)).await.map_err(|cause| self.explain(cause))
    }

    pub(super) async fn import_files(&self, import: Import<'_>, files: Outgoing) -> Result<String> {
        let reference = Reference::parse(import.name);
        let options = CreateImageOptions {
            from_src: Some("-".into()),
            repo: Some(reference.familiar()),
            tag: reference.tag.clone(),
            changes: import.changes.to_vec(),
            platform: import.platform.to_owned(),
            ..CreateImageOptions::default()
        };
        let mut messages =
            self.docker.create_image(Some(options), Some(bollard::body_try_stream(files)), None);
        let mut id = String::new();
        while let Some(message) = messages.next().await {
            id = message.map_err(|cause| self.explain(cause))?.status.unwrap_or(id);
        }
        Ok(id)
    }

    /// Takes in an archive of `docker save`.
    pub(crate) async fn load(&self, archive: Incoming) -> Result<()> {
        let archive = archive.map(|part| part.map_err(|error| std::io::Error::other(error.to_string())));
        let options = ImportImageOptionsBuilder::new().quiet(true).build();
        let mut messages = Box::pin(self.docker.import_image_stream(options, archive, None));
        while let Some(message) = messages.next().await {
            message.map_err(|cause| self.explain(cause))?;
        }
        Ok(())
    }

    pub(super) async fn remove_one_image(&self, image: &str) -> Result<()> {
        let options = RemoveImageOptions { force: false, noprune: false, platforms: None };
        match self.docker.remove_image(image, Some(options), None).await {
            Err(cause) if status(&cause) != Some(404) => Err(self.explain(cause)),
            _ => Ok(()),
        }
    }
}

/// A login as the Engine takes it.
pub(super) fn wire(credentials: &Credentials) -> DockerCredentials {
    let text = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    DockerCredentials {
        username: text(&credentials.username),
        password: text(&credentials.password),
        serveraddress: text(&credentials.server),
        identitytoken: text(&credentials.identity_token),
        registrytoken: text(&credentials.registry_token),
        ..DockerCredentials::default()
    }
}

/// A platform as a push names it.
fn platform(text: &str) -> Option<String> {
    let mut parts = text.split('/');
    let os = parts.next().filter(|os| !os.is_empty())?;
    let mut platform = json!({ "os": os });
    for (name, part) in ["architecture", "variant"].into_iter().zip(parts) {
        platform[name] = part.into();
    }
    Some(platform.to_string())
}

/// A text as part of an address.
pub(super) fn percent(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
            byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        })
        .collect()
}
