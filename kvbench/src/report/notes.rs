//! The verdicts, the failures, and what a reader could take wrongly if it were not said.

use super::grid::Tone;
use super::group::Group;
use super::measured::Measured;
use super::{bandwidth, latency};
use crate::measure::Clock;
use crate::record::Failure;
use crate::stats::Verdict;
use crate::variant::{Medium, Path, SettingStatus};
use crate::workload::HugePages;

/// What to say where any figure is emulated.
pub(super) const EMULATED: &str =
    "Emulated: NICs or GPUs of this run are emulated; its figures say nothing about real ones.";

/// The answer for one variant.
pub(super) struct Answer {
    pub tone: Tone,
    /// The answer in a word.
    pub word: &'static str,
    /// The same in a sentence without a full stop.
    pub sentence: String,
}

/// The verdict on each variant that was compared with the base.
pub(super) fn verdicts(cells: &[Measured<'_>]) -> Vec<Answer> {
    let Some(base) = cells.first() else { return Vec::new() };
    let answer = |cell: &Measured<'_>| {
        let verdict = &cell.comparison.as_ref()?.verdict;
        let (word, tone) = word(verdict);
        Some(Answer { tone, word, sentence: verdict.sentence(&base.name, &cell.name).to_string() })
    };
    cells.iter().filter_map(answer).collect()
}

/// The verdicts as lines for a terminal.
pub(super) fn sentences(cells: &[Measured<'_>]) -> Vec<String> {
    verdicts(cells).iter().map(|answer| format!("Verdict: {}.", answer.sentence)).collect()
}

/// The verdicts; where nothing was compared, what was measured; and what failed.
pub(super) fn answers(group: &Group<'_>) -> Vec<Answer> {
    let measured = |cell: &Measured<'_>| {
        let p50 = latency(cell.latency_ns.delivered.p50 as f64);
        let rate = bandwidth(cell.bandwidth_bytes_per_s.value);
        let sentence = format!("{} delivers a request in {p50} (median), {rate}", cell.name);
        Answer { tone: Tone::Plain, word: "measured", sentence }
    };
    let failed = |failure: &&Failure| {
        let step = failure.step.as_deref().map(|step| format!(" to {step}")).unwrap_or_default();
        let sentence = format!("{} failed{step}", failure.variant.label());
        Answer { tone: Tone::Bad, word: "failed", sentence }
    };
    let mut answers = verdicts(&group.cells);
    if answers.is_empty() {
        answers = group.cells.iter().map(measured).collect();
    }
    answers.extend(group.failures.iter().map(failed));
    answers
}

/// A verdict in a word.
pub(super) fn word(verdict: &Verdict) -> (&'static str, Tone) {
    match verdict {
        Verdict::Faster { .. } => ("faster", Tone::Good),
        Verdict::Slower { .. } => ("slower", Tone::Bad),
        Verdict::NoDifference { .. } => ("no difference", Tone::Plain),
        Verdict::Undecided { .. } => ("undecided", Tone::Open),
    }
}

/// What failed, and why.
pub(super) fn failures(group: &Group<'_>) -> Vec<String> {
    group.failures.iter().map(|failure| failure.error.clone()).collect()
}

/// What needs saying about the figures.
pub(super) fn notes(group: &Group<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    for cell in &group.cells {
        about(cell, &mut lines);
    }
    if group.cells.iter().any(|cell| cell.latency_ns.delivered.p999_is_max()) {
        lines.push("* too few requests for this percentile: it is the maximum.".to_owned());
    }
    lines
}

fn about(cell: &Measured<'_>, lines: &mut Vec<String>) {
    let (label, evidence) = (&cell.name, &cell.observed.path_evidence);
    match cell.observed.path {
        Path::Nic => {}
        Path::SharedMemory if cell.variant.backend.medium() == Medium::Memory => {}
        Path::SharedMemory => lines.push(format!(
            "Note: {label} crossed no NIC ({evidence}). To measure a network path, give --ucx-tls tcp."
        )),
        Path::Unproved => lines.push(format!(
            "Note: what carried the bytes of {label} is not proved: {evidence}."
        )),
    }
    if let Some(fallback) = &cell.observed.fallback {
        lines.push(format!("Note: {label} fell back: {fallback}."));
    }
    if cell.observed.rails_used > 1 && cell.observed.nic_alone_bytes_per_s.is_empty() {
        lines.push(format!(
            "Note: the {} NICs of {label} were not measured alone, so a slow one does not show \
             (--check-nics always measures them).",
            cell.observed.rails_used
        ));
    }
    for finding in &cell.observed.findings {
        lines.push(format!("Finding: {label}: {finding}."));
    }
    for (key, setting) in &cell.observed.settings {
        if setting.status == SettingStatus::Ignored {
            lines.push(format!("Note: {label}: {key} was ignored: {}.", setting.evidence));
        }
    }
    if let Clock::Echo { cost_ns } = &cell.clock {
        let [p5, p50, p95] = [cost_ns.p5, cost_ns.p50, cost_ns.p95].map(|ns| latency(ns as f64));
        lines.push(format!(
            "Note: {label} was delivered by echo, cost {p50} ({p5} to {p95}): delivered latencies \
             contain the way back from the target's host, which is not subtracted."
        ));
    }
    if on_ordinary_pages(cell) {
        lines.push(format!(
            "Note: {label} got no huge pages, and where ordinary ones lie is luck: its figures can \
             be off by several per cent. Allow them in /sys/kernel/mm/transparent_hugepage/enabled."
        ));
    }
    if !cell.warm_up.steady {
        lines.push(format!("Note: {label} was not steady after its warm-up."));
    }
    if cell.injected_delay_ns > 0 {
        let delay = latency(cell.injected_delay_ns as f64);
        lines.push(format!("Note: {label} was slowed down on purpose, by {delay} per delivery."));
    }
    if !cell.verified {
        lines.push(format!("Note: the data of {label} was not checked."));
    }
}

/// Whether huge pages were asked for, and most of the memory of a request lay on others.
fn on_ordinary_pages(cell: &Measured<'_>) -> bool {
    let (sides, bytes) = (&cell.resources, cell.workload.bytes);
    let got = sides.initiator.huge_bytes.min(sides.target.huge_bytes);
    cell.workload.huge_pages == Some(HugePages::Transparent) && got < bytes / 2
}
