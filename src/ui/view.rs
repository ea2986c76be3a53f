//! What a dashboard shows, as plain data: no terminal in it, and no clock.
//!
//! A command that wants a dashboard makes a [`View`] of what it knows, a few times a second at most, and
//! hands it to [`super::Screen::draw`]:
//!
//! 1. Open a [`super::Screen`] before anything is printed; it fails where there is no terminal. Where it is
//!    told to stop, by `q` or Ctrl-C, [`super::Screen::is_stopped`] says so.
//! 2. Messages go through [`super::tell`]: to the notices of the dashboard while there is one, and to
//!    standard error when it is gone.
//! 3. Drop the screen before the result is printed.
//!
//! Draw between measurements, or on a thread that begins with [`super::yield_processor`]. Everything is optional:
//! rows are what is compared or the phases of a request, figures what is counted, meters what fills up.

use std::collections::VecDeque;

use kvbench::stats::Histogram;

/// Everything on a dashboard, notices apart.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct View {
    /// Where in a larger whole this is: `cells 3 to 4 of 12`.
    pub place: String,
    /// What is done.
    pub title: String,
    /// What is happening now.
    pub phase: String,
    /// How far it is.
    pub progress: Option<Progress>,
    /// What is counted, shown in a line.
    pub figures: Vec<Figure>,
    /// What a row is: `variant`, `phase`, `rate`.
    pub row_is: &'static str,
    /// What a row counts: `requests`.
    pub count_is: &'static str,
    /// What latencies of rows are, where rows do not say: `delivered`.
    pub latency_is: &'static str,
    /// What is compared.
    pub rows: Vec<Row>,
    /// What fills up.
    pub meters: Vec<Meter>,
    /// NICs that carry the payload.
    pub nics: Vec<Nic>,
    /// What is known so far, in a sentence.
    pub answer: Option<String>,
    /// What `q` does: `end it`.
    pub stop_does: &'static str,
}

/// How far it is.
#[derive(Clone, PartialEq, Debug)]
pub struct Progress {
    /// From 0 to 1.
    pub share: f64,
    /// The same in words: `12 s of at most 30 s`.
    pub text: String,
}

/// A figure with its name.
#[derive(Clone, PartialEq, Debug)]
pub struct Figure {
    pub name: &'static str,
    pub value: String,
    /// Whether somebody should look: failures.
    pub alarming: bool,
}

/// A variant, or a phase of requests.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Row {
    pub name: String,
    pub state: State,
    /// What was counted.
    pub count: u64,
    /// Of these, failed.
    pub errors: u64,
    pub latency: Option<Quantiles>,
    /// Mean bytes per second.
    pub bytes_per_s: Option<f64>,
    /// NICs that carried a share of the payload the last time.
    pub rails: Option<usize>,
    /// Bytes per second over time, the latest last.
    pub trend: Trend,
}

/// Where a row is.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum State {
    /// Its turn is to come.
    #[default]
    Waiting,
    /// It is busy.
    Busy,
    /// It has ended well.
    Done,
    /// It has failed: why.
    Failed(String),
}

/// Latencies in nanoseconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Quantiles {
    pub p50_ns: u64,
    pub p90_ns: u64,
    pub p99_ns: u64,
}

impl Quantiles {
    /// Those of latencies in ascending order, by nearest rank, where there are any.
    pub fn of_sorted(ns: &[u64]) -> Option<Self> {
        let at = |p: f64| ns.get(((p * ns.len() as f64).ceil() as usize).max(1) - 1).copied();
        Some(Self { p50_ns: at(0.5)?, p90_ns: at(0.9)?, p99_ns: at(0.99)? })
    }

    /// Those of a histogram, where it has anything.
    pub fn of(histogram: &Histogram) -> Option<Self> {
        Some(Self {
            p50_ns: histogram.quantile(0.5)?,
            p90_ns: histogram.quantile(0.9)?,
            p99_ns: histogram.quantile(0.99)?,
        })
    }
}

/// The latest figures of a series.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Trend(VecDeque<f64>);

impl Trend {
    /// More than the widest terminal has columns.
    const LENGTH: usize = 512;

    /// Adds a figure, and forgets the oldest one where there are too many.
    pub fn push(&mut self, figure: f64) {
        if self.0.len() == Self::LENGTH {
            self.0.pop_front();
        }
        self.0.push_back(figure);
    }

    /// The last `count`, the oldest first.
    pub fn last(&self, count: usize) -> impl Iterator<Item = f64> {
        self.0.iter().skip(self.0.len().saturating_sub(count)).copied()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Something of which a part is used.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Meter {
    pub name: String,
    pub used: u64,
    pub of: u64,
}

/// A NIC, in bytes per second.
#[derive(Clone, PartialEq, Debug)]
pub struct Nic {
    pub name: String,
    pub sent_bytes_per_s: f64,
    pub received_bytes_per_s: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trend_forgets_what_no_terminal_shows() {
        let mut trend = Trend::default();
        (0..Trend::LENGTH + 3).for_each(|figure| trend.push(figure as f64));
        assert_eq!(trend.last(usize::MAX).count(), Trend::LENGTH);
        assert!(trend.last(2).eq([513.0, 514.0]));
    }

    #[test]
    fn there_are_no_quantiles_of_nothing() {
        let none = Histogram::new().unwrap();
        assert_eq!(Quantiles::of(&none), None);
        assert_eq!(Quantiles::of_sorted(&[]), None);
        let ten: Vec<u64> = (1..=10).collect();
        let quantiles = Some(Quantiles { p50_ns: 5, p90_ns: 9, p99_ns: 10 });
        assert_eq!(Quantiles::of(&Histogram::of(&ten).unwrap()), quantiles);
        assert_eq!(Quantiles::of_sorted(&ten), quantiles);
    }
}
