//! What a run of AIPerf is worth, alone and against another.

use kvbench::import::{ClientWait, Comparison, KeyMetric, aiperf, figures};
use kvbench::stats::Verdict;

use crate::exports::{changed, only, run, summary};

fn is_near(found: f64, expected: f64, tolerance: f64) -> bool {
    (found / expected - 1.0).abs() < tolerance
}

#[test]
fn figures_are_those_of_aiperf() {
    for name in ["ucx", "libfabric"] {
        let summary = summary(name);
        let figures = figures(&run(name));
        let own = |metric: KeyMetric| match metric {
            KeyMetric::TtftMean => &summary["time_to_first_token"]["avg"],
            KeyMetric::TtftMedian => &summary["time_to_first_token"]["p50"],
            KeyMetric::TtftP99 => &summary["time_to_first_token"]["p99"],
            KeyMetric::ItlMean => &summary["inter_token_latency"]["avg"],
            KeyMetric::LatencyMean => &summary["request_latency"]["avg"],
            KeyMetric::LatencyP99 => &summary["request_latency"]["p99"],
            KeyMetric::TokenRate => &summary["output_token_throughput"]["avg"],
            KeyMetric::RequestRate => &summary["request_throughput"]["avg"],
        };
        assert_eq!(figures.len(), KeyMetric::ALL.len());
        for figure in figures {
            let own = own(figure.metric).as_f64().unwrap();
            // AIPerf's rates count from the start of its phase, a little before the first request.
            let (own, tolerance) =
                if figure.metric.is_rate() { (own, 0.01) } else { (own * 1e6, 1e-7) };
            assert!(is_near(figure.value, own, tolerance), "{name}: {figure:?} for {own}");
        }
    }
}

#[test]
fn intervals_hold_their_figure_and_need_enough_requests() {
    for figure in figures(&run("ucx")) {
        let is_p99 = matches!(figure.metric, KeyMetric::TtftP99 | KeyMetric::LatencyP99);
        let interval = figure.interval();
        assert_eq!(interval.is_none(), is_p99, "40 requests are too few for p99 alone: {figure:?}");
        let holds = |it: kvbench::stats::Interval| it.low < figure.value && figure.value < it.high;
        assert!(interval.is_none_or(holds), "{figure:?}");
    }
}

#[test]
fn the_ratio_turns_with_the_base() {
    let (ucx, libfabric) = (run("ucx"), run("libfabric"));
    let (there, back) = (Comparison::of(&ucx, &libfabric), Comparison::of(&libfabric, &ucx));
    assert_eq!(there.differences, Vec::<String>::new(), "the loads were alike");
    for (one, other) in there.rows.iter().zip(&back.rows) {
        let (Some(one), Some(other)) = (one.ratio, other.ratio) else { continue };
        assert!(is_near(one.value * other.value, 1.0, 1e-9));
        assert!(is_near(one.low * other.high, 1.0, 1e-9));
    }
}

#[test]
fn a_run_that_took_twenty_times_as_long_is_slower_by_as_much() {
    let base = run("ucx");
    let first = base.requests[0].start_ns;
    let mut slow = base.clone();
    for request in &mut slow.requests {
        for moment in [&mut request.start_ns, &mut request.end_ns] {
            *moment = first + (*moment - first) * 20;
        }
        request.latency_ns *= 20;
        request.ttft_ns = request.ttft_ns.map(|ns| ns * 20);
    }
    let found = Comparison::of(&base, &slow);
    for row in &found.rows {
        let (ratio, gain) = match row.before.metric {
            KeyMetric::ItlMean => (1.0, 0.0),
            metric if metric.is_rate() => (1.0 / 20.0, -0.95),
            _ => (20.0, -19.0),
        };
        assert!(is_near(row.after.value / row.before.value, ratio, 1e-6), "{row:?}");
        assert!((row.gain() - gain).abs() < 1e-6, "{row:?}");
    }
    assert!(matches!(found.verdict, Some(Verdict::Slower { .. })), "{:?}", found.verdict);
}

#[test]
fn failed_requests_are_counted_by_name_and_are_in_no_figure() {
    let run = run("failing");
    assert_eq!(run.requests.len(), 4);
    let failures: Vec<_> = run.failures.iter().collect();
    let reason = "400 Bad Request context_length_exceeded".to_owned();
    assert_eq!(failures, [(&reason, &12)], "whatever lengths their messages tell");
}

#[test]
fn the_warm_up_is_not_measured() {
    let copy = changed("failing", |lines| {
        let warm = |line: String| match line.contains("\"error\"") {
            true => line.replace("\"profiling\"", "\"warmup\""),
            false => line,
        };
        lines.into_iter().map(warm).collect()
    });
    let run = only(aiperf::read("warm", copy.path()).unwrap());
    assert_eq!((run.requests.len(), run.failed()), (4, 0));
}

#[test]
fn loads_that_differ_are_told() {
    let found = Comparison::of(&run("ucx"), &run("failing"));
    let told = |what: &str| found.differences.iter().any(|difference| difference == what);
    assert!(told("phases.0.requests 40 → 16"), "{:?}", found.differences);
}

#[test]
fn a_client_that_sends_late_is_the_bottleneck() {
    let mut run = run("ucx");
    assert!(!ClientWait::of(&run).unwrap().is_bottleneck());
    for request in &mut run.requests {
        request.due_ns = Some(request.start_ns - 100_000_000);
    }
    let wait = ClientWait::of(&run).unwrap();
    assert!(wait.is_bottleneck());
    assert!(is_near(wait.median_ns, 1e8, 1e-9), "{wait:?}");
    run.requests.iter_mut().for_each(|request| request.due_ns = None);
    assert_eq!(ClientWait::of(&run), None);
}
