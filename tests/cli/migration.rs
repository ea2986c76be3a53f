//! `docs/migration.md`: what it says of AIPerf is what AIPerf has.

use std::collections::{BTreeMap, BTreeSet};

const PAGE: &str = include_str!("../../docs/migration.md");
const LIST: &str = include_str!("../../docs/aiperf-options.txt");
const PINS: &str = include_str!("../../vendor/aiperf.txt");

/// What AIPerf has, by the list of `scripts/check-migration`.
struct Has {
    commands: BTreeSet<&'static str>,
    metrics: BTreeSet<&'static str>,
    /// By each of their names, with the values that they admit; none, where they admit any.
    options: BTreeMap<&'static str, Vec<&'static str>>,
}

impl Has {
    fn read() -> Self {
        let mut has =
            Self { commands: BTreeSet::new(), metrics: BTreeSet::new(), options: BTreeMap::new() };
        for line in LIST.lines().filter(|line| !line.starts_with('#')) {
            let (kind, rest) = line.split_once(' ').expect("a line has a kind");
            match kind {
                "command" => _ = has.commands.insert(rest),
                "metric" => _ = has.metrics.insert(rest),
                "option" => {
                    let (names, values) = rest.split_once(" = ").unwrap_or((rest, ""));
                    let values: Vec<_> = values.split_whitespace().collect();
                    names.split(' ').for_each(|name| _ = has.options.insert(name, values.clone()));
                }
                other => panic!("{other} in {line}"),
            }
        }
        has
    }

    /// What is wrong with a piece of code of the page.
    fn complaint(&self, code: &str) -> Option<String> {
        let words: Vec<_> = code.split(' ').collect();
        let is_there = match words[..] {
            ["aiperf", command] => self.commands.contains(command),
            [option, ..] if option.starts_with('-') => match self.options.get(option) {
                // Placeholders are in capitals, and so is what stands in quotes.
                Some(values) if !values.is_empty() => {
                    words[1..].iter().all(|value| values.contains(value))
                }
                found => found.is_some(),
            },
            [metric] => self.metrics.contains(metric),
            _ => false,
        };
        (!is_there).then(|| code.to_owned())
    }
}

/// The cells of each row of the page's table.
fn rows() -> Vec<Vec<&'static str>> {
    let rows = PAGE.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    rows.skip(1).map(|row| row.split(" | ").collect()).collect()
}

/// What stands between backquotes.
fn codes(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

#[test]
fn every_row_holds_what_aiperf_has() {
    let (has, rows) = (Has::read(), rows());
    assert!(rows.len() >= 10, "{rows:?}");
    for row in &rows {
        let [_, after, notes] = row[..] else { panic!("{row:?}") };
        assert!(after == "–" || codes(after).count() > 0, "{row:?}");
        let of_aiperf = codes(notes).filter(|code| code.starts_with("--"));
        let wrong: Vec<_> =
            codes(after).chain(of_aiperf).filter_map(|code| has.complaint(code)).collect();
        assert!(wrong.is_empty(), "AIPerf has no {wrong:?}: {row:?}");
    }
}

#[test]
fn what_aiperf_lacks_is_found() {
    let has = Has::read();
    for code in
        ["aiperf measure", "--max-threads N", "--ui plain", "time_to_last_token", "two words"]
    {
        assert!(has.complaint(code).is_some(), "{code}");
    }
}

#[test]
fn the_list_is_of_the_aiperf_that_is_pinned() {
    let version = PINS.lines().find_map(|line| line.strip_prefix("aiperf==")?.split(' ').next());
    let version = version.expect("AIPerf is pinned");
    assert!(LIST.starts_with(&format!("# AIPerf {version}, ")), "{version}");
}
