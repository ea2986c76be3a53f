//! What needs saying of a load: failures, arrivals, the generator, the path.

use super::{MIN_P99, ms, percent, rate};
use crate::load::{Figures, Loaded, PointEntry, Schedule};
use crate::report::notes::EMULATED;
use crate::serving::Status;
use crate::variant::SettingStatus;

/// Below this p-value, arrivals are told not to be what was asked for.
const SIGNIFICANT: f64 = 0.01;

/// What a reader could take wrongly if it were not said.
pub(in crate::report) fn notes(loaded: &[Loaded]) -> Vec<String> {
    let mut notes = Vec::new();
    for one in loaded {
        notes.extend(searched(one));
        for point in &one.points {
            let name = format!("{}, {}", point.backend, point.load);
            notes.extend(
                of_point(point).into_iter().map(|(kind, note)| format!("{kind}: {name}: {note}")),
            );
        }
        notes.extend(path(one));
    }
    let few = loaded.iter().flat_map(|one| &one.points);
    if few.filter_map(|point| point.figures.kv_delivered_ms.as_ref()).any(|one| one.count < MIN_P99)
    {
        notes.push("* too few requests for this percentile: it is near the maximum.".to_owned());
    }
    if loaded.iter().any(|one| one.serve.emulated) {
        notes.push(EMULATED.to_owned());
    }
    if loaded.len() > 1 {
        notes.push(
            "Note: deployments were loaded one after the other, each by one start of its processes; `kvbench run` \
             compares in turns."
                .to_owned(),
        );
    }
    notes
}

fn searched(one: &Loaded) -> Option<String> {
    let found = one.search?;
    let goals = one.points.first()?.figures.goodput.as_ref()?.slos.to_string();
    let (backend, share) = (&one.points.first()?.backend, percent(found.attainment));
    Some(match found.rate {
        Some(found) => format!(
            "Found: {backend}: up to {} meet {goals} in {share} of requests, measured twice.",
            rate(found)
        ),
        None => format!(
            "Found: {backend}: no rate that was tried meets {goals} in {share} of requests."
        ),
    })
}

/// What is to be said of a point, by its kind.
fn of_point(point: &PointEntry) -> Vec<(&'static str, String)> {
    let figures = &point.figures;
    let mut notes = Vec::new();
    for (error, count) in &figures.errors {
        notes.push(("Failed", format!("{count} × {error}")));
    }
    if figures.count(Status::Cancelled) > 0 {
        let count = figures.count(Status::Cancelled);
        notes.push(("Note", format!("{count} requests had not ended when it was over.")));
    }
    if point.interrupted {
        notes.push((
            "Note",
            "it was interrupted; these are the requests that had ended.".to_owned(),
        ));
    }
    if let Some([after_s, span_s]) = point.stall_s {
        let note = format!(
            "the worker that receives stood still for {span_s} s after {after_s} s, on purpose."
        );
        notes.push(("Note", note));
    }
    notes.extend(arrivals(point));
    notes.extend(generator(figures));
    if figures.reused_blocks > 0 {
        let (reused, moved) = (figures.reused_blocks, figures.moved_blocks);
        notes.push((
            "Note",
            format!("{reused} blocks were there already and did not move; {moved} did."),
        ));
    }
    notes
}

/// Whether requests arrived as they should.
fn arrivals(point: &PointEntry) -> Option<(&'static str, String)> {
    let Schedule::Open { arrival_pattern, request_rate, .. } = point.load.schedule else {
        return None;
    };
    let fit = point.figures.arrivals?;
    let gaps = format!(
        "the mean gap is {:.3} of the one asked for, the coefficient of variation {:.3}",
        fit.mean_gap, fit.variation
    );
    let Some(test) = fit.test else { return Some(("Arrivals", format!("{gaps}."))) };
    let (kind, not) = if test.p < SIGNIFICANT { ("Warning", "not ") } else { ("Arrivals", "") };
    let (asked, distance, p) = (rate(request_rate), test.distance, test.p);
    let note = format!(
        "{not}{arrival_pattern} at {asked} (Kolmogorov–Smirnov distance {distance:.3}, p = {p:.3}); {gaps}."
    );
    Some((kind, note))
}

/// How well the generator kept to its schedule.
fn generator(figures: &Figures) -> Option<(&'static str, String)> {
    let late = figures.late_ms.as_ref()?;
    let told =
        format!("late by {} (p50), {} (p99), {} at most", ms(late.p50), ms(late.p99), ms(late.max));
    Some(match figures.is_generator_bottleneck() {
        true => {
            let share = percent(figures.late_share);
            (
                "Warning",
                format!("the generator is a bottleneck: {told}, which is {share} of all latency."),
            )
        }
        false => ("Generator", format!("{told}.")),
    })
}

/// What carried the bytes, and which settings did nothing.
fn path(one: &Loaded) -> Vec<String> {
    let backend = &one.summary.observed;
    let name = one.serve.variant.label();
    let mut notes = vec![format!("Path: {name}: {} ({}).", backend.path, backend.path_evidence)];
    for (setting, report) in &backend.settings {
        if report.status == SettingStatus::Ignored {
            notes.push(format!("Warning: {name}: {setting} was ignored: {}", report.evidence));
        }
    }
    notes
}
