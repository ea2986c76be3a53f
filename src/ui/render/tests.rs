//! Whole pictures against golden files, and what a small terminal and one without colours show.

use std::time::Duration;

use kvbench::error::Error;
use kvbench::measure::{NicBytes, Observer, TurnReport};
use kvbench::serving::{Overview, Phases, Stages, WorkerOverview};
use kvbench::worker::{Sample, Step};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::style::Color;

use super::*;
use crate::ui::run_model::RunModel;
use crate::ui::serve_model::ServeModel;
use crate::ui::watch::Watch;

/// A run after 4 of 30 s: UCX at up to 8 GB/s, LIBFABRIC over two NICs, and one variant that failed.
fn run() -> View {
    let mut model = RunModel::new();
    model.place("phase1, cells 4 to 6 of 12".to_owned());
    let variants = ["UCX", "LIBFABRIC rails=2", "LIBFABRIC rails=4"].map(str::to_owned);
    let moved = "write, Qwen/Qwen3-0.6B: 1792 × 32 KiB = 56 MiB";
    model.begin_run(moved.to_owned(), variants.to_vec());
    model.step("UCX", Step::WarmUp);
    let why = "initiator 0 of LIBFABRIC failed to connect: no answer within 30 s; it was ended\n  \
               its last words:\n    E1124 it broke";
    model.failed(2, &Error::Usage(why.to_owned()));
    for turn in 1..=8 {
        for (variant, ms) in [(0, 7 + turn), (1, 30)] {
            let samples: Vec<Sample> =
                (0..5).map(|nth| Sample::from((1, 2, (ms + nth) * 1_000_000))).collect();
            let bytes = 5 * 58_720_256;
            let nic = NicBytes { tx: bytes / 2, rx: 0 };
            let nics = ["rdmap0s1", "rdmap0s2"].map(|name| (name.to_owned(), nic));
            model.turn(&TurnReport {
                variant,
                samples: &samples,
                payload_bytes: bytes,
                elapsed_ns: 5 * ms * 1_000_000,
                nic_bytes: &nics.into_iter().filter(|_| variant == 1).collect(),
            });
        }
    }
    let answer = "LIBFABRIC rails=2 is slower than UCX by 190.2 % (95 % interval 170.1 to 211.0 %)";
    model.measuring(Duration::from_secs(4), Duration::from_secs(30), Some(answer));
    model.view().clone()
}

/// A deployment after 12 s, in which 120 requests have ended.
fn serving() -> View {
    let phases = |index: u32| {
        let x = f64::from(index);
        Phases {
            queue_ms: x / 10.0,
            prefill_ms: 40.0,
            transfer_ms: 5.0 + x / 20.0,
            first_decode_ms: 8.0,
            ttft_ms: 53.0 + 0.15 * x,
        }
    };
    let worker = |name: &str, blocks_in_use| WorkerOverview {
        name: name.to_owned(),
        blocks_in_use,
        blocks: 1024,
    };
    let after = |requests: u64| Overview {
        stages: Stages { waiting: 3, prefilling: 2, moving: 1, decoding: 17 },
        workers: vec![worker("decode 0", 700), worker("decode 1", 1024), worker("prefill 0", 12)],
        ended: [("ok", requests), ("failed", 2)].into(),
        recent: (1..=requests as u32).map(phases).collect(),
        delivered_bytes: requests * 50_000_000,
        tokens: requests * 40,
        restarts: 1,
        nic_bytes: [("lo".to_owned(), NicBytes { tx: requests << 26, rx: requests << 26 })].into(),
    };
    let mut model = ServeModel::new("Qwen/Qwen3-0.6B over UCX, http://127.0.0.1:8000".to_owned());
    for second in 1..12 {
        model.view(Duration::from_secs(second), after(second * (second - 1)));
    }
    model.view(Duration::from_secs(12), after(120))
}

/// A picture as text.
fn picture(view: &View, notices: &[&str], (width, height): (u16, u16)) -> String {
    let notices: Vec<String> = notices.iter().map(|&notice| notice.to_owned()).collect();
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| render(frame, view, &notices, false)).unwrap();
    let buffer = terminal.backend().buffer();
    let lines = (0..height).map(|y| {
        let line: String = (0..width).map(|x| buffer[(x, y)].symbol()).collect();
        line.trim_end().to_owned() + "\n"
    });
    lines.collect()
}

const NOTICE: &str =
    "decode 1 of UCX failed to serve: the process ended; another one takes its place";

#[track_caller]
fn is_golden(picture: &str, golden: &str) {
    assert!(picture == golden, "this is shown:\n{picture}\nand this should be:\n{golden}");
}

#[test]
fn a_run_on_80x24() {
    is_golden(&picture(&run(), &[], (80, 24)), include_str!("golden/run-80x24.txt"));
}

#[test]
fn a_run_on_120x40() {
    is_golden(&picture(&run(), &[], (120, 40)), include_str!("golden/run-120x40.txt"));
}

#[test]
fn a_deployment_on_80x24() {
    is_golden(&picture(&serving(), &[NOTICE], (80, 24)), include_str!("golden/serve-80x24.txt"));
}

#[test]
fn a_deployment_on_120x40() {
    is_golden(&picture(&serving(), &[NOTICE], (120, 40)), include_str!("golden/serve-120x40.txt"));
}

#[test]
fn a_terminal_of_any_size_shows_what_fits() {
    for size in [(1, 1), (1, 40), (20, 3), (40, 10), (300, 2), (300, 100)] {
        let shown = picture(&run(), &[NOTICE], size);
        assert_eq!(shown.lines().count(), usize::from(size.1));
    }
    assert!(picture(&run(), &[], (40, 10)).contains("▶ UCX"), "the table comes first");
}

#[test]
fn the_latest_notices_are_shown() {
    let notices: Vec<String> = (0..99).map(|nth| format!("notice {nth}.")).collect();
    let notices: Vec<&str> = notices.iter().map(String::as_str).collect();
    let shown = picture(&run(), &notices, (80, 40));
    assert!(shown.contains("notice 98.") && !shown.contains("notice 0."), "{shown}");
}

#[test]
fn every_state_has_a_sign_of_its_own_without_colours() {
    let mut view = run();
    view.rows[1].state = State::Done;
    let shown = picture(&view, &[], (80, 24));
    for sign in ["▶ UCX", "✓ LIBFABRIC rails=2", "✗ LIBFABRIC rails=4"] {
        assert!(shown.contains(sign), "no {sign:?} in\n{shown}");
    }
}

#[test]
fn errors_have_a_column_once_there_are_any() {
    let mut view = run();
    assert!(!picture(&view, &[], (80, 24)).contains("errors"));
    view.rows[0].errors = 7;
    let shown = picture(&view, &[], (120, 40));
    let header = shown.lines().find(|line| line.contains("requests errors delivered p50"));
    let row = shown.lines().find(|line| line.starts_with("▶ UCX")).unwrap();
    assert!(header.is_some() && row.contains(" 40      7 "), "{shown}");
}

#[test]
fn the_bottom_says_that_it_is_ending() {
    let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
    terminal.draw(|frame| render(frame, &run(), &[], true)).unwrap();
    let shown = terminal.backend().to_string();
    assert!(shown.contains(STOPPING) && !shown.contains("twice"), "{shown}");
}

#[test]
fn failures_are_red_and_nothing_else_of_a_run_is() {
    let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
    terminal.draw(|frame| render(frame, &run(), &[], false)).unwrap();
    let buffer = terminal.backend().buffer();
    let red: String = buffer
        .content()
        .iter()
        .filter(|cell| cell.fg == Color::Red)
        .map(|cell| cell.symbol())
        .collect();
    assert!(red.starts_with('✗') && red.contains("failed to connect"), "{red}");
}
