//! What to know of a machine before its figures are trusted: a check per file.
//!
//! A check reads facts from files under a root that tests can choose, from an environment or from the
//! [`Trial`](crate::worker::Trial) of a backend, and answers with [`Finding`]s; none prints, and none
//! loads native code into this process. Sizes and defaults name their source where they stand.

mod backend;
mod cgroup;
mod examine;
mod finding;
mod gpu;
mod libraries;
mod limits;
mod memory;
mod pages;
mod parameters;
mod processors;
mod rdma;
#[cfg(test)]
mod samples;
mod software;
mod tree;
mod variables;

pub use examine::{Examination, Report, examine};
pub use finding::{Finding, Level};
