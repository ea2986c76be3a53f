//! How delivered latencies were told: on a clock that all workers share, or by an echo.

use serde::{Deserialize, Serialize};

/// What told when a request was delivered.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Clock {
    /// The clock of the host that all workers share.
    #[default]
    Shared,
    /// The leader's clock, when the echo of targets on another host came in. Nothing is subtracted:
    /// delivered latencies contain the way of the echo.
    Echo {
        /// How long that way took, measured before requests were made, with nothing else under way.
        cost_ns: EchoCost,
    },
}

impl Clock {
    /// Whether the clock is all workers' own.
    pub fn is_shared(&self) -> bool {
        *self == Self::Shared
    }
}

/// How long echoes took, one way: half of there and back, in nanoseconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct EchoCost {
    /// Echoes that were measured.
    pub count: u64,
    /// A twentieth were faster.
    pub p5: u64,
    /// The median.
    pub p50: u64,
    /// A twentieth were slower.
    pub p95: u64,
}

impl EchoCost {
    /// Of echoes that were measured; `None` of none.
    pub(super) fn of(mut echoes_ns: Vec<u64>) -> Option<Self> {
        echoes_ns.sort_unstable();
        let last = echoes_ns.len().checked_sub(1)?;
        let at = |percent: usize| echoes_ns[last * percent / 100];
        let count = echoes_ns.len() as u64;
        Some(Self { count, p5: at(5), p50: at(50), p95: at(95) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cost_is_told_with_its_range() {
        let cost = EchoCost::of((0..=100).rev().collect()).unwrap();
        assert_eq!(cost, EchoCost { count: 101, p5: 5, p50: 50, p95: 95 });
        assert_eq!(EchoCost::of(vec![7]).unwrap(), EchoCost { count: 1, p5: 7, p50: 7, p95: 7 });
        assert_eq!(EchoCost::of(Vec::new()), None);
    }

    #[test]
    fn records_say_what_kind_of_clock_it_was() {
        let json = |clock: Clock| serde_json::to_string(&clock).unwrap();
        assert_eq!(json(Clock::Shared), r#"{"kind":"shared"}"#);
        let echo = Clock::Echo { cost_ns: EchoCost { count: 9, p5: 1, p50: 2, p95: 3 } };
        assert_eq!(json(echo), r#"{"kind":"echo","cost_ns":{"count":9,"p5":1,"p50":2,"p95":3}}"#);
        assert_eq!(serde_json::from_str::<Clock>(&json(echo)).unwrap(), echo);
    }
}
