//! How the cost of a descriptor changes with the number of descriptors in a request.

use super::grid::{Column, Field, Grid};
use super::group::Group;
use super::{bytes, latency};

/// Fewer points are no curve.
const MIN_POINTS: usize = 3;

/// A cost this many times the least one is past the knee.
pub(super) const KNEE: f64 = 1.5;

/// One variant on requests that differ in their number of descriptors.
pub(super) struct Curve {
    pub variant: String,
    /// By descriptors, ascending.
    pub points: Vec<Point>,
}

/// One cell.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Point {
    pub descriptors: u64,
    /// Median delivered latency of a request, by descriptor.
    pub delivered_ns: f64,
    /// What loading metadata and preparing lists and requests took, by descriptor.
    pub prepare_ns: f64,
    /// Memory that the initiators' prepared requests take, by descriptor.
    pub prepared_bytes: f64,
}

impl Curve {
    /// The first number of descriptors that costs [`KNEE`] times the least of fewer descriptors.
    pub fn knee(&self) -> Option<u64> {
        let mut least_ns = f64::INFINITY;
        for point in &self.points {
            if point.delivered_ns > KNEE * least_ns {
                return Some(point.descriptors);
            }
            least_ns = least_ns.min(point.delivered_ns);
        }
        None
    }
}

/// Curves of the runs whose workloads differ in nothing but their number of blocks.
pub(super) fn curves<'g, 'r: 'g>(groups: impl IntoIterator<Item = &'g Group<'r>>) -> Vec<Curve> {
    let mut curves: Vec<(String, Curve)> = Vec::new();
    for group in groups {
        let work = group.workload;
        let Some(descriptors) = work.descriptors.filter(|count| *count > 0) else { continue };
        let at_once = work.in_flight.unwrap_or(1);
        for cell in &group.cells {
            let alike = format!(
                "{} {:?} {:?} {} {} {} {:?}",
                cell.name, work.model, work.tp, work.op, work.block_bytes, at_once, work.merge
            );
            let each = |value: f64| value / descriptors as f64;
            let initiator = &cell.resources.initiator;
            let point = Point {
                descriptors,
                delivered_ns: each(cell.latency_ns.delivered.p50 as f64),
                prepare_ns: each(cell.setup_ns.metadata as f64 / f64::from(at_once)),
                prepared_bytes: each(initiator.request_bytes as f64 / f64::from(at_once)),
            };
            let index = curves.iter().position(|(key, _)| *key == alike).unwrap_or_else(|| {
                let (variant, points) = (cell.name.clone(), Vec::new());
                curves.push((alike, Curve { variant, points }));
                curves.len() - 1
            });
            curves[index].1.points.push(point);
        }
    }
    let mut curves: Vec<_> = curves.into_iter().map(|(_, curve)| curve).collect();
    for curve in &mut curves {
        curve.points.sort_by_key(|point| point.descriptors);
        curve.points.dedup_by_key(|point| point.descriptors);
    }
    curves.retain(|curve| curve.points.len() >= MIN_POINTS);
    curves
}

/// The points of all curves.
pub(super) fn table(curves: &[Curve]) -> Grid {
    let columns = vec![
        Column::Text("variant"),
        Column::Figure("descriptors"),
        Column::Figure("delivered, each"),
        Column::Figure("prepared in, each"),
        Column::Figure("memory, each"),
    ];
    let row = |curve: &Curve, point: &Point| {
        let fields: [String; 5] = [
            curve.variant.clone(),
            point.descriptors.to_string(),
            latency(point.delivered_ns),
            latency(point.prepare_ns),
            bytes(point.prepared_bytes.round() as u64),
        ];
        fields.map(Field::from).into()
    };
    let rows = curves.iter().flat_map(|curve| curve.points.iter().map(move |it| row(curve, it)));
    Grid { columns, rows: rows.collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(costs_ns: &[(u64, f64)]) -> Curve {
        let point = |(descriptors, delivered_ns): &(u64, f64)| Point {
            descriptors: *descriptors,
            delivered_ns: *delivered_ns,
            prepare_ns: 1.0,
            prepared_bytes: 1.0,
        };
        Curve { variant: "UCX".to_owned(), points: costs_ns.iter().map(point).collect() }
    }

    #[test]
    fn the_knee_is_where_the_cost_has_grown_by_half() {
        let falling_then_rising = [(1, 900.0), (10, 200.0), (100, 100.0), (1000, 151.0)];
        assert_eq!(curve(&falling_then_rising).knee(), Some(1000));
        assert_eq!(curve(&[(1, 100.0), (10, 140.0), (100, 150.0)]).knee(), None);
        assert_eq!(curve(&[]).knee(), None);
    }
}
