//! The keys of a plan and of its cells, and which kinds of cells have which.

use toml::{Table, Value};

use crate::spec::{EmulationSpec, EnumerateSpec, Kind, LoadSpec, RunSpec, Spec};
use crate::workload::near::near;

/// Keys of a plan.
pub(super) const PLAN_KEYS: [&str; 4] = ["name", "description", "defaults", "cell"];

/// Keys that a cell has beside those of its kind.
pub(super) const OWN_KEYS: [&str; 3] = ["id", "title", "kind"];

/// Those keys of [`Spec`] that a cell of enumeration has: its variant's, where `nics` stands for rails.
const VARIANT_KEYS: [&str; 6] = ["backend", "enumerate", "ucx_tls", "nixl", "env", "params"];

/// Those keys of [`Spec`] that a cell of load has.
const DEPLOYMENT_KEYS: [&str; 15] = [
    "backend",
    "rails",
    "enumerate",
    "op",
    "model",
    "isl",
    "block_tokens",
    "layout",
    "kv_dtype",
    "huge_pages",
    "ucx_tls",
    "netns",
    "nixl",
    "env",
    "params",
];

/// The keys of cells of this kind, in the order of the names that sweeps give. Points of a load come last,
/// so that those of one deployment follow each other.
pub(super) fn keys_of(kind: Kind) -> Vec<&'static str> {
    let parts: [&[&'static str]; 3] = match kind {
        Kind::Run => [&Spec::KEYS, &RunSpec::KEYS, &EmulationSpec::KEYS],
        Kind::Enumerate => [&VARIANT_KEYS, &EnumerateSpec::KEYS, &EmulationSpec::KEYS],
        Kind::Load => [&DEPLOYMENT_KEYS, &EmulationSpec::KEYS, &LoadSpec::KEYS],
    };
    parts.concat()
}

/// The kind of a cell.
pub(super) fn kind(cell: &Table) -> Result<Kind, String> {
    let Some(value) = cell.get("kind") else { return Ok(Kind::default()) };
    let is_meant = |kind: &Kind| value.as_str() == Some(kind.word());
    Kind::ALL.into_iter().find(is_meant).ok_or_else(|| {
        let words = Kind::ALL.map(|kind| format!("{:?}", kind.word()));
        format!("kind {value} is unknown: choose {}", words.join(" or "))
    })
}

/// Fails at the first key of a cell that cells of its kind do not have.
pub(super) fn check_cell(cell: &Table, kind: Kind) -> Result<(), String> {
    let every: Vec<_> = Kind::ALL.into_iter().flat_map(keys_of).chain(OWN_KEYS).collect();
    known(cell, &every)?;
    let own: Vec<_> = keys_of(kind).into_iter().chain(OWN_KEYS).collect();
    match cell.keys().find(|key| !own.contains(&key.as_str())) {
        None => Ok(()),
        Some(foreign) => {
            let owns = |other: &Kind| keys_of(*other).contains(&foreign.as_str());
            let owners = Kind::ALL.into_iter().filter(owns);
            let owners: Vec<_> = owners.map(|owner| format!("{:?}", owner.word())).collect();
            let owners = owners.join(" or ");
            Err(format!("`{foreign}` is for cells of kind {owners}, and this one is {kind}"))
        }
    }
}

/// Fails at the first key of the defaults that no kind of cell has.
pub(super) fn check_defaults(defaults: &Table) -> Result<(), String> {
    let every: Vec<_> = Kind::ALL.into_iter().flat_map(keys_of).collect();
    known(defaults, &every)
}

/// Fails at the first key that is not among `keys`, with the one that may be meant.
pub(super) fn known(table: &Table, keys: &[&str]) -> Result<(), String> {
    let Some(unknown) = table.keys().find(|key| !keys.contains(&key.as_str())) else {
        return Ok(());
    };
    let meant = near(unknown, keys.iter().copied());
    Err(match meant.first() {
        Some(meant) => format!("unknown key `{unknown}`; did you mean `{meant}`?"),
        None => {
            let mut keys = keys.to_vec();
            keys.sort_unstable();
            keys.dedup();
            format!("unknown key `{unknown}`; the keys are {}", keys.join(", "))
        }
    })
}

/// The part of `table` whose keys are among `keys`.
pub(super) fn part(table: &Table, keys: &[&str]) -> Table {
    let wanted = table.iter().filter(|(key, _)| keys.contains(&key.as_str()));
    wanted.map(|(key, value): (&String, &Value)| (key.clone(), value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_kinds_know_emulated_nics_and_each_its_own() {
        let [run, enumerate, load] = Kind::ALL.map(keys_of);
        for key in EmulationSpec::KEYS {
            assert!([&run, &enumerate, &load].iter().all(|keys| keys.contains(&key)));
        }
        assert!(load.contains(&"concurrency") && !run.contains(&"concurrency"));
        assert!(DEPLOYMENT_KEYS.iter().all(|key| Spec::KEYS.contains(key)));
        assert!(run.contains(&"huge_pages") && !enumerate.contains(&"huge_pages"));
        assert!(enumerate.contains(&"nics") && !run.contains(&"nics"));
        assert!(VARIANT_KEYS.iter().all(|key| Spec::KEYS.contains(key)));
    }
}
