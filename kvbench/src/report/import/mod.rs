//! What clients measured of an endpoint: the key metrics run against run, where the time to first token went,
//! and how it grows with concurrency.
//!
//! [`import`] is the form for a terminal; the page is in `html`. Both show what `grids` and `sentences` make.

mod curves;
mod grids;
mod sentences;

use std::fmt::Write;

use super::table::plain;
use super::units::printable;
use crate::import::{Joined, Log, Run, by_load};

pub(super) use curves::{Curve, Point, curves};
pub(super) use grids::{clients, compared, one, sweep, transfers};
pub(super) use sentences::{
    about_transfers, client, differences, failures, load, missing, notes, verdict,
};

/// What the tables of transfers are of.
pub(super) const TRANSFERS: &str = "Where the time to first token went, by the log of kvbench serve (means; prefill and decode modelled, \
                                    transfers real)";

/// What is known of the runs, the first of each load being what others are compared with, and of their
/// transfers from the log.
pub fn import(runs: &[Run], log: &Log) -> String {
    if runs.is_empty() {
        return String::new();
    }
    let mut text = format!("{}\n", plain(&clients(runs)));
    let mut say = |line: &str| _ = writeln!(text, "{line}");
    failures(runs).iter().for_each(|line| say(&format!("Failed: {line}")));
    let loads = by_load(runs);
    for alike in &loads {
        if loads.len() > 1 {
            say(&format!("\nLoad: {}", load(alike, runs)));
        }
        of_load(alike, log, &mut say);
    }
    if loads.len() > 1 {
        say(&format!("\n{}\n", plain(&sweep(runs))));
    }
    missing(runs, log).iter().for_each(|line| say(&format!("Note: {line}")));
    runs.iter().for_each(|run| say(&format!("Client: {}", client(run, runs))));
    notes(&loads).iter().for_each(|line| say(&format!("Note: {line}")));
    text.lines().map(|line| printable(line.trim_end()) + "\n").collect()
}

/// The runs of one load, each against the first.
fn of_load(runs: &[&Run], log: &Log, say: &mut impl FnMut(&str)) {
    let Some((base, others)) = runs.split_first() else { return };
    if others.is_empty() {
        say(&format!("\n{}", plain(&one(base))));
    }
    for other in others {
        say("");
        differences(base, other).iter().for_each(|line| say(&format!("Not alike: {line}")));
        say(&plain(&compared(base, other)).to_string());
        if let Some(sentence) = verdict(base, other) {
            say(&format!("Verdict on TTFT p50: {sentence}."));
        }
    }
    let joined = joined(runs, log);
    if !joined.is_empty() {
        say(&format!("\n{TRANSFERS}\n{}", plain(&transfers(&joined))));
        about_transfers(&joined).iter().for_each(|line| say(line));
    }
}

/// The runs of which the log has something.
pub(super) fn joined<'r>(runs: &[&'r Run], log: &Log) -> Vec<(&'r Run, Joined)> {
    runs.iter().filter_map(|run| Some((*run, log.join(run)?))).collect()
}
