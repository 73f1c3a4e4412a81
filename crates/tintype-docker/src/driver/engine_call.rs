//! Calls that bollard does not have, or answers it does not give in full: another call of its own is sent to their place.

use bytes::{Bytes, BytesMut};
use futures::{Stream, StreamExt};
use serde::Deserialize;
use serde::de::IgnoredAny;
use tintype_sdk::{Error, Result};

use super::Engine;
use crate::auth::Credentials;

/// The path of the call that is sent elsewhere; no container has this name.
const STAND_IN: &str = "/containers/-/export";

/// A message longer than this is none.
const LONGEST_MESSAGE: usize = 16 << 20;

/// One of the messages that make up the answer to a long call.
#[derive(Deserialize, Default, Debug)]
#[serde(default)]
pub(super) struct Message {
    /// The layer it is about.
    pub id: Option<String>,
    /// What is done to it.
    pub status: Option<String>,
    /// How much is done.
    #[serde(rename = "progressDetail")]
    pub detail: Option<Detail>,
    /// Why it failed.
    #[serde(rename = "errorDetail")]
    error_detail: Option<ErrorDetail>,
    /// The same in short, from old Engines.
    error: Option<String>,
    /// Anything more.
    #[serde(rename = "aux")]
    _aux: Option<IgnoredAny>,
}

/// How much is done, of how much.
#[derive(Deserialize, Clone, Copy, Default, Debug)]
#[serde(default)]
pub(super) struct Detail {
    /// So much.
    pub current: Option<i64>,
    /// Of so much.
    pub total: Option<i64>,
}

#[derive(Deserialize, Default, Debug)]
#[serde(default)]
struct ErrorDetail {
    message: Option<String>,
}

impl Message {
    fn failure(&self) -> Option<&str> {
        self.error_detail.as_ref().and_then(|detail| detail.message.as_deref()).or(self.error.as_deref())
    }
}

impl Engine {
    /// Sends a call with `POST`. `place` is path and query.
    pub(super) fn call(
        &self,
        place: &str,
        credentials: Option<&Credentials>,
        body: Bytes,
    ) -> impl Stream<Item = Result<Bytes, bollard::errors::Error>> + Send + use<> {
        let place = place.to_owned();
        let login = credentials.map(header);
        let docker = self.docker.clone().with_request_modifier(move |mut request| {
            let uri = request.uri().to_string().replace(STAND_IN, &place);
            if let (Ok(uri), Ok(method)) = (uri.parse(), "POST".parse()) {
                *request.uri_mut() = uri;
                *request.method_mut() = method;
                *request.body_mut() = bollard::body_full(body.clone());
            }
            if let Some(Ok(login)) = login.as_ref().map(|login| login.parse()) {
                request.headers_mut().insert("X-Registry-Auth", login);
            }
            request
        });
        docker.export_container("-")
    }

    /// The same for calls that answer with messages; the first one that tells of a failure ends them.
    pub(super) fn messages(
        &self,
        place: &str,
        credentials: Option<&Credentials>,
    ) -> impl Stream<Item = Result<Message, bollard::errors::Error>> + Send + use<> {
        let bytes = self.call(place, credentials, Bytes::new());
        futures::stream::try_unfold((bytes.boxed(), BytesMut::new()), |(mut bytes, mut rest)| async move {
            loop {
                let line = match rest.iter().position(|&byte| byte == b'\n') {
                    Some(end) => rest.split_to(end + 1),
                    None => match bytes.next().await {
                        Some(more) => {
                            rest.extend_from_slice(&more?);
                            if rest.len() > LONGEST_MESSAGE {
                                return Err(stream_error("the Engine's answer has no end"));
                            }
                            continue;
                        }
                        None if rest.is_empty() => return Ok(None),
                        None => rest.split(),
                    },
                };
                if line.trim_ascii().is_empty() {
                    continue;
                }
                let message: Message = serde_json::from_slice(&line)?;
                if let Some(failure) = message.failure() {
                    return Err(stream_error(failure));
                }
                return Ok(Some((message, (bytes, rest))));
            }
        })
    }

    /// Lets the Engine try a login.
    pub(super) async fn check_login(&self, credentials: &Credentials) -> Result<()> {
        let body = serde_json::to_vec(&serde_json::json!({
            "username": credentials.username,
            "password": credentials.password,
            "serveraddress": credentials.server,
        }))
        .map_err(|error| Error::bug(error.to_string()))?;
        let mut answer = self.call("/auth", None, body.into()).boxed();
        while let Some(part) = answer.next().await {
            part.map_err(|cause| {
                let error = self.explain(cause);
                let refused = error.to_string().contains("401") || error.to_string().contains("nauthorized");
                if refused { error.hint("Check login_username and login_password.") } else { error }
            })?;
        }
        Ok(())
    }
}

fn stream_error(text: &str) -> bollard::errors::Error {
    bollard::errors::Error::DockerStreamError { error: text.to_owned() }
}

/// A login as the Engine reads it from a header.
fn header(credentials: &Credentials) -> String {
    use base64::Engine as _;
    let json = serde_json::json!({
        "username": credentials.username,
        "password": credentials.password,
        "serveraddress": credentials.server,
        "identitytoken": credentials.identity_token,
        "registrytoken": credentials.registry_token,
    });
    base64::engine::general_purpose::URL_SAFE.encode(json.to_string())
}
