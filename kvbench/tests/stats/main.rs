//! The statistics against independent results, known truths and simulated machines.
//!
//! Simulations run briefly in a usual test run. At length, as the figures in their files were
//! taken: `cargo test --release -p kvbench --test stats -- --include-ignored` (three
//! minutes of processor time).

mod coverage;
mod golden;
mod machines;
mod noise;
mod properties;
mod sequential;
mod steady;
