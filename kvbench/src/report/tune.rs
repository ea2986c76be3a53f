//! What tuning has found, for a terminal: what was tried, the outcome, and how to set it elsewhere.

use std::fmt::Write;

use super::table::{plain_table, right};
use super::{notes, units};
use crate::stats::{Interval, Verdict};
use crate::tune::{Answer, Lines, Trial, Tuned};
use crate::variant::Variant;

/// A search from `base`, with the lines for its best.
pub fn tuning(base: &Variant, tuned: &Tuned, lines: &Lines, emulated: bool) -> String {
    let mut text = String::new();
    if !tuned.trials.is_empty() {
        let _ = writeln!(text, "{}\n", trials(&tuned.trials));
    }
    let _ = writeln!(text, "{}", outcome(base, tuned));
    for (trial, reason) in tuned.trials.iter().filter_map(failure) {
        let _ = writeln!(text, "Failed: {}: {reason}", trial.value);
    }
    let undecided =
        |trial: &&Trial| matches!(trial.answer, Answer::Judged(Verdict::Undecided { .. }));
    let open = tuned.trials.iter().filter(undecided).count();
    if open > 0 {
        let of = tuned.trials.len();
        let _ = writeln!(
            text,
            "Note: {open} of {of} values are undecided; a longer --max-time decides more."
        );
    }
    if !tuned.untried.is_empty() {
        let values: Vec<_> = tuned.untried.iter().map(|(_, value)| value.as_str()).collect();
        let _ = writeln!(
            text,
            "Note: no time was left to try {}; a longer --max-time does.",
            values.join(", ")
        );
    }
    if emulated {
        let _ = writeln!(text, "{}", notes::EMULATED);
    }
    if tuned.best != *base {
        let _ = write!(text, "\n{}", settings(tuned, lines));
    }
    let lines = text.lines().map(|line| units::printable(line.trim_end()) + "\n");
    lines.collect()
}

fn trials(trials: &[Trial]) -> comfy_table::Table {
    let header = ["setting and value", "against", "delivered p50 ratio", "interval", "verdict"];
    let mut table = plain_table(&header);
    for trial in trials {
        let ratio = match &trial.answer {
            Answer::Judged(verdict) => verdict.ratio(),
            Answer::Failed(_) => None,
        };
        table.add_row([
            comfy_table::Cell::new(format!("{}: {}", trial.setting, trial.value)),
            right(trial.against.clone()),
            right(ratio.map_or_else(|| "–".to_owned(), |ratio| format!("{:.3}", ratio.value))),
            right(ratio.map_or_else(|| "–".to_owned(), interval)),
            right(word(&trial.answer).to_owned()),
        ]);
    }
    table
}

fn interval(ratio: &Interval) -> String {
    format!("{:.3} to {:.3}", ratio.low, ratio.high)
}

fn word(answer: &Answer) -> &'static str {
    match answer {
        Answer::Judged(Verdict::Faster { .. }) => "faster",
        Answer::Judged(Verdict::Slower { .. }) => "slower",
        Answer::Judged(Verdict::NoDifference { .. }) => "no difference",
        Answer::Judged(Verdict::Undecided { .. }) => "undecided",
        Answer::Failed(_) => "failed",
    }
}

fn failure(trial: &Trial) -> Option<(&Trial, &str)> {
    match &trial.answer {
        Answer::Failed(reason) => Some((trial, reason)),
        Answer::Judged(_) => None,
    }
}

fn outcome(base: &Variant, tuned: &Tuned) -> String {
    let name = base.label();
    let stay = match *base == Variant::new(base.backend) {
        true => "The defaults are best".to_owned(),
        false => format!("{name} is best as it is"),
    };
    match &tuned.last_round {
        None => format!("{stay}: nothing that was tried is surely faster."),
        Some((best, Answer::Judged(verdict))) => {
            let sentence = verdict.sentence(&name, &best.label()).to_string();
            match tuned.best == *base {
                true => {
                    format!("{stay}: what seemed faster was not in the last round: {sentence}.")
                }
                false => format!("Best: {sentence}."),
            }
        }
        Some((best, Answer::Failed(reason))) => {
            format!(
                "{stay}: {} seemed faster, and failed in the last round: {reason}",
                best.label()
            )
        }
    }
}

fn settings(tuned: &Tuned, lines: &Lines) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "# any shell, before whatever loads NIXL");
    for line in &lines.shell {
        let _ = writeln!(text, "{line}");
    }
    if !lines.params.is_empty() {
        let params = lines.params.join(" ");
        let _ = writeln!(text, "# no variable sets these parameters of the backend: {params}");
    }
    let _ = writeln!(text, "\n# vLLM: the above, and");
    let _ = writeln!(text, "{}", lines.vllm);
    if !lines.not_vllm.is_empty() {
        let params = lines.not_vllm.join(" ");
        let _ = writeln!(
            text,
            "# vLLM gives the backend no {params}, so the gain may be missing there"
        );
    }
    let _ = writeln!(text, "\n# Dynamo: the above for its workers, and for KVBM");
    for line in &lines.dynamo {
        let _ = writeln!(text, "{line}");
    }
    let _ = writeln!(text, "\n# kvbench: {}", tuned.best.label());
    text
}
