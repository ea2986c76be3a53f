//! What is wrong with a NIC: it does not open, it is slow, or memory cannot be registered on it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use super::logs::FailedRail;
use crate::variant::{BackendName, Medium};

/// A NIC is slow that carries less than this share of what the median of all carries. Far from 1, since
/// short measurements of busy machines differ.
const SLOW_SHARE: f64 = 0.7;

/// What is wrong with a NIC.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NicTrouble {
    /// The backend cannot open it, or did not.
    NotOpened,
    /// It carries less than the others.
    Slow,
    /// Memory cannot be registered on it: of locked memory there is a limit.
    MemoryLimit,
}

/// What a run found out about a NIC.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct NicFinding {
    /// Its name.
    pub nic: String,
    /// What kind of trouble it is.
    pub trouble: NicTrouble,
    /// What was found; with the name before it, a sentence without a full stop.
    pub finding: String,
    /// How that is known.
    pub evidence: String,
    /// What to try.
    pub remedy: String,
}

impl fmt::Display for NicFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { nic, finding, evidence, remedy, .. } = self;
        write!(f, "{nic} {finding} ({evidence}); try: {remedy}")
    }
}

impl NicFinding {
    /// The NIC of a rail that failed; `also` is what else is known of it.
    pub(crate) fn failed(nic: &str, rail: &FailedRail, also: &str, limit: &MemoryLimit) -> Self {
        let said = format!("NIXL logged {:?}; {also}", rail.line);
        let (nic, call) = (nic.to_owned(), &rail.call);
        if rail.is_registration() {
            return Self {
                nic,
                trouble: NicTrouble::MemoryLimit,
                finding: format!("cannot register memory: {call} failed"),
                evidence: format!("{said}; {limit}"),
                remedy: limit.remedy().to_owned(),
            };
        }
        Self {
            nic,
            trouble: NicTrouble::NotOpened,
            finding: format!("does not open: {call} failed"),
            evidence: said,
            remedy:
                "leave it out, by --enumerate or FI_EFA_IFACE with the names of the others; the \
                     kernel's log (dmesg) and `rdma resource` may tell what is wrong with it"
                    .to_owned(),
        }
    }

    /// The loopback, which NIXL cannot enable as the only device of libfabric's tcp provider.
    pub(crate) fn loopback(nic: &str, rail: &FailedRail) -> Self {
        Self {
            nic: nic.to_owned(),
            trouble: NicTrouble::NotOpened,
            finding: format!(
                "is the only network device that LIBFABRIC may use: {} fails",
                rail.call
            ),
            evidence: format!("NIXL logged {:?}; no other device is up", rail.line),
            remedy: "bring a network device up (a container needs a network), or measure UCX"
                .to_owned(),
        }
    }

    /// A NIC that the backend was to open, and left alone.
    pub(crate) fn left_out(nic: &str, created: u32, expected: usize) -> Self {
        Self {
            nic: nic.to_owned(),
            trouble: NicTrouble::NotOpened,
            finding: "was not opened".to_owned(),
            evidence: format!(
                "NIXL logged {created} rails where {expected} NICs are up, and none on this one"
            ),
            remedy: "let this process open its /dev/infiniband/uverbs* device; `kvbench devices` \
                     shows which NICs libfabric offers"
                .to_owned(),
        }
    }
}

/// What limits the memory that may be registered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum MemoryLimit {
    /// That of emulated NICs, in bytes.
    Emulated(String),
    /// `RLIMIT_MEMLOCK` in bytes, unless it is unlimited.
    Process(Option<u64>),
}

impl MemoryLimit {
    fn remedy(&self) -> &'static str {
        match self {
            Self::Emulated(_) => "raise --memlock, or let the backend see fewer NICs (--enumerate)",
            Self::Process(_) => {
                "ulimit -l unlimited (limits.conf: memlock; docker: --ulimit memlock=-1), or let the \
                 backend see fewer NICs (--enumerate)"
            }
        }
    }
}

impl fmt::Display for MemoryLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Emulated(bytes) => {
                write!(f, "{bytes} bytes may be registered on all emulated NICs (--memlock)")
            }
            Self::Process(Some(bytes)) => write!(f, "the limit of locked memory is {bytes} bytes"),
            Self::Process(None) => f.write_str("locked memory has no limit (ulimit -l)"),
        }
    }
}

/// The NICs that carry far less than the others, by what each carries alone, in bytes per second.
pub(crate) fn slow_nics(alone: &BTreeMap<String, u64>, backend: BackendName) -> Vec<NicFinding> {
    let mut rates: Vec<u64> = alone.values().copied().collect();
    rates.sort_unstable();
    // Of two, the faster one.
    let Some(&median) = rates.get(rates.len() / 2) else { return Vec::new() };
    let variable = match backend.medium() {
        Medium::Ucx => "UCX_NET_DEVICES",
        Medium::Libfabric | Medium::Memory => "FI_EFA_IFACE",
    };
    let gbps = |bytes_per_s: u64| bytes_per_s as f64 * 8.0 / 1e9;
    let finding = |(nic, rate): (&String, &u64)| NicFinding {
        nic: nic.clone(),
        trouble: NicTrouble::Slow,
        finding: format!("is slow: {:.2} of what the others carry", *rate as f64 / median as f64),
        evidence: format!(
            "alone it carried {:.3} Gbit/s, the median of {} NICs alone is {:.3} Gbit/s",
            gbps(*rate),
            alone.len(),
            gbps(median)
        ),
        remedy: format!(
            "leave it out, by --enumerate or {variable} with the names of the others, since a transfer \
             waits for its slowest rail; then look at its link (speed, errors, cable)"
        ),
    };
    let is_slow = |rate: u64| (rate as f64) < SLOW_SHARE * median as f64;
    alone.iter().filter(|(_, rate)| is_slow(**rate)).map(finding).collect()
}

/// The NICs of `expected` that are not among the `opened`.
pub(crate) fn left_out(
    expected: &[String],
    opened: &BTreeMap<u32, String>,
    created: u32,
) -> Vec<NicFinding> {
    let opened: BTreeSet<&String> = opened.values().collect();
    let missing = expected.iter().filter(|nic| !opened.contains(nic));
    missing.map(|nic| NicFinding::left_out(nic, created, expected.len())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alone(rates: &[u64]) -> BTreeMap<String, u64> {
        let names = (0..).map(|nic| format!("rdmap{nic}s0"));
        names.zip(rates.iter().copied()).collect()
    }

    #[test]
    fn a_quarter_speed_nic_is_slow_and_named() {
        let found = slow_nics(&alone(&[100, 104, 25, 96]), BackendName::Libfabric);
        let [slow] = &found[..] else { panic!("{found:?}") };
        assert_eq!((slow.nic.as_str(), slow.trouble), ("rdmap2s0", NicTrouble::Slow));
        assert!(slow.finding.contains("0.25 of what"), "{slow}");
        assert!(slow.remedy.contains("FI_EFA_IFACE"), "{slow}");
        let [one_of_two] = &slow_nics(&alone(&[100, 25]), BackendName::Ucx)[..] else { panic!() };
        assert_eq!(one_of_two.nic, "rdmap1s0");
    }

    #[test]
    fn noise_is_no_finding() {
        for rates in [&[][..], &[100], &[100, 80, 120, 75], &[0, 0]] {
            assert_eq!(slow_nics(&alone(rates), BackendName::Libfabric), []);
        }
    }

    #[test]
    fn a_failure_to_register_tells_the_limit() {
        let rail = |call: &str| FailedRail { rail: 3, call: call.into(), line: "why".into() };
        let limit = MemoryLimit::Process(Some(65_536));
        let memory = NicFinding::failed("rdmap3s0", &rail("fi_mr_reg"), "alone it opens", &limit);
        assert_eq!(memory.trouble, NicTrouble::MemoryLimit);
        assert!(memory.to_string().contains("65536 bytes"), "{memory}");
        assert!(memory.remedy.contains("ulimit -l unlimited"), "{memory}");
        let domain = NicFinding::failed("rdmap3s0", &rail("fi_domain"), "alone it fails", &limit);
        assert_eq!(domain.trouble, NicTrouble::NotOpened);
        assert!(domain.to_string().starts_with("rdmap3s0 does not open: fi_domain failed"));
    }

    #[test]
    fn nics_without_a_rail_are_named() {
        let expected = ["rdmap0s0", "rdmap1s0", "rdmap2s0"].map(String::from);
        let opened = BTreeMap::from([(0, "rdmap2s0".to_owned()), (1, "rdmap0s0".to_owned())]);
        let found = left_out(&expected, &opened, 2);
        assert_eq!(found.iter().map(|one| one.nic.as_str()).collect::<Vec<_>>(), ["rdmap1s0"]);
        assert_eq!(left_out(&expected[..1], &opened, 2), []);
    }
}
