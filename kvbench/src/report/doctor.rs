//! The findings of an examination on a terminal: the worst first, each with evidence and remedy.

use std::fmt::Write;

use super::units::printable;
use crate::doctor::{Finding, Level, Report};

/// What the text is shown on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Screen {
    /// Columns, where lines shall be broken.
    pub width: Option<usize>,
    /// Whether it shows colours (ANSI).
    pub colour: bool,
}

/// Lines are not broken to less than this.
const NARROWEST: usize = 30;

const RESET: &str = "\x1b[0m";

/// The findings, for `screen`.
pub fn doctor(report: &Report, screen: Screen) -> String {
    let mut text = format!("{}\n\n", heading(report));
    let widest = report.findings.iter().map(|finding| finding.check.chars().count()).max();
    for finding in &report.findings {
        text += &one(finding, widest.unwrap_or(0), screen);
    }
    text
}

fn heading(report: &Report) -> String {
    let can = |runs: &bool| if *runs { "runs" } else { "cannot run" };
    let backends: Vec<_> =
        report.backends.iter().map(|(backend, runs)| format!("{backend} {}", can(runs))).collect();
    let plural = |count: usize, word: &str| match count {
        1 => format!("1 {word}"),
        _ => format!("{count} {word}s"),
    };
    format!(
        "On {}: {}. {}, {}, {}, {} ok.",
        printable(&report.host),
        backends.join(", "),
        plural(report.count(Level::Fault), "fault"),
        plural(report.count(Level::Warning), "warning"),
        plural(report.count(Level::Note), "note"),
        report.count(Level::Ok)
    )
}

fn one(finding: &Finding, widest: usize, screen: Screen) -> String {
    let (name, colour) = match finding.level {
        Level::Fault => ("fault", "\x1b[1;31m"),
        Level::Warning => ("warning", "\x1b[33m"),
        Level::Note => ("note", "\x1b[36m"),
        Level::Ok => ("ok", "\x1b[32m"),
    };
    let level =
        if screen.colour { format!("{colour}{name:7}{RESET}") } else { format!("{name:7}") };
    let indent = " ".repeat(1 + 7 + 2 + widest + 2);
    let room = screen.width.map(|width| width.saturating_sub(indent.len()).max(NARROWEST));
    let mut lines = broken(&printable(&finding.finding), room).into_iter();
    let first = lines.next().unwrap_or_default();
    let mut text = format!(" {level}  {:widest$}  {first}\n", printable(&finding.check));
    let seen = format!("seen: {}", finding.evidence);
    let remedy = finding.remedy.as_ref().map(|remedy| format!("try: {remedy}"));
    let rest = [Some(seen), remedy].into_iter().flatten();
    let rest = rest.flat_map(|part| broken(&printable(&part), room));
    for line in lines.chain(rest) {
        let _ = writeln!(text, "{indent}{line}");
    }
    text
}

/// The lines of a text, broken between words where they are longer than `room`.
fn broken(text: &str, room: Option<usize>) -> Vec<String> {
    let Some(room) = room else { return text.lines().map(str::to_owned).collect() };
    let mut lines = Vec::new();
    for long in text.lines() {
        let mut line = String::new();
        for word in long.split_whitespace() {
            let fits = line.chars().count() + 1 + word.chars().count() <= room;
            if !line.is_empty() && !fits {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line += word;
        }
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::variant::BackendName;

    fn report() -> Report {
        let finding = |level, check: &str, remedy: Option<&str>| Finding {
            check: check.to_owned(),
            level,
            finding: "found\x1b[2J".to_owned(),
            evidence: "one two three four five six seven eight nine ten".to_owned(),
            remedy: remedy.map(str::to_owned),
        };
        Report {
            schema: 1,
            host: "node-a".to_owned(),
            backends: BTreeMap::from([(BackendName::Ucx, true), (BackendName::Libfabric, false)]),
            findings: vec![
                finding(Level::Fault, "LIBFABRIC", Some("mend it")),
                finding(Level::Ok, "UCX", None),
            ],
        }
    }

    #[test]
    fn a_finding_has_its_evidence_and_its_remedy_below() {
        let text = doctor(&report(), Screen::default());
        let expected = "\
On node-a: UCX runs, LIBFABRIC cannot run. 1 fault, 0 warnings, 0 notes, 1 ok.

 fault    LIBFABRIC  found\u{fffd}[2J
                     seen: one two three four five six seven eight nine ten
                     try: mend it
 ok       UCX        found\u{fffd}[2J
                     seen: one two three four five six seven eight nine ten
";
        assert_eq!(text, expected);
    }

    #[test]
    fn a_terminal_gets_colours_and_its_width() {
        let text = doctor(&report(), Screen { width: Some(60), colour: true });
        assert!(text.contains("\x1b[1;31mfault  \x1b[0m"), "{text}");
        let visible = text.replace("\x1b[1;31m", "").replace("\x1b[32m", "").replace(RESET, "");
        let table = visible.split_once("\n\n").unwrap().1;
        assert!(table.lines().all(|line| line.chars().count() <= 60), "{table}");
        assert!(!visible.contains('\x1b'), "text of the machine cannot send control characters");
    }
}
