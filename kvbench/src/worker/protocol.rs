//! What the coordinator and a worker say to each other.

use std::collections::BTreeMap;
use std::ffi::CStr;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::WorkerId;
use crate::error::Mismatch;
use crate::measure::NicBytes;
use crate::variant::BackendName;
use crate::workload::Workload;

pub(crate) use crate::wire::{receive, send};

/// The most samples of one slice.
pub(super) const MAX_SAMPLES: usize = 1 << 17;

/// What the coordinator asks of a worker. Each request has one reply.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) enum Request {
    /// Load what the backend needs of a NIXL, and open the mailbox.
    Load {
        backend: BackendName,
        prefix: PathBuf,
        libraries: Vec<PathBuf>,
        cuda_stub: Option<PathBuf>,
        mailbox: PathBuf,
    },
    /// Create the agent and its backend.
    CreateBackend { agent: String, params: BTreeMap<String, String> },
    /// Allocate and register the memory of this worker's rank. With `echo`, targets are on another host
    /// than initiators, and tell them of deliveries.
    Register { me: WorkerId, workload: Box<Workload>, echo: bool },
    /// Load the metadata of the peers, and prepare the transfers to them.
    Connect { peers: Vec<Peer> },
    /// Load the metadata of a peer, to whom echoes will go.
    Greet { peer: Peer },
    /// Send every echo back until [`Request::Halt`].
    Reflect,
    /// Measure how long an echo takes, with a peer that reflects them.
    Calibrate,
    /// Fill memory with the pattern of `seed`.
    Fill { seed: u64 },
    /// Receive until [`Request::Halt`]; with `check`, until one request is delivered, and check its
    /// data against the pattern of that seed at once; a target that sends echoes then still drives its
    /// transport until [`Request::Halt`]. Each delivery counts `delay_ns` later than it is.
    Serve { check: Option<u64>, delay_ns: u64 },
    /// Post along with the leader until [`Request::Halt`]; `check` as above, for READ.
    Follow { check: Option<u64> },
    /// Post requests one after the other until the time or the number is reached; `check` as above.
    Lead { budget_ns: u64, max_requests: u64, check: Option<u64> },
    /// Stop serving, following or reflecting.
    Halt,
    /// Tell what this process uses.
    Usage,
}

impl Request {
    /// What a worker is called in lists of processes (`ps -o comm`) while it answers: at most the 15 bytes that the
    /// kernel keeps.
    pub(super) fn title(&self) -> &'static CStr {
        match self {
            Self::Load { .. } => c"load",
            Self::CreateBackend { .. } => c"create backend",
            Self::Register { .. } => c"register",
            Self::Connect { .. } => c"connect",
            Self::Greet { .. } => c"greet",
            Self::Reflect => c"reflect",
            Self::Calibrate => c"calibrate",
            Self::Fill { .. } => c"fill",
            Self::Serve { .. } => c"serve",
            Self::Follow { .. } => c"follow",
            Self::Lead { .. } => c"lead",
            Self::Halt => c"halt",
            Self::Usage => c"usage",
        }
    }
}

/// What a worker answers.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) enum Reply {
    /// The libraries are loaded.
    Loaded(Loaded),
    /// Agent and backend are there.
    Created { agent_ns: u64, backend_ns: u64 },
    /// Memory is registered; this is what peers need.
    Registered { register_ns: u64, peer: Peer },
    /// Peers are known.
    Connected { metadata_ns: u64 },
    /// The peer is known.
    Greeted,
    /// Nanoseconds that echoes took, one way.
    Calibrated { echoes_ns: Vec<u64> },
    /// Memory is filled.
    Filled,
    /// It serves or follows now.
    Ready,
    /// It has stopped serving or following.
    Halted(SliceReport),
    /// It has led a slice.
    Led(SliceReport),
    /// What it uses.
    Usage(WorkerUsage),
    /// The request failed.
    Failed { reason: String, environment: bool },
}

/// How loading went, and what was loaded.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Loaded {
    /// Nanoseconds.
    pub load_ns: u64,
    /// Versions, by library.
    pub versions: BTreeMap<String, String>,
    /// Files, by library.
    pub paths: BTreeMap<String, PathBuf>,
}

/// What a worker tells its peers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Peer {
    pub id: WorkerId,
    /// Base64 of what the transport tells; see `transport::Remote`.
    pub metadata: String,
    pub address: u64,
    pub len: u64,
    pub device: u64,
}

/// One request, in nanoseconds from its post.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(from = "(u64, u64, u64)", into = "(u64, u64, u64)")]
pub struct Sample {
    /// Until the leader's calls that post it had returned.
    pub posted_ns: u64,
    /// Until the last initiator's transfers were complete.
    pub completed_ns: u64,
    /// Until the last target had its last notification.
    pub delivered_ns: u64,
}

impl From<(u64, u64, u64)> for Sample {
    fn from((posted_ns, completed_ns, delivered_ns): (u64, u64, u64)) -> Self {
        Self { posted_ns, completed_ns, delivered_ns }
    }
}

impl From<Sample> for (u64, u64, u64) {
    fn from(sample: Sample) -> Self {
        (sample.posted_ns, sample.completed_ns, sample.delivered_ns)
    }
}

/// What a worker saw of a slice.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct SliceReport {
    /// The requests, in order of time. Only the leader has them.
    pub samples: Vec<Sample>,
    /// From the first post to the last delivery. Only the leader has it.
    pub elapsed_ns: u64,
    /// Processor time this process used meanwhile.
    pub cpu_ns: u64,
    /// Bytes that passed each NIC of this process's network namespace meanwhile.
    pub nic_bytes: BTreeMap<String, NicBytes>,
    /// The first wrong byte, when data was checked.
    pub mismatch: Option<Mismatch>,
    /// Bytes checked.
    pub checked_bytes: u64,
}

/// What a worker process uses.
#[derive(Clone, Copy, PartialEq, Default, Debug, Serialize, Deserialize)]
pub struct WorkerUsage {
    /// Resident memory.
    pub rss_bytes: u64,
    /// Part of it that preparing the transfers took: lists, requests, and what they made NIXL keep.
    #[serde(default)]
    pub request_bytes: u64,
    /// Part of it on huge pages.
    #[serde(default)]
    pub huge_bytes: u64,
    /// Memory locked into RAM.
    pub locked_bytes: u64,
    /// Processor time since the start of the process.
    pub cpu_s: f64,
    /// Open file descriptors.
    pub fds: u64,
    /// Threads.
    pub threads: u64,
}

impl std::ops::AddAssign for WorkerUsage {
    fn add_assign(&mut self, other: Self) {
        self.rss_bytes += other.rss_bytes;
        self.request_bytes += other.request_bytes;
        self.huge_bytes += other.huge_bytes;
        self.locked_bytes += other.locked_bytes;
        self.cpu_s += other.cpu_s;
        self.fds += other.fds;
        self.threads += other.threads;
    }
}

/// Reads frames as both ends do; what they hold survives the way back.
#[cfg(any(test, fuzzing))]
pub(crate) fn fuzz(bytes: &[u8]) {
    fn frames<M: serde::de::DeserializeOwned + Serialize>(mut bytes: &[u8]) {
        let frame = |message: &M| {
            let mut frame = Vec::new();
            send(&mut frame, message).expect("what came in a frame fits one");
            frame
        };
        while let Ok(Some(message)) = receive::<M>(&mut bytes) {
            let first = frame(&message);
            let again = receive(&mut &first[..]).expect("what was sent is whole");
            assert!(frame(&again.expect("it has a message")) == first, "a message changes");
        }
    }
    frames::<Request>(bytes);
    frames::<Reply>(bytes);
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn samples_come_back_as_they_were_sent() {
        let mut wire = Vec::new();
        let report = SliceReport {
            samples: vec![Sample { posted_ns: 0, completed_ns: 1, delivered_ns: u64::MAX }],
            ..SliceReport::default()
        };
        send(&mut wire, &Reply::Led(report.clone())).unwrap();
        let Some(Reply::Led(back)) = receive(&mut &wire[..]).unwrap() else { panic!() };
        assert_eq!(back.samples, report.samples);
    }

    #[test]
    fn what_no_worker_does_is_refused() {
        let mut wire = Vec::new();
        send(&mut wire, &BTreeMap::from([("Launch", "rm")])).unwrap();
        receive::<Request>(&mut &wire[..]).unwrap_err();
    }

    #[test]
    fn the_kernel_keeps_the_whole_title() {
        let params = BTreeMap::new();
        let longest = Request::CreateBackend { agent: String::new(), params };
        assert!(longest.title().count_bytes() <= 15);
    }

    #[test]
    fn a_full_slice_fits_a_message() {
        let longest = 10_u64.pow(10);
        let sample = Sample { posted_ns: longest, completed_ns: longest, delivered_ns: longest };
        let samples = vec![sample; MAX_SAMPLES];
        send(&mut io::sink(), &Reply::Led(SliceReport { samples, ..Default::default() })).unwrap();
    }
}
