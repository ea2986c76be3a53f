//! When a running comparison may be judged, and how sure each look must be.

use std::time::Duration;

/// The looks planned for one comparison.
///
/// Judging again and again until something is significant finds differences where there are none:
/// with a 5 % error at each of five looks, up to 14 % of A/A runs would end in one (Armitage,
/// McPherson & Rowe 1969). So the looks are few and planned in time, after 1/16, 1/8, 1/4, 1/2 and
/// all of the allowed time for five, and each may err in `alpha / looks` of the cases (Bonferroni).
/// Whatever the data, all intervals together then hold the truth with confidence 1 − `alpha`, and
/// the comparison may stop at any of them. The share of a look that was not taken goes to the next
/// one (an error-spending function in steps, Lan & DeMets 1983).
#[derive(Debug, Clone, PartialEq)]
pub struct Looks {
    alpha: f64,
    planned: u32,
    max_time: Duration,
    spent: u32,
}

impl Looks {
    /// `planned` looks (at least 1) within `max_time` that together err in `alpha` of the cases.
    pub fn new(alpha: f64, planned: u32, max_time: Duration) -> Self {
        Self { alpha, planned: planned.max(1), max_time, spent: 0 }
    }

    /// The error allowed to a look now, if one is due after `elapsed`. It counts as taken.
    pub fn take(&mut self, elapsed: Duration) -> Option<f64> {
        let due = (1..=self.planned).filter(|&look| elapsed >= self.time_of(look)).count();
        self.spend(due as u32)
    }

    /// The error allowed to a last look, however early: all that is left. `None` if the last look
    /// was taken.
    ///
    /// The moment must not depend on the data: time is up, or a person ended the run.
    pub fn take_last(&mut self) -> Option<f64> {
        self.spend(self.planned)
    }

    /// When look 1, 2, … `planned` is due.
    pub fn time_of(&self, look: u32) -> Duration {
        self.max_time.mul_f64(0.5_f64.powi(self.planned.saturating_sub(look) as i32))
    }

    fn spend(&mut self, due: u32) -> Option<f64> {
        let looks = due.checked_sub(self.spent).filter(|&looks| looks > 0)?;
        self.spent = due;
        Some(self.alpha * f64::from(looks) / f64::from(self.planned))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looks() -> Looks {
        Looks::new(0.05, 5, Duration::from_secs(16))
    }

    #[test]
    fn each_look_is_taken_once() {
        let mut looks = looks();
        assert_eq!(looks.take(Duration::from_millis(900)), None);
        assert_eq!(looks.take(Duration::from_secs(1)), Some(0.01));
        assert_eq!(looks.take(Duration::from_millis(1900)), None);
        assert_eq!(
            looks.take(Duration::from_secs(5)),
            Some(0.02),
            "the looks at 2 s and 4 s in one"
        );
        assert_eq!(looks.take_last(), Some(0.02));
        assert_eq!(looks.take_last(), None);
    }

    #[test]
    fn errors_add_up_to_what_was_allowed() {
        let mut looks = looks();
        let spent: f64 =
            (0..=200).filter_map(|tenth| looks.take(Duration::from_millis(tenth * 100))).sum();
        assert!((spent - 0.05).abs() < 1e-12);
    }
}
