//! What happened, against what was asked: the path, the rails, and each setting with its evidence.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{BackendName, LaunchFacts, Rails, Variant};
use crate::measure::NicBytes;
use crate::workload::Op;

/// UCX's transports between processes of one host that use no NIC.
const SHARED_MEMORY: [&str; 7] = ["cma", "knem", "posix", "self", "sm", "sysv", "xpmem"];

/// Share of the payload that must be seen, or not be seen, on NICs for a proof. The rest is headers,
/// acknowledgements, and whatever else the machine sends.
const PROOF: f64 = 0.95;

/// What a request's notification may cost on a NIC (about 300 bytes were seen on UCX's tcp). Requests
/// of less than four times as much prove nothing: the notification alone could be taken for them.
const NOTIFICATION_BYTES: u64 = 1024;

/// What carried the payload.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Path {
    /// The counters of NICs rose by the payload.
    Nic,
    /// No NIC counter rose by more than a trace of it, and the backend uses shared memory.
    SharedMemory,
    /// Neither can be shown.
    Unproved,
}

impl std::fmt::Display for Path {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::Nic => "nic",
            Self::SharedMemory => "shared memory",
            Self::Unproved => "unproved",
        })
    }
}

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

/// What happened in a cell.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Observed {
    /// What carried the payload.
    pub path: Path,
    /// How that is known.
    pub path_evidence: String,
    /// The transports that the backend chose, as `transport/device`.
    pub transports: Vec<String>,
    /// Rails that the backend created, where it says so.
    pub rails_created: Option<u32>,
    /// NICs that carried a share of the payload.
    pub rails_used: u32,
    /// Bytes that passed each NIC during the measured slices.
    pub nic_bytes: BTreeMap<String, NicBytes>,
    /// Each setting.
    pub settings: BTreeMap<String, SettingReport>,
}

impl Observed {
    /// The NICs that carried the payload; others passed bytes of somebody else.
    pub fn carriers(&self) -> Vec<&str> {
        let mut nics: Vec<_> = self.nic_bytes.iter().collect();
        nics.sort_by_key(|(_, bytes)| std::cmp::Reverse(bytes.tx.max(bytes.rx)));
        let mut names: Vec<_> =
            nics.iter().take(self.rails_used as usize).map(|(nic, _)| nic.as_str()).collect();
        names.sort_unstable();
        names
    }
}

/// Where the observation comes from.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'a> {
    /// What the initiators logged. Lines may hold any bytes.
    pub log: &'a [u8],
    /// Bytes that passed each NIC, seen from the initiators.
    pub nic_bytes: &'a BTreeMap<String, NicBytes>,
    /// Bytes that the measured requests moved.
    pub payload_bytes: u64,
    /// Their number.
    pub requests: u64,
    /// Their direction.
    pub op: Op,
    /// What is known of the machine and the plugin.
    pub facts: &'a LaunchFacts,
}

/// Judges a variant by the evidence.
pub fn observe(variant: &Variant, evidence: &Evidence<'_>) -> Observed {
    let log = String::from_utf8_lossy(evidence.log);
    let carried: BTreeMap<&str, u64> = evidence
        .nic_bytes
        .iter()
        .map(|(nic, bytes)| {
            (nic.as_str(), if evidence.op == Op::Write { bytes.tx } else { bytes.rx })
        })
        .collect();
    let created = rails_created(variant.backend, &log);
    let used = carriers(&carried, evidence.payload_bytes, created.unwrap_or(1));
    let transports = match variant.backend {
        BackendName::Ucx => ucx_transports(&log),
        BackendName::Libfabric => libfabric_transports(&log, &used),
    };
    let created = match variant.backend {
        BackendName::Ucx => Some(devices(&transports).len() as u32),
        BackendName::Libfabric => created,
    };
    let (path, path_evidence) = path(&carried, &used, evidence, &transports);
    let mut observed = Observed {
        path,
        path_evidence,
        transports,
        rails_created: created,
        rails_used: used.len() as u32,
        nic_bytes: evidence.nic_bytes.clone(),
        settings: BTreeMap::new(),
    };
    observed.settings = settings(variant, &observed, &log, evidence.facts);
    observed
}

fn path(
    carried: &BTreeMap<&str, u64>,
    used: &[&str],
    evidence: &Evidence<'_>,
    transports: &[String],
) -> (Path, String) {
    let payload = evidence.payload_bytes;
    let notifications = evidence.requests.saturating_mul(NOTIFICATION_BYTES);
    let on_nics: u64 = carried.values().sum();
    let seen = format!("{on_nics} bytes on any NIC for {payload} bytes of payload");
    if payload < notifications.saturating_mul(4) {
        return (Path::Unproved, format!("{seen}, too few beside their notifications"));
    }
    if on_nics as f64 >= PROOF * payload as f64 {
        let names = used.join(", ");
        let on_these: u64 = used.iter().filter_map(|nic| carried.get(nic)).sum();
        return (Path::Nic, format!("{on_these} bytes on {names} for {payload} bytes of payload"));
    }
    let is_shared = |name: &&String| SHARED_MEMORY.contains(&kind(name));
    let shared: Vec<_> = transports.iter().filter(is_shared).map(String::as_str).collect();
    let trace = (1.0 - PROOF) * payload as f64 + notifications as f64;
    if on_nics as f64 <= trace && !shared.is_empty() {
        return (Path::SharedMemory, format!("{seen}; the backend uses {}", shared.join(", ")));
    }
    (Path::Unproved, seen)
}

/// The NICs that carried more than a trace of the payload: a quarter of an even share.
fn carriers<'a>(carried: &BTreeMap<&'a str, u64>, payload: u64, rails: u32) -> Vec<&'a str> {
    let threshold = (payload / u64::from(4 * rails.max(5))).max(1);
    carried.iter().filter(|(_, bytes)| **bytes >= threshold).map(|(nic, _)| *nic).collect()
}

/// `Created 32 rails using provider=efa` (NIXL's `libfabric_rail_manager.cpp`).
fn rails_created(backend: BackendName, log: &str) -> Option<u32> {
    if backend != BackendName::Libfabric {
        return None;
    }
    let line = log.lines().rfind(|line| line.contains(" rails using provider="))?;
    line.split("Created ").nth(1)?.split(' ').next()?.parse().ok()
}

fn libfabric_transports(log: &str, used: &[&str]) -> Vec<String> {
    let provider = log
        .lines()
        .filter_map(|line| line.split(" rails using provider=").nth(1))
        .next_back()
        .and_then(|rest| rest.split_whitespace().next());
    match (provider, used) {
        (None, _) => Vec::new(),
        (Some(provider), []) => vec![provider.to_owned()],
        (Some(provider), used) => used.iter().map(|nic| format!("{provider}/{nic}")).collect(),
    }
}

/// The lanes of the endpoint to the peer, from UCX's log at level info:
/// `… intra-node cfg#1 rma_am(tcp/lo) am(tcp/lo cma/memory) ka(tcp/lo)` (`ucp_worker.c`).
fn ucx_transports(log: &str) -> Vec<String> {
    let lanes = |line: &str| -> BTreeSet<String> {
        let lanes = line.split("cfg#").nth(1).unwrap_or_default();
        let lists = lanes.split('(').skip(1).filter_map(|rest| rest.split(')').next());
        let items = lists.flat_map(str::split_whitespace);
        items.filter(|item| item.contains('/')).map(str::to_owned).collect()
    };
    let of_peer = |line: &&str| line.contains("-node cfg#");
    let of_self = |line: &&str| line.contains("self cfg#");
    let line = log.lines().rfind(of_peer).or_else(|| log.lines().rfind(of_self));
    line.map(lanes).unwrap_or_default().into_iter().collect()
}

fn kind(transport: &str) -> &str {
    transport.split('/').next().unwrap_or(transport)
}

/// The network devices among transports.
fn devices(transports: &[String]) -> BTreeSet<&str> {
    transports
        .iter()
        .filter(|name| !SHARED_MEMORY.contains(&kind(name)))
        .filter_map(|name| name.split('/').nth(1))
        .collect()
}

fn settings(
    variant: &Variant,
    observed: &Observed,
    log: &str,
    facts: &LaunchFacts,
) -> BTreeMap<String, SettingReport> {
    let mut reports = BTreeMap::new();
    reports.insert("rails".to_owned(), rails(variant, observed));
    for (key, value) in &variant.env {
        reports.insert(key.clone(), variable(key, value, observed, log, facts));
    }
    for key in variant.params.keys() {
        let evidence = "nothing that was observed tells what it did".to_owned();
        reports.insert(key.clone(), SettingReport { status: SettingStatus::Unknown, evidence });
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
            let evidence = "shared memory carried the payload, which has no rails".to_owned();
            return SettingReport { status: Ignored, evidence };
        }
        (Rails::Count(asked), Path::Nic, _) if observed.rails_used == asked => Honoured,
        (Rails::Count(asked), Path::Unproved, Some(created)) if created == asked => Unknown,
        (Rails::Count(_), ..) => Ignored,
    };
    SettingReport { status, evidence }
}

fn variable(
    key: &str,
    value: &str,
    observed: &Observed,
    log: &str,
    facts: &LaunchFacts,
) -> SettingReport {
    use SettingStatus::{Honoured, Ignored, Unknown};
    let report = |status, evidence: String| SettingReport { status, evidence };
    let unused = |line: &str| line.contains("unused environment variable") && line.contains(key);
    if key == "NIXL_LIBFABRIC_MAX_RAILS" && !facts.reads_max_rails {
        return report(Ignored, "the LIBFABRIC plugin does not contain the name".to_owned());
    }
    if log.lines().any(unused) {
        return report(Ignored, "UCX reports it as unused".to_owned());
    }
    if key == "UCX_TLS" && !observed.transports.is_empty() {
        let chosen: Vec<_> = observed.transports.iter().map(|name| kind(name)).collect();
        let asked: Vec<_> = value.split(',').collect();
        let status =
            if chosen.iter().all(|kind| asked.contains(kind)) { Honoured } else { Unknown };
        return report(status, format!("UCX chose {}", observed.transports.join(", ")));
    }
    report(Unknown, "nothing that was observed tells what it did".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const UCX_LOG: &str = "\
[1] [vm:1 :0] ucp_worker.c:1997 UCX  INFO    init self cfg#0 rma_am(tcp/lo)  am(tcp/lo cma/memory)  ka(tcp/lo)
[2] [vm:1 :0] ucp_worker.c:1997 UCX  INFO    init inter-node cfg#1 rma(tcp/eth0 tcp/eth1)  am(tcp/eth0)  ka(tcp/eth0)
";
    const LIBFABRIC_LOG: &str =
        "I1124 3012 libfabric_rail_manager.cpp:232] Created 4 rails using provider=efa\n";

    fn nics(list: &[(&str, u64)]) -> BTreeMap<String, NicBytes> {
        list.iter().map(|(nic, tx)| ((*nic).to_owned(), NicBytes { tx: *tx, rx: 7 })).collect()
    }

    fn judge(variant: &Variant, log: &[u8], list: &[(&str, u64)]) -> Observed {
        judge_requests(variant, log, list, 1)
    }

    fn judge_requests(
        variant: &Variant,
        log: &[u8],
        list: &[(&str, u64)],
        requests: u64,
    ) -> Observed {
        let nic_bytes = nics(list);
        let evidence = Evidence {
            log,
            nic_bytes: &nic_bytes,
            payload_bytes: 100_000,
            requests,
            op: Op::Write,
            facts: &LaunchFacts::default(),
        };
        observe(variant, &evidence)
    }

    fn ucx(rails: u32) -> Variant {
        Variant { rails: Rails::Count(rails), ..Variant::new(BackendName::Ucx) }
    }

    #[test]
    fn two_nics_carry_the_payload() {
        let seen = judge(
            &ucx(2),
            UCX_LOG.as_bytes(),
            &[("eth0", 52_000), ("eth1", 51_000), ("eth2", 300)],
        );
        assert_eq!(seen.path, Path::Nic);
        assert_eq!(seen.transports, ["tcp/eth0", "tcp/eth1"]);
        assert_eq!((seen.rails_created, seen.rails_used), (Some(2), 2));
        assert_eq!(seen.settings["rails"].status, SettingStatus::Honoured);
        assert_eq!(seen.carriers(), ["eth0", "eth1"], "eth2 carried somebody else's bytes");
        assert!(seen.path_evidence.contains("103000 bytes on eth0, eth1 for"));
    }

    #[test]
    fn a_rail_that_stays_idle_means_ignored() {
        let seen = judge(&ucx(2), UCX_LOG.as_bytes(), &[("eth0", 102_000)]);
        assert_eq!(seen.settings["rails"].status, SettingStatus::Ignored);
        assert!(seen.settings["rails"].evidence.contains("1 carried"));
    }

    #[test]
    fn shared_memory_shows_by_empty_counters() {
        let log = UCX_LOG.lines().next().unwrap();
        let seen = judge(&ucx(1), log.as_bytes(), &[("lo", 1200)]);
        assert_eq!(seen.path, Path::SharedMemory);
        assert!(seen.path_evidence.contains("cma/memory"));
        assert_eq!(seen.settings["rails"].status, SettingStatus::Ignored);
    }

    #[test]
    fn what_cannot_be_shown_is_unproved() {
        let seen = judge(&ucx(1), b"\xff\xfe no such line", &[("eth0", 50_000)]);
        assert_eq!(seen.path, Path::Unproved);
        assert!(seen.transports.is_empty());
        let seen = judge(&ucx(1), UCX_LOG.as_bytes(), &[]);
        assert_eq!(seen.path, Path::Unproved, "no shared memory among the transports");
    }

    #[test]
    fn a_notification_is_not_taken_for_the_payload() {
        let seen = judge_requests(&ucx(1), UCX_LOG.as_bytes(), &[("eth0", 100_000)], 400);
        assert_eq!(seen.path, Path::Unproved, "250 bytes a request");
        let shared = UCX_LOG.lines().next().unwrap();
        let seen = judge_requests(&ucx(1), shared.as_bytes(), &[("lo", 7_500)], 24);
        assert_eq!(seen.path, Path::SharedMemory, "4 KiB a request, 300 bytes a notification");
    }

    #[test]
    fn libfabric_says_how_many_rails_it_made() {
        let variant = Variant { rails: Rails::Count(1), ..Variant::new(BackendName::Libfabric) };
        let seen = judge(
            &variant,
            LIBFABRIC_LOG.as_bytes(),
            &[("rdmap0s0", 50_000), ("rdmap1s0", 50_000)],
        );
        assert_eq!((seen.rails_created, seen.rails_used), (Some(4), 2));
        assert_eq!(seen.transports, ["efa/rdmap0s0", "efa/rdmap1s0"]);
        assert_eq!(seen.settings["rails"].status, SettingStatus::Ignored);
    }

    #[test]
    fn variables_are_judged_by_what_is_seen() {
        let mut variant = Variant::new(BackendName::Ucx);
        variant.env.insert("UCX_TLS".into(), "tcp".into());
        variant.env.insert("UCX_FOO".into(), "1".into());
        variant.env.insert("NIXL_LIBFABRIC_MAX_RAILS".into(), "1".into());
        let log = format!("{UCX_LOG}[3] UCX  WARN  unused environment variable: UCX_FOO\n");
        let seen = judge(&variant, log.as_bytes(), &[("eth0", 100_000)]);
        assert_eq!(seen.settings["UCX_TLS"].status, SettingStatus::Honoured);
        assert_eq!(seen.settings["UCX_FOO"].status, SettingStatus::Ignored);
        assert_eq!(seen.settings["NIXL_LIBFABRIC_MAX_RAILS"].status, SettingStatus::Ignored);
    }
}
