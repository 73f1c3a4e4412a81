mod auth;
mod liar;
mod lies;
mod real;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::{Client, Logins, Moved, Options, Progress};
use crate::{Blobs, Descriptor};

/// A client that loses its patience soon.
fn client(logins: Arc<dyn Logins>) -> Client {
    let options = Options {
        patience: Duration::from_millis(300),
        retries: 2,
        pause: Duration::from_millis(5),
        piece: Some(100_000),
        ..Options::default()
    };
    with(options, logins)
}

fn with(options: Options, logins: Arc<dyn Logins>) -> Client {
    Client::new(reqwest::Client::builder().no_proxy(), logins, options).expect("a client")
}

fn store() -> (tempfile::TempDir, Blobs) {
    let dir = tempfile::tempdir().expect("a directory");
    let blobs = Blobs::at(dir.path().join("blobs"));
    (dir, blobs)
}

/// Bytes that do not compress, and differ by seed.
fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    std::iter::repeat_with(&mut next).take(length).collect()
}

/// Writes down what it is told.
#[derive(Default)]
struct Notes(Mutex<Vec<String>>);

impl Notes {
    fn words(&self) -> String {
        self.0.lock().expect("the notes").join(" ")
    }
}

impl Progress for Notes {
    fn blob(&self, _: &Descriptor, moved: Moved<'_>) {
        let word = match moved {
            Moved::Started { have } => format!("started:{have}"),
            Moved::Bytes(_) => return,
            Moved::Back { have } => format!("back:{have}"),
            Moved::Retry { .. } => "retry".to_owned(),
            Moved::There => "there".to_owned(),
            Moved::Mounted => "mounted".to_owned(),
            Moved::Done => "done".to_owned(),
        };
        self.0.lock().expect("the notes").push(word);
    }
}
