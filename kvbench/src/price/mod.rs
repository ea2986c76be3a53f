//! The price of enumeration: what a process takes for the NICs that it opens.
//!
//! A [`Sweep`] has a point per setting and number of NICs. Each point is a few fresh processes, which
//! load NIXL, create one backend, register memory, tell what they use after each step, and are ended.
//! The price is what they use more than a process that has loaded NIXL and created nothing.

mod cost;
mod point;
mod sweep;

pub use cost::{Cost, Price, Spread, Used};
pub use point::{Point, Priced};
pub use sweep::{Sweep, run};

use crate::emulate::Emulation;
use crate::variant::Rails;

/// Workers of a node, unless it is said: engines run one process per GPU, and a P5 has eight.
pub const WORKERS: u64 = 8;

/// Processes per point, unless it is said: the fewest that have a median and ends beside it.
pub const REPEAT: u32 = 3;

/// Memory that each process registers, unless it is said: little beside what 32 rails take, and far
/// more than the 128 KiB from which LIBFABRIC stripes over its rails.
pub const MEMORY_BYTES: u64 = 64 << 20;

/// What the workshop whose benchmark plan `plans/phase1.toml` is asks for, at least, per worker on a P5
/// (its benchmarking module, "Performance Notes"). Its reason is the enumeration of 32 EFA devices.
pub const WORKSHOP_BYTES: u64 = 128 << 30;

/// 1, 2, 4, … up to `most`, and `most` itself.
pub fn powers_of_two(most: u32) -> Vec<Rails> {
    let powers = (0..u32::BITS).map(|power| 1 << power).take_while(|count| *count < most);
    powers.chain([most]).map(Rails::Count).collect()
}

/// The emulated machine on which prices are taken: registered pages are resident, as hardware pins
/// them.
pub fn pinned(emulation: Emulation) -> Emulation {
    Emulation { pin: true, ..emulation }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_double_up_to_all_there_are() {
        let counts = |most| powers_of_two(most).iter().map(Rails::to_string).collect::<Vec<_>>();
        assert_eq!(counts(32), ["1", "2", "4", "8", "16", "32"]);
        assert_eq!(counts(6), ["1", "2", "4", "6"]);
        assert_eq!(counts(1), ["1"]);
    }
}
