//! What a page has sections of: runs, sweeps over enumerations, and loads.

use super::markup::Markup;
use super::{experiment, section, sweep};
use crate::record::{Build, Record};
use crate::report::experiment::{Experiment, experiments};
use crate::report::group::{Group, groups};
use crate::report::notes::{self, Answer};
use crate::report::sweep::{Sweep, sweeps};

/// A section of a page.
pub(super) enum Part<'a> {
    Run(Group<'a>),
    Sweep(Sweep<'a>),
    Load(Experiment<'a>),
}

/// The runs among `records`, then the sweeps, then the loads.
pub(super) fn parts(records: &[Record]) -> Vec<Part<'_>> {
    let runs = groups(records).into_iter().map(Part::Run);
    let sweeps = sweeps(records).into_iter().map(Part::Sweep);
    runs.chain(sweeps).chain(experiments(records).into_iter().map(Part::Load)).collect()
}

impl<'a> Part<'a> {
    /// The run that it is.
    pub fn run(&self) -> Option<&Group<'a>> {
        match self {
            Self::Run(group) => Some(group),
            Self::Sweep(_) | Self::Load(_) => None,
        }
    }

    /// What is asked by running it.
    pub fn question(&self) -> String {
        match self {
            Self::Run(group) => group.question(),
            Self::Sweep(sweep) => sweep.question(),
            Self::Load(experiment) => experiment.question(),
        }
    }

    /// What was done.
    pub fn what(&self) -> String {
        match self {
            Self::Run(group) => group.moved(),
            Self::Sweep(sweep) => sweep.what(),
            Self::Load(experiment) => experiment.what(),
        }
    }

    /// By which software, and where.
    pub fn software(&self) -> Option<String> {
        match self {
            Self::Run(group) => group.software(),
            Self::Sweep(sweep) => sweep.software(),
            Self::Load(experiment) => experiment.software(),
        }
    }

    /// What came of it.
    pub fn answers(&self) -> Vec<Answer> {
        match self {
            Self::Run(group) => notes::answers(group),
            Self::Sweep(sweep) => sweep.answers(),
            // Loads follow each other on one start of their processes: nothing is judged.
            Self::Load(_) => Vec::new(),
        }
    }

    /// When it began.
    pub fn started(&self) -> &str {
        match self {
            Self::Run(group) => group.started,
            Self::Sweep(sweep) => sweep.started,
            Self::Load(experiment) => experiment.started,
        }
    }

    /// Whether any figure was made with emulated NICs or GPUs.
    pub fn emulated(&self) -> bool {
        match self {
            Self::Run(group) => group.emulated(),
            Self::Sweep(sweep) => sweep.emulated(),
            Self::Load(experiment) => experiment.emulated(),
        }
    }

    /// The kvbench that did it.
    pub fn build(&self) -> Option<&Build> {
        match self {
            Self::Run(group) => group.build(),
            Self::Sweep(sweep) => Some(&sweep.points.first()?.environment.kvbench),
            Self::Load(experiment) => experiment.build(),
        }
    }

    /// Figures, charts, evidence and environment; `heading` is the element of its headings.
    pub fn body(&self, html: &mut Markup, id: &str, heading: &'static str) {
        match self {
            Self::Run(group) => section::body(html, group, id, heading),
            Self::Sweep(sweep) => sweep::body(html, sweep, id, heading),
            Self::Load(experiment) => experiment::body(html, experiment, id, heading),
        }
    }
}
