//! A deployment as a dashboard and as lines show it: looks at it in, a [`View`] out.

use std::time::Duration;

use kvbench::measure::NicBytes;
use kvbench::report::bandwidth;
use kvbench::serving::{Overview, Phases, Status};

use super::view::{Figure, Meter, Nic, Quantiles, Row, State, Trend, View};

/// A NIC with less than this share of what all of them carried is left out.
const LEAST_SHARE: f64 = 0.01;

/// A phase: its name, and its milliseconds.
type Phase = (&'static str, fn(&Phases) -> f64);

/// What requests pass through until their first token, and all of it.
const PHASES: [Phase; 5] = [
    ("queue", |phases| phases.queue_ms),
    ("prefill (modelled)", |phases| phases.prefill_ms),
    ("transfer", |phases| phases.transfer_ms),
    ("first decode (modelled)", |phases| phases.first_decode_ms),
    ("TTFT", |phases| phases.ttft_ms),
];

/// The phase whose bytes are real.
const TRANSFER: usize = 2;

/// What is known of a deployment.
pub struct ServeModel {
    title: String,
    /// When it was looked at last, and what was seen.
    before: (Duration, Overview),
    trend: Trend,
}

/// What happened per second between two looks.
struct Rates {
    tokens: f64,
    bytes: f64,
    nics: Vec<Nic>,
}

impl ServeModel {
    /// A deployment that begins to serve.
    pub fn new(title: String) -> Self {
        Self { title, before: Default::default(), trend: Trend::default() }
    }

    /// What there is to show `at` this time since the beginning.
    pub fn view(&mut self, at: Duration, now: Overview) -> View {
        let rates = self.rates(at, &now);
        self.trend.push(rates.bytes);
        let mut rows: Vec<Row> = PHASES.map(|(name, of)| row(name, &now, of)).into();
        rows[TRANSFER].bytes_per_s = Some(rates.bytes);
        rows[TRANSFER].trend = self.trend.clone();
        let meter = |worker: &kvbench::serving::WorkerOverview| Meter {
            name: worker.name.clone(),
            used: worker.blocks_in_use,
            of: worker.blocks,
        };
        let view = View {
            title: self.title.clone(),
            phase: format!(
                "serving for {:.0} s; latencies of the latest requests",
                at.as_secs_f64()
            ),
            figures: figures(&now, rates.tokens),
            row_is: "phase",
            count_is: "requests",
            rows,
            meters: now.workers.iter().map(meter).collect(),
            nics: rates.nics,
            stop_does: "end it",
            ..View::default()
        };
        self.before = (at, now);
        view
    }

    /// The same in a line, where anything happened since the last one.
    pub fn line(&mut self, at: Duration, now: Overview) -> Option<String> {
        let idle = now.stages == Default::default() && now.ended == self.before.1.ended;
        let rates = self.rates(at, &now);
        let mut line: String = figures(&now, rates.tokens)
            .iter()
            .map(|of| format!("{} {}, ", of.name, of.value))
            .collect();
        line += &format!("transfers {}", bandwidth(rates.bytes));
        if let Some(ttft) = row("", &now, |phases| phases.ttft_ms).latency {
            let of = |ns: u64| kvbench::report::latency(ns as f64);
            line += &format!(", TTFT p50 {}, p99 {}", of(ttft.p50_ns), of(ttft.p99_ns));
        }
        self.before = (at, now);
        (!idle).then_some(line)
    }

    fn rates(&self, at: Duration, now: &Overview) -> Rates {
        let (then, before) = &self.before;
        let seconds = at.saturating_sub(*then).as_secs_f64().max(1e-3);
        let per_s = |now: u64, before: u64| now.saturating_sub(before) as f64 / seconds;
        let carried = |bytes: &NicBytes| bytes.tx.max(bytes.rx);
        let all: u64 = now.nic_bytes.values().map(carried).sum();
        let matters = |bytes: &NicBytes| carried(bytes) as f64 >= LEAST_SHARE * all as f64;
        let nic = |(name, bytes): (&String, &NicBytes)| {
            let before = before.nic_bytes.get(name).copied().unwrap_or_default();
            Nic {
                name: name.clone(),
                sent_bytes_per_s: per_s(bytes.tx, before.tx),
                received_bytes_per_s: per_s(bytes.rx, before.rx),
            }
        };
        Rates {
            tokens: per_s(now.tokens, before.tokens),
            bytes: per_s(now.delivered_bytes, before.delivered_bytes),
            nics: now.nic_bytes.iter().filter(|(_, bytes)| matters(bytes)).map(nic).collect(),
        }
    }
}

fn row(name: &str, overview: &Overview, of: fn(&Phases) -> f64) -> Row {
    let mut ns: Vec<u64> = overview.recent.iter().map(|phases| (of(phases) * 1e6) as u64).collect();
    ns.sort_unstable();
    Row {
        name: name.to_owned(),
        state: State::Waiting,
        count: ns.len() as u64,
        latency: Quantiles::of_sorted(&ns),
        ..Row::default()
    }
}

fn figures(overview: &Overview, tokens_per_s: f64) -> Vec<Figure> {
    let stages = &overview.stages;
    let ended = |status: Status| overview.ended.get(status.name()).copied().unwrap_or_default();
    let figure = |name, value: u64| Figure { name, value: value.to_string(), alarming: false };
    let mut figures = vec![
        figure("waiting", stages.waiting),
        figure("prefilling", stages.prefilling),
        figure("moving", stages.moving),
        figure("decoding", stages.decoding),
        figure("tokens/s", tokens_per_s.round() as u64),
        figure("ok", ended(Status::Ok)),
    ];
    let alarms = [
        (Status::Failed.name(), ended(Status::Failed)),
        (Status::Rejected.name(), ended(Status::Rejected)),
        (Status::Cancelled.name(), ended(Status::Cancelled)),
        ("workers replaced", overview.restarts),
    ];
    let alarms = alarms.into_iter().filter(|(_, count)| *count > 0);
    figures.extend(alarms.map(|(name, value)| Figure { alarming: true, ..figure(name, value) }));
    figures
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use kvbench::serving::{Stages, WorkerOverview};

    /// So many requests have ended; each was 10 MB and 100 tokens, and the last one took so many
    /// milliseconds to its first token.
    fn after(requests: u64, nic: &str) -> Overview {
        let phases = |index| Phases {
            queue_ms: 1.0,
            prefill_ms: 2.0,
            transfer_ms: index as f64 - 4.0,
            first_decode_ms: 1.0,
            ttft_ms: index as f64,
        };
        Overview {
            stages: Stages { waiting: 4, prefilling: 3, moving: 2, decoding: 1 },
            workers: vec![WorkerOverview {
                name: "decode 0".to_owned(),
                blocks_in_use: 7,
                blocks: 9,
            }],
            ended: BTreeMap::from([("ok", requests), ("failed", 1)]),
            recent: (1..=requests).map(phases).collect(),
            delivered_bytes: requests * 10_000_000,
            tokens: requests * 100,
            restarts: 0,
            nic_bytes: BTreeMap::from([
                (nic.to_owned(), NicBytes { tx: requests * 10_000_000, rx: 0 }),
                ("other".to_owned(), NicBytes { tx: 9, rx: 9 }),
            ]),
        }
    }

    #[test]
    fn rates_are_those_since_the_last_look() {
        let mut model = ServeModel::new("m".to_owned());
        model.view(Duration::from_secs(10), after(10, "eth0"));
        let view = model.view(Duration::from_secs(12), after(30, "eth0"));
        assert_eq!(view.rows[TRANSFER].bytes_per_s, Some(1e8));
        let nics: Vec<_> = view.nics.iter().map(|nic| (&*nic.name, nic.sent_bytes_per_s)).collect();
        assert_eq!(nics, [("eth0", 1e8)], "the other one carried next to nothing");
        let tokens = view.figures.iter().find(|figure| figure.name == "tokens/s");
        assert_eq!(tokens.map(|figure| &*figure.value), Some("1000"));
        assert!(view.rows[TRANSFER].trend.last(9).eq([1e7, 1e8]));
    }

    #[test]
    fn phases_have_their_quantiles_each() {
        let view = ServeModel::new("m".to_owned()).view(Duration::from_secs(1), after(100, "eth0"));
        let p99 = |name: &str| {
            let row = view.rows.iter().find(|row| row.name == name).expect("there is a row");
            row.latency.expect("there are requests").p99_ns
        };
        assert_eq!(
            [p99("queue"), p99("TTFT"), p99("transfer")],
            [1, 99, 95].map(|ms| ms * 1_000_000)
        );
    }

    #[test]
    fn only_what_went_wrong_is_alarming() {
        let view = ServeModel::new("m".to_owned()).view(Duration::from_secs(1), after(1, "eth0"));
        let shown: Vec<_> =
            view.figures.iter().map(|of| (of.name, &*of.value, of.alarming)).collect();
        assert_eq!(shown[..4].iter().map(|of| of.1).collect::<String>(), "4321");
        assert_eq!(shown[6..], [("failed", "1", true)]);
        assert_eq!(view.meters, [Meter { name: "decode 0".to_owned(), used: 7, of: 9 }]);
    }

    #[test]
    fn nothing_is_told_of_an_idle_deployment() {
        let mut model = ServeModel::new("m".to_owned());
        let idle = |requests| Overview { stages: Stages::default(), ..after(requests, "eth0") };
        let line = model.line(Duration::from_secs(1), idle(2)).expect("requests have ended");
        assert!(line.ends_with("transfers 20 MB/s, TTFT p50 1 ms, p99 2 ms"), "{line}");
        assert_eq!(model.line(Duration::from_secs(2), idle(2)), None);
    }
}
