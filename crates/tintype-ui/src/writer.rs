//! Where rendered bytes go. One message is one write, so that messages of parallel builds mix only at their borders.

use std::io::Write;
use std::sync::{Arc, Mutex};

use indicatif::MultiProgress;

/// Something to write to.
pub type Sink = Box<dyn Write + Send>;

/// Where rendered bytes go. Clones are the same place.
#[derive(Clone)]
pub struct Out {
    inner: Arc<Mutex<Inner>>,
}

struct Inner {
    sink: Sink,
    bars: Option<MultiProgress>,
}

impl Out {
    /// Writes to `sink`.
    pub fn new(sink: Sink) -> Self {
        Self { inner: Arc::new(Mutex::new(Inner { sink, bars: None })) }
    }

    /// Writes to standard output.
    pub fn stdout() -> Self {
        Self::new(Box::new(std::io::stdout()))
    }

    /// Writes to standard error.
    pub fn stderr() -> Self {
        Self::new(Box::new(std::io::stderr()))
    }

    /// From now on makes way for these bars around each write.
    pub(crate) fn make_way_for(&self, bars: MultiProgress) {
        self.inner.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).bars = Some(bars);
    }

    /// Writes one message. A reader that is gone (`tintype … | head`) is no error: the build's work goes on.
    pub fn write(&self, bytes: &[u8]) {
        let mut inner = self.inner.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let inner = &mut *inner;
        let sink = &mut inner.sink;
        let mut write = || {
            let _ = sink.write_all(bytes).and_then(|()| sink.flush());
        };
        match &inner.bars {
            Some(bars) => bars.suspend(write),
            None => write(),
        }
    }
}
