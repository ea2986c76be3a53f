//! What clients measured of an endpoint: their exports read back, compared, and joined with the log of
//! `kvbench serve`.
//!
//! A run of a client becomes a [`Run`]: one [`Request`] per request that was answered, and failures by
//! name ([`aiperf`], [`genai_perf`] and [`vllm`] read them). From there [`figures`] are the key metrics with their
//! intervals, [`Comparison`] has one run against another, [`Log`] joins requests with their KV transfers,
//! and [`ClientWait`] tells whether the client itself was in the way.

pub mod aiperf;
mod client;
mod comparison;
mod figure;
mod files;
pub mod genai_perf;
mod join;
mod lines;
mod load;
mod metric;
mod run;
mod series;
pub mod vllm;

pub use client::ClientWait;
pub use comparison::{Comparison, Row};
pub use figure::{CONFIDENCE, Figure, figures};
pub use join::{Joined, Log};
pub use load::{by_load, repeated};
pub use metric::KeyMetric;
pub use run::{Request, Run};
