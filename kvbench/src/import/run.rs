//! A client's run, as its requests.

use std::collections::BTreeMap;

use super::KeyMetric;

/// What a client tells of one run.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Run {
    /// What it is called in reports.
    pub name: String,
    /// The client: `AIPerf`, `GenAI-Perf`, `vLLM`.
    pub client: &'static str,
    /// What was asked of the endpoint and how, by the client's names: runs compare where these are equal.
    pub load: BTreeMap<String, String>,
    /// How many requests the client kept under way, or at most, where it was told to.
    pub concurrency: Option<u64>,
    /// The requests that were answered, in the order of their starts. Empty where the client kept none.
    pub requests: Vec<Request>,
    /// How many requests failed, by reason. They are in no figure.
    pub failures: BTreeMap<String, u64>,
    /// The figures of a client that kept no requests: nanoseconds, or per second.
    pub summary: BTreeMap<KeyMetric, f64>,
}

/// A request that was answered, on the client's clock.
#[derive(Clone, PartialEq, Debug)]
pub struct Request {
    /// Its `X-Request-ID`, where the client sends one.
    pub id: Option<String>,
    /// When the client might have sent it, ns; absent where the client does not tell.
    pub due_ns: Option<u64>,
    /// When it was sent, ns from any one moment.
    pub start_ns: u64,
    /// When it had ended, ns from the same moment.
    pub end_ns: u64,
    /// From its start until its last token, ns, as the client measured it.
    pub latency_ns: u64,
    /// Time to first token, ns; absent without streaming.
    pub ttft_ns: Option<u64>,
    /// Mean time between its tokens, ns; absent without streaming, or for one token.
    pub itl_ns: Option<u64>,
    /// Tokens of the answer.
    pub tokens: u64,
}

impl Run {
    /// Requests that failed.
    pub fn failed(&self) -> u64 {
        self.failures.values().sum()
    }

    /// From the first start to the last end, ns.
    pub fn duration_ns(&self) -> u64 {
        let start = self.requests.iter().map(|request| request.start_ns).min().unwrap_or(0);
        let end = self.requests.iter().map(|request| request.end_ns).max().unwrap_or(0);
        end.saturating_sub(start)
    }
}
