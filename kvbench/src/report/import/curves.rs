//! How runs of one name change with the client's concurrency.

use crate::import::{Figure, KeyMetric, Run, figures};

/// The runs of one name.
pub(in crate::report) struct Curve<'r> {
    pub name: &'r str,
    /// By concurrency, ascending.
    pub points: Vec<Point>,
}

/// One run.
pub(in crate::report) struct Point {
    pub concurrency: u64,
    /// The median time to first token.
    pub ttft: Figure,
    pub tokens: Option<Figure>,
}

/// Curves of the runs whose concurrency and time to first token are known, names in the order of the runs.
pub(in crate::report) fn curves(runs: &[Run]) -> Vec<Curve<'_>> {
    let mut curves: Vec<Curve<'_>> = Vec::new();
    for run in runs {
        let figures = figures(run);
        let figure = |metric| figures.iter().find(|figure| figure.metric == metric).copied();
        let (Some(concurrency), Some(ttft)) = (run.concurrency, figure(KeyMetric::TtftMedian))
        else {
            continue;
        };
        let point = Point { concurrency, ttft, tokens: figure(KeyMetric::TokenRate) };
        match curves.iter_mut().find(|curve| curve.name == run.name) {
            Some(curve) => curve.points.push(point),
            None => curves.push(Curve { name: &run.name, points: vec![point] }),
        }
    }
    curves.iter_mut().for_each(|curve| curve.points.sort_by_key(|point| point.concurrency));
    curves
}
