use kvbench::worker::Sample;

use super::*;

/// A turn of a variant: so many requests of 1 MB that take 1 ms each, and what passed the NICs.
fn turn(model: &mut RunModel, variant: usize, requests: u64, nics: &[(&str, u64, u64)]) {
    let samples: Vec<Sample> =
        (0..requests).map(|_| Sample::from((1_000, 900_000, 1_000_000))).collect();
    let nic =
        |(name, tx, rx): &(&str, u64, u64)| ((*name).to_owned(), NicBytes { tx: *tx, rx: *rx });
    model.turn(&TurnReport {
        variant,
        samples: &samples,
        payload_bytes: requests * 1_000_000,
        elapsed_ns: requests * 1_000_000,
        nic_bytes: &nics.iter().map(nic).collect(),
    });
}

fn two() -> RunModel {
    let mut model = RunModel::new();
    model.begin_run("write".to_owned(), vec!["UCX".to_owned(), "LIBFABRIC".to_owned()]);
    model
}

#[test]
fn a_step_belongs_to_one_variant() {
    let mut model = two();
    model.step("UCX", Step::Start);
    model.step("LIBFABRIC", Step::Verify);
    let view = model.view();
    assert_eq!(view.phase, "LIBFABRIC: verify a transfer");
    assert_eq!([&view.rows[0].state, &view.rows[1].state], [&State::Waiting, &State::Busy]);
}

#[test]
fn turns_add_up() {
    let mut model = two();
    turn(&mut model, 0, 10, &[]);
    turn(&mut model, 0, 30, &[]);
    let row = model.view().rows[0].clone();
    assert_eq!((row.count, row.bytes_per_s, row.rails), (40, Some(1e9), Some(0)));
    assert!(row.trend.last(9).eq([1e9, 1e9]));
    let p50 = row.latency.expect("there are latencies").p50_ns;
    assert!(p50.abs_diff(1_000_000) < 1_000, "{p50}");
    assert_eq!(model.view().rows[1].latency, None);
}

#[test]
fn nics_that_carry_a_share_are_rails_and_others_are_not() {
    let mut model = two();
    turn(&mut model, 0, 10, &[("eth0", 6_000_000, 0), ("eth1", 0, 5_000_000), ("lo", 99_999, 0)]);
    // In this turn it carried nothing, which does not make it slower.
    turn(&mut model, 1, 10, &[("eth0", 4_000_000, 0)]);
    assert_eq!(model.view().nics, [], "they are known when the round is over");
    model.measuring(Duration::from_secs(1), Duration::from_secs(4), None);
    let view = model.view();
    let rates = view
        .nics
        .iter()
        .map(|nic| (nic.name.as_str(), nic.sent_bytes_per_s / 1e6, nic.received_bytes_per_s / 1e6));
    assert!(rates.eq([("eth0", 500.0, 0.0), ("eth1", 0.0, 500.0)]), "{:?}", view.nics);
    assert_eq!([view.rows[0].rails, view.rows[1].rails], [Some(2), Some(1)]);
    assert_eq!(view.progress, Some(Progress { share: 0.25, text: "1 of at most 4 s".to_owned() }));
}

#[test]
fn an_answer_stays_until_there_is_a_newer_one() {
    let mut model = two();
    let mut at = |answer| {
        model.measuring(Duration::from_secs(5), Duration::from_secs(4), answer);
        (model.view().answer.clone(), model.view().progress.clone().map(|all| all.share))
    };
    assert_eq!(at(Some("slower")), (Some("slower".to_owned()), Some(1.0)));
    assert_eq!(at(None).0.as_deref(), Some("slower"));
}

#[test]
fn what_failed_stays_failed() {
    let mut model = two();
    model.failed(0, &Error::Usage("it broke".to_owned()));
    model.step("UCX", Step::Report);
    Observer::end(&mut model);
    let view = model.view();
    assert_eq!(view.rows[0].state, State::Failed("it broke".to_owned()));
    assert_eq!(view.rows[1].state, State::Done);
}

#[test]
fn the_next_run_begins_anew_at_its_place() {
    let mut model = two();
    turn(&mut model, 0, 10, &[]);
    model.place("cells 3 to 3 of 4".to_owned());
    model.begin_run("read".to_owned(), vec!["UCX".to_owned()]);
    let view = model.view();
    assert_eq!((view.place.as_str(), view.title.as_str()), ("cells 3 to 3 of 4", "read"));
    assert_eq!((view.rows.len(), view.rows[0].count, view.rows[0].latency), (1, 0, None));
}

#[test]
fn a_sweep_counts_its_processes_from_one() {
    let mut model = RunModel::new();
    model.trial("UCX rails=1", 2, 8);
    let view = model.view();
    assert_eq!(view.phase, "UCX rails=1");
    assert_eq!(view.progress.as_ref().map(|all| all.text.as_str()), Some("process 3 of 8"));
    assert_eq!(view.progress.as_ref().map(|all| all.share), Some(0.25));
}

#[test]
fn a_fetch_shows_its_bytes() {
    use nixl_runtime::Progress as _;
    let mut model = RunModel::new();
    model.begin("nixl-1.5.0.whl", 4 << 20);
    model.advance(1 << 20);
    let view = model.view();
    assert_eq!(view.phase, "nixl-1.5.0.whl");
    let progress = view.progress.clone().expect("it has begun");
    assert_eq!((progress.share, progress.text.as_str()), (0.25, "1 MiB of 4 MiB"));
}
