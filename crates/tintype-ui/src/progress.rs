//! Live progress on a terminal: a line for each build at work and one for each transfer, below the messages, gone at the end.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use tintype_event::{Event, EventKind, Observer, ProgressId, Target, Unit};

use crate::writer::Out;

/// Redraws a second; more costs and is not seen.
const RATE: u8 = 10;

/// Renders live progress.
pub struct Progress {
    bars: MultiProgress,
    builds: BTreeMap<Arc<str>, ProgressBar>,
    transfers: BTreeMap<ProgressId, (Option<Target>, ProgressBar)>,
}

impl Progress {
    /// Draws on standard error, which must be a terminal; `out` makes way for it.
    pub fn new(out: &Out) -> Self {
        let bars = MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(RATE));
        out.make_way_for(bars.clone());
        Self { bars, builds: BTreeMap::new(), transfers: BTreeMap::new() }
    }

    fn transfer(
        &mut self,
        event: &Event,
        id: ProgressId,
        label: &str,
        done: u64,
        total: Option<u64>,
        unit: Unit,
    ) {
        let (_, bar) = self.transfers.entry(id).or_insert_with(|| {
            let bar = self.bars.add(ProgressBar::no_length());
            let who = event.target.as_ref().map_or(String::new(), |target| format!("{}: ", target.build));
            bar.set_style(style(transfer_form(unit, total.is_some())));
            bar.set_message(format!("{who}{label}"));
            (event.target.clone(), bar)
        });
        if let Some(total) = total
            && bar.length() != Some(total)
        {
            bar.set_style(style(transfer_form(unit, true)));
            bar.set_length(total);
        }
        bar.set_position(done);
    }
}

fn transfer_form(unit: Unit, sized: bool) -> &'static str {
    match (unit, sized) {
        (Unit::Bytes, true) => {
            "    {msg} {bar:24} {binary_bytes}/{binary_total_bytes} {binary_bytes_per_sec} {eta}"
        }
        (Unit::Bytes, false) => "    {msg} {spinner} {binary_bytes} {binary_bytes_per_sec}",
        (Unit::Items, true) => "    {msg} {bar:24} {pos}/{len}",
        (Unit::Items, false) => "    {msg} {spinner} {pos}",
    }
}

fn style(form: &str) -> ProgressStyle {
    // The forms are constants of this file; a wrong one would fall back to a plain bar.
    ProgressStyle::with_template(form).unwrap_or_else(|_| ProgressStyle::default_bar())
}

impl Observer for Progress {
    fn notice(&mut self, event: &Event) {
        let build = event.target.as_ref().map(|target| target.build.clone());
        match (&event.kind, build) {
            (EventKind::BuildStarted, Some(build)) => {
                let bar = self.bars.add(ProgressBar::new_spinner());
                bar.set_style(style("{spinner} {prefix} {elapsed} {msg}"));
                bar.set_prefix(build.to_string());
                bar.enable_steady_tick(Duration::from_millis(200));
                self.builds.insert(build, bar);
            }
            (EventKind::StepStarted { step }, Some(build)) => {
                if let Some(bar) = self.builds.get(&build) {
                    bar.set_message(step.to_string());
                }
            }
            (EventKind::BuildFinished { .. }, Some(build)) => {
                if let Some(bar) = self.builds.remove(&build) {
                    bar.finish_and_clear();
                }
            }
            (EventKind::Progress { id, label, done, total, unit }, _) => {
                self.transfer(event, *id, label, *done, *total, *unit);
            }
            (EventKind::ProgressEnded { id }, _) => {
                if let Some((_, bar)) = self.transfers.remove(id) {
                    bar.finish_and_clear();
                }
            }
            (EventKind::RunFinished { .. }, _) => {
                // A clear that fails has nobody left to tell.
                let _ = self.bars.clear();
            }
            _ => {}
        }
    }
}
