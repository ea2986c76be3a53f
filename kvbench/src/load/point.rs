//! A point of a sweep: what is asked, and when it is enough.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::arrivals::{Arrivals, Pattern};
use super::ramp::{ConcurrencyRamp, RateRamp};

/// What a load is asked to be.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Load {
    /// When requests arrive.
    #[serde(flatten)]
    pub schedule: Schedule,
    /// Requests at a time, at most.
    pub concurrency: Option<u64>,
    /// How long that grows from 1, in seconds.
    pub concurrency_ramp_s: f64,
}

/// When requests arrive.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "schedule", rename_all = "lowercase")]
pub enum Schedule {
    /// Each when another one has ended.
    Closed,
    /// By a pattern, whatever becomes of the others.
    Open {
        /// The pattern.
        arrival_pattern: Pattern,
        /// The shape of the gamma distribution.
        arrival_smoothness: f64,
        /// Requests per second.
        request_rate: f64,
        /// How long the rate grows, in seconds.
        request_rate_ramp_s: f64,
    },
    /// As a trace says.
    Trace,
}

impl Load {
    /// The arrivals of an open loop by a pattern.
    pub fn arrivals(&self, seed: u64) -> Option<Arrivals> {
        let Schedule::Open {
            arrival_pattern,
            arrival_smoothness,
            request_rate,
            request_rate_ramp_s,
        } = self.schedule
        else {
            return None;
        };
        let ramp = RateRamp::new(request_rate, Duration::from_secs_f64(request_rate_ramp_s));
        Some(Arrivals::new(arrival_pattern, arrival_smoothness, ramp, seed))
    }

    /// The limit of requests at a time.
    pub fn limit(&self) -> Option<ConcurrencyRamp> {
        let over = Duration::from_secs_f64(self.concurrency_ramp_s);
        self.concurrency.map(|target| ConcurrencyRamp::new(target, over))
    }

    /// The rate that is asked for, where there is one.
    pub fn rate(&self) -> Option<f64> {
        match self.schedule {
            Schedule::Open { request_rate, .. } => Some(request_rate),
            Schedule::Closed | Schedule::Trace => None,
        }
    }
}

impl Load {
    /// The same from its first moment on.
    pub(super) fn without_ramps(mut self) -> Self {
        self.concurrency_ramp_s = 0.0;
        if let Schedule::Open { request_rate_ramp_s, .. } = &mut self.schedule {
            *request_rate_ramp_s = 0.0;
        }
        self
    }

    /// The same at another rate, where it has one.
    pub(super) fn at_rate(mut self, rate: f64) -> Self {
        if let Schedule::Open { request_rate, .. } = &mut self.schedule {
            *request_rate = rate;
        }
        self
    }
}

impl fmt::Display for Load {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.schedule {
            Schedule::Closed => {
                return write!(f, "concurrency {}", self.concurrency.unwrap_or(1));
            }
            Schedule::Open { arrival_pattern, arrival_smoothness, request_rate, .. } => {
                write!(f, "{}/s {arrival_pattern}", short(request_rate))?;
                if arrival_pattern == Pattern::Gamma {
                    write!(f, " {arrival_smoothness}")?;
                }
            }
            Schedule::Trace => f.write_str("trace")?,
        }
        match self.concurrency {
            Some(limit) => write!(f, ", at most {limit}"),
            None => Ok(()),
        }
    }
}

/// A rate without digits that say nothing.
fn short(rate: f64) -> String {
    let text = format!("{rate:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// When enough was handed in, and how long to wait for the rest.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Stop {
    /// After so many requests.
    pub count: Option<u64>,
    /// After so long.
    pub duration: Option<Duration>,
    /// How long requests may go on after that, or after an interruption.
    pub grace: Duration,
    /// How long nothing at all may end while requests are under way.
    pub patience: Duration,
}

/// The worker that receives stands still, once.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stall {
    /// For so long.
    pub span: Duration,
    /// So long after the start of a point.
    pub after: Duration,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loads_are_named_by_what_is_asked() {
        let open = |arrival_pattern, request_rate| Schedule::Open {
            arrival_pattern,
            arrival_smoothness: 0.5,
            request_rate,
            request_rate_ramp_s: 0.0,
        };
        let load = |schedule, concurrency| {
            Load { schedule, concurrency, concurrency_ramp_s: 0.0 }.to_string()
        };
        assert_eq!(load(Schedule::Closed, Some(10)), "concurrency 10");
        assert_eq!(load(open(Pattern::Poisson, 20.0), None), "20/s poisson");
        assert_eq!(load(open(Pattern::Gamma, 0.123), Some(32)), "0.12/s gamma 0.5, at most 32");
        assert_eq!(load(Schedule::Trace, None), "trace");
    }
}
