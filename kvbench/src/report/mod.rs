//! Reports, one file per form.

mod table;
mod units;

pub use table::table;
pub use units::{bandwidth, bytes, latency};
