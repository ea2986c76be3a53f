//! The machine, the software, and the command that measures again.

use std::collections::BTreeMap;

use super::grid::{Column, Field, Grid};
use super::group::Group;
use super::units::or_unknown;
use crate::measure::Timer;
use crate::record::{Build, Environment};

/// Machine and software, a row per fact; facts that differ between variants have several rows.
pub(super) fn environment(group: &Group<'_>) -> Grid {
    let measured = group.cells.iter().map(|cell| &cell.environment);
    let failed = group.failures.iter().map(|failure| &failure.environment);
    // A failed cell may not have come as far as to know its software.
    let all: Vec<_> = if group.cells.is_empty() { failed.collect() } else { measured.collect() };
    let mut grid = machine(all.into_iter());
    if let Some(poll) = group.workload.poll {
        grid.rows.push(vec!["polling".into(), poll.to_string().into()]);
    }
    grid
}

/// The same of any environments.
pub(super) fn machine<'a>(all: impl Iterator<Item = &'a Environment>) -> Grid {
    let mut rows: Vec<(&str, String)> = Vec::new();
    for row in all.flat_map(facts) {
        if !rows.contains(&row) {
            // Beside what other variants have in its place.
            let same = rows.iter().rposition(|(name, _)| *name == row.0);
            rows.insert(same.map_or(rows.len(), |at| at + 1), row);
        }
    }
    let columns = vec![Column::Text("what"), Column::Text("value")];
    let fields = |(name, value): (&str, String)| vec![Field::from(name), Field::from(value)];
    Grid { columns, rows: rows.into_iter().map(fields).collect() }
}

fn facts(environment: &Environment) -> Vec<(&'static str, String)> {
    let Environment { nixl, ucx, libfabric, .. } = environment;
    let version = |version: &Option<String>| or_unknown(version.as_deref()).to_owned();
    let mut facts = vec![
        ("host", environment.host.clone()),
        ("processor", format!("{} × {}", environment.cpus, environment.cpu)),
        ("kernel", environment.kernel.clone()),
        ("TCP congestion control", environment.tcp_congestion_control.clone()),
        ("clock", environment.timer.map_or_else(|| "unknown".to_owned(), clock)),
        ("NIXL", format!("{} ({})", version(nixl), environment.nixl_origin)),
        ("UCX", version(ucx)),
        ("libfabric", version(libfabric)),
        ("kvbench", build(&environment.kvbench)),
        ("variables", variables(&environment.variables)),
    ];
    facts.extend(environment.netns.sentence().map(|place| ("network namespaces", place)));
    facts.extend(environment.far.as_ref().map(|far| ("other host", far.sentence())));
    if !environment.emulation.is_empty() {
        facts.push(("emulation", variables(&environment.emulation)));
    }
    facts
}

fn clock(timer: Timer) -> String {
    format!("{:.0} ns a reading, steps of {} ns", timer.cost_ns, timer.resolution_ns)
}

fn build(build: &Build) -> String {
    let commit = build.commit.as_deref().map(|commit| format!(" ({commit})")).unwrap_or_default();
    format!(
        "{}{commit}, {} build for {} by {}",
        build.version, build.profile, build.target, build.rustc
    )
}

fn variables(variables: &BTreeMap<String, String>) -> String {
    let pairs: Vec<_> = variables.iter().map(|(key, value)| format!("{key}={value}")).collect();
    if pairs.is_empty() { "none set".to_owned() } else { pairs.join(" ") }
}

/// The files of the libraries that were loaded.
pub(super) fn libraries(group: &Group<'_>) -> Grid {
    let all: Vec<_> = group.cells.iter().map(|cell| &cell.environment).collect();
    files(&all)
}

/// The same of any environments.
pub(super) fn files(all: &[&Environment]) -> Grid {
    let mut rows: Vec<(&str, String)> = Vec::new();
    for (library, path) in all.iter().flat_map(|environment| &environment.paths) {
        let row = (library.as_str(), path.display().to_string());
        if !rows.contains(&row) {
            rows.push(row);
        }
    }
    let columns = vec![Column::Text("library"), Column::Text("file")];
    let fields = |(name, value): (&str, String)| vec![Field::from(name), Field::from(value)];
    Grid { columns, rows: rows.into_iter().map(fields).collect() }
}

/// The command that measured, for a shell; variables that were set for it stand before it.
pub(super) fn command(group: &Group<'_>) -> Option<String> {
    let cell = group.cells.first()?;
    shell(&cell.environment, &cell.command)
}

/// A command for a shell, if there is one.
pub(super) fn shell(environment: &Environment, command: &[String]) -> Option<String> {
    if command.is_empty() {
        return None;
    }
    let set = environment.variables.iter().map(|(key, value)| format!("{key}={}", word(value)));
    let words: Vec<_> = set.chain(command.iter().map(|argument| word(argument))).collect();
    Some(words.join(" "))
}

/// An argument as a shell reads it.
fn word(argument: &str) -> String {
    let harmless = |char: char| char.is_ascii_alphanumeric() || "@%+=:,./_-".contains(char);
    if !argument.is_empty() && argument.chars().all(harmless) {
        argument.to_owned()
    } else {
        format!("'{}'", argument.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_reads_back_each_argument() {
        for (argument, quoted) in [
            ("--rails", "--rails"),
            ("KEY=a,b", "KEY=a,b"),
            ("", "''"),
            ("two words", "'two words'"),
            ("it's $HOME; `ls`", r"'it'\''s $HOME; `ls`'"),
        ] {
            assert_eq!(word(argument), quoted);
        }
    }
}
