//! Measuring: clock, counters, resources, and the order in which variants take turns.

mod clock;
mod counters;
mod gathered;
mod job;
mod judge;
mod machine;
mod memory;
mod resources;
mod run;
mod turn;
mod warm_up;

pub use clock::now_ns;
pub use counters::{NicBytes, NicCounters};
pub use job::{Contender, Injected, Job, Measured, Observer, Outcome};
pub use machine::Machine;
pub(crate) use memory::available_bytes;
pub use resources::{cpu_ns, usage};
pub use run::run;
