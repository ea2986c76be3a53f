//! Reports, one file per form.

mod comparison;
mod plan;
mod table;
mod units;

pub use comparison::comparison;
pub use plan::{dry_run, plan_table};
pub use table::table;
pub use units::{bandwidth, bytes, latency};
