//! Measuring: clock, counters, resources, and the order in which variants take turns.

mod alone;
mod ceiling;
mod clock;
mod counters;
mod culprit;
mod echo;
mod gathered;
mod job;
mod judge;
mod machine;
mod memory;
mod observer;
mod parts;
mod place;
mod resources;
mod run;
mod subject;
mod turn;
mod warm_up;

pub use clock::{Timer, now_ns};
pub use counters::{NicBytes, NicCounters};
pub use echo::{Clock, EchoCost};
pub use job::{Ceiling, Contender, Injected, Job, Measured, Outcome};
pub use machine::Machine;
pub use memory::fits_into_memory;
pub(crate) use memory::{available_bytes, fits};
pub use observer::{Observer, TurnReport};
pub use parts::Parts;
pub(crate) use place::{Places, Premises};
pub use resources::{cpu_ns, rss_bytes, usage};
pub(crate) use run::in_order;
pub use run::run;
