//! Goodput: how many requests meet every goal, by AIPerf's words.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::outcome::Outcome;

/// What a goal can be set for, per request; milliseconds from the intended arrival, except for the
/// inter-token latency.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SloMetric {
    /// Until the decode worker has the blocks.
    KvDelivered,
    /// Until the first token.
    TimeToFirstToken,
    /// Until the last token.
    RequestLatency,
    /// The mean time between tokens; of an answer of one token there is none, and it is met.
    InterTokenLatency,
}

impl SloMetric {
    const ALL: [Self; 4] =
        [Self::KvDelivered, Self::TimeToFirstToken, Self::RequestLatency, Self::InterTokenLatency];

    fn name(self) -> &'static str {
        match self {
            Self::KvDelivered => "kv_delivered",
            Self::TimeToFirstToken => "time_to_first_token",
            Self::RequestLatency => "request_latency",
            Self::InterTokenLatency => "inter_token_latency",
        }
    }

    fn of(self, outcome: &Outcome) -> Option<f64> {
        let entry = &outcome.entry;
        match self {
            Self::KvDelivered => outcome.kv_delivered_ms(),
            Self::TimeToFirstToken => entry.ttft_ms,
            Self::RequestLatency => entry.total_ms,
            Self::InterTokenLatency => {
                let gaps = entry.tokens.saturating_sub(1);
                let decoding = entry.total_ms? - entry.ttft_ms?;
                Some(if gaps == 0 { 0.0 } else { decoding / gaps as f64 })
            }
        }
    }
}

/// A goal.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Slo {
    /// Of what.
    pub metric: SloMetric,
    /// At most so many milliseconds.
    pub at_most_ms: f64,
}

/// Goals that a good request meets together, at least one: `kv_delivered:50 request_latency:2000`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Slos(pub Vec<Slo>);

impl Slos {
    /// Whether a request meets all of them; one that failed meets none.
    pub fn met(&self, outcome: &Outcome) -> bool {
        let meets = |slo: &Slo| slo.metric.of(outcome).is_some_and(|ms| ms <= slo.at_most_ms);
        outcome.is_ok() && self.0.iter().all(meets)
    }
}

impl fmt::Display for Slos {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = self.0.iter().map(|slo| format!("{}:{}", slo.metric.name(), slo.at_most_ms));
        f.write_str(&words.collect::<Vec<_>>().join(" "))
    }
}

impl FromStr for Slos {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let slo = |word: &str| {
            let (name, limit) = word.split_once(':')?;
            let metric = SloMetric::ALL.into_iter().find(|metric| metric.name() == name)?;
            let at_most_ms = limit.parse().ok().filter(|ms: &f64| ms.is_finite() && *ms > 0.0)?;
            Some(Slo { metric, at_most_ms })
        };
        let slos: Option<Vec<Slo>> = text.split_whitespace().map(slo).collect();
        slos.filter(|slos| !slos.is_empty()).map(Self).ok_or_else(|| {
            let names = SloMetric::ALL.map(SloMetric::name).join(", ");
            format!("{text:?}: give NAME:MILLISECONDS …, with the names {names}")
        })
    }
}

/// How many requests met all goals.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Goodput {
    /// The goals.
    pub slos: Slos,
    /// Requests that met them.
    pub good: u64,
    /// Their share of all that were handed in, also of those that failed.
    pub good_request_fraction: f64,
    /// Good requests per second.
    pub goodput: f64,
}

#[cfg(test)]
mod tests {
    use super::super::outcome::tests::outcome;
    use super::*;
    use crate::serving::Status;

    #[test]
    fn a_good_request_meets_every_goal() {
        let slos: Slos = "kv_delivered:50  inter_token_latency:5".parse().unwrap();
        // Queue and transfer in ms; delivered is their sum.
        assert!(slos.met(&outcome(0, 20.0, 30.0)));
        assert!(!slos.met(&outcome(0, 20.1, 30.0)));
        let mut slow = outcome(0, 1.0, 1.0);
        (slow.entry.tokens, slow.entry.ttft_ms, slow.entry.total_ms) = (3, Some(2.0), Some(12.1));
        assert!(!slos.met(&slow), "its tokens are 5.05 ms apart");
        let mut failed = outcome(0, 1.0, 1.0);
        failed.entry.status = Status::Failed;
        assert!(!slos.met(&failed));
    }

    #[test]
    fn goals_are_read_and_written() {
        let text = "kv_delivered:50 request_latency:2000";
        assert_eq!(text.parse::<Slos>().unwrap().to_string(), text);
        for text in ["", "kv_delivered", "ttft:5", "kv_delivered:0", "kv_delivered:x", "a:1"] {
            let error = text.parse::<Slos>().unwrap_err();
            assert!(error.contains("time_to_first_token"), "{error}");
        }
    }
}
