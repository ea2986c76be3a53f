//! What a check found: how bad it is, how that is known, and what to do.

use serde::Serialize;

/// How much a finding matters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// A backend that was asked for cannot run.
    Fault,
    /// It runs, but not as it should, or not as somebody seems to think.
    Warning,
    /// Worth knowing before a figure is trusted.
    Note,
    /// As it should be.
    Ok,
}

/// What a check found.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Finding {
    /// What was checked: a library, a resource, a variable.
    pub check: String,
    /// How much it matters.
    pub level: Level,
    /// What was found, a sentence.
    pub finding: String,
    /// What was read, and where.
    pub evidence: String,
    /// What to do about it; `null` where there is nothing to do.
    pub remedy: Option<String>,
}

impl Finding {
    /// Something that is as it should be.
    pub(super) fn ok(check: &str, finding: impl Into<String>, evidence: impl Into<String>) -> Self {
        Self::new(Level::Ok, check, finding.into(), evidence.into(), None)
    }

    /// Something worth knowing that asks for nothing.
    pub(super) fn fact(
        check: &str,
        finding: impl Into<String>,
        evidence: impl Into<String>,
    ) -> Self {
        Self::new(Level::Note, check, finding.into(), evidence.into(), None)
    }

    /// Something worth knowing.
    pub(super) fn note(
        check: &str,
        finding: impl Into<String>,
        evidence: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self::new(Level::Note, check, finding.into(), evidence.into(), Some(remedy.into()))
    }

    /// Something that runs, but not as it should.
    pub(super) fn warning(
        check: &str,
        finding: impl Into<String>,
        evidence: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self::new(Level::Warning, check, finding.into(), evidence.into(), Some(remedy.into()))
    }

    /// Something that keeps a backend from running.
    pub(super) fn fault(
        check: &str,
        finding: impl Into<String>,
        evidence: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self::new(Level::Fault, check, finding.into(), evidence.into(), Some(remedy.into()))
    }

    fn new(
        level: Level,
        check: &str,
        finding: String,
        evidence: String,
        remedy: Option<String>,
    ) -> Self {
        Self { check: check.to_owned(), level, finding, evidence, remedy }
    }
}

/// `1 rail`, `2 rails`.
pub(super) fn counted(count: u64, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}
