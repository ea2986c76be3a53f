//! Before against after: the gate, what is refused, and what is said.

mod sample;

use kvbench::compare::{Comparison, Gate, compare};
use kvbench::report;
use kvbench::stats::Verdict;
use kvbench::variant::BackendName;
use sample::{Sample, record};

const GATE: Gate = Gate { fail_if_slower: Some(0.05), across_environments: false };

fn against_default(after: Sample) -> Comparison {
    compare(&[record(Sample::default())], &[record(after)], GATE).unwrap()
}

#[test]
fn the_same_again_passes() {
    for seed in 2..30 {
        let found = against_default(Sample { seed, ..Sample::default() });
        assert!(!found.failed(), "seed {seed}: {found:?}");
    }
}

#[test]
fn ten_percent_slower_fails_a_gate_of_five() {
    for seed in 2..30 {
        let found = against_default(Sample { seed, median_ns: 1.1e6, ..Sample::default() });
        assert!(found.failed(), "seed {seed}: {found:?}");
        assert!(matches!(found.rows[0].verdict, Verdict::Slower { .. }));
    }
}

#[test]
fn a_slowdown_within_the_limit_passes() {
    let found = against_default(Sample { seed: 5, median_ns: 1.03e6, ..Sample::default() });
    assert!(!found.failed());
}

#[test]
fn faster_never_fails() {
    let found = against_default(Sample { seed: 5, median_ns: 0.5e6, ..Sample::default() });
    assert!(!found.failed());
    assert!(found.rows[0].figures[0].gain() > 0.4);
}

#[test]
fn another_host_is_refused_unless_allowed() {
    let (before, after) =
        (record(Sample::default()), record(Sample { host: "node-b", ..Sample::default() }));
    let refusal = compare(std::slice::from_ref(&before), std::slice::from_ref(&after), GATE);
    let error = refusal.unwrap_err();
    assert_eq!(error.exit_code(), 2);
    for word in ["host", "node-a", "node-b", "--across-environments"] {
        assert!(error.to_string().contains(word), "{error}");
    }
    compare(&[before], &[after], Gate { across_environments: true, ..GATE }).unwrap();
}

#[test]
fn other_software_is_said_and_compared() {
    let found = against_default(Sample { nixl: "1.6.0", ..Sample::default() });
    let text = report::comparison(&found, GATE);
    assert!(text.contains("Changed: NIXL: 1.5.0 before, 1.6.0 after"), "{text}");
}

#[test]
fn records_of_one_cell_are_taken_together() {
    let before = [record(Sample::default()), record(Sample { seed: 2, ..Sample::default() })];
    let after = [record(Sample { seed: 3, median_ns: 1.1e6, ..Sample::default() })];
    let found = compare(&before, &after, GATE).unwrap();
    assert_eq!(found.rows.len(), 1);
    assert!(found.failed());
}

#[test]
fn cells_of_one_side_only_are_named() {
    let libfabric = Sample { backend: BackendName::Libfabric, ..Sample::default() };
    let found = compare(
        &[record(Sample::default()), record(libfabric)],
        &[record(Sample::default())],
        GATE,
    );
    let found = found.unwrap();
    assert_eq!(found.unmatched.len(), 1);
    assert!(found.unmatched[0].starts_with("only before: LIBFABRIC"));
    let nothing = compare(&[record(Sample::default())], &[record(libfabric)], GATE).unwrap_err();
    assert!(nothing.to_string().contains("share no cell"));
}

#[test]
fn the_table_has_before_after_and_gain() {
    let after = Sample { seed: 2, median_ns: 1.2e6, ..Sample::default() };
    let found = against_default(after);
    let text = report::comparison(&found, GATE);
    for word in ["before", "after", "gain", "delivered p50", "bandwidth", "FAILED", "5.0 %"] {
        assert!(text.contains(word), "{text}");
    }
}
