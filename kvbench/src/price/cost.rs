//! What processes took, and the price that follows.

use serde::{Deserialize, Serialize};

use crate::worker::WorkerUsage;

/// What one process took, from loading NIXL to registered memory.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Cost {
    /// Nanoseconds to load NIXL and its dependencies.
    pub load_ns: u64,
    /// Nanoseconds to create the backend.
    pub backend_ns: u64,
    /// Nanoseconds to register the memory.
    pub register_ns: u64,
    /// What it used with NIXL loaded and nothing created.
    pub loaded: WorkerUsage,
    /// What it used with the backend created.
    pub created: WorkerUsage,
    /// What it used with the memory registered, which is a part of it.
    pub registered: WorkerUsage,
    /// Bytes registered on all NICs together, where that is known.
    pub registered_bytes: Option<u64>,
}

/// The median of a figure over the processes of a point, and its range.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Spread {
    /// The median, rounded.
    pub median: u64,
    /// The least.
    pub low: u64,
    /// The most.
    pub high: u64,
}

/// What a process uses.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Used {
    /// Resident memory, in bytes; the memory that was there to be registered is not in it.
    pub rss_bytes: Spread,
    /// Memory locked into RAM, in bytes. Memory that several NICs pin counts as often.
    pub locked_bytes: Spread,
    /// Open file descriptors.
    pub fds: Spread,
    /// Threads.
    pub threads: Spread,
}

/// The price of a point.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Price {
    /// Nanoseconds to create the backend.
    pub backend_ns: Spread,
    /// Nanoseconds to register the memory.
    pub register_ns: Spread,
    /// All that a process uses in the end.
    pub used: Used,
    /// What it uses more than with NIXL loaded and nothing created: the price.
    pub added: Used,
    /// Bytes registered on all NICs together, where that is known.
    pub registered_bytes: Option<Spread>,
    /// Resident memory of a node's workers together, in bytes, without what they register. Pages that
    /// they share count for each, so it is an upper bound.
    pub node_bytes: u64,
}

impl Spread {
    /// Of `values`; `None` where there are none.
    pub fn of(values: impl Iterator<Item = u64>) -> Option<Self> {
        let mut values: Vec<u64> = values.collect();
        values.sort_unstable();
        let median = crate::stats::quantile(&values, 0.5)?;
        Some(Self { median: median.round() as u64, low: values[0], high: *values.last()? })
    }
}

impl Used {
    fn of(costs: &[Cost], used: impl Fn(&Cost) -> WorkerUsage) -> Option<Self> {
        let spread = |field: fn(WorkerUsage) -> u64| Spread::of(costs.iter().map(&used).map(field));
        Some(Self {
            rss_bytes: spread(|usage| usage.rss_bytes)?,
            locked_bytes: spread(|usage| usage.locked_bytes)?,
            fds: spread(|usage| usage.fds)?,
            threads: spread(|usage| usage.threads)?,
        })
    }
}

impl Price {
    /// Of processes that registered `memory_bytes` each, on a node with so many `workers`; `None`
    /// where there are no processes.
    pub fn of(costs: &[Cost], memory_bytes: u64, workers: u64) -> Option<Self> {
        let spread = |field: fn(&Cost) -> u64| Spread::of(costs.iter().map(field));
        let in_the_end = |cost: &Cost| WorkerUsage {
            rss_bytes: cost.registered.rss_bytes.saturating_sub(memory_bytes),
            ..cost.registered
        };
        let added = |cost: &Cost| {
            let (after, before) = (in_the_end(cost), cost.loaded);
            WorkerUsage {
                rss_bytes: after.rss_bytes.saturating_sub(before.rss_bytes),
                locked_bytes: after.locked_bytes.saturating_sub(before.locked_bytes),
                fds: after.fds.saturating_sub(before.fds),
                threads: after.threads.saturating_sub(before.threads),
                ..after
            }
        };
        let used = Used::of(costs, in_the_end)?;
        let known = costs.iter().map(|cost| cost.registered_bytes).collect::<Option<Vec<_>>>();
        Some(Self {
            backend_ns: spread(|cost| cost.backend_ns)?,
            register_ns: spread(|cost| cost.register_ns)?,
            used,
            added: Used::of(costs, added)?,
            registered_bytes: known.and_then(|bytes| Spread::of(bytes.into_iter())),
            node_bytes: used.rss_bytes.median.saturating_mul(workers),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A process that used 100 bytes at first, and now `rss` with the 1000 that it registered.
    fn cost(backend_ns: u64, rss: u64, fds: u64) -> Cost {
        let usage = |rss_bytes, fds| WorkerUsage {
            rss_bytes,
            fds,
            locked_bytes: rss_bytes / 2,
            threads: 1 + fds / 10,
            ..WorkerUsage::default()
        };
        let (loaded, registered) = (usage(100, 10), usage(rss, fds));
        Cost { backend_ns, loaded, registered, registered_bytes: Some(rss), ..Cost::default() }
    }

    #[test]
    fn a_spread_has_the_median_and_both_ends() {
        let spread = |values: &[u64]| Spread::of(values.iter().copied());
        assert_eq!(spread(&[9, 1, 4]), Some(Spread { median: 4, low: 1, high: 9 }));
        assert_eq!(spread(&[1, 4]), Some(Spread { median: 3, low: 1, high: 4 }));
        assert_eq!(spread(&[]), None);
    }

    #[test]
    fn the_price_is_the_difference_and_a_node_has_it_for_each_worker() {
        let costs = [cost(30, 1500, 26), cost(10, 1400, 26), cost(20, 1700, 30)];
        let price = Price::of(&costs, 1000, 8).unwrap();
        assert_eq!(price.backend_ns, Spread { median: 20, low: 10, high: 30 });
        assert_eq!(price.used.rss_bytes, Spread { median: 500, low: 400, high: 700 });
        assert_eq!(price.added.rss_bytes, Spread { median: 400, low: 300, high: 600 });
        assert_eq!(price.added.fds, Spread { median: 16, low: 16, high: 20 });
        assert_eq!(price.added.threads.median, 1);
        assert_eq!(price.added.locked_bytes.median, 700, "of 750, 50 were there before");
        assert_eq!(price.registered_bytes.unwrap().high, 1700);
        assert_eq!(price.node_bytes, 8 * 500);
    }

    #[test]
    fn what_one_process_does_not_know_is_unknown() {
        let blind = Cost { registered_bytes: None, ..cost(1, 1000, 1) };
        let price = Price::of(&[cost(1, 1000, 1), blind], 1000, 1).unwrap();
        assert_eq!(price.registered_bytes, None);
        assert_eq!(price.added.rss_bytes.low, 0, "never less than nothing");
        assert_eq!(Price::of(&[], 1000, 1), None);
    }
}
