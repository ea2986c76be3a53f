//! Progress as lines: each step of each variant once, and every few seconds how far measuring is.

use std::io::Write;
use std::time::Duration;

use kvbench::measure::Observer;
use kvbench::worker::Step;

use super::watch::Watch;

/// Between two lines on measuring.
const PERIOD: Duration = Duration::from_secs(5);

/// Writes lines.
pub struct Lines<W> {
    out: W,
    /// Variants take turns, and come to the same step many times.
    begun: Vec<(String, Step)>,
    /// When to tell of measuring again.
    due: Duration,
    /// The load that was told of last.
    load: String,
}

impl<W: Write> Lines<W> {
    /// Lines on `out`, none of them yet.
    pub fn new(out: W) -> Self {
        Self { out, begun: Vec::new(), due: Duration::ZERO, load: String::new() }
    }

    /// Progress that nobody reads must not end a run, so a failure to write is none.
    fn line(&mut self, line: &str) {
        let _ = writeln!(self.out, "{line}");
    }
}

impl<W: Write> nixl_runtime::Progress for Lines<W> {
    fn begin(&mut self, item: &str, _total_bytes: u64) {
        self.line(item);
    }

    fn advance(&mut self, _done_bytes: u64) {}

    fn end(&mut self) {}
}

impl<W: Write> Watch for Lines<W> {
    fn place(&mut self, place: String) {
        self.line(&place);
    }
}

impl<W: Write> Observer for Lines<W> {
    fn step(&mut self, variant: &str, step: Step) {
        let begun = (variant.to_owned(), step);
        if !self.begun.contains(&begun) {
            self.line(&format!("{variant}: {step}"));
            self.begun.push(begun);
        }
    }

    fn measuring(&mut self, elapsed: Duration, limit: Duration, latest: Option<&str>) {
        if elapsed < self.due {
            return;
        }
        self.due = elapsed + PERIOD;
        let (elapsed, limit) = (elapsed.as_secs_f64(), limit.as_secs_f64());
        let latest = latest.map(|latest| format!(": {latest}")).unwrap_or_default();
        self.line(&format!("measuring, {elapsed:.1} of at most {limit:.1} s{latest}"));
    }

    fn trial(&mut self, point: &str, done: usize, of: usize) {
        self.line(&format!("{point}: process {} of {of}", done + 1));
    }

    fn requests(&mut self, load: &str, _ended: u64, of: Option<u64>) {
        if self.load != load {
            load.clone_into(&mut self.load);
            let number = of.map(|of| format!(": {of} requests")).unwrap_or_default();
            self.line(&format!("{load}{number}"));
        }
    }

    fn end(&mut self) {
        self.load.clear();
        self.begun.clear();
        self.due = Duration::ZERO;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_told_once_and_measuring_every_few_seconds() {
        let mut told = Vec::new();
        let mut lines = Lines::new(&mut told);
        for _ in 0..2 {
            lines.step("UCX", Step::WarmUp);
            lines.step("LIBFABRIC", Step::WarmUp);
        }
        let limit = Duration::from_secs(20);
        for tenths in [5, 10, 54, 55, 60] {
            lines.measuring(Duration::from_millis(tenths * 100), limit, None);
        }
        assert_eq!(
            String::from_utf8(told).unwrap(),
            "UCX: warm up\nLIBFABRIC: warm up\n\
             measuring, 0.5 of at most 20.0 s\nmeasuring, 5.5 of at most 20.0 s\n"
        );
    }

    #[test]
    fn processes_of_a_sweep_are_counted_from_one() {
        let mut told = Vec::new();
        Lines::new(&mut told).trial("UCX rails=1", 0, 6);
        assert_eq!(String::from_utf8(told).unwrap(), "UCX rails=1: process 1 of 6\n");
    }

    #[test]
    fn a_load_is_told_once() {
        let mut told = Vec::new();
        let mut lines = Lines::new(&mut told);
        for ended in 0..3 {
            lines.requests("UCX, 20/s poisson", ended, Some(500));
        }
        lines.requests("UCX, 40/s poisson", 0, None);
        assert_eq!(
            String::from_utf8(told).unwrap(),
            "UCX, 20/s poisson: 500 requests\nUCX, 40/s poisson\n"
        );
    }

    #[test]
    fn the_next_run_begins_anew() {
        let mut told = Vec::new();
        let mut lines = Lines::new(&mut told);
        for _ in 0..2 {
            lines.step("UCX", Step::Start);
            Observer::end(&mut lines);
        }
        assert_eq!(String::from_utf8(told).unwrap(), "UCX: start\nUCX: start\n");
    }
}
