//! A run, a plan or a sweep as a dashboard shows it: events in, a [`View`] out.

use std::collections::BTreeMap;
use std::time::Duration;

use kvbench::error::Error;
use kvbench::measure::{NicBytes, Observer, TurnReport};
use kvbench::report;
use kvbench::stats::Histogram;
use kvbench::worker::Step;

use super::view::{Nic, Progress, Quantiles, Row, State, View};
use super::watch::Watch;

/// A NIC with less than this share of a turn's payload carried something else.
const LEAST_SHARE: f64 = 0.01;

/// What is known of the run under way.
pub struct RunModel {
    view: View,
    variants: Vec<Variant>,
    nics: BTreeMap<String, Carried>,
    /// Bytes of what is being fetched.
    fetched_bytes: u64,
}

/// What was measured of a variant.
struct Variant {
    /// `None` where the library cannot make one, which its fixed bounds rule out.
    delivered: Option<Histogram>,
    bytes: u64,
    elapsed_ns: u64,
}

/// What a NIC has carried since the latest round began, and in how much time of turns in which it did.
#[derive(Clone, Copy, Default)]
struct Carried {
    bytes: NicBytes,
    elapsed_ns: u64,
}

impl RunModel {
    pub fn new() -> Self {
        let view = View {
            row_is: "variant",
            count_is: "requests",
            latency_is: "delivered",
            stop_does: "end measuring and show the result",
            ..View::default()
        };
        Self { view, variants: Vec::new(), nics: BTreeMap::new(), fetched_bytes: 0 }
    }

    /// What there is to show now.
    pub fn view(&mut self) -> &View {
        for (row, variant) in self.view.rows.iter_mut().zip(&self.variants) {
            row.latency = variant.delivered.as_ref().and_then(Quantiles::of);
        }
        &self.view
    }

    fn progress(&mut self, share: f64, text: String) {
        self.view.progress = Some(Progress { share: share.clamp(0.0, 1.0), text });
    }

    /// The NICs of the round that has ended.
    fn show_nics(&mut self) {
        let nics = std::mem::take(&mut self.nics);
        if nics.is_empty() {
            return;
        }
        let nic = |(name, carried): (String, Carried)| Nic {
            name,
            sent_bytes_per_s: rate(carried.bytes.tx, carried.elapsed_ns),
            received_bytes_per_s: rate(carried.bytes.rx, carried.elapsed_ns),
        };
        self.view.nics = nics.into_iter().map(nic).collect();
    }
}

/// Bytes per second.
fn rate(bytes: u64, ns: u64) -> f64 {
    bytes as f64 / (ns.max(1) as f64 / 1e9)
}

impl Watch for RunModel {
    fn place(&mut self, place: String) {
        self.view.place = place;
    }

    fn begin_run(&mut self, moved: String, variants: Vec<String>) {
        let none = || Variant { delivered: Histogram::new().ok(), bytes: 0, elapsed_ns: 0 };
        self.variants = variants.iter().map(|_| none()).collect();
        self.nics.clear();
        let row = |name| Row { name, ..Row::default() };
        self.view = View {
            place: std::mem::take(&mut self.view.place),
            title: moved,
            rows: variants.into_iter().map(row).collect(),
            ..Self::new().view
        };
    }
}

impl Observer for RunModel {
    fn step(&mut self, variant: &str, step: Step) {
        self.view.phase = format!("{variant}: {step}");
        for row in &mut self.view.rows {
            if !matches!(row.state, State::Failed(_)) {
                row.state = if row.name == variant { State::Busy } else { State::Waiting };
            }
        }
    }

    fn turn(&mut self, turn: &TurnReport<'_>) {
        let (Some(row), Some(variant)) =
            (self.view.rows.get_mut(turn.variant), self.variants.get_mut(turn.variant))
        else {
            return;
        };
        if let Some(delivered) = &mut variant.delivered {
            turn.samples.iter().for_each(|sample| delivered.record(sample.delivered_ns));
        }
        variant.bytes += turn.payload_bytes;
        variant.elapsed_ns += turn.elapsed_ns;
        row.state = State::Busy;
        row.count += turn.samples.len() as u64;
        row.bytes_per_s = Some(rate(variant.bytes, variant.elapsed_ns));
        row.trend.push(rate(turn.payload_bytes, turn.elapsed_ns));
        let least = (LEAST_SHARE * turn.payload_bytes as f64).max(1.0);
        let carriers =
            turn.nic_bytes.iter().filter(|(_, bytes)| bytes.tx.max(bytes.rx) as f64 >= least);
        let mut rails = 0;
        for (nic, bytes) in carriers {
            let carried = self.nics.entry(nic.clone()).or_default();
            carried.bytes.add(*bytes);
            carried.elapsed_ns += turn.elapsed_ns;
            rails += 1;
        }
        row.rails = Some(rails);
    }

    fn failed(&mut self, variant: usize, error: &Error) {
        if let Some(row) = self.view.rows.get_mut(variant) {
            row.state = State::Failed(error.to_string());
        }
    }

    fn measuring(&mut self, elapsed: Duration, limit: Duration, latest: Option<&str>) {
        "measuring".clone_into(&mut self.view.phase);
        let (elapsed, limit) = (elapsed.as_secs_f64(), limit.as_secs_f64());
        self.progress(elapsed / limit, format!("{elapsed:.0} of at most {limit:.0} s"));
        self.view.answer = latest.map(str::to_owned).or_else(|| self.view.answer.take());
        self.show_nics();
    }

    fn trial(&mut self, point: &str, done: usize, of: usize) {
        point.clone_into(&mut self.view.phase);
        self.progress(done as f64 / of.max(1) as f64, format!("process {} of {of}", done + 1));
    }

    fn end(&mut self) {
        self.view.phase.clear();
        for row in &mut self.view.rows {
            if !matches!(row.state, State::Failed(_)) {
                row.state = State::Done;
            }
        }
    }
}

impl nixl_runtime::Progress for RunModel {
    fn begin(&mut self, item: &str, total_bytes: u64) {
        item.clone_into(&mut self.view.phase);
        self.fetched_bytes = total_bytes;
    }

    fn advance(&mut self, done_bytes: u64) {
        let of = self.fetched_bytes;
        let text = format!("{} of {}", report::bytes(done_bytes), report::bytes(of));
        self.progress(done_bytes as f64 / of.max(1) as f64, text);
    }

    fn end(&mut self) {
        self.view.progress = None;
    }
}

#[cfg(test)]
mod tests;
