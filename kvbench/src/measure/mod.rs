//! Measuring: clock, counters, resources, and the order in which variants take turns.

mod clock;
mod counters;
mod resources;
mod run;

pub use clock::now_ns;
pub use counters::{NicBytes, NicCounters};
pub use resources::{cpu_ns, usage};
pub use run::{Contender, Injected, Job, Measured, Observer, Outcome, run};
