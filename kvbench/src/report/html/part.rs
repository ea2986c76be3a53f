//! What a page has sections of: runs, and sweeps over enumerations.

use super::markup::Markup;
use super::{section, sweep};
use crate::record::{Build, Record};
use crate::report::group::{Group, groups};
use crate::report::notes::{self, Answer};
use crate::report::sweep::{Sweep, sweeps};

/// A section of a page.
pub(super) enum Part<'a> {
    Run(Group<'a>),
    Sweep(Sweep<'a>),
}

/// The runs among `records`, then the sweeps.
pub(super) fn parts(records: &[Record]) -> Vec<Part<'_>> {
    let runs = groups(records).into_iter().map(Part::Run);
    runs.chain(sweeps(records).into_iter().map(Part::Sweep)).collect()
}

impl<'a> Part<'a> {
    /// The run that it is.
    pub fn run(&self) -> Option<&Group<'a>> {
        match self {
            Self::Run(group) => Some(group),
            Self::Sweep(_) => None,
        }
    }

    /// What is asked by running it.
    pub fn question(&self) -> String {
        match self {
            Self::Run(group) => group.question(),
            Self::Sweep(sweep) => sweep.question(),
        }
    }

    /// What was done.
    pub fn what(&self) -> String {
        match self {
            Self::Run(group) => group.moved(),
            Self::Sweep(sweep) => sweep.what(),
        }
    }

    /// By which software, and where.
    pub fn software(&self) -> Option<String> {
        match self {
            Self::Run(group) => group.software(),
            Self::Sweep(sweep) => sweep.software(),
        }
    }

    /// What came of it.
    pub fn answers(&self) -> Vec<Answer> {
        match self {
            Self::Run(group) => notes::answers(group),
            Self::Sweep(sweep) => sweep.answers(),
        }
    }

    /// When it began.
    pub fn started(&self) -> &str {
        match self {
            Self::Run(group) => group.started,
            Self::Sweep(sweep) => sweep.started,
        }
    }

    /// Whether any figure was made with emulated NICs or GPUs.
    pub fn emulated(&self) -> bool {
        match self {
            Self::Run(group) => group.emulated(),
            Self::Sweep(sweep) => sweep.emulated(),
        }
    }

    /// The kvbench that did it.
    pub fn build(&self) -> Option<&Build> {
        match self {
            Self::Run(group) => group.build(),
            Self::Sweep(sweep) => Some(&sweep.points.first()?.environment.kvbench),
        }
    }

    /// Figures, charts, evidence and environment; `heading` is the element of its headings.
    pub fn body(&self, html: &mut Markup, id: &str, heading: &'static str) {
        match self {
            Self::Run(group) => section::body(html, group, id, heading),
            Self::Sweep(sweep) => sweep::body(html, sweep, id, heading),
        }
    }
}
