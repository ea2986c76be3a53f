//! What happened, against what was asked: the path, the rails, and each setting with its evidence.

mod findings;
mod logs;
mod path;
mod settings;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{LaunchFacts, Medium, Variant};
use crate::measure::NicBytes;
use crate::workload::Op;
use path::Carried;

pub(crate) use findings::{MemoryLimit, left_out, slow_nics};
pub use findings::{NicFinding, NicTrouble};
pub(crate) use logs::{created_rails, failed_rail, libfabric_rails, rail_nics, registered_rails};
pub use path::Path;
pub use settings::{SettingReport, SettingStatus};

/// What happened in a cell.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Observed {
    /// What carried the payload.
    pub path: Path,
    /// How that is known.
    pub path_evidence: String,
    /// That TCP carried the payload where RDMA was asked for, and what asked for it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub fallback: Option<String>,
    /// The transports that the backend chose, as `transport/device`.
    pub transports: Vec<String>,
    /// Rails that the backend created, where it says so.
    pub rails_created: Option<u32>,
    /// NICs that carried a share of the payload.
    pub rails_used: u32,
    /// Bytes that passed each NIC during the measured slices.
    pub nic_bytes: BTreeMap<String, NicBytes>,
    /// The same of the targets' NICs, where these are in another network namespace.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub target_nic_bytes: BTreeMap<String, NicBytes>,
    /// What each of the NICs that carried the payload carries alone, in bytes per second, where that was
    /// measured.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub nic_alone_bytes_per_s: BTreeMap<String, u64>,
    /// What is wrong with a NIC.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub findings: Vec<NicFinding>,
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

    /// The transports that carried the payload, as `transport/device`.
    pub fn carrying(&self) -> Vec<&str> {
        let used = self.carriers();
        let on_nics = |name: &&String| logs::device(name).is_some_and(|nic| used.contains(&nic));
        self.transports.iter().filter(on_nics).map(String::as_str).collect()
    }

    /// Whether RDMA carried the payload.
    pub fn over_rdma(&self) -> bool {
        let carrying = self.carrying();
        self.path == Path::Nic && !carrying.is_empty() && carrying.iter().all(|t| logs::is_rdma(t))
    }
}

/// Where the observation comes from.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'a> {
    /// What the initiators logged. Lines may hold any bytes.
    pub log: &'a [u8],
    /// Bytes that passed each NIC, seen from the initiators.
    pub nic_bytes: &'a BTreeMap<String, NicBytes>,
    /// Bytes that passed each NIC of the targets, where they are other NICs.
    pub target_nic_bytes: Option<&'a BTreeMap<String, NicBytes>>,
    /// Bytes that the measured requests moved.
    pub payload_bytes: u64,
    /// Their number.
    pub requests: u64,
    /// Their direction.
    pub op: Op,
    /// What is known of the machine and the plugin.
    pub facts: &'a LaunchFacts,
}

impl<'a> Evidence<'a> {
    fn carried(
        &self,
        nics: &'a BTreeMap<String, NicBytes>,
        direction: fn(&NicBytes) -> u64,
    ) -> Carried<'a> {
        Carried {
            bytes: nics.iter().map(|(nic, bytes)| (nic.as_str(), direction(bytes))).collect(),
            payload: self.payload_bytes,
            requests: self.requests,
        }
    }

    fn by_targets(&self, direction: fn(&NicBytes) -> u64) -> Option<Carried<'a>> {
        self.target_nic_bytes.map(|nics| self.carried(nics, direction))
    }
}

/// Judges a variant by the evidence.
pub fn observe(variant: &Variant, evidence: &Evidence<'_>) -> Observed {
    let log = String::from_utf8_lossy(evidence.log);
    let sent = |bytes: &NicBytes| bytes.tx;
    let received = |bytes: &NicBytes| bytes.rx;
    let (carried, by_targets) = match evidence.op {
        Op::Write => (evidence.carried(evidence.nic_bytes, sent), evidence.by_targets(received)),
        Op::Read => (evidence.carried(evidence.nic_bytes, received), evidence.by_targets(sent)),
    };
    let (transports, created, used) = match variant.backend.medium() {
        Medium::Memory => (vec![logs::MEMCPY.to_owned()], Some(0), carried.carriers(0)),
        Medium::Ucx => {
            let transports = logs::ucx_transports(&log);
            let created = logs::devices(&transports).len() as u32;
            let used = carried.carriers(created);
            (transports, Some(created), used)
        }
        Medium::Libfabric => {
            let rails = libfabric_rails(&log);
            let used = carried.carriers(rails.map_or(1, |(created, _)| created));
            let transports = match (rails, &used[..]) {
                (None, _) => Vec::new(),
                (Some((_, provider)), []) => vec![provider.to_owned()],
                (Some((_, provider)), used) => {
                    used.iter().map(|nic| format!("{provider}/{nic}")).collect()
                }
            };
            (transports, rails.map(|(created, _)| created), used)
        }
    };
    let (path, path_evidence) = carried.path(by_targets.as_ref(), &used, &transports);
    let mut observed = Observed {
        path,
        path_evidence,
        fallback: None,
        transports,
        rails_created: created,
        rails_used: used.len() as u32,
        nic_bytes: evidence.nic_bytes.clone(),
        target_nic_bytes: evidence.target_nic_bytes.cloned().unwrap_or_default(),
        nic_alone_bytes_per_s: BTreeMap::new(),
        findings: Vec::new(),
        settings: BTreeMap::new(),
    };
    observed.fallback = fallback(variant, &observed, evidence.facts);
    observed.settings = settings::judge(variant, &observed, &log, evidence.facts);
    observed
}

/// What asked for RDMA, where something else carried the payload.
fn fallback(variant: &Variant, observed: &Observed, facts: &LaunchFacts) -> Option<String> {
    if observed.path != Path::Nic || observed.over_rdma() {
        return None;
    }
    let set = |key: &str| variant.env.get(key).cloned().or_else(|| std::env::var(key).ok());
    let wants = |list: &str| list.split(',').any(|one| one == "ib" || is_rdma_choice(one));
    let asked = match variant.backend.medium() {
        Medium::Memory => None,
        Medium::Ucx => {
            set("UCX_TLS").filter(|list| wants(list)).map(|list| format!("UCX_TLS={list}"))
        }
        Medium::Libfabric if facts.efa().is_empty() => {
            set("FI_PROVIDER").filter(|list| wants(list)).map(|list| format!("FI_PROVIDER={list}"))
        }
        Medium::Libfabric => Some(format!("{} EFA devices", facts.efa().len())),
    }?;
    let carried = observed.carrying().join(", ");
    Some(format!("RDMA was asked for ({asked}), and {carried} carried the payload"))
}

/// Whether a word of `UCX_TLS` or `FI_PROVIDER` stands for a transport over RDMA.
fn is_rdma_choice(word: &str) -> bool {
    matches!(word, "rc" | "dc" | "ud") || logs::is_rdma(word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::variant::{BackendName, PluginKnobs, Rails};

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
            target_nic_bytes: None,
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
    fn a_copy_in_memory_crosses_no_nic() {
        let seen = judge(&Variant::new(BackendName::Memcpy), b"", &[]);
        assert_eq!((seen.path, seen.rails_created), (Path::SharedMemory, Some(0)));
        let busy = judge(&Variant::new(BackendName::Memcpy), b"", &[("lo", 50_000)]);
        assert_eq!(busy.path, Path::Unproved, "somebody else's bytes");
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
    fn the_targets_nics_have_a_say_where_they_are_others() {
        let seen = |log: &str, sent: u64, received: u64| {
            let theirs = BTreeMap::from([("eth9".to_owned(), NicBytes { tx: 0, rx: received })]);
            let evidence = Evidence {
                log: log.as_bytes(),
                nic_bytes: &nics(&[("eth0", sent)]),
                target_nic_bytes: Some(&theirs),
                payload_bytes: 100_000,
                requests: 1,
                op: Op::Write,
                facts: &LaunchFacts::default(),
            };
            observe(&ucx(1), &evidence)
        };
        let proved = seen(UCX_LOG, 101_000, 102_000);
        assert_eq!((proved.path, proved.rails_used), (Path::Nic, 1));
        let words = "101000 bytes on eth0 for 100000 bytes of payload, and 102000 bytes on the NICs of the targets";
        assert_eq!(proved.path_evidence, words);
        let elsewhere = seen(UCX_LOG, 101_000, 1_000);
        assert_eq!(elsewhere.path, Path::Unproved, "somebody else got it");
        let shared = UCX_LOG.lines().next().unwrap();
        assert_eq!(seen(shared, 1_000, 1_000).path, Path::SharedMemory);
        assert_eq!(seen(shared, 1_000, 50_000).path, Path::Unproved);
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
    fn an_enumeration_is_kept_or_not() {
        let enumerate = "eth0,eth1".parse().unwrap();
        let variant = Variant { enumerate, ..ucx(2) };
        let both = [("eth0", 50_000), ("eth1", 50_000)];
        let seen = judge(&variant, UCX_LOG.as_bytes(), &both);
        assert_eq!(seen.settings["enumerate"].status, SettingStatus::Honoured);
        let variant = Variant { enumerate: "eth0".parse().unwrap(), ..ucx(2) };
        let seen = judge(&variant, UCX_LOG.as_bytes(), &both);
        assert_eq!(seen.settings["enumerate"].status, SettingStatus::Ignored);
        assert!(seen.settings["enumerate"].evidence.contains("eth1"));
        let enumerate = "rdmap0s0,rdmap1s0".parse().unwrap();
        let variant = Variant { enumerate, ..Variant::new(BackendName::Libfabric) };
        let seen = judge(&variant, LIBFABRIC_LOG.as_bytes(), &[("rdmap0s0", 100_000)]);
        assert!(seen.settings["enumerate"].evidence.contains("4 NICs instead of 2"));
    }

    #[test]
    fn tcp_where_rdma_was_asked_for_is_a_fallback() {
        let mut variant = ucx(2);
        let both = [("eth0", 50_000), ("eth1", 50_000)];
        assert_eq!(judge(&variant, UCX_LOG.as_bytes(), &both).fallback, None);
        variant.env.insert("UCX_TLS".into(), "rc,tcp".into());
        let seen = judge(&variant, UCX_LOG.as_bytes(), &both);
        assert!(seen.fallback.unwrap().contains("UCX_TLS=rc,tcp"));
        let log = UCX_LOG.replace("tcp/eth", "rc_mlx5/mlx5_");
        let seen = judge(&variant, log.as_bytes(), &[("mlx5_0", 50_000), ("mlx5_1", 50_000)]);
        assert!(seen.over_rdma() && seen.fallback.is_none());
    }

    #[test]
    fn the_limit_of_rails_per_registration_is_seen_in_the_log() {
        let nic = crate::variant::Nic {
            name: "rdmap0s0".into(),
            kind: crate::variant::NicKind::Efa,
            numa_node: None,
            bits_per_s: Some(100_000_000_000),
            gpus: BTreeMap::new(),
        };
        let plugin = PluginKnobs { max_rails: false, max_bw: true };
        let facts = LaunchFacts { nics: vec![nic], near: None, plugin };
        let mut variant = Variant::new(BackendName::Libfabric);
        variant.params.insert("max_bw_per_dram_seg".into(), "200".into());
        let log = format!("{LIBFABRIC_LOG}x] Registered memory on 2 rails, mem_type=0\n");
        let nic_bytes = nics(&[("rdmap0s0", 100_000)]);
        let evidence = Evidence {
            log: log.as_bytes(),
            nic_bytes: &nic_bytes,
            target_nic_bytes: None,
            payload_bytes: 100_000,
            requests: 1,
            op: Op::Write,
            facts: &facts,
        };
        let seen = observe(&variant, &evidence);
        assert_eq!(seen.settings["max_bw_per_dram_seg"].status, SettingStatus::Honoured);
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
