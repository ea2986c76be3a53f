//! Each setting: honoured, ignored, or unknown, with the evidence.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::logs::{devices, kind, libfabric_registered, ucx_unused};
use super::{Observed, Path};
use crate::variant::launch::{MAX_BW, MAX_RAILS};
use crate::variant::{Enumerate, LaunchFacts, Medium, Rails, Variant};

/// Whether a setting did what its name says.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SettingStatus {
    /// What was asked is what was seen.
    Honoured,
    /// What was seen is something else.
    Ignored,
    /// Nothing that was seen tells.
    Unknown,
}

/// A setting, and what is known of its effect.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SettingReport {
    /// Whether it had an effect.
    pub status: SettingStatus,
    /// How that is known.
    pub evidence: String,
}

impl SettingReport {
    fn new(status: SettingStatus, evidence: impl Into<String>) -> Self {
        Self { status, evidence: evidence.into() }
    }

    fn unknown() -> Self {
        Self::new(SettingStatus::Unknown, "nothing that was observed tells what it did")
    }
}

/// Judges every setting of a variant; `log` is the initiators'.
pub(super) fn judge(
    variant: &Variant,
    observed: &Observed,
    log: &str,
    facts: &LaunchFacts,
) -> BTreeMap<String, SettingReport> {
    let mut reports = BTreeMap::new();
    reports.insert("rails".to_owned(), rails(variant, observed));
    if variant.enumerate != Enumerate::All {
        reports.insert("enumerate".to_owned(), enumerate(variant, observed, facts));
    }
    for (key, value) in &variant.env {
        reports.insert(key.clone(), variable(key, value, observed, log, facts));
    }
    for (key, value) in &variant.params {
        reports.insert(key.clone(), parameter(key, value, log, facts));
    }
    reports
}

fn rails(variant: &Variant, observed: &Observed) -> SettingReport {
    use SettingStatus::{Honoured, Ignored, Unknown};
    let created = match observed.rails_created {
        Some(created) => format!("{created} created"),
        None => "number created unknown".to_owned(),
    };
    let evidence = format!("{created}, {} carried the payload", observed.rails_used);
    let status = match (variant.rails, observed.path, observed.rails_created) {
        (_, Path::Unproved, None) => Unknown,
        (Rails::All, ..) => Honoured,
        (Rails::Count(_), Path::SharedMemory, _) => {
            let evidence = "shared memory carried the payload, which has no rails";
            return SettingReport::new(Ignored, evidence);
        }
        (Rails::Count(asked), Path::Nic, _) if observed.rails_used == asked => Honoured,
        (Rails::Count(asked), Path::Unproved, Some(created)) if created == asked => Unknown,
        (Rails::Count(_), ..) => Ignored,
    };
    SettingReport::new(status, evidence)
}

fn enumerate(variant: &Variant, observed: &Observed, facts: &LaunchFacts) -> SettingReport {
    use SettingStatus::{Honoured, Ignored};
    let Some(names) = facts.visible(variant) else {
        return SettingReport::new(Honoured, "all rails: no NIC was to be left out");
    };
    let allowed: BTreeSet<_> = names.iter().filter_map(|name| name.split(':').next()).collect();
    let list = names.join(", ");
    let seen = match variant.backend.medium() {
        Medium::Ucx => devices(&observed.transports),
        Medium::Libfabric | Medium::Memory => observed.carriers().into_iter().collect(),
    };
    let strangers: Vec<_> = seen.difference(&allowed).copied().collect();
    match observed.rails_created {
        None => SettingReport::unknown(),
        _ if !strangers.is_empty() => {
            let evidence = format!("the backend uses {} beside {list}", strangers.join(", "));
            SettingReport::new(Ignored, evidence)
        }
        Some(created)
            if variant.backend.medium() == Medium::Libfabric
                && created as usize != allowed.len() =>
        {
            let evidence =
                format!("the backend opened {created} NICs instead of {}", allowed.len());
            SettingReport::new(Ignored, evidence)
        }
        Some(_) => SettingReport::new(Honoured, format!("the backend opened none but {list}")),
    }
}

fn variable(
    key: &str,
    value: &str,
    observed: &Observed,
    log: &str,
    facts: &LaunchFacts,
) -> SettingReport {
    use SettingStatus::{Honoured, Ignored, Unknown};
    if key == MAX_RAILS && !facts.plugin.max_rails {
        return SettingReport::new(Ignored, "the LIBFABRIC plugin does not contain the name");
    }
    if ucx_unused(log, key) {
        return SettingReport::new(Ignored, "UCX reports it as unused");
    }
    let asked: BTreeSet<_> = value.split(',').collect();
    let within = |seen: &BTreeSet<&str>, what: &str| {
        let status = if seen.is_subset(&asked) { Honoured } else { Unknown };
        SettingReport::new(status, format!("{what} {}", observed.transports.join(", ")))
    };
    match key {
        "UCX_TLS" if !observed.transports.is_empty() => {
            within(&observed.transports.iter().map(|name| kind(name)).collect(), "UCX chose")
        }
        "UCX_NET_DEVICES" if !observed.transports.is_empty() => {
            within(&devices(&observed.transports), "UCX chose")
        }
        "FI_EFA_IFACE" | "FI_TCP_IFACE" if observed.rails_used > 0 => {
            within(&observed.carriers().into_iter().collect(), "the payload passed")
        }
        _ => SettingReport::unknown(),
    }
}

fn parameter(key: &str, value: &str, log: &str, facts: &LaunchFacts) -> SettingReport {
    use SettingStatus::{Honoured, Ignored};
    let speed =
        facts.efa().first().and_then(|nic| nic.bits_per_s).map(|speed| speed / 1_000_000_000);
    match (key, value.parse::<u64>(), libfabric_registered(log), speed) {
        (MAX_BW, ..) if !facts.plugin.max_bw => {
            SettingReport::new(Ignored, "the LIBFABRIC plugin does not contain the name")
        }
        (MAX_BW, Ok(gbps), Some(registered), Some(speed @ 1..)) => {
            let expected = (gbps / speed).max(1);
            let evidence = format!("memory was registered on {registered} rails of {speed} Gbit/s");
            let status = if u64::from(registered) == expected { Honoured } else { Ignored };
            SettingReport::new(status, evidence)
        }
        _ => SettingReport::unknown(),
    }
}
