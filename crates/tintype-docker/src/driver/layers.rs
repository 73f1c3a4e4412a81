//! What the Engine tells while it pulls or pushes: lines as the client prints them when nobody watches a terminal, and one progress
//! over all layers.

use std::collections::BTreeMap;

use tintype_event::Unit;
use tintype_sdk::{Cx, Progress};

/// Shows a pull or push.
pub(super) struct Layers<'a> {
    cx: &'a Cx,
    /// Whether lines are shown.
    quiet: bool,
    progress: Progress,
    /// Bytes done and in all, by layer.
    layers: BTreeMap<String, (u64, u64)>,
}

impl<'a> Layers<'a> {
    /// For work on this image.
    pub fn new(image: &str, quiet: bool, cx: &'a Cx) -> Self {
        Self { cx, quiet, progress: cx.progress(image, None, Unit::Bytes), layers: BTreeMap::new() }
    }

    /// So many bytes of a layer are there.
    pub fn moved(&mut self, id: &str, done: u64, total: u64) {
        self.layers.insert(id.to_owned(), (done, total.max(done)));
        let sum = self.layers.values().fold((0, 0), |sum, layer| (sum.0 + layer.0, sum.1 + layer.1));
        self.progress.set(sum.0, Some(sum.1));
    }

    /// So many more bytes of a layer are there.
    pub fn further(&mut self, id: &str, count: u64, total: u64) {
        let done = self.layers.get(id).map_or(0, |layer| layer.0);
        self.moved(id, done.saturating_add(count), total);
    }

    /// Shows one message: it is about a layer when it has an id. `done` and `total` are bytes, when it counts any.
    pub fn told(&mut self, id: Option<&str>, status: &str, done: Option<i64>, total: Option<i64>) {
        let positive =
            |number: Option<i64>| number.and_then(|number| u64::try_from(number).ok()).unwrap_or(0);
        let (done, total) = (positive(done), positive(total));
        if done > 0 || total > 0 {
            // Unpacking counts the same bytes a second time.
            if !status.starts_with("Extracting") {
                self.moved(id.unwrap_or_default(), done, total);
            }
            return;
        }
        if let Some(layer) = id.and_then(|id| self.layers.get_mut(id)) {
            layer.0 = layer.1;
        }
        let line = match id {
            Some(id) if !id.is_empty() => format!("{id}: {status}"),
            _ => status.to_owned(),
        };
        for line in line.lines().map(str::trim_end).filter(|line| !line.is_empty() && !self.quiet) {
            self.cx.say(line);
        }
    }
}
