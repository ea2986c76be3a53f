//! Which NICs carried the payload, or that none did.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::logs::is_shared_memory;

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

/// The payload of a window, and what each NIC carried in its direction meanwhile.
pub(super) struct Carried<'a> {
    pub bytes: BTreeMap<&'a str, u64>,
    pub payload: u64,
    pub requests: u64,
}

impl<'a> Carried<'a> {
    /// The path, and how it is known; `targets` is what the targets' NICs carried, where they are
    /// others, and `used` are the NICs of [`Carried::carriers`].
    pub(super) fn path(
        &self,
        targets: Option<&Self>,
        used: &[&str],
        transports: &[String],
    ) -> (Path, String) {
        let payload = self.payload;
        let of_targets = |on: &str| match targets {
            Some(targets) => format!(", and {} bytes on {on} of the targets", targets.total()),
            None => String::new(),
        };
        let seen = format!(
            "{} bytes on any NIC for {payload} bytes of payload{}",
            self.total(),
            of_targets("any NIC")
        );
        let every_side = |holds: fn(&Self) -> bool| holds(self) && targets.is_none_or(holds);
        if payload < self.notifications().saturating_mul(4) {
            return (Path::Unproved, format!("{seen}, too few beside their notifications"));
        }
        if every_side(Self::is_all) {
            let on_these: u64 = used.iter().filter_map(|nic| self.bytes.get(nic)).sum();
            let evidence = format!(
                "{on_these} bytes on {} for {payload} bytes of payload{}",
                used.join(", "),
                of_targets("the NICs")
            );
            return (Path::Nic, evidence);
        }
        let shared = transports.iter().filter(|name| is_shared_memory(name));
        let shared: Vec<_> = shared.map(String::as_str).collect();
        if every_side(Self::is_a_trace) && !shared.is_empty() {
            return (Path::SharedMemory, format!("{seen}; the backend uses {}", shared.join(", ")));
        }
        (Path::Unproved, seen)
    }

    fn total(&self) -> u64 {
        self.bytes.values().sum()
    }

    fn notifications(&self) -> u64 {
        self.requests.saturating_mul(NOTIFICATION_BYTES)
    }

    fn is_all(&self) -> bool {
        self.total() as f64 >= PROOF * self.payload as f64
    }

    fn is_a_trace(&self) -> bool {
        let most = (1.0 - PROOF) * self.payload as f64 + self.notifications() as f64;
        self.total() as f64 <= most
    }

    /// The NICs that carried more than a trace of the payload: a quarter of an even share.
    pub(super) fn carriers(&self, rails: u32) -> Vec<&'a str> {
        let threshold = (self.payload / u64::from(4 * rails.max(5))).max(1);
        let over = self.bytes.iter().filter(|(_, bytes)| **bytes >= threshold);
        over.map(|(nic, _)| *nic).collect()
    }
}
