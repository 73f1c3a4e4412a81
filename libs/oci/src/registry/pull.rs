//! What comes from a registry: manifests, blobs with resumption and checks, whole images, lists of tags.

use std::io::{Seek, SeekFrom};

use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, TryStreamExt};
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_RANGE, CONTENT_TYPE, LINK, RANGE};
use reqwest::{Response, StatusCode};
use serde::Deserialize;
use tokio::io::AsyncWriteExt;

use super::auth::Scope;
use super::send::{Ask, Incoming, quietly, refusal};
use super::{Client, Moved, Progress};
use crate::blobs::{LARGEST_DOCUMENT, Partial};
use crate::digest::{Algorithm, Hasher};
use crate::{
    Blobs, Descriptor, Document, Error, ImageConfig, Index, Manifest, Platform, Reference, Repository,
    Result, media,
};

/// More tags than this are not listed.
const MOST_TAGS: usize = 100_000;

/// More layers than this no image has.
const MOST_LAYERS: usize = 4096;

/// A manifest or an index, as a registry sent it.
#[derive(Clone, PartialEq, Debug)]
pub struct Answer {
    /// What it is, and its digest.
    pub descriptor: Descriptor,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Its meaning.
    pub document: Document,
}

/// An image whose blobs are all here.
#[derive(Clone, PartialEq, Debug)]
pub struct Pulled {
    /// The index that the name stands for, when it stands for one.
    pub index: Option<(Descriptor, Index)>,
    /// The manifest's own descriptor.
    pub descriptor: Descriptor,
    /// The manifest.
    pub manifest: Manifest,
    /// The configuration.
    pub config: ImageConfig,
}

impl Client {
    /// Asks what a name stands for.
    ///
    /// # Errors
    /// There is no such name, nobody may ask, the registry cannot be reached, or its answer is not what its digest promises.
    pub async fn manifest(&self, reference: &Reference) -> Result<Answer> {
        let repository = &reference.repository;
        let what = format!("the manifest of {}", reference.familiar());
        let ask = Ask { host: repository.host(), what: &what, upload: None, retry: &quietly };
        let url = self.url(repository, &format!("manifests/{}", reference.wanted()));
        let kinds = [media::INDEX, media::MANIFEST, media::DOCKER_INDEX, media::DOCKER_MANIFEST].join(", ");
        let answer = self
            .send(repository, &Scope::pull(repository), &ask, &mut || {
                Ok(self.http.get(&url).header(ACCEPT, &kinds).header(ACCEPT_ENCODING, "identity"))
            })
            .await?;
        if answer.status() != StatusCode::OK {
            return Err(refusal(ask.host, &what, answer, self.options.patience).await);
        }
        let header =
            |name: &str| answer.headers().get(name).and_then(|text| text.to_str().ok()).map(str::to_owned);
        let (kind, promised) = (header(CONTENT_TYPE.as_str()), header("docker-content-digest"));
        let bytes = self.body(&ask, answer, LARGEST_DOCUMENT).await?;
        // The digest in the name is what we trust; the one in the header only tells a broken registry from a sound one.
        let promised = promised.and_then(|digest| digest.parse().ok());
        let expected = reference.digest.clone().or(promised);
        let mut hasher = Hasher::new(
            expected.as_ref().map_or(Algorithm::Sha256, |digest: &crate::Digest| digest.algorithm()),
        );
        hasher.update(&bytes);
        let found = hasher.finish();
        if let Some(expected) = expected
            && expected != found
        {
            return Err(Error::Mismatch { what, expected, found });
        }
        let document = Document::parse(&bytes, kind.as_deref(), &what)?;
        let media_type = match &document {
            Document::Manifest(manifest) => manifest.media_type().to_owned(),
            Document::Index(index) => index.media_type().to_owned(),
        };
        Ok(Answer { descriptor: Descriptor::new(&media_type, found, bytes.len() as u64), bytes, document })
    }

    /// Fetches the image that a name stands for on a platform: its index, if there is one, its manifest, configuration and layers.
    /// What is here already is not fetched again, and what was fetched by half is continued.
    ///
    /// # Errors
    /// Any that [`Client::manifest`] and [`Client::blob`] give; no image for the platform; documents that contradict each other.
    pub async fn pull(
        &self,
        reference: &Reference,
        platform: &Platform,
        blobs: &Blobs,
        progress: &dyn Progress,
    ) -> Result<Pulled> {
        let name = reference.familiar();
        let answer = self.manifest(reference).await?;
        blobs.put(&answer.descriptor.media_type, &answer.bytes)?;
        let (index, descriptor, manifest) = match answer.document {
            Document::Manifest(manifest) => (None, answer.descriptor, *manifest),
            Document::Index(index) => {
                let chosen = platform.choose(&index.manifests, &name)?.clone();
                let manifest = self.chosen(&reference.repository, &chosen, blobs).await?;
                (Some((answer.descriptor, *index)), chosen, manifest)
            }
        };
        if manifest.layers.len() > MOST_LAYERS {
            return Err(Error::document(name, format!("it has {} layers", manifest.layers.len())));
        }
        let wanted = std::iter::once(&manifest.config).chain(&manifest.layers);
        let mut distinct: Vec<&Descriptor> = Vec::new();
        for blob in wanted {
            // The same layer may stand there twice, and two of one would wait for each other's lock.
            if !distinct.iter().any(|other| other.digest == blob.digest) {
                distinct.push(blob);
            }
        }
        if manifest.config.size > LARGEST_DOCUMENT {
            let what = format!("the configuration of {name}");
            return Err(Error::TooLarge { what, limit: LARGEST_DOCUMENT });
        }
        // Boxed one by one: who waits for them may be on any thread.
        let jobs: Vec<BoxFuture<'_, Result<()>>> = distinct
            .into_iter()
            .map(|blob| self.blob(&reference.repository, blob, blobs, progress).boxed())
            .collect();
        futures::stream::iter(jobs)
            .buffer_unordered(self.options.parallel.max(1))
            .try_collect::<()>()
            .await?;
        let config =
            ImageConfig::parse(&blobs.document(&manifest.config)?, &format!("the configuration of {name}"))?;
        agree(&manifest, &config, &name)?;
        Ok(Pulled { index, descriptor, manifest, config })
    }

    /// The manifest that an index points at.
    async fn chosen(&self, repository: &Repository, chosen: &Descriptor, blobs: &Blobs) -> Result<Manifest> {
        let reference =
            Reference { repository: repository.clone(), tag: None, digest: Some(chosen.digest.clone()) };
        let what = format!("the manifest of {}", reference.familiar());
        let bytes = match blobs.document(chosen) {
            Ok(bytes) => bytes,
            // Not here, or spoilt here.
            Err(_) => {
                let answer = self.manifest(&reference).await?;
                crate::blobs::check(&answer.bytes, chosen, &what)?;
                blobs.put(&chosen.media_type, &answer.bytes)?;
                answer.bytes
            }
        };
        match Document::parse(&bytes, Some(&chosen.media_type), &what)? {
            Document::Manifest(manifest) => Ok(*manifest),
            Document::Index(_) => Err(Error::document(what, "it is an index inside of an index")),
        }
    }

    /// Fetches a blob, unless it is here. A part of it that is here is not fetched again; a broken connection is continued.
    ///
    /// # Errors
    /// It is not there, is not what its descriptor promises, or the registry stops to answer.
    pub async fn blob(
        &self,
        repository: &Repository,
        blob: &Descriptor,
        blobs: &Blobs,
        progress: &dyn Progress,
    ) -> Result<()> {
        let what = format!("the blob {} of {}", blob.digest, repository.familiar());
        if let Some(limit) = self.options.largest_blob
            && blob.size > limit
        {
            return Err(Error::TooLarge { what, limit });
        }
        if blobs.has(blob) {
            progress.blob(blob, Moved::There);
            return Ok(());
        }
        let (store, digest) = (blobs.clone(), blob.digest.clone());
        let wanted = blob.clone();
        let opened = blocking(move || {
            let mut partial = store.partial(&digest)?;
            if store.has(&wanted) {
                // Another program was faster, and we only waited for its lock.
                partial.discard();
                return Ok(None);
            }
            let (hasher, have) = partial.rehash(&digest)?;
            Ok(Some((partial, hasher, have)))
        });
        let Some((partial, hasher, have)) = opened.await? else {
            progress.blob(blob, Moved::There);
            return Ok(());
        };
        let mut fetch =
            Fetch { client: self, repository, blob, what: &what, progress, partial, hasher, have };
        fetch.run().await?;
        let (store, digest, partial) = (blobs.clone(), blob.digest.clone(), fetch.partial);
        blocking(move || store.complete(partial, &digest)).await?;
        progress.blob(blob, Moved::Done);
        Ok(())
    }

    /// The tags of a repository.
    ///
    /// # Errors
    /// There is no such repository, nobody may ask, or the registry cannot be reached.
    pub async fn tags(&self, repository: &Repository) -> Result<Vec<String>> {
        /// What the registry sends.
        #[derive(Deserialize)]
        struct Page {
            #[serde(default)]
            tags: Option<Vec<String>>,
        }
        let what = format!("the tags of {}", repository.familiar());
        let ask = Ask { host: repository.host(), what: &what, upload: None, retry: &quietly };
        let mut url = self.url(repository, "tags/list");
        let mut tags = Vec::new();
        loop {
            let answer = self
                .send(repository, &Scope::pull(repository), &ask, &mut || Ok(self.http.get(&url)))
                .await?;
            if answer.status() != StatusCode::OK {
                return Err(refusal(ask.host, &what, answer, self.options.patience).await);
            }
            let next = answer.headers().get(LINK).and_then(|link| link.to_str().ok()).and_then(next_page);
            let next = next.map(|next| answer.url().join(&next));
            let origin = answer.url().origin();
            let body = self.body(&ask, answer, LARGEST_DOCUMENT).await?;
            let page: Page =
                serde_json::from_slice(&body).map_err(|error| ask.nonsense(error.to_string()))?;
            let page = page.tags.unwrap_or_default();
            let empty = page.is_empty();
            tags.extend(page);
            match next {
                Some(Ok(next)) if !empty && next.origin() == origin && tags.len() < MOST_TAGS => {
                    url = next.into()
                }
                Some(_) if tags.len() >= MOST_TAGS => {
                    return Err(Error::TooLarge { what, limit: MOST_TAGS as u64 });
                }
                _ => return Ok(tags),
            }
        }
    }
}

/// The address in `<…>; rel="next"`.
fn next_page(link: &str) -> Option<String> {
    let (address, rest) = link.trim().strip_prefix('<')?.split_once('>')?;
    rest.contains("next").then(|| address.to_owned())
}

/// Whether manifest and configuration speak of the same image.
pub(crate) fn agree(manifest: &Manifest, config: &ImageConfig, name: &str) -> Result<()> {
    let (layers, ids) = (manifest.layers.len(), config.rootfs.diff_ids.len());
    if layers != ids {
        let why = format!("its manifest has {layers} layers, its configuration {ids}");
        return Err(Error::document(name, why));
    }
    Ok(())
}

/// Why no more of a blob comes.
enum Stopped {
    /// The registry does not give it, and has been asked often enough.
    Asking(Error),
    /// It gave it, and then did not.
    Receiving(Error),
}

/// A blob on its way here.
struct Fetch<'a> {
    client: &'a Client,
    repository: &'a Repository,
    blob: &'a Descriptor,
    what: &'a str,
    progress: &'a dyn Progress,
    partial: Partial,
    hasher: Hasher,
    have: u64,
}

impl Fetch<'_> {
    async fn run(&mut self) -> Result<()> {
        if self.have > self.blob.size {
            self.restart()?;
        }
        // What was here before may be anything; when the end is wrong with it, it is fetched whole once.
        let mut resumed = self.have > 0;
        self.progress.blob(self.blob, Moved::Started { have: self.have });
        let mut tries = 0;
        loop {
            let before = self.have;
            let end = if self.have == self.blob.size { Ok(()) } else { self.stretch().await };
            let error = match end {
                Ok(()) => {
                    let found =
                        std::mem::replace(&mut self.hasher, Hasher::new(self.blob.digest.algorithm()))
                            .finish();
                    if found == self.blob.digest {
                        return Ok(());
                    }
                    self.restart()?;
                    if resumed {
                        resumed = false;
                        self.progress.blob(self.blob, Moved::Back { have: 0 });
                        continue;
                    }
                    let (what, expected) = (self.what.to_owned(), self.blob.digest.clone());
                    return Err(Error::Mismatch { what, expected, found });
                }
                Err(Stopped::Asking(error)) => return Err(error),
                Err(Stopped::Receiving(error)) => error,
            };
            if self.have > before {
                tries = 0;
            }
            if tries >= self.client.most(&error) {
                return Err(error);
            }
            let after = self.client.pause(tries);
            self.progress.blob(self.blob, Moved::Retry { why: &error, after });
            tokio::time::sleep(after).await;
            tries += 1;
        }
    }

    fn restart(&mut self) -> Result<()> {
        self.partial.empty()?;
        self.hasher = Hasher::new(self.blob.digest.algorithm());
        self.have = 0;
        Ok(())
    }

    /// One request, from where we are to the end or as far as it goes.
    async fn stretch(&mut self) -> Result<(), Stopped> {
        let (progress, blob) = (self.progress, self.blob);
        let retry = |why: &Error, after| progress.blob(blob, Moved::Retry { why, after });
        let ask = Ask { host: self.repository.host(), what: self.what, upload: None, retry: &retry };
        let answer = self.begin(&ask).await.map_err(Stopped::Asking)?;
        self.receive(&ask, Incoming::new(answer, self.client.options.patience))
            .await
            .map_err(Stopped::Receiving)
    }

    /// Asks for what is missing, and makes ready for what comes.
    async fn begin(&mut self, ask: &Ask<'_>) -> Result<Response> {
        let url = self.client.url(self.repository, &format!("blobs/{}", self.blob.digest));
        let have = self.have;
        let answer = self
            .client
            .send(self.repository, &Scope::pull(self.repository), ask, &mut || {
                let request = self.client.http.get(&url).header(ACCEPT_ENCODING, "identity");
                Ok(if have > 0 { request.header(RANGE, format!("bytes={have}-")) } else { request })
            })
            .await?;
        match answer.status() {
            StatusCode::PARTIAL_CONTENT if have > 0 => {
                let range =
                    answer.headers().get(CONTENT_RANGE).and_then(|range| range.to_str().ok()).unwrap_or("");
                if !range.starts_with(&format!("bytes {have}-")) {
                    return Err(
                        ask.nonsense(format!("asked for what follows byte {have}, it sends {range:?}"))
                    );
                }
            }
            // It cannot begin in the middle: then from the beginning.
            StatusCode::OK => {
                if have > 0 {
                    self.restart()?;
                    self.progress.blob(self.blob, Moved::Back { have: 0 });
                }
            }
            StatusCode::RANGE_NOT_SATISFIABLE if have > 0 => {
                self.restart()?;
                self.progress.blob(self.blob, Moved::Back { have: 0 });
                return Box::pin(self.begin(ask)).await;
            }
            _ => return Err(refusal(ask.host, self.what, answer, self.client.options.patience).await),
        }
        let left = self.blob.size - self.have;
        if let Some(length) = answer.content_length()
            && length != left
        {
            let (what, expected) = (self.what.to_owned(), self.blob.size);
            // Not worth another try: it says so itself.
            return Err(if length > left {
                Error::Length { what, expected, found: self.have + length }
            } else {
                ask.nonsense(format!("{expected} bytes were promised, {} are offered", self.have + length))
            });
        }
        Ok(answer)
    }

    async fn receive(&mut self, ask: &Ask<'_>, mut incoming: Incoming) -> Result<()> {
        let path = self.partial.path().to_owned();
        let broken = |error| Error::Io { path: path.clone(), source: error };
        let mut file = self.partial.file.try_clone().map_err(broken)?;
        file.seek(SeekFrom::Start(self.have)).map_err(broken)?;
        let mut file = tokio::fs::File::from_std(file);
        let end = loop {
            let chunk = match incoming.next(ask).await {
                Ok(Some(chunk)) => chunk,
                Ok(None) => break Ok(()),
                Err(error) => break Err(error),
            };
            if self.have + chunk.len() as u64 > self.blob.size {
                let found = self.have + chunk.len() as u64;
                break Err(Error::Length { what: self.what.to_owned(), expected: self.blob.size, found });
            }
            file.write_all(&chunk).await.map_err(broken)?;
            self.hasher.update(&chunk);
            self.have += chunk.len() as u64;
            self.progress.blob(self.blob, Moved::Bytes(chunk.len() as u64));
        };
        file.flush().await.map_err(broken)?;
        end?;
        if self.have < self.blob.size {
            let (expected, found) = (self.blob.size, self.have);
            return Err(Error::Length { what: self.what.to_owned(), expected, found });
        }
        Ok(())
    }
}

/// Runs what may wait for a disk or a lock beside the other tasks.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => Err(Error::Stream {
            what: "work beside the other tasks".to_owned(),
            source: std::io::Error::other(error),
        }),
    }
}
