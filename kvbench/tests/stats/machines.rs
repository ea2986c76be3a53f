//! The simulated machines that the tests share.

use crate::noise::{Machine, Shape};

/// Independent slices of lognormal latencies; nothing else goes on.
pub const QUIET: Machine = Machine {
    shape: Shape::Lognormal(0.3),
    samples: 20,
    common: 0.0,
    own: 0.0,
    own_rho: 0.0,
    drift: 0.0,
};

/// Skewed: some samples are up to a thousand times slower.
pub const SKEWED: Machine =
    Machine { shape: Shape::HeavyTail(0.3), samples: 40, own: 0.02, ..QUIET };

/// Two humps, with the median near the edge of the lower one.
pub const TWO_HUMPS: Machine = Machine { shape: Shape::TwoHumps, samples: 40, own: 0.02, ..QUIET };

/// Both variants get slower by 65 % during the run.
pub const DRIFTING: Machine = Machine { drift: 0.5, own: 0.02, ..QUIET };

/// Neighbouring slices of a variant resemble each other, apart from the other variant.
pub const CLINGING: Machine = Machine { own: 0.05, own_rho: 0.5, ..QUIET };

/// A busy two-core virtual machine: a slow wave of 10 % and a drift of 20 % under both variants,
/// each slice off by 3 % on its own, two humps.
pub const BUSY: Machine = Machine {
    shape: Shape::TwoHumps,
    samples: 60,
    common: 0.1,
    own: 0.03,
    own_rho: 0.3,
    drift: 0.2,
};
