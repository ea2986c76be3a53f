//! Tuning: which settings of a backend deliver sooner than its defaults on one workload.
//!
//! [`settings`] has what is tried and where each name comes from, [`search`] decides what is measured next
//! and what is kept, [`Lines`] say how the outcome is set elsewhere. The search measures nothing itself: a
//! [`Measurer`] does, with processes or in a test.

mod lines;
mod search;
mod setting;

pub use lines::{Lines, lines};
pub use search::{Answer, Measurer, Trial, Tuned, search};
pub use setting::{Candidate, Setting, settings};
