//! What was asked, what happened, and how that is known.

use super::figures::carrier;
use super::grid::{Column, Field, Grid, Tone};
use super::group::Group;
use super::measured::Measured;
use super::{bandwidth, bytes};
use crate::variant::{NicFinding, Path, SettingStatus, Variant};

/// Each setting of each variant: honoured, ignored or unknown.
pub(super) fn settings(group: &Group<'_>) -> Grid {
    let columns = vec![
        Column::Text("variant"),
        Column::Text("setting"),
        Column::Text("asked"),
        Column::Text("observed"),
        Column::Text("evidence"),
    ];
    let rows = |cell: &Measured<'_>| {
        let row = |(key, report): (&String, &crate::variant::SettingReport)| {
            vec![
                cell.name.as_str().into(),
                key.as_str().into(),
                asked(&cell.variant, key).into(),
                status(report.status),
                report.evidence.as_str().into(),
            ]
        };
        cell.observed.settings.iter().map(row).collect::<Vec<_>>()
    };
    Grid { columns, rows: group.cells.iter().flat_map(rows).collect() }
}

fn asked(variant: &Variant, key: &str) -> String {
    match key {
        "rails" => variant.rails.to_string(),
        "enumerate" => variant.enumerate.to_string(),
        key => variant.env.get(key).or(variant.params.get(key)).cloned().unwrap_or_default(),
    }
}

fn status(status: SettingStatus) -> Field {
    let (text, tone) = match status {
        SettingStatus::Honoured => ("honoured", Tone::Good),
        SettingStatus::Ignored => ("ignored", Tone::Bad),
        SettingStatus::Unknown => ("unknown", Tone::Open),
    };
    Field { text: text.to_owned(), tone }
}

/// What carried the payload of each variant.
pub(super) fn paths(group: &Group<'_>) -> Grid {
    let columns = vec![
        Column::Text("variant"),
        Column::Text("path"),
        Column::Text("carried by"),
        Column::Text("transports open"),
        Column::Figure("rails created"),
        Column::Figure("rails used"),
        Column::Text("evidence"),
    ];
    let row = |cell: &Measured<'_>| {
        let seen = &cell.observed;
        let tone = match seen.path {
            Path::Nic => Tone::Good,
            Path::SharedMemory => Tone::Plain,
            Path::Unproved => Tone::Open,
        };
        vec![
            cell.name.as_str().into(),
            Field { text: seen.path.to_string(), tone },
            carrier(&cell.observed).into(),
            seen.transports.join(" ").into(),
            seen.rails_created.map_or_else(|| "unknown".to_owned(), |n| n.to_string()).into(),
            seen.rails_used.to_string().into(),
            seen.path_evidence.as_str().into(),
        ]
    };
    Grid { columns, rows: group.cells.iter().map(row).collect() }
}

/// Rails opened and used, and how evenly they shared the payload; empty where nobody opened several.
pub(super) fn rails(group: &Group<'_>) -> Grid {
    let columns = vec![
        Column::Text("rails"),
        Column::Figure("created"),
        Column::Figure("used"),
        Column::Figure("bytes on each"),
        Column::Figure("uneven by"),
        Column::Figure("each alone"),
    ];
    let several = |cell: &Measured<'_>| {
        let seen = &cell.observed;
        seen.rails_created.is_some_and(|created| created > 1) || seen.rails_used > 1
    };
    let row = |cell: &Measured<'_>| {
        let seen = &cell.observed;
        let carried = seen.carriers().into_iter().filter_map(|nic| seen.nic_bytes.get(nic));
        let mut carried: Vec<u64> = carried.map(|bytes| bytes.tx.max(bytes.rx)).collect();
        carried.sort_unstable();
        let mut alone: Vec<u64> = seen.nic_alone_bytes_per_s.values().copied().collect();
        alone.sort_unstable();
        let uneven = carried.first().zip(carried.last()).filter(|_| carried.len() > 1);
        let uneven = uneven.map(|(least, most)| 100.0 * (most - least) as f64 / *most as f64);
        let fields: [String; 6] = [
            cell.name.clone(),
            seen.rails_created.map_or_else(|| "unknown".to_owned(), |n| n.to_string()),
            seen.rails_used.to_string(),
            median(&carried).map_or_else(|| "–".to_owned(), bytes),
            uneven.map_or_else(|| "–".to_owned(), |percent| format!("{percent:.2} %")),
            median(&alone).map_or_else(|| "–".to_owned(), |rate| bandwidth(rate as f64)),
        ];
        fields.map(Field::from).into()
    };
    let cells = if group.cells.iter().any(several) { &group.cells[..] } else { &[] };
    Grid { columns, rows: cells.iter().map(row).collect() }
}

/// Of an even number of sorted values, the upper one in the middle.
fn median(sorted: &[u64]) -> Option<u64> {
    sorted.get(sorted.len() / 2).copied()
}

/// What is wrong with a NIC.
pub(super) fn findings(group: &Group<'_>) -> Grid {
    let columns = vec![
        Column::Text("variant"),
        Column::Text("NIC"),
        Column::Text("finding"),
        Column::Text("evidence"),
        Column::Text("try"),
    ];
    let row = |name: &str, finding: &NicFinding| -> Vec<Field> {
        vec![
            name.into(),
            finding.nic.as_str().into(),
            Field { text: finding.finding.clone(), tone: Tone::Bad },
            finding.evidence.as_str().into(),
            finding.remedy.as_str().into(),
        ]
    };
    let mut rows = Vec::new();
    for cell in &group.cells {
        rows.extend(cell.observed.findings.iter().map(|one| row(&cell.name, one)));
    }
    for failure in &group.failures {
        rows.extend(failure.findings.iter().map(|one| row(&failure.variant.label(), one)));
    }
    Grid { columns, rows }
}

/// Bytes that passed each NIC while measuring, and what each carries alone.
pub(super) fn nics(group: &Group<'_>) -> Grid {
    let columns = vec![
        Column::Text("variant"),
        Column::Text("NIC"),
        Column::Figure("sent"),
        Column::Figure("received"),
        Column::Figure("alone"),
    ];
    let rows = |cell: &Measured<'_>| {
        let row = |nic: &str, passed: &crate::measure::NicBytes, name: String| -> Vec<Field> {
            vec![
                cell.name.as_str().into(),
                name.into(),
                bytes(passed.tx).into(),
                bytes(passed.rx).into(),
                alone(cell, nic).into(),
            ]
        };
        let seen = &cell.observed;
        let own = seen.nic_bytes.iter().map(|(nic, passed)| row(nic, passed, nic.clone()));
        let targets = seen.target_nic_bytes.iter();
        own.chain(targets.map(|(nic, passed)| row(nic, passed, format!("{nic} (targets)"))))
            .collect::<Vec<_>>()
    };
    Grid { columns, rows: group.cells.iter().flat_map(rows).collect() }
}

fn alone(cell: &Measured<'_>, nic: &str) -> String {
    let rate = cell.observed.nic_alone_bytes_per_s.get(nic);
    rate.map_or_else(|| "–".to_owned(), |rate| bandwidth(*rate as f64))
}
