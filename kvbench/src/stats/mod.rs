//! Statistics of an A/B comparison on a noisy machine: intervals, verdict, stopping rule, warm-up.
//!
//! Two variants are measured in turn, in short slices, so that slice i of both sees the same
//! machine. From there:
//!
//! | question | answer |
//! |---|---|
//! | how fast is a variant | [`Series::value`], [`Summary`] (and its [`Histogram`]), [`interval`] |
//! | how do two compare | [`ratio_interval`], for a run of a length fixed beforehand |
//! | which is faster | [`StoppingRule`] → [`Comparison`] → [`Verdict`], stops when it knows |
//! | has it warmed up | [`SteadyState`] → [`WarmUp`] |
//! | does it drift or repeat itself | [`mann_kendall`], [`drift`], [`autocorrelation`] |
//! | do times follow a distribution | [`kolmogorov_smirnov`] |
//!
//! [`ratio_interval`] is right once. Who looks at it again and again and stops at a good moment is
//! wrong more often than its confidence says; [`Comparison`] accounts for its own looks, so its
//! verdict holds whenever it stops.
//!
//! What these figures cannot see: a process keeps some of its luck for life (its pages, its cores),
//! the same in all of its slices, so only fresh processes show it. And noise that one variant alone
//! has, in waves of twenty slices or more, passes for a difference while the run is not much
//! longer: see the last row of the table in `tests/stats/sequential.rs`.
//!
//! Nothing here reads a clock or a source of chance: the same slices and seed give the same answer.

mod autocorrelation;
mod bootstrap;
mod distribution;
mod estimate;
mod histogram;
mod interval;
mod kolmogorov;
mod looks;
mod metric;
mod needs;
mod outliers;
mod pooled;
mod quantile;
mod quantile_grid;
pub mod rng;
mod sentence;
mod series;
mod steady;
mod stopping;
mod summary;
mod trend;
mod verdict;

pub use autocorrelation::{autocorrelation, autocorrelation_time, effective_size};
pub use distribution::{gamma_below, normal_two_sided, student_t_critical};
pub use estimate::{Estimate, MIN_P99_SAMPLES, MIN_SLICES, interval, ratio_interval};
pub use histogram::{Histogram, HistogramError, MAX_NS};
pub use interval::Interval;
pub use kolmogorov::{KolmogorovSmirnov, kolmogorov_smirnov};
pub use looks::Looks;
pub use metric::Metric;
pub use needs::{Needs, Progress};
pub use outliers::{Outlier, Outliers};
pub use quantile::{median, quantile, quantile_f64};
pub use sentence::Sentence;
pub use series::{Series, Slice};
pub use steady::{SteadyRule, SteadyState, WarmUp, mser_cut, warm_up};
pub use stopping::{Comparison, Decision, MIN_EFFECTIVE_SLICES, Reason, StoppingRule};
pub use summary::Summary;
pub use trend::{MannKendall, drift, mann_kendall, theil_sen};
pub use verdict::{DEFAULT_MARGIN, Verdict};
