//! The highest rate that still meets the goals: doubled until it does not, then halved in between.

/// Rates above it are not tried, in requests per second.
const MOST: f64 = 1e6;

/// So often the rate is halved where even the first does not meet the goals.
const HALVINGS: i32 = 10;

/// A search for the highest rate that meets a goal, where a lower one meets it too.
#[derive(Clone, PartialEq, Debug)]
pub struct Search {
    start: f64,
    precision: f64,
    /// The highest rate that met the goal, and the lowest above it that did not.
    met: Option<f64>,
    missed: Option<f64>,
}

impl Search {
    /// Begins with the rate `start`; done when what is found is known to a share of `precision`.
    pub fn new(start: f64, precision: f64) -> Self {
        Self { start, precision, met: None, missed: None }
    }

    /// The rate to try next; `None` when it is over.
    pub fn next(&self) -> Option<f64> {
        match (self.met, self.missed) {
            (None, None) => Some(self.start),
            (Some(met), None) => Some(2.0 * met).filter(|rate| *rate <= MOST),
            (None, Some(missed)) => {
                let least = self.start / 2_f64.powi(HALVINGS);
                Some(missed / 2.0).filter(|rate| *rate >= least)
            }
            (Some(met), Some(missed)) => {
                (missed / met > 1.0 + self.precision).then(|| (met * missed).sqrt())
            }
        }
    }

    /// Whether `rate` met the goal. A rate that missed it after a higher one had met it, as chance will
    /// have it, takes that back.
    pub fn tell(&mut self, rate: f64, met: bool) {
        if met {
            self.met = Some(self.met.map_or(rate, |best| best.max(rate)));
        } else {
            self.missed = Some(self.missed.map_or(rate, |least| least.min(rate)));
            self.met = self.met.filter(|best| *best < rate);
        }
    }

    /// The highest rate that met the goal.
    pub fn found(&self) -> Option<f64> {
        self.met
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is found where rates up to `limit` meet the goal, and after how many tries.
    fn found(start: f64, limit: f64) -> (Option<f64>, u32) {
        let (mut search, mut tries) = (Search::new(start, 0.05), 0);
        while let Some(rate) = search.next() {
            search.tell(rate, rate <= limit);
            tries += 1;
            assert!(tries < 40, "it has no end: {search:?}");
        }
        (search.found(), tries)
    }

    #[test]
    fn the_limit_is_found_from_above_and_from_below() {
        for (start, limit) in [(1.0, 137.0), (10.0, 10.0), (500.0, 3.0), (20.0, 25.0)] {
            let (rate, tries) = found(start, limit);
            let rate = rate.unwrap();
            assert!(rate <= limit && limit / rate <= 1.05, "{start} {limit}: {rate}");
            assert!(tries <= 15, "{start} {limit}: {tries} tries");
        }
    }

    #[test]
    fn where_nothing_or_everything_meets_it_the_search_ends() {
        assert_eq!(found(10.0, 0.0).0, None);
        assert!(found(10.0, f64::INFINITY).0.unwrap() > MOST / 2.0);
    }

    #[test]
    fn a_rate_that_met_by_luck_is_taken_back() {
        let mut search = Search::new(10.0, 0.05);
        search.tell(10.0, true);
        search.tell(20.0, true);
        search.tell(20.0, false);
        assert_eq!((search.found(), search.next()), (None, Some(10.0)));
        search.tell(10.0, true);
        assert_eq!(search.found(), Some(10.0));
    }
}
