//! What needs saying of runs of clients beside their tables: whole sentences, or lists for behind a colon.

use super::grids::percent;
use crate::import::{ClientWait, Comparison, Joined, Log, Run};
use crate::report::notes::EMULATED;

/// A note on every comparison.
const ONE_START: &str = "a run is one start of the endpoint, and what chance gives a start is in no interval \
                         here; runs of fresh starts tell how much that is.";

/// Requests that failed: how many of which run, and why.
pub(in crate::report) fn failures(runs: &[Run]) -> Vec<String> {
    let of_run = |run: &Run| {
        let name = named(run, runs);
        let line = |(reason, count): (&String, &u64)| format!("{name}: {count} × {reason}");
        run.failures.iter().map(line).collect::<Vec<_>>()
    };
    runs.iter().flat_map(of_run).collect()
}

/// In what the load of `alike` differs from that of others among `all`.
pub(in crate::report) fn load(alike: &[&Run], all: &[Run]) -> String {
    let Some(first) = alike.first() else { return String::new() };
    let differs = |key: &&String| all.iter().any(|run| run.load.get(*key) != first.load.get(*key));
    let keys = first.load.keys().filter(differs);
    let told: Vec<_> = keys.map(|key| format!("{key} {}", first.load[key])).collect();
    if told.is_empty() { "what all have in common".to_owned() } else { told.join(", ") }
}

/// In what the loads of two runs differ.
pub(in crate::report) fn differences(base: &Run, other: &Run) -> Vec<String> {
    Comparison::of(base, other).differences
}

/// Which of two runs has the shorter time to first token, if that can be told.
pub(in crate::report) fn verdict(base: &Run, other: &Run) -> Option<String> {
    let verdict = Comparison::of(base, other).verdict?;
    Some(verdict.sentence(&base.name, &other.name).to_string())
}

/// What the log leaves open or contradicts.
pub(in crate::report) fn about_transfers(joined: &[(&Run, Joined)]) -> Vec<String> {
    let mut lines = Vec::new();
    for (run, found) in joined {
        let (here, all) = (found.requests, run.requests.len());
        if here < all {
            lines.push(format!("Note: of {}, {here} of {all} requests are in the log.", run.name));
        }
        let name = run.name.to_uppercase();
        if ["UCX", "LIBFABRIC"].contains(&name.as_str()) && !found.backends.contains(&name) {
            let backends: Vec<_> = found.backends.iter().map(String::as_str).collect();
            lines.push(format!(
                "Warning: the run named {} moved its blocks over {}, says the log.",
                run.name,
                backends.join(" and ")
            ));
        }
    }
    let emulated = joined.iter().any(|(_, found)| found.emulated);
    lines.extend(emulated.then(|| EMULATED.to_owned()));
    lines
}

/// Runs of which the log has nothing.
pub(in crate::report) fn missing(runs: &[Run], log: &Log) -> Vec<String> {
    let lacks = |run: &&Run| !log.is_empty() && log.join(run).is_none();
    let lacking = runs.iter().filter(lacks);
    lacking.map(|run| format!("the log has no request of {}.", named(run, runs))).collect()
}

/// Whether the client was in the way of one of `runs`.
pub(in crate::report) fn client(run: &Run, runs: &[Run]) -> String {
    let name = named(run, runs);
    let Some(wait) = ClientWait::of(run) else {
        return format!("whether it was the bottleneck of {name} cannot be told from its export.");
    };
    let share = percent(wait.share);
    match wait.is_bottleneck() {
        true => format!(
            "it was a bottleneck of {name}: requests waited in it for {share} of their TTFT before they \
             were sent, which no latency here holds; try: fewer at once, or more of its workers and processors"
        ),
        false => format!(
            "not the bottleneck of {name}: requests waited in it for {share} of their TTFT."
        ),
    }
}

/// What is true of every comparison, where there is one.
pub(in crate::report) fn notes(loads: &[Vec<&Run>]) -> Vec<String> {
    let compared = loads.iter().any(|alike| alike.len() > 1);
    compared.then(|| ONE_START.to_owned()).into_iter().collect()
}

/// A run's name, with its concurrency where others of `runs` have the same name.
fn named(run: &Run, runs: &[Run]) -> String {
    let is_alone = runs.iter().filter(|other| other.name == run.name).count() < 2;
    match run.concurrency.filter(|_| !is_alone) {
        Some(concurrency) => format!("{} at concurrency {concurrency}", run.name),
        None => run.name.clone(),
    }
}
