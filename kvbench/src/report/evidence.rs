//! What was asked, what happened, and how that is known.

use super::bytes;
use super::figures::carrier;
use super::grid::{Column, Field, Grid, Tone};
use super::group::Group;
use super::measured::Measured;
use crate::variant::{Path, SettingStatus, Variant};

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
            carrier(cell).into(),
            seen.transports.join(" ").into(),
            seen.rails_created.map_or_else(|| "unknown".to_owned(), |n| n.to_string()).into(),
            seen.rails_used.to_string().into(),
            seen.path_evidence.as_str().into(),
        ]
    };
    Grid { columns, rows: group.cells.iter().map(row).collect() }
}

/// Bytes that passed each NIC while measuring.
pub(super) fn nics(group: &Group<'_>) -> Grid {
    let columns = vec![
        Column::Text("variant"),
        Column::Text("NIC"),
        Column::Figure("sent"),
        Column::Figure("received"),
    ];
    let rows = |cell: &Measured<'_>| {
        let row = |nic: String, passed: &crate::measure::NicBytes| -> Vec<Field> {
            let (sent, received) = (bytes(passed.tx), bytes(passed.rx));
            vec![cell.name.as_str().into(), nic.into(), sent.into(), received.into()]
        };
        let seen = &cell.observed;
        let own = seen.nic_bytes.iter().map(|(nic, passed)| row(nic.clone(), passed));
        let targets = seen.target_nic_bytes.iter();
        own.chain(targets.map(|(nic, passed)| row(format!("{nic} (targets)"), passed)))
            .collect::<Vec<_>>()
    };
    Grid { columns, rows: group.cells.iter().flat_map(rows).collect() }
}
