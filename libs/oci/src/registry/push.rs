//! What goes to a registry: blobs that it has not, taken over from a neighbour where it can, else sent in one go or in pieces; then
//! manifests and indexes.

use std::fs::File;
use std::io::{Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use futures::{FutureExt, Stream, StreamExt, TryStreamExt};
use reqwest::header::{CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, LOCATION, RANGE};
use reqwest::{Body, Response, StatusCode, Url};
use tokio_util::io::ReaderStream;

use super::auth::Scope;
use super::send::{Ask, quietly, refusal};
use super::{Client, Moved, Progress};
use crate::{Blobs, Descriptor, Digest, Document, Error, Reference, Repository, Result, media};

const BUFFER: usize = 256 << 10;

/// How often it is told how far a blob is.
const TELL: Duration = Duration::from_millis(100);

/// Registries set limits of their own to single pieces; one that wants larger ones than this gets the blob in one go.
const LARGEST_PIECE: u64 = 1 << 30;

impl Client {
    /// Sends an image whose blobs are all here: those that the registry has not, then its manifest. `from` names repositories
    /// of the same registry that may have some of the blobs.
    ///
    /// # Errors
    /// A blob is missing here, nobody may send, or the registry cannot be reached or does not keep what it is sent.
    pub async fn push(
        &self,
        reference: &Reference,
        manifest: &Descriptor,
        blobs: &Blobs,
        from: &[Repository],
        progress: &dyn Progress,
    ) -> Result<()> {
        let bytes = blobs.document(manifest)?;
        let what = format!("the manifest for {}", reference.familiar());
        match Document::parse(&bytes, Some(&manifest.media_type), &what)? {
            Document::Manifest(image) => {
                self.push_blobs(&reference.repository, &image, blobs, from, progress).await?;
            }
            Document::Index(index) => {
                // A registry keeps an index only after what it points at.
                for child in &index.manifests {
                    let reference = Reference {
                        repository: reference.repository.clone(),
                        tag: None,
                        digest: Some(child.digest.clone()),
                    };
                    Box::pin(self.push(&reference, child, blobs, from, progress)).await?;
                }
            }
        }
        self.put_manifest(reference, &manifest.media_type, &bytes).await.map(drop)
    }

    async fn push_blobs(
        &self,
        repository: &Repository,
        image: &crate::Manifest,
        blobs: &Blobs,
        from: &[Repository],
        progress: &dyn Progress,
    ) -> Result<()> {
        let mut distinct: Vec<&Descriptor> = Vec::new();
        for blob in image.layers.iter().chain([&image.config]) {
            if !media::is_foreign(&blob.media_type)
                && !distinct.iter().any(|other| other.digest == blob.digest)
            {
                distinct.push(blob);
            }
        }
        // Boxed one by one: who waits for them may be on any thread.
        let jobs: Vec<BoxFuture<'_, Result<()>>> = distinct
            .into_iter()
            .map(|blob| self.push_blob(repository, blob, blobs, from, progress).boxed())
            .collect();
        futures::stream::iter(jobs).buffer_unordered(self.options.parallel.max(1)).try_collect().await
    }

    /// Keeps a manifest or an index under a name.
    ///
    /// # Errors
    /// The registry refuses it, or says that it has kept something else.
    pub async fn put_manifest(
        &self,
        reference: &Reference,
        media_type: &str,
        bytes: &[u8],
    ) -> Result<Digest> {
        let repository = &reference.repository;
        let what = format!("sending the manifest of {}", reference.familiar());
        let ask = Ask { host: repository.host(), what: &what, upload: None, retry: &quietly };
        let wanted = match &reference.tag {
            Some(tag) => tag.clone(),
            None => reference.wanted(),
        };
        let url = self.url(repository, &format!("manifests/{wanted}"));
        let body = Bytes::copy_from_slice(bytes);
        let answer = self
            .send(repository, &Scope::push(repository), &ask, &mut || {
                Ok(self.http.put(&url).header(CONTENT_TYPE, media_type).body(body.clone()))
            })
            .await?;
        if !answer.status().is_success() {
            return Err(refusal(ask.host, &what, answer, self.options.patience).await);
        }
        let expected = Digest::of(bytes);
        kept(&answer, &expected, &what)?;
        Ok(expected)
    }

    /// Whether the registry has a blob.
    ///
    /// # Errors
    /// Nobody may ask, or the registry cannot be reached.
    pub async fn has_blob(&self, repository: &Repository, digest: &Digest) -> Result<bool> {
        self.look(repository, &Scope::push(repository), digest).await
    }

    async fn look(&self, repository: &Repository, scope: &Scope, digest: &Digest) -> Result<bool> {
        let what = format!("looking for the blob {digest} in {}", repository.familiar());
        let ask = Ask { host: repository.host(), what: &what, upload: None, retry: &quietly };
        let url = self.url(repository, &format!("blobs/{digest}"));
        let answer = self.send(repository, scope, &ask, &mut || Ok(self.http.head(&url))).await?;
        match answer.status() {
            status if status.is_success() => Ok(true),
            StatusCode::NOT_FOUND => Ok(false),
            _ => Err(refusal(ask.host, &what, answer, self.options.patience).await),
        }
    }

    /// Sends one blob, unless the registry has it or can take it over from a repository in `from`.
    ///
    /// # Errors
    /// It is not here, nobody may send, or the registry cannot be reached or does not keep what it is sent.
    pub async fn push_blob(
        &self,
        repository: &Repository,
        blob: &Descriptor,
        blobs: &Blobs,
        from: &[Repository],
        progress: &dyn Progress,
    ) -> Result<()> {
        let neighbours: Vec<&Repository> =
            from.iter().filter(|other| other.host() == repository.host() && *other != repository).collect();
        let scope = Scope::push(repository);
        if self.look(repository, &scope, &blob.digest).await? {
            progress.blob(blob, Moved::There);
            return Ok(());
        }
        let what = format!("sending the blob {} to {}", blob.digest, repository.familiar());
        if !blobs.has(blob) {
            return Err(Error::NotFound {
                what: format!("the blob {} with its {} bytes", blob.digest, blob.size),
            });
        }
        let mut send = Send {
            client: self,
            repository,
            scope,
            blob,
            blobs,
            what: &what,
            progress,
            sent: Arc::new(AtomicU64::new(0)),
        };
        let mut session = None;
        for neighbour in neighbours {
            match send.mount(neighbour).await? {
                Opened::Kept => {
                    progress.blob(blob, Moved::Mounted);
                    return Ok(());
                }
                // It opens a session instead: the last one will do for sending.
                Opened::Session(url) => session = Some(url),
            }
        }
        progress.blob(blob, Moved::Started { have: 0 });
        send.run(session).await?;
        progress.blob(blob, Moved::Done);
        Ok(())
    }
}

/// What the registry does when an upload is asked for.
enum Opened {
    /// It has the blob already.
    Kept,
    /// It waits for the blob there.
    Session(Url),
}

/// How sending in pieces ended.
enum Pieces {
    Kept,
    /// The registry does not take pieces.
    Unwanted,
}

/// A blob on its way to a registry.
struct Send<'a> {
    client: &'a Client,
    repository: &'a Repository,
    scope: Scope,
    blob: &'a Descriptor,
    blobs: &'a Blobs,
    what: &'a str,
    progress: &'a dyn Progress,
    /// Bytes that were handed to the connection.
    sent: Arc<AtomicU64>,
}

impl Send<'_> {
    fn ask(&self) -> Ask<'_> {
        Ask {
            host: self.repository.host(),
            what: self.what,
            upload: Some(self.sent.clone()),
            retry: &quietly,
        }
    }

    async fn refused(&self, answer: Response) -> Error {
        refusal(self.repository.host(), self.what, answer, self.client.options.patience).await
    }

    async fn mount(&mut self, from: &Repository) -> Result<Opened> {
        let scope = self.scope.clone().and_pull(from.path());
        let rest = format!("blobs/uploads/?mount={}&from={}", self.blob.digest, from.path());
        self.open(&rest, &scope).await
    }

    async fn open(&self, rest: &str, scope: &Scope) -> Result<Opened> {
        let (client, ask) = (self.client, self.ask());
        let url = client.url(self.repository, rest);
        let answer = client
            .send(self.repository, scope, &ask, &mut || Ok(client.http.post(&url).header(CONTENT_LENGTH, 0)))
            .await?;
        match answer.status() {
            StatusCode::CREATED => {
                kept(&answer, &self.blob.digest, self.what)?;
                Ok(Opened::Kept)
            }
            StatusCode::ACCEPTED => Ok(Opened::Session(self.location(&answer)?)),
            _ => Err(self.refused(answer).await),
        }
    }

    /// Where the registry wants the next part.
    fn location(&self, answer: &Response) -> Result<Url> {
        let location = answer.headers().get(LOCATION).and_then(|location| location.to_str().ok());
        let location = location.ok_or_else(|| self.ask().nonsense("it does not say where to send it"))?;
        let url = answer.url().join(location).map_err(|_| {
            self.ask().nonsense(format!("it wants it sent to {location:?}, which is no address"))
        })?;
        if url.scheme() != "https" && !self.client.is_plain(self.repository.host()) {
            return Err(self.ask().nonsense(format!("it wants it sent to {url}, without encryption")));
        }
        Ok(url)
    }

    async fn run(&mut self, session: Option<Url>) -> Result<()> {
        let mut session = match session {
            Some(url) => url,
            None => match self.open("blobs/uploads/", &self.scope.clone()).await? {
                Opened::Kept => return Ok(()),
                Opened::Session(url) => url,
            },
        };
        if let Some(piece) = self.client.options.piece.filter(|piece| *piece > 0 && self.blob.size > *piece) {
            match self.pieces(&mut session, piece).await? {
                Pieces::Kept => return Ok(()),
                Pieces::Unwanted => {
                    self.progress.blob(self.blob, Moved::Back { have: 0 });
                    let Opened::Session(url) = self.open("blobs/uploads/", &self.scope.clone()).await? else {
                        return Ok(());
                    };
                    session = url;
                }
            }
        }
        self.whole(session).await
    }

    /// Sends all in one request. When that breaks, the session may be spoilt: the next try has a new one.
    async fn whole(&self, session: Url) -> Result<()> {
        let client = self.client;
        let mut session = Some(session);
        let mut tries = 0;
        loop {
            let url = match session.take() {
                Some(url) => url,
                None => match self.open("blobs/uploads/", &self.scope).await? {
                    Opened::Kept => return Ok(()),
                    Opened::Session(url) => url,
                },
            };
            let end = self.once(&with_digest(&url, &self.blob.digest)).await;
            let error = match end {
                Ok(answer) if answer.status().is_success() => {
                    return kept(&answer, &self.blob.digest, self.what);
                }
                Ok(answer) => {
                    let busy = answer.status().is_server_error() || answer.status().as_u16() == 429;
                    let error = self.refused(answer).await;
                    if !busy {
                        return Err(error);
                    }
                    error
                }
                Err(error) => error,
            };
            if tries >= client.most(&error) {
                return Err(error);
            }
            let after = client.pause(tries);
            self.progress.blob(self.blob, Moved::Retry { why: &error, after });
            tokio::time::sleep(after).await;
            self.progress.blob(self.blob, Moved::Back { have: 0 });
            tries += 1;
        }
    }

    /// One request with the whole blob. What breaks it is not tried again here.
    async fn once(&self, url: &Url) -> Result<Response> {
        let client =
            Client { options: Arc::new(without_retries(&self.client.options)), ..self.client.clone() };
        let (ask, size) = (self.ask(), self.blob.size);
        let mut build = || {
            let body = self.part(0, size)?;
            Ok(client.http.put(url.clone()).headers(octets(size)).body(body))
        };
        self.told(client.send(self.repository, &self.scope, &ask, &mut build)).await
    }

    async fn pieces(&mut self, session: &mut Url, piece: u64) -> Result<Pieces> {
        let client =
            Client { options: Arc::new(without_retries(&self.client.options)), ..self.client.clone() };
        let (mut at, mut tries, mut piece) = (0, 0, piece);
        while at < self.blob.size {
            let length = piece.min(self.blob.size - at);
            let (ask, url) = (self.ask(), session.clone());
            let mut build = || {
                let body = self.part(at, length)?;
                let range = format!("{at}-{}", at + length - 1);
                Ok(client
                    .http
                    .patch(url.clone())
                    .headers(octets(length))
                    .header(CONTENT_RANGE, range)
                    .body(body))
            };
            let end = self.told(client.send(self.repository, &self.scope, &ask, &mut build)).await;
            let error = match end {
                Ok(answer) if answer.status() == StatusCode::ACCEPTED => {
                    *session = self.location(&answer)?;
                    let wants =
                        answer.headers().get("oci-chunk-min-length").and_then(|text| text.to_str().ok());
                    if let Some(least) = wants.and_then(|text| text.parse::<u64>().ok()) {
                        piece = piece.max(least.min(LARGEST_PIECE));
                    }
                    at += length;
                    tries = 0;
                    continue;
                }
                Ok(answer)
                    if at == 0
                        && matches!(answer.status().as_u16(), 400 | 404 | 405 | 411 | 413 | 416 | 501) =>
                {
                    return Ok(Pieces::Unwanted);
                }
                Ok(answer) => {
                    let again =
                        answer.status().is_server_error() || matches!(answer.status().as_u16(), 416 | 429);
                    let error = self.refused(answer).await;
                    if !again {
                        return Err(error);
                    }
                    error
                }
                Err(error) => error,
            };
            if tries >= self.client.most(&error) {
                return Err(error);
            }
            let after = self.client.pause(tries);
            self.progress.blob(self.blob, Moved::Retry { why: &error, after });
            tokio::time::sleep(after).await;
            tries += 1;
            at = self.position(session).await?;
            self.progress.blob(self.blob, Moved::Back { have: at });
        }
        let (ask, url) = (self.ask(), with_digest(session, &self.blob.digest));
        let answer = self
            .client
            .send(self.repository, &self.scope, &ask, &mut || {
                Ok(self.client.http.put(url.clone()).headers(octets(0)))
            })
            .await?;
        if !answer.status().is_success() {
            return Err(self.refused(answer).await);
        }
        kept(&answer, &self.blob.digest, self.what)?;
        Ok(Pieces::Kept)
    }

    /// How much of a session has arrived.
    async fn position(&self, session: &mut Url) -> Result<u64> {
        let (ask, url) = (self.ask(), session.clone());
        let answer = self
            .client
            .send(self.repository, &self.scope, &ask, &mut || Ok(self.client.http.get(url.clone())))
            .await?;
        if !answer.status().is_success() {
            return Err(self.refused(answer).await);
        }
        if answer.headers().contains_key(LOCATION) {
            *session = self.location(&answer)?;
        }
        let range = answer.headers().get(RANGE).and_then(|range| range.to_str().ok()).unwrap_or("0-0");
        let last =
            range.trim_start_matches("bytes=").split_once('-').and_then(|(_, last)| last.parse::<u64>().ok());
        match last {
            // Nobody has a way to say "nothing" other than this.
            Some(0) => Ok(0),
            Some(last) if last < self.blob.size => Ok(last + 1),
            _ => Err(ask.nonsense(format!("it says it has {range:?} of {} bytes", self.blob.size))),
        }
    }

    /// Tells how far it is while something is sent: a body outlives the borrow of whoever is told, so it only counts.
    async fn told<T>(&self, work: impl Future<Output = T>) -> T {
        tokio::pin!(work);
        let mut told = self.sent.load(Ordering::Relaxed);
        loop {
            let end = tokio::time::timeout(TELL, &mut work).await;
            let now = self.sent.load(Ordering::Relaxed);
            if now > told {
                self.progress.blob(self.blob, Moved::Bytes(now - told));
                told = now;
            }
            if let Ok(end) = end {
                return end;
            }
        }
    }

    /// A part of the blob, as the body of a request.
    fn part(&self, at: u64, length: u64) -> Result<Body> {
        let path = self.blobs.path(&self.blob.digest);
        let mut file = self.blobs.open(&self.blob.digest)?;
        file.seek(SeekFrom::Start(at)).map_err(Error::io(path))?;
        let stream = counted(file, length, self.sent.clone());
        Ok(Body::wrap_stream(stream))
    }
}

/// The next bytes of a file, counted as they go.
fn counted(
    file: File,
    length: u64,
    sent: Arc<AtomicU64>,
) -> impl Stream<Item = std::io::Result<Bytes>> + use<> {
    let file = tokio::fs::File::from_std(file);
    let file = tokio::io::AsyncReadExt::take(file, length);
    ReaderStream::with_capacity(file, BUFFER).inspect(move |chunk| {
        let count = chunk.as_ref().map_or(0, |chunk| chunk.len() as u64);
        sent.fetch_add(count, Ordering::Relaxed);
    })
}

fn octets(length: u64) -> reqwest::header::HeaderMap {
    let mut headers = reqwest::header::HeaderMap::new();
    headers.insert(CONTENT_TYPE, reqwest::header::HeaderValue::from_static("application/octet-stream"));
    headers.insert(CONTENT_LENGTH, reqwest::header::HeaderValue::from(length));
    headers
}

fn with_digest(session: &Url, digest: &Digest) -> Url {
    let mut url = session.clone();
    url.query_pairs_mut().append_pair("digest", &digest.to_string());
    url
}

/// Whether the registry says it has kept what it was sent. Some say nothing.
fn kept(answer: &Response, expected: &Digest, what: &str) -> Result<()> {
    let said = answer.headers().get("docker-content-digest").and_then(|digest| digest.to_str().ok());
    match said.and_then(|digest| digest.parse::<Digest>().ok()) {
        Some(found) if found.algorithm() == expected.algorithm() && found != *expected => {
            Err(Error::Mismatch { what: what.to_owned(), expected: expected.clone(), found })
        }
        _ => Ok(()),
    }
}

fn without_retries(options: &super::Options) -> super::Options {
    super::Options { retries: 0, ..options.clone() }
}
