//! Records are read from files that anyone may have written: their text stays text, and their
//! figures, however odd, make a page.

use kvbench::record::{Body, Record};
use kvbench::report;
use kvbench::variant::{NicFinding, NicTrouble, SettingReport, SettingStatus};

use crate::page::parse;
use crate::samples::{changed, records};

const EVIL: &str =
    "</title></style><script>alert(1)</script><img src=x onerror=\"alert(2)\">'|`\u{1b}[31m\0";

fn evil_finding() -> NicFinding {
    let [nic, finding, evidence, remedy] = [EVIL; 4].map(String::from);
    NicFinding { nic, trouble: NicTrouble::Slow, finding, evidence, remedy }
}

/// The golden records with [`EVIL`] wherever a record holds text.
fn evil() -> Vec<Record> {
    let mut records = changed(|cell| {
        cell.variant.env.insert(EVIL.into(), EVIL.into());
        cell.variant.params.insert(EVIL.into(), EVIL.into());
        cell.workload.model = Some(EVIL.into());
        cell.observed.path_evidence = EVIL.into();
        cell.observed.transports.push(EVIL.into());
        cell.observed.nic_bytes.insert(EVIL.into(), Default::default());
        let report = SettingReport { status: SettingStatus::Ignored, evidence: EVIL.into() };
        cell.observed.settings.insert(EVIL.into(), report);
        cell.observed.nic_alone_bytes_per_s.insert(EVIL.into(), 1);
        cell.observed.findings.push(evil_finding());
        let here = &mut cell.environment;
        here.variables.insert(EVIL.into(), EVIL.into());
        here.paths.insert(EVIL.into(), EVIL.into());
        for text in [&mut here.host, &mut here.cpu, &mut here.kernel, &mut here.nixl_origin] {
            EVIL.clone_into(text);
        }
        here.nixl = Some(EVIL.into());
        here.kvbench.version = EVIL.into();
        cell.command = vec![EVIL.into()];
        cell.latency_ns.delivered.histogram = EVIL.into();
        cell.slices.iter_mut().for_each(|slice| slice.delivered = EVIL.into());
    });
    for record in &mut records {
        record.cell = EVIL.into();
        record.started = EVIL.into();
        if let Body::Failure(failure) = &mut record.body {
            failure.error = EVIL.into();
            failure.step = Some(EVIL.into());
            failure.findings.push(evil_finding());
        }
    }
    records
}

#[test]
fn no_text_becomes_a_part_of_the_page() {
    let html = report::html(&evil());
    let page = parse(&html);
    let names: Vec<_> = page.descendants().map(|node| node.tag_name().name()).collect();
    assert!(!names.contains(&"script") && !names.contains(&"img"));
    let attributes = page.descendants().flat_map(|node| node.attributes());
    assert!(attributes.into_iter().all(|one| !one.name().starts_with("on")));
    assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;"), "it is shown, inert");
    assert!(!html.contains('\u{1b}') && !html.contains('\0'));
}

#[test]
fn no_text_becomes_a_part_of_the_table() {
    for text in [report::table(&evil()), report::markdown(&evil())] {
        assert!(text.chars().all(|char| char == '\n' || !char.is_control()));
    }
    let markdown = report::markdown(&evil());
    // A fenced block shows its text as it is; all else must hold no tag.
    let outside = markdown.split("```").step_by(2).collect::<String>();
    assert!(!outside.contains("<script") && !outside.contains("<img"));
    let fields = |line: &str| line.replace(r"\|", "").matches('|').count();
    let table: Vec<_> = markdown.lines().filter(|line| line.starts_with("| ")).collect();
    for pair in table.windows(2).filter(|pair| pair[1].starts_with("| ---")) {
        assert_eq!(fields(pair[0]), fields(pair[1]));
    }
}

#[test]
fn no_text_becomes_a_formula() {
    let records = changed(|cell| cell.workload.model = Some("=HYPERLINK(\"x\")".into()));
    let text = report::csv(&records);
    assert!(text.contains("\"'=HYPERLINK(\"\"x\"\")\""), "{text}");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    assert_eq!(reader.records().filter(Result::is_ok).count(), records.len());
}

#[test]
fn odd_figures_make_a_page() {
    for (ns, rate) in [(0, 0.0), (1, -1.0), (u64::MAX, f64::MAX), (7, f64::MIN_POSITIVE)] {
        let records = changed(|cell| {
            for summary in [&mut cell.latency_ns.completed, &mut cell.latency_ns.delivered] {
                (summary.min, summary.p50, summary.p90) = (ns, ns, ns);
                (summary.p99, summary.p999, summary.max) = (ns, ns, ns);
                (summary.count, summary.mean) = (ns, rate);
                summary.histogram = String::new();
            }
            let bandwidth = &mut cell.bandwidth_bytes_per_s;
            (bandwidth.value, bandwidth.low, bandwidth.high) = (rate, Some(-rate), Some(rate));
            let setup = &mut cell.setup_ns;
            (setup.load, setup.agent, setup.backend, setup.first_transfer) = (ns, ns, ns, ns);
            let slice = cell.slices[0].clone();
            cell.slices = vec![slice];
        });
        let html = report::html(&records);
        parse(&html);
        let svg = html.split("<svg").skip(1).collect::<String>();
        let wrong = ["=\"NaN", "=\"inf", ",NaN", ",inf", " NaN", "=\"-inf"];
        assert_eq!(wrong.iter().find(|wrong| svg.contains(**wrong)), None, "{ns} {rate}");
        report::table(&records);
        report::markdown(&records);
    }
}

#[test]
fn many_variants_make_a_page() {
    let mut many = records();
    many.truncate(2);
    while many.len() < 40 {
        many.push(many[1].clone());
    }
    parse(&report::html(&many));
}
