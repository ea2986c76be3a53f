//! What is wrong with a NIC is said in every form, of variants that were measured and of those that failed.

use kvbench::measure::NicBytes;
use kvbench::record::{Body, Cell, Record};
use kvbench::report;
use kvbench::variant::{NicFinding, NicTrouble};

use crate::samples::{changed, records};

fn finding(nic: &str) -> NicFinding {
    NicFinding {
        nic: nic.into(),
        trouble: NicTrouble::Slow,
        finding: "is slow: 0.25 of what the others carry".into(),
        evidence: "alone it carried 0.125 Gbit/s".into(),
        remedy: "leave it out".into(),
    }
}

/// The golden records, with a finding on each, and two rails that shared the payload unevenly.
pub fn with_findings() -> Vec<Record> {
    let mut records = records();
    for record in &mut records {
        match &mut record.body {
            Body::Cell(cell) => {
                let seen = &mut cell.observed;
                seen.findings.push(finding("rdmap80s0"));
                let carried = |tx| NicBytes { tx, rx: 0 };
                seen.nic_bytes = [("rdmap79s0", 1000), ("rdmap80s0", 900)]
                    .map(|(nic, tx)| (nic.to_owned(), carried(tx)))
                    .into();
                seen.nic_alone_bytes_per_s = [("rdmap79s0", 60_000_000), ("rdmap80s0", 15_000_000)]
                    .map(|(nic, rate)| (nic.to_owned(), rate))
                    .into();
                (seen.rails_created, seen.rails_used) = (Some(2), 2);
            }
            Body::Failure(failure) => failure.findings.push(finding("rdmap81s0")),
            Body::Enumeration(_) | Body::Load(_) => {}
        }
    }
    records
}

#[test]
fn every_form_names_the_nic() {
    let records = with_findings();
    assert!(records.iter().any(|record| matches!(record.body, Body::Failure(_))));
    let (html, csv) = (report::html(&records), report::csv(&records));
    for text in [report::table(&records), report::markdown(&records), html.clone(), csv.clone()] {
        assert!(text.contains("rdmap80s0 is slow: 0.25 of what the others carry"), "{text}");
    }
    for text in [html, csv] {
        assert!(text.contains("rdmap81s0"), "the NIC of a failure: {text}");
    }
}

#[test]
fn rails_show_how_evenly_they_shared() {
    let table = report::table(&with_findings());
    let heads = table.lines().find(|line| line.trim_start().starts_with("rails ")).unwrap();
    assert!(heads.contains("uneven by") && heads.contains("each alone"), "{table}");
    assert!(table.contains("10.00 %"), "{table}");
    let one_rail = |cell: &mut Cell| {
        (cell.observed.rails_created, cell.observed.rails_used) = (Some(1), 1);
    };
    assert!(!report::table(&changed(one_rail)).contains("uneven by"));
}

#[test]
fn what_was_not_looked_for_is_said() {
    let unchecked = |cell: &mut Cell| cell.observed.rails_used = 2;
    let words = "were not measured alone, so a slow one does not show";
    assert!(report::table(&changed(unchecked)).contains(words));
    assert!(!report::table(&with_findings()).contains(words));
}
