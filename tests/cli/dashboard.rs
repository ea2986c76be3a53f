//! `--ui dashboard` on a terminal: what it shows, and how it ends. That the terminal is as it was before is
//! checked whenever a run on one ends.

use nix::sys::signal::Signal;
use tempfile::tempdir;

use crate::harness::{Kvbench, OnTerminal, Terminal, assert_sound, cell, failure, read};

/// To the alternate screen, and back.
const SCREEN: [&str; 2] = ["\x1b[?1049h", "\x1b[?1049l"];

const SMALL: [&str; 6] = ["--block-size", "16KiB", "--batch", "4", "--restarts", "1"];
const LONG: [&str; 4] = ["--ui", "dashboard", "--duration", "60s"];

fn long(arguments: &[&str]) -> Kvbench {
    Kvbench::new(&[&SMALL[..], &LONG, arguments].concat())
}

/// A long run that measures.
fn measuring(arguments: &[&str]) -> Terminal {
    let mut run = long(arguments).on_a_terminal();
    run.wait_for("measuring");
    run
}

/// Fails the test unless it had a screen of its own once.
#[track_caller]
fn had_a_screen(run: &OnTerminal) {
    for sequence in SCREEN {
        assert_eq!(run.shown.matches(sequence).count(), 1, "{:?}", run.shown);
    }
}

fn a_key_ends_it_with_a_result(key: &str) {
    let folder = tempdir().unwrap();
    let file = folder.path().join("records.jsonl");
    let mut run = measuring(&["--json", file.to_str().unwrap()]);
    for shown in
        ["▶ UCX", "▶ LIBFABRIC", "delivered p50", "bandwidth, the latest", "of at most 60 s"]
    {
        run.wait_for(shown);
    }
    run.wait_for("q or Ctrl-C: end measuring and show the result; twice: end at once");
    run.press(key);
    let run = run.finish();
    had_a_screen(&run);
    let run = run.run.returned(130);
    assert!(run.stdout.contains("Verdict: "), "{}", run.stdout);
    let records = read(&file);
    for backend in ["UCX", "LIBFABRIC"] {
        let cell = cell(&records, backend);
        assert_sound(cell);
        assert!(cell.slices.len().is_multiple_of(2), "each variant was first equally often");
    }
}

#[test]
fn q_ends_it_with_a_result() {
    a_key_ends_it_with_a_result("q");
}

#[test]
fn control_c_ends_it_with_a_result() {
    a_key_ends_it_with_a_result("\x03");
}

#[test]
fn pressed_twice_it_ends_at_once() {
    let mut run = measuring(&[]);
    run.press("qq");
    let run = run.finish();
    had_a_screen(&run);
    assert_eq!(run.run.was_ended_by(Signal::SIGINT).stdout, "");
}

fn a_signal_ends_it(signal: Signal) {
    let run = measuring(&[]);
    run.coordinator().signal(signal);
    let run = run.finish();
    had_a_screen(&run);
    run.run.was_ended_by(signal);
}

#[test]
fn sigterm_ends_it() {
    a_signal_ends_it(Signal::SIGTERM);
}

#[test]
fn sigint_from_outside_ends_it() {
    a_signal_ends_it(Signal::SIGINT);
}

#[test]
fn a_failure_is_shown_and_told_again_when_the_screen_is_gone() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("records.jsonl");
    let mut run = measuring(&["--ucx-tls", "nonsense", "--json", file.to_str().unwrap()]);
    run.wait_for("✗ UCX");
    run.press("q");
    let run = run.finish();
    had_a_screen(&run);
    run.run.returned(3);
    let why = failure(&read(&file), "UCX").error.clone();
    let line = format!("kvbench: {}", why.lines().next().unwrap());
    let line: String = line.chars().take(60).collect();
    assert!(run.left.contains(&line), "no {line:?} in\n{}", run.left);
}

#[test]
fn an_error_before_any_run_gives_the_terminal_back() {
    let run = long(&["--nixl-prefix", "/nonexistent"]).on_a_terminal().finish();
    had_a_screen(&run);
    run.run.returned(3);
    assert!(run.left.contains("kvbench: ") && run.left.contains("/nonexistent"), "{}", run.left);
}

#[test]
fn a_plan_leaves_what_was_under_way_open() {
    let folder = tempdir().unwrap();
    let [plan, file] = ["plan.toml", "records.jsonl"].map(|name| folder.path().join(name));
    let cells = "name = \"Two\"\n[defaults]\nblock_size = \"16KiB\"\nbackend = \"ucx\"\nrestarts = 1\n\
                 [[cell]]\nid = \"first\"\nbatch = 4\n[[cell]]\nid = \"second\"\nbatch = 8\n";
    std::fs::write(&plan, cells).unwrap();
    let arguments = ["plan", plan.to_str().unwrap(), "--json", file.to_str().unwrap()];
    let mut run = Kvbench::new(&[&arguments[..], &LONG].concat()).on_a_terminal();
    run.wait_for("Two, cells 1 to 1 of 2");
    run.wait_for("measuring");
    run.press("q");
    let run = run.finish();
    had_a_screen(&run);
    run.run.returned(130);
    assert!(read(&file).is_empty(), "neither has ended");
}

#[test]
fn colours_can_be_switched_off() {
    for (no_color, colours) in [("", true), ("1", false)] {
        let mut run = long(&[]).env("NO_COLOR", no_color).on_a_terminal();
        run.wait_for("▶ LIBFABRIC");
        run.coordinator().signal(Signal::SIGTERM);
        let shown = run.finish().shown;
        assert_eq!(shown.contains("\x1b[38;5;"), colours, "{shown:?}");
    }
}

#[test]
fn without_a_terminal_there_are_lines() {
    let arguments = [&SMALL[..], &["--ui", "dashboard", "--duration", "1s"]].concat();
    let run = Kvbench::new(&arguments).finish().returned(0);
    let run = run.complained_of(&["no terminal for --ui dashboard", "UCX: warm up", "measuring, "]);
    assert!(!run.stderr.contains('\x1b') && !run.stdout.contains('\x1b'));
}

#[test]
fn nothing_is_nothing() {
    let arguments = [&SMALL[..], &["--ui", "none", "--duration", "1s"]].concat();
    assert_eq!(Kvbench::new(&arguments).finish().returned(0).stderr, "");
}
