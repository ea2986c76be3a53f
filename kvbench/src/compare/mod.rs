//! Two record files against each other: before and after, cell by cell, with a gate for CI.
//!
//! Cells are matched by variant and workload; several records of one cell are taken together. The
//! runs were apart in time, so nothing cancels between them: the interval of a ratio is wider than
//! that of a run that takes turns, and what changed between the machines of both runs is not in it.
//! That is why records of unlike machines are refused.

mod gate;
mod machine;

pub use gate::{Comparison, Figure, Gate, Row, compare};
pub use machine::{Difference, Weight, differences};
