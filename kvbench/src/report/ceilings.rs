//! How near NIXL came to the raw transport and to a copy in memory, and where the rest went.

use super::grid::{Column, Field, Grid};
use super::group::Group;
use super::latency;
use super::measured::Measured;
use crate::measure::Parts;
use crate::record::{CeilingRecord, Cell};
use crate::stats::Interval;
use crate::variant::BackendName;

/// Shares and parts of a request, by variant; `None` where no variant had a ceiling.
pub(super) fn ceilings(group: &Group<'_>) -> Option<Grid> {
    if group.cells.iter().all(|cell| cell.ceilings.is_empty()) {
        return None;
    }
    let columns = vec![
        Column::Text("ceilings"),
        Column::Figure("of raw transport"),
        Column::Figure("of memcpy"),
        Column::Figure("post"),
        Column::Figure("wire"),
        Column::Figure("to delivery"),
        Column::Figure("idle"),
    ];
    let row = |cell: &Measured<'_>| {
        let [raw, memcpy] = shares(cell);
        let mut fields: Vec<Field> = vec![cell.name.as_str().into(), raw.into(), memcpy.into()];
        fields.extend(parts(cell).map(|(_, part)| match part {
            Some(ns) => latency(ns).into(),
            None => "–".into(),
        }));
        fields
    };
    Some(Grid { columns, rows: group.cells.iter().map(row).collect() })
}

/// The shares of its raw transport and of memcpy that a cell reached.
pub(super) fn shares(cell: &Cell) -> [String; 2] {
    [false, true].map(|memcpy| {
        let is_it = |one: &&CeilingRecord| (one.backend == BackendName::Memcpy) == memcpy;
        match cell.ceilings.iter().find(is_it).map(|one| one.share) {
            None => "–".to_owned(),
            Some(None) => "unknown".to_owned(),
            Some(Some(share)) => format!("{} ({})", percent(share.value), range(&share)),
        }
    })
}

/// What each variant reached, as lines for a terminal; where its time went, if it is slower.
pub(super) fn sentences(cells: &[Measured<'_>]) -> Vec<String> {
    let of_cell = |cell: &Measured<'_>| {
        let line = |ceiling: &CeilingRecord| {
            let name = ceiling.backend;
            let Some(share) = ceiling.share else {
                return format!("Ceiling: {} was measured too little beside {name}.", cell.name);
            };
            let reached = format!(
                "Ceiling: {} reaches {} of {name} ({} % interval {})",
                cell.name,
                percent(share.value),
                (share.confidence * 100.0).round(),
                range(&share)
            );
            let ceiling = cells.iter().find(|other| other.id == ceiling.cell);
            match ceiling.and_then(|ceiling| rest(cell.parts_ns?, ceiling.parts_ns?)) {
                Some(rest) => format!("{reached}; {rest}."),
                None => format!("{reached}."),
            }
        };
        cell.ceilings.iter().map(line).collect::<Vec<_>>()
    };
    cells.iter().flat_map(of_cell).collect()
}

/// Where a request takes longer than at the ceiling; `None` if it does not.
fn rest(own: Parts, ceiling: Parts) -> Option<String> {
    let total = |parts: Parts| named(parts).iter().map(|(_, ns)| ns).sum::<f64>();
    let more_ns = total(own) - total(ceiling);
    if more_ns <= 0.0 {
        return None;
    }
    let differences = named(own).into_iter().zip(named(ceiling));
    let part = |((name, own), (_, ceiling)): ((&str, f64), (&str, f64))| {
        let (sign, ns) = if own < ceiling { ("−", ceiling - own) } else { ("", own - ceiling) };
        format!("{name} {sign}{}", latency(ns))
    };
    let parts: Vec<_> = differences.map(part).collect();
    Some(format!("of the {} more per request: {}", latency(more_ns), parts.join(", ")))
}

fn named(parts: Parts) -> [(&'static str, f64); 4] {
    let Parts { post, wire, delivery, idle } = parts;
    [("post", post), ("wire", wire), ("to delivery", delivery), ("idle", idle)]
}

fn parts(cell: &Cell) -> [(&'static str, Option<f64>); 4] {
    let known = cell.parts_ns.is_some();
    named(cell.parts_ns.unwrap_or_default()).map(|(name, ns)| (name, known.then_some(ns)))
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

fn range(share: &Interval) -> String {
    format!("{:.1} to {:.1}", share.low * 100.0, share.high * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rest_names_every_part() {
        let own = Parts { post: 3000.0, wire: 1000.0, delivery: 9000.0, idle: 500.0 };
        let ceiling = Parts { post: 1000.0, wire: 2000.0, delivery: 0.0, idle: 500.0 };
        let text = rest(own, ceiling).unwrap();
        let parts = "post 2 µs, wire −1 µs, to delivery 9 µs, idle 0 ns";
        assert_eq!(text, format!("of the 10 µs more per request: {parts}"));
        assert_eq!(rest(ceiling, own), None);
    }
}
