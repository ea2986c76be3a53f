//! Counters, gauges and histograms in Prometheus' text format.

use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::job::ServeJob;
use super::record::{RequestEntry, Status};

/// Upper bounds of the histograms' buckets, in milliseconds: 1, 2.5, 5 from 0.1 ms to 100 s.
const BOUNDS_MS: [f64; 19] = [
    0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1e3, 2.5e3, 5e3, 1e4,
    2.5e4, 5e4, 1e5,
];

/// Everything that `/metrics` shows.
#[derive(Debug, Default)]
pub struct Metrics {
    /// What is served, as labels.
    about: String,
    /// The labels of every transfer: backend and rails.
    labels: String,
    ended: [AtomicU64; Status::ALL.len()],
    queue: Histogram,
    prefill: Histogram,
    transfer: Histogram,
    first_decode: Histogram,
    ttft: Histogram,
    transfer_bytes: AtomicU64,
    transfer_blocks: AtomicU64,
    reused_blocks: AtomicU64,
    tokens: AtomicU64,
    /// Requests whose blocks held something else than they should.
    pub wrong: AtomicU64,
    /// Worker processes that took another one's place.
    pub restarts: AtomicU64,
    /// What is true now.
    pub now: Gauges,
}

/// What is true at a moment.
#[derive(Debug, Default)]
pub struct Gauges {
    /// Requests that are not admitted yet.
    pub waiting: AtomicU64,
    /// Requests that are.
    pub running: AtomicU64,
    /// Blocks of prefill workers that requests use.
    pub prefill_blocks: AtomicU64,
    /// Blocks of decode workers that requests use.
    pub decode_blocks: AtomicU64,
    /// Prefill workers that can be given requests.
    pub prefill_workers: AtomicU64,
    /// Decode workers that can be given requests.
    pub decode_workers: AtomicU64,
}

impl Metrics {
    /// Nothing yet.
    pub fn new(job: &ServeJob) -> Self {
        let about =
            [("label", job.label()), ("model", job.model.clone()), ("op", job.op.to_string())];
        let about = about.map(|(name, value)| label(name, &value)).join(",");
        let labels = [
            ("backend", job.variant.backend.to_string()),
            ("rails", job.variant.rails.to_string()),
        ];
        let labels = labels.map(|(name, value)| label(name, &value)).join(",");
        Self { about, labels, ..Self::default() }
    }

    /// Counts a token.
    pub fn token(&self) {
        self.tokens.fetch_add(1, Relaxed);
    }

    /// Counts a request that has ended.
    pub fn ended(&self, entry: &RequestEntry) {
        self.ended[entry.status as usize].fetch_add(1, Relaxed);
        let phases = [
            (&self.queue, entry.queue_ms),
            (&self.prefill, entry.prefill_ms),
            (&self.transfer, entry.transfer_ms),
            (&self.first_decode, entry.first_decode_ms),
            (&self.ttft, entry.ttft_ms),
        ];
        phases.iter().for_each(|(histogram, ms)| ms.iter().for_each(|ms| histogram.record(*ms)));
        self.reused_blocks.fetch_add(entry.reused_blocks, Relaxed);
        if let Some(transfer) = entry.transfer.filter(|transfer| transfer.delivered_ms.is_some()) {
            self.transfer_bytes.fetch_add(transfer.bytes, Relaxed);
            self.transfer_blocks.fetch_add(transfer.blocks, Relaxed);
        }
    }

    /// Requests that ended so.
    pub fn ended_with(&self, status: Status) -> u64 {
        self.ended[status as usize].load(Relaxed)
    }

    /// Bytes that were delivered.
    pub fn delivered_bytes(&self) -> u64 {
        self.transfer_bytes.load(Relaxed)
    }

    /// Tokens so far.
    pub fn generated_tokens(&self) -> u64 {
        self.tokens.load(Relaxed)
    }

    /// The text of `/metrics`.
    pub fn text(&self) -> String {
        let mut page = Page::default();
        page.family("kvbench_info", "gauge", "What is served.");
        page.sample("kvbench_info", &self.about, 1);
        page.family("kvbench_requests_total", "counter", "Requests that have ended, by how.");
        for status in Status::ALL {
            let labels = format!("status=\"{}\"", status.name());
            page.sample("kvbench_requests_total", &labels, self.ended_with(status));
        }
        let counters = [
            ("kvbench_tokens_total", "Tokens generated.", "", &self.tokens),
            ("kv_transfer_bytes_total", "Bytes delivered.", &*self.labels, &self.transfer_bytes),
            ("kv_transfer_blocks_total", "Blocks delivered.", &self.labels, &self.transfer_blocks),
            ("kvbench_reused_blocks_total", "Blocks that did not move.", "", &self.reused_blocks),
            ("kvbench_wrong_data_total", "Requests with wrong data.", "", &self.wrong),
            ("kvbench_worker_restarts_total", "Workers replaced.", "", &self.restarts),
        ];
        for (name, help, labels, value) in counters {
            page.family(name, "counter", help);
            page.sample(name, labels, value.load(Relaxed));
        }
        self.gauges(&mut page);
        let histograms = [
            ("kvbench_queue_seconds", "Until a prefill began.", "", &self.queue),
            ("kvbench_prefill_seconds", "The prefill (modelled).", "", &self.prefill),
            ("kv_transfer_seconds", "Until delivery (real).", &self.labels, &self.transfer),
            ("kvbench_first_decode_seconds", "Until the first token.", "", &self.first_decode),
            ("kvbench_ttft_seconds", "From arrival to the first token.", &self.labels, &self.ttft),
        ];
        for (name, help, labels, histogram) in histograms {
            page.family(name, "histogram", help);
            histogram.write(&mut page, name, labels);
        }
        page.0
    }

    fn gauges(&self, page: &mut Page) {
        let now = &self.now;
        let gauges = [
            (
                "kvbench_requests_waiting",
                "Requests not admitted yet.",
                [("", &now.waiting)].to_vec(),
            ),
            ("kvbench_requests_running", "Requests admitted.", [("", &now.running)].to_vec()),
            (
                "kvbench_kv_blocks_in_use",
                "Blocks that requests use.",
                by_side(&now.prefill_blocks, &now.decode_blocks).to_vec(),
            ),
            (
                "kvbench_workers_ready",
                "Workers that can be given requests.",
                by_side(&now.prefill_workers, &now.decode_workers).to_vec(),
            ),
        ];
        for (name, help, samples) in gauges {
            page.family(name, "gauge", help);
            samples
                .iter()
                .for_each(|(labels, value)| page.sample(name, labels, value.load(Relaxed)));
        }
    }
}

fn by_side<'a>(
    prefill: &'a AtomicU64,
    decode: &'a AtomicU64,
) -> [(&'static str, &'a AtomicU64); 2] {
    [("side=\"prefill\"", prefill), ("side=\"decode\"", decode)]
}

/// A label, its value escaped as Prometheus asks.
fn label(name: &str, value: &str) -> String {
    let escaped = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    format!("{name}=\"{escaped}\"")
}

/// The text under way.
#[derive(Default)]
struct Page(String);

impl Page {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        // Writing to a string does not fail.
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn sample(&mut self, name: &str, labels: &str, value: impl std::fmt::Display) {
        let _ = match labels {
            "" => writeln!(self.0, "{name} {value}"),
            labels => writeln!(self.0, "{name}{{{labels}}} {value}"),
        };
    }
}

/// Times in buckets.
#[derive(Debug, Default)]
struct Histogram {
    /// By bucket; the last one has what is beyond every bound.
    counts: [AtomicU64; BOUNDS_MS.len() + 1],
    sum_ns: AtomicU64,
}

impl Histogram {
    fn record(&self, ms: f64) {
        let bucket = BOUNDS_MS.iter().position(|bound| ms <= *bound).unwrap_or(BOUNDS_MS.len());
        self.counts[bucket].fetch_add(1, Relaxed);
        self.sum_ns.fetch_add((ms * 1e6) as u64, Relaxed);
    }

    fn write(&self, page: &mut Page, name: &str, labels: &str) {
        let comma = if labels.is_empty() { "" } else { "," };
        let bounds = BOUNDS_MS.iter().map(|ms| (ms / 1e3).to_string());
        let mut below = 0;
        for (bound, count) in bounds.chain(["+Inf".to_owned()]).zip(&self.counts) {
            below += count.load(Relaxed);
            let labels = format!("{labels}{comma}le=\"{bound}\"");
            page.sample(&format!("{name}_bucket"), &labels, below);
        }
        let sum_s = self.sum_ns.load(Relaxed) as f64 / 1e9;
        page.sample(&format!("{name}_sum"), labels, sum_s);
        page.sample(&format!("{name}_count"), labels, below);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_cumulative_and_end_with_all() {
        let labels = "backend=\"UCX\",rails=\"all\"".to_owned();
        let metrics = Metrics { labels, ..Metrics::default() };
        for ms in [0.05, 3.0, 3.0, 1e9] {
            metrics.transfer.record(ms);
        }
        let text = metrics.text();
        let bucket = |bound: &str| {
            let start = format!(
                "kv_transfer_seconds_bucket{{backend=\"UCX\",rails=\"all\",le=\"{bound}\"}} "
            );
            text.lines().find_map(|line| line.strip_prefix(&start)).unwrap().to_owned()
        };
        assert_eq!([bucket("0.0001"), bucket("0.005"), bucket("100")], ["1", "3", "3"]);
        assert_eq!(bucket("+Inf"), "4");
        assert!(text.contains("kv_transfer_seconds_count{backend=\"UCX\",rails=\"all\"} 4\n"));
    }

    #[test]
    fn labels_are_escaped() {
        assert_eq!(label("model", "a\"b\\c\nd"), r#"model="a\"b\\c\nd""#);
    }

    #[test]
    fn every_family_is_described_once_and_has_a_sample() {
        let text = Metrics::default().text();
        let names: Vec<&str> = text
            .lines()
            .filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next())
            .collect();
        let mut unique = names.clone();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(unique.len(), names.len());
        for name in names {
            assert!(text.lines().any(|line| line.starts_with(name)), "{name} has no sample");
        }
    }
}
