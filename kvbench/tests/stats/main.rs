//! The statistics against independent results, known truths and simulated machines.

mod coverage;
mod noise;
mod sequential;
