//! One request at a time: with a key, with patience and with retries; and the body of one answer, with limits. What is asked for is the
//! matter of `pull` and `push`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{AUTHORIZATION, HeaderMap, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{RequestBuilder, Response, StatusCode};
use serde::Deserialize;

use super::Client;
use super::auth::Scope;
use crate::{Error, Repository, Result};

/// Longer than this nobody is made to wait between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// As many bytes of an error's text are read.
const LONGEST_COMPLAINT: usize = 64 << 10;

/// A transfer that brings fewer bytes than this within the time of one patience stands still, whoever dribbles.
const SLOWEST: u64 = 1 << 10;

/// What is being asked, and of whom; for messages.
pub(super) struct Ask<'a> {
    pub(super) host: &'a str,
    pub(super) what: &'a str,
    /// Counts the bytes of a body on its way to the registry: while they move, the answer is not late.
    pub(super) upload: Option<Arc<AtomicU64>>,
    /// Is told why it is tried again, and after how long.
    pub(super) retry: &'a (dyn Fn(&Error, Duration) + Sync),
}

/// Nobody wants to know of retries.
pub(super) fn quietly(_: &Error, _: Duration) {}

impl Client {
    /// Sends a request to a registry, with a key when it wants one. Any status but a refusal of all logins is an answer.
    pub(super) async fn send(
        &self,
        repository: &Repository,
        scope: &Scope,
        ask: &Ask<'_>,
        build: &mut (dyn FnMut() -> Result<RequestBuilder> + Send),
    ) -> Result<Response> {
        let mut key = self.known_key(repository.host(), scope);
        let mut fetched = false;
        loop {
            let header = key.as_ref().map(|key| key.header.clone());
            let answer = self
                .patiently(ask, &mut || {
                    let request = build()?;
                    Ok(match &header {
                        Some(header) => request.header(AUTHORIZATION, header.clone()),
                        None => request,
                    })
                })
                .await?;
            let refused = matches!(answer.status(), StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN);
            if answer.status() != StatusCode::UNAUTHORIZED || fetched {
                return match self.unknown_login(repository).filter(|_| refused) {
                    Some(error) => Err(error),
                    None => Ok(answer),
                };
            }
            key = Some(self.key(repository, scope, answer.headers()).await?);
            fetched = true;
        }
    }

    /// Sends a request, again when the connection breaks or the registry is busy.
    pub(super) async fn patiently(
        &self,
        ask: &Ask<'_>,
        build: &mut (dyn FnMut() -> Result<RequestBuilder> + Send),
    ) -> Result<Response> {
        let mut tries = 0;
        loop {
            let (wait, error, end) = match self.once(ask, build()?).await {
                Ok(answer) if is_busy(answer.status()) => {
                    (named_pause(answer.headers()), ask.busy(answer.status()), Ok(answer))
                }
                Ok(answer) => return Ok(answer),
                Err(error) => match self.most(&error) {
                    most if tries < most => (None, error, Err(())),
                    _ => return Err(error),
                },
            };
            let wait = wait.unwrap_or_else(|| self.pause(tries));
            match end {
                // A registry that wants to be left alone for an hour is not waited for.
                Ok(answer) if tries >= self.options.retries || wait > LONGEST_PAUSE => return Ok(answer),
                _ => {}
            }
            (ask.retry)(&error, wait);
            tokio::time::sleep(wait).await;
            tries += 1;
        }
    }

    /// How often it is worth trying again after such a failure.
    pub(super) fn most(&self, error: &Error) -> u32 {
        match error {
            Error::Broken { .. } | Error::Status { .. } => self.options.retries,
            // It was given time enough.
            Error::Timeout { .. } => self.options.retries.min(1),
            // Nobody is there, and mostly it stays so.
            Error::Network { .. } => self.options.retries.min(2),
            // A body that ended early.
            Error::Length { expected, found, .. } if found < expected => self.options.retries,
            _ => 0,
        }
    }

    /// How long to wait before the next try, when nobody has said.
    pub(super) fn pause(&self, tries: u32) -> Duration {
        self.options.pause.saturating_mul(1 << tries.min(16)).min(LONGEST_PAUSE)
    }

    async fn once(&self, ask: &Ask<'_>, request: RequestBuilder) -> Result<Response> {
        let answer = request.send();
        tokio::pin!(answer);
        let mut moved = 0;
        loop {
            if let Ok(answer) = tokio::time::timeout(self.options.patience, &mut answer).await {
                return answer.map_err(|error| ask.broken(&error));
            }
            let now = ask.upload.as_ref().map_or(0, |count| count.load(Ordering::Relaxed));
            if now < moved + SLOWEST {
                return Err(ask.late(self.options.patience));
            }
            moved = now;
        }
    }

    /// Reads the body of an answer into memory, up to a limit.
    pub(super) async fn body(&self, ask: &Ask<'_>, answer: Response, limit: u64) -> Result<Vec<u8>> {
        if answer.content_length().is_some_and(|length| length > limit) {
            return Err(Error::TooLarge { what: ask.what.to_owned(), limit });
        }
        let mut body = Vec::new();
        let mut stream = Incoming::new(answer, self.options.patience);
        while let Some(chunk) = stream.next(ask).await? {
            if (body.len() + chunk.len()) as u64 > limit {
                return Err(Error::TooLarge { what: ask.what.to_owned(), limit });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

impl Ask<'_> {
    fn late(&self, after: Duration) -> Error {
        Error::Timeout { host: self.host.to_owned(), what: self.what.to_owned(), after }
    }

    fn broken(&self, error: &reqwest::Error) -> Error {
        let (host, what) = (self.host.to_owned(), self.what.to_owned());
        let why = innermost(error);
        if error.is_redirect() || error.is_builder() {
            return Error::Nonsense { host, what, why };
        }
        if error.is_connect() {
            return Error::Network { host, what, why };
        }
        Error::Broken { host, what, why }
    }

    fn busy(&self, status: StatusCode) -> Error {
        let (host, what) = (self.host.to_owned(), self.what.to_owned());
        Error::Status { host, what, status: status.as_u16(), message: String::new() }
    }

    pub(super) fn nonsense(&self, why: impl Into<String>) -> Error {
        Error::Nonsense { host: self.host.to_owned(), what: self.what.to_owned(), why: why.into() }
    }
}

/// The body of an answer, piece by piece.
pub(super) struct Incoming {
    answer: Response,
    patience: Duration,
    /// When the current stretch of time began, and what came in it.
    since: tokio::time::Instant,
    came: u64,
}

impl Incoming {
    pub(super) fn new(answer: Response, patience: Duration) -> Self {
        Self { answer, patience, since: tokio::time::Instant::now(), came: 0 }
    }

    /// The next piece.
    ///
    /// # Errors
    /// The connection breaks, or nothing to speak of comes.
    pub(super) async fn next(&mut self, ask: &Ask<'_>) -> Result<Option<Bytes>> {
        let chunk = tokio::time::timeout(self.patience, self.answer.chunk()).await;
        let chunk = chunk.map_err(|_| ask.late(self.patience))?.map_err(|error| ask.broken(&error))?;
        self.came += chunk.as_ref().map_or(0, |chunk| chunk.len() as u64);
        if self.since.elapsed() >= self.patience {
            if self.came < SLOWEST && chunk.is_some() {
                return Err(ask.late(self.patience));
            }
            (self.since, self.came) = (tokio::time::Instant::now(), 0);
        }
        Ok(chunk)
    }
}

/// What a status that means a failure means. Reads what the registry says about it.
pub(super) async fn refusal(host: &str, what: &str, answer: Response, patience: Duration) -> Error {
    let status = answer.status();
    let (host, what) = (host.to_owned(), what.to_owned());
    // What it says is a courtesy: a registry that dawdles over it is not waited for.
    let message = tokio::time::timeout(patience, complaint(answer)).await.unwrap_or_default();
    match status {
        StatusCode::NOT_FOUND => Error::NotFound { what: format!("{what} ({host})") },
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            Error::Denied { host, what, why: if message.is_empty() { status.to_string() } else { message } }
        }
        _ => Error::Status { host, what, status: status.as_u16(), message },
    }
}

/// What a registry says about a failure: `code: message`, or a page of text, cut short.
async fn complaint(mut answer: Response) -> String {
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = answer.chunk().await {
        body.extend_from_slice(&chunk);
        if body.len() > LONGEST_COMPLAINT {
            break;
        }
    }
    /// The form that the specification of registries gives to errors.
    #[derive(Deserialize)]
    struct Complaints {
        errors: Vec<Complaint>,
    }
    /// One of them.
    #[derive(Deserialize)]
    struct Complaint {
        #[serde(default)]
        code: String,
        #[serde(default)]
        message: String,
    }
    let text = match serde_json::from_slice::<Complaints>(&body) {
        Ok(said) => said
            .errors
            .iter()
            .map(|one| if one.message.is_empty() { one.code.clone() } else { one.message.clone() })
            .collect::<Vec<_>>()
            .join("; "),
        Err(_) => String::from_utf8_lossy(&body).trim().to_owned(),
    };
    // It will stand on a screen.
    text.chars().filter(|character| !character.is_control()).take(500).collect()
}

/// Whether the registry may be able to answer later.
fn is_busy(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 429 | 500 | 502 | 503 | 504)
}

/// The pause a registry asks for. It may also name a date, which is rare, and not worth a clock that goes wrong.
fn named_pause(headers: &HeaderMap) -> Option<Duration> {
    let seconds: u64 = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// Whom to follow: a few steps, and never from an encrypted address to one that is not.
pub(super) fn followed() -> Policy {
    Policy::custom(|attempt| {
        let plain = attempt.url().scheme() != "https";
        if attempt.previous().len() > 10 {
            attempt.error("it sends from one address to the next, without end")
        } else if plain && attempt.previous().last().is_some_and(|last| last.scheme() == "https") {
            attempt.error("it sends to an address without encryption")
        } else {
            attempt.follow()
        }
    })
}

/// The innermost reason of an error: the outer ones only repeat the address.
pub(super) fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut error = error;
    while let Some(inner) = error.source() {
        error = inner;
    }
    error.to_string()
}
