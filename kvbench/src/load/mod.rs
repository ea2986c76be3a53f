//! KV transfers as load: requests that arrive by a schedule of their own, or a number of them at a time,
//! through the router and the workers that `kvbench serve` serves with.
//!
//! What is asked (`arrivals`, `ramp`, `lengths`, `prompts`, `trace`) is made from seeded generators
//! before it is due, `drive` hands it in when it is due and takes back what ended, and `figures` says
//! what came of it. All of that knows a [`World`] only, which tests play on a clock of their own; `live`
//! is the world of a router and its workers, and `run` goes through the points of a sweep with it.
//!
//! **Latency counts from the intended arrival**, whenever a request was truly handed in: a load that waits
//! for the one it measures would leave out what hurts most (coordinated omission). How late requests were
//! handed in is told beside it.

mod arrivals;
mod drive;
mod figures;
mod goodput;
mod interrupt;
mod lengths;
mod live;
mod outcome;
mod point;
mod prompts;
mod ramp;
mod record;
mod run;
mod search;
mod trace;

pub use arrivals::{ArrivalFit, Arrivals, Pattern};
pub use drive::{Phase, Request, Waited, World, drive};
pub use figures::{Figures, Spread};
pub use goodput::{Goodput, Slo, SloMetric, Slos};
pub use interrupt::Interrupt;
pub use lengths::Length;
pub use outcome::{Driven, Outcome};
pub use point::{Load, Schedule, Stall, Stop};
pub use prompts::{Prompts, Synthetic};
pub use ramp::{ConcurrencyRamp, RateRamp};
pub use record::{LOAD_SCHEMA, LoadEntry, LoadLine, LoadWriter, LoadedEntry, PointEntry, Stage};
pub use run::{Found, LoadJob, Loaded, run};
pub use search::Search;
pub use trace::{Replay, Trace};
