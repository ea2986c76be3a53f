//! From a value to a place on a chart, and the round values in between.

/// Values beyond it are drawn there; records may hold anything.
const LIMIT: f64 = 1e30;

/// An axis.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
    logarithmic: bool,
}

impl Scale {
    /// 0 to `high`, drawn `from` here `to` there.
    pub fn linear(high: f64, from: f64, to: f64) -> Self {
        let high = if high.is_finite() && high > 0.0 { high.min(LIMIT) } else { 1.0 };
        Self { low: 0.0, high, from, to, logarithmic: false }
    }

    /// All of `values` with a little room beside them, by their logarithms.
    pub fn logarithmic(values: impl Iterator<Item = f64>, from: f64, to: f64) -> Self {
        let fit = |value: f64| value.clamp(1.0 / LIMIT, LIMIT);
        let drawable = values.filter(|value| value.is_finite() && *value > 0.0).map(fit);
        let (low, high) = drawable.fold((f64::INFINITY, 0.0), |(low, high): (f64, f64), value| {
            (low.min(value), high.max(value))
        });
        let (low, high) = if low <= high { (low, high) } else { (1.0, 10.0) };
        let room = (high / low).powf(0.05).max(1.05);
        Self { low: low / room, high: high * room, from, to, logarithmic: true }
    }

    /// Where `value` is drawn; what lies outside is drawn at the end.
    pub fn at(&self, value: f64) -> f64 {
        let Self { low, high, from, to, .. } = *self;
        let value = if value.is_nan() { low } else { value.clamp(low, high) };
        let share = if self.logarithmic {
            (value / low).ln() / (high / low).ln()
        } else {
            (value - low) / (high - low)
        };
        from + share * (to - from)
    }

    /// Round values along it, three to eight of them where that is possible.
    pub fn ticks(&self) -> Vec<f64> {
        if !self.logarithmic {
            return self.even();
        }
        let decades = self.by_decade(&[1.0]);
        let fine = self.by_decade(&[1.0, 2.0, 5.0]);
        match (decades.len(), fine.len()) {
            (9.., _) => decades.iter().copied().step_by(decades.len().div_ceil(8)).collect(),
            (4.., _) | (3, 9..) => decades,
            (_, 3..) => fine,
            _ => self.even(),
        }
    }

    fn by_decade(&self, digits: &[f64]) -> Vec<f64> {
        let (first, last) = (self.low.log10().floor() as i32, self.high.log10().ceil() as i32);
        let all = (first..=last).flat_map(|power| {
            digits.iter().map(move |digit| {
                // Dividing keeps 0.5 exact where multiplying by 0.1 does not.
                if power < 0 { digit / 10_f64.powi(-power) } else { digit * 10_f64.powi(power) }
            })
        });
        all.filter(|value| (self.low..=self.high).contains(value)).collect()
    }

    /// Steps of 1, 2 or 5 times a power of ten.
    fn even(&self) -> Vec<f64> {
        let rough = (self.high - self.low) / 5.0;
        let power = 10_f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].map(|digit| digit * power);
        let step = step.into_iter().find(|step| *step >= rough).unwrap_or(rough);
        let first = (self.low / step).ceil();
        let values = (0..10).map(|index| (first + f64::from(index)) * step);
        values.take_while(|value| *value <= self.high).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log_ticks(low: f64, high: f64) -> Vec<f64> {
        Scale::logarithmic([low, high].into_iter(), 0.0, 100.0).ticks()
    }

    #[test]
    fn round_values_whatever_the_range() {
        assert_eq!(log_ticks(2e4, 2e7), [1e5, 1e6, 1e7]);
        assert_eq!(log_ticks(2.5e7, 1.5e8), [5e7, 1e8, 1.5e8]);
        assert_eq!(log_ticks(1.0, 1e9).len(), 5);
        assert_eq!(log_ticks(0.45, 2.2), [0.5, 1.0, 2.0]);
        assert_eq!(Scale::linear(1.7e9, 0.0, 1.0).ticks(), [0.0, 5e8, 1e9, 1.5e9]);
    }

    #[test]
    fn the_ends_are_where_they_belong() {
        let scale = Scale::linear(10.0, 100.0, 0.0);
        assert_eq!([scale.at(0.0), scale.at(5.0), scale.at(10.0)], [100.0, 50.0, 0.0]);
        assert_eq!(scale.at(11.0), 0.0);
    }

    #[test]
    fn nonsense_has_a_place_too() {
        for values in [[0.0, -1.0], [f64::NAN, f64::INFINITY], [1e-300, 1e300], [5.0, 5.0]] {
            let scale = Scale::logarithmic(values.into_iter(), 0.0, 100.0);
            for value in values {
                assert!((0.0..=100.0).contains(&scale.at(value)), "{value} of {values:?}");
            }
            assert!(scale.ticks().len() <= 10, "{values:?}");
        }
        assert!(Scale::linear(f64::NAN, 0.0, 1.0).at(0.5).is_finite());
    }
}
