//! Gets one archive: with progress, goes on where a broken download ended, and gives nothing that has another digest than it should.

use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::{CONTENT_RANGE, RANGE};
use tintype_event::Unit;
use tintype_sdk::{Context, Cx, Error, Progress, Result};
use tokio::fs::{File, OpenOptions};
use tokio::io::AsyncWriteExt;

use crate::Digest;
use crate::http::{Headers, Http, broken, refused};
use crate::remote::Location;

/// No archive is larger.
const LARGEST: u64 = 4 << 30;

/// How often a connection may break without a byte having come.
const TRIES: u32 = 4;

/// Gets what is at the location into `part`, which may have the beginning of it.
pub(crate) async fn download(
    from: &Location,
    wanted: Digest,
    part: &Path,
    label: &str,
    http: &Http,
    cx: &Cx,
) -> Result<()> {
    let (url, headers) = match from {
        Location::Url { url, headers } => (url, headers),
        Location::Layer(layer) => {
            let progress = cx.progress(label, None, Unit::Bytes);
            cx.wait(layer.download(part, &progress)).await??;
            return check(part, wanted, label).await;
        }
        Location::File(path) => {
            let place = || path.display().to_string();
            tokio::fs::copy(path, part).await.context(place)?;
            return check(part, wanted, &place()).await;
        }
    };
    let progress = cx.progress(label, None, Unit::Bytes);
    let began_with = length(part).await;
    gather(url, headers, part, &progress, http, cx).await?;
    match check(part, wanted, url).await {
        // What an earlier download left may have been of something else.
        Err(_) if began_with > 0 => {
            gather(url, headers, part, &progress, http, cx).await?;
            check(part, wanted, url).await
        }
        checked => checked,
    }
}

/// Fails, and removes the file, when it is another one.
async fn check(part: &Path, wanted: Digest, from: &str) -> Result<()> {
    let path = part.to_path_buf();
    let digest = tokio::task::spawn_blocking(move || Digest::of_file(&path)).await;
    let digest = digest.map_err(|error| Error::bug(error.to_string()))??;
    if digest == wanted {
        return Ok(());
    }
    tokio::fs::remove_file(part).await?;
    Err(Error::environment(format!("{from}: its checksum is {digest}, it should be {wanted}")))
}

async fn length(part: &Path) -> u64 {
    tokio::fs::metadata(part).await.map_or(0, |metadata| metadata.len())
}

async fn gather(
    url: &str,
    headers: &Headers,
    part: &Path,
    progress: &Progress,
    http: &Http,
    cx: &Cx,
) -> Result<()> {
    let mut failures = 0;
    loop {
        let before = length(part).await;
        let error = match cx.wait(once(url, headers, part, before, progress, http)).await? {
            Ok(()) => return Ok(()),
            Err(Failure::Final(error)) => return Err(error),
            Err(Failure::Passing(error)) => error,
        };
        failures = if length(part).await > before { 1 } else { failures + 1 };
        if failures == TRIES {
            return Err(error);
        }
        cx.sleep(Duration::from_millis(250 << failures)).await?;
    }
}

enum Failure {
    /// It would be the same the next time.
    Final(Error),
    /// The connection broke, or the server is busy.
    Passing(Error),
}

/// One connection: the rest of the file from `done` on.
async fn once(
    url: &str,
    headers: &Headers,
    part: &Path,
    done: u64,
    progress: &Progress,
    http: &Http,
) -> Result<(), Failure> {
    let mut headers = headers.clone();
    if done > 0 {
        headers.push((RANGE, format!("bytes={done}-")));
    }
    let mut response = http.open(url, &headers).await.map_err(Failure::Passing)?;
    let status = response.status();
    let range = response.headers().get(CONTENT_RANGE).and_then(|value| value.to_str().ok());
    let goes_on = status == StatusCode::PARTIAL_CONTENT
        && range.is_some_and(|range| range.starts_with(&format!("bytes {done}-")));
    if status == StatusCode::RANGE_NOT_SATISFIABLE && done > 0 {
        // Perhaps it is complete already; the digest will show.
        let complete = range.is_some_and(|range| range == format!("bytes */{done}"));
        if complete {
            return Ok(());
        }
        tokio::fs::remove_file(part).await.map_err(|error| Failure::Final(error.into()))?;
        return Err(Failure::Passing(refused(url, status)));
    }
    if status.as_u16() >= 400 {
        let busy = status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS;
        let error = refused(url, status);
        return Err(if busy { Failure::Passing(error) } else { Failure::Final(error) });
    }
    let mut at = if goes_on { done } else { 0 };
    let total = response.content_length().map(|rest| at + rest);
    progress.set(at, total);
    let mut file = open(part, at > 0).await.map_err(Failure::Final)?;
    loop {
        let chunk = match response.chunk().await {
            Ok(Some(chunk)) => chunk,
            Ok(None) => break,
            Err(error) => {
                // What has come stays for the next try.
                let _ = file.flush().await;
                return Err(Failure::Passing(broken(url, &error)));
            }
        };
        at += chunk.len() as u64;
        if at > LARGEST {
            return Err(Failure::Final(Error::environment(format!(
                "{url}: it has more than {LARGEST} bytes"
            ))));
        }
        file.write_all(&chunk).await.map_err(|error| Failure::Final(no_room(part, error)))?;
        progress.set(at, total);
    }
    file.flush().await.map_err(|error| Failure::Final(no_room(part, error)))
}

async fn open(part: &Path, append: bool) -> Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).write(true).append(append).truncate(!append);
    options.open(part).await.context(|| part.display().to_string())
}

fn no_room(part: &Path, error: std::io::Error) -> Error {
    let full = error.kind() == ErrorKind::StorageFull;
    let error = Error::from(error).context(part.display());
    if full { error.hint("Make room on that disk; the download goes on where it ended.") } else { error }
}
