//! The command explains itself, also where there is no NIXL.

use std::collections::BTreeSet;

use tempfile::tempdir;

use crate::harness::Kvbench;

fn ask(arguments: &[&str]) -> String {
    let home = tempdir().unwrap();
    Kvbench::without_nixl(home.path(), arguments).finish().returned(0).stdout
}

/// The long options that a text mentions.
fn options(text: &str) -> BTreeSet<String> {
    let is_name = |c: char| c.is_ascii_lowercase() || c == '-';
    let names = text.split("--").skip(1).map(|rest| {
        let end = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
        rest[..end].trim_end_matches('-')
    });
    names.filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

#[test]
fn help_explains_every_option_in_a_sentence() {
    let help = ask(&["--help"]);
    let begins = |line: &&str| line.trim_start().starts_with("--");
    let lines: Vec<&str> = help.lines().collect();
    let explained = lines.windows(2).filter(|pair| begins(&pair[0]));
    for pair in explained {
        assert!(pair[1].trim().len() > 10, "{} is not explained", pair[0].trim());
    }
    for name in ["backend", "rails", "op", "model", "tp", "duration", "json", "timeout"] {
        assert!(options(&help).contains(name), "no --{name}");
    }
    assert!(help.contains("Exit codes"), "{help}");
}

#[test]
fn the_readme_tells_of_no_option_that_does_not_exist() {
    let readme = include_str!("../../README.md");
    let commands = readme.lines().filter_map(|line| line.trim().strip_prefix("kvbench "));
    // A dashboard begins with the name too.
    let commands = commands.filter(|rest| !rest.starts_with(' '));
    let commands: Vec<_> = commands.map(|rest| rest.split('#').next().unwrap_or(rest)).collect();
    assert!(commands.len() > 3, "the README shows how to use it");
    for command in commands {
        let name = command.split_whitespace().next().filter(|word| !word.starts_with('-'));
        let known = options(&ask(&[name.unwrap_or("run"), "--help"]));
        let unknown: Vec<_> = options(command).difference(&known).cloned().collect();
        assert!(unknown.is_empty(), "kvbench {command} has {unknown:?}");
    }
}

#[test]
fn run_is_what_happens_without_a_command() {
    assert!(options(&ask(&["--help"])).is_superset(&options(&ask(&["run", "--help"]))));
}

#[test]
fn completions_know_every_option() {
    let script = ask(&["completions", "bash"]);
    let missing: Vec<_> =
        options(&ask(&["--help"])).difference(&options(&script)).cloned().collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn the_version_is_the_packages() {
    assert!(ask(&["--version"]).starts_with(concat!("kvbench ", env!("CARGO_PKG_VERSION"))));
}
