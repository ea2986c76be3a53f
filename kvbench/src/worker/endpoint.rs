//! A worker's state: what it has loaded, registered and connected, and the requests it answers.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::mpsc::Receiver;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::echo::{calibrate, reflect};
use super::lead::lead;
use super::mailbox::Mailbox;
use super::protocol::{Loaded, Peer, Reply, Request, SliceReport, WorkerUsage};
use super::serve::{Part, follow, see_off, serve};
use super::{Role, WorkerId};
use crate::error::Mismatch;
use crate::measure::{NicCounters, cpu_ns, now_ns, rss_bytes, usage};
use crate::transport::{Library, MemorySpec, Opened, Remote, Share, Transport, load};
use crate::variant::BackendName;
use crate::workload::{Descriptor, Op, Pattern, Plan, Poll, Side, Workload};

/// How much of a buffer is filled or checked at a time.
const CHUNK: usize = 64 << 10;

/// What a failed request tells the coordinator.
pub(super) struct Failure {
    reason: String,
    environment: bool,
}

impl From<String> for Failure {
    fn from(reason: String) -> Self {
        Self { reason, environment: false }
    }
}

impl From<Failure> for Reply {
    fn from(Failure { reason, environment }: Failure) -> Self {
        Self::Failed { reason, environment }
    }
}

type Answer<T> = Result<T, Failure>;

/// What a worker has done so far.
#[derive(Default)]
pub(super) struct Endpoint {
    library: Option<Library>,
    mailbox: Option<Mailbox>,
    transport: Option<Box<dyn Transport>>,
    rank: Option<Rank>,
    /// Notifications received in all, by lane.
    received: Vec<u64>,
    /// Memory that preparing the transfers took.
    request_bytes: u64,
}

/// Which part of the workload a worker has.
struct Rank {
    me: WorkerId,
    op: Op,
    plan: Plan,
    poll: Poll,
    merge: bool,
    lanes: usize,
    /// Whether targets are on another host than initiators.
    echo: bool,
}

impl Rank {
    fn side(&self) -> Side {
        match (self.me.role, self.op.initiator()) {
            (Role::Initiator, side) => side,
            (Role::Target, Side::Prefill) => Side::Decode,
            (Role::Target, Side::Decode) => Side::Prefill,
        }
    }

    /// The pairs that this rank is in, as (prefill, decode).
    fn pairs(&self) -> impl Iterator<Item = (u64, u64)> + use<> {
        let (side, rank) = (self.side(), u64::from(self.me.rank));
        self.plan.pairs().into_iter().filter(move |(prefill, decode)| match side {
            Side::Prefill => *prefill == rank,
            Side::Decode => *decode == rank,
        })
    }

    /// What moves between two ranks in a request of `lane`; *local* is the decode rank's side. Each
    /// lane has memory of its own, one behind the other.
    fn descriptors(
        &self,
        lane: usize,
        (prefill, decode): (u64, u64),
    ) -> impl Iterator<Item = Descriptor> {
        let behind = |side| lane as u64 * self.plan.buffer_bytes(side);
        let (local, remote) = (behind(Side::Decode), behind(Side::Prefill));
        self.plan.descriptors(prefill, decode).map(move |one| Descriptor {
            local_offset: one.local_offset + local,
            remote_offset: one.remote_offset + remote,
            ..one
        })
    }

    fn part(&self) -> Part {
        let initiators = self.plan.ranks(self.op.initiator()) as usize;
        let slots = (self.plan.ranks(Side::Prefill) + self.plan.ranks(Side::Decode)) as usize;
        let rank = self.me.rank as usize;
        Part {
            slot: if self.me.role == Role::Initiator { rank } else { initiators + rank },
            initiators,
            slots,
            lanes: self.lanes,
            echo: self.echo,
            notifications: self.pairs().count() as u64,
            delay_ns: 0,
            poll: self.poll,
        }
    }
}

impl Endpoint {
    /// Answers one request; `requests` brings the [`Request::Halt`] of those that go on until then.
    pub(super) fn answer(
        &mut self,
        request: Request,
        requests: &Receiver<Request>,
        ready: impl FnOnce(),
    ) -> Reply {
        let answer = match request {
            Request::Load { backend, prefix, libraries, cuda_stub, mailbox } => {
                self.load(backend, &prefix, &libraries, cuda_stub, &mailbox).map(Reply::Loaded)
            }
            Request::CreateBackend { agent, params } => self.create_backend(&agent, &params),
            Request::Register { me, workload, echo } => self.register(me, &workload, echo),
            Request::Connect { peers } => self.connect(&peers),
            Request::Greet { peer } => self.greet(peer).map(|()| Reply::Greeted),
            Request::Reflect => self.reflect(requests, ready).map(Reply::Halted),
            Request::Calibrate => self.calibrate(),
            Request::Fill { seed } => self.fill(seed).map(|()| Reply::Filled),
            Request::Serve { check, delay_ns } => {
                self.serve(check, delay_ns, requests, ready).map(Reply::Halted)
            }
            Request::Follow { check } => self.follow(check, requests, ready).map(Reply::Halted),
            Request::Lead { budget_ns, max_requests, check } => {
                self.lead(budget_ns, max_requests, check).map(Reply::Led)
            }
            Request::Halt => Err("there is nothing to halt".to_owned().into()),
            Request::Usage => {
                Ok(Reply::Usage(WorkerUsage { request_bytes: self.request_bytes, ..usage() }))
            }
        };
        answer.unwrap_or_else(Reply::from)
    }

    fn load(
        &mut self,
        backend: BackendName,
        prefix: &std::path::Path,
        libraries: &[PathBuf],
        cuda_stub: Option<PathBuf>,
        mailbox: &std::path::Path,
    ) -> Answer<Loaded> {
        let mailbox = Mailbox::open(mailbox).map_err(|error| format!("mailbox: {error}"))?;
        self.mailbox = Some(mailbox);
        let start_ns = now_ns();
        let (library, files) = load(backend, prefix, libraries, cuda_stub.as_deref())
            .map_err(|reason| Failure { reason, environment: true })?;
        let load_ns = now_ns() - start_ns;
        self.library = Some(library);
        Ok(Loaded { load_ns, versions: files.versions, paths: files.paths })
    }

    fn create_backend(&mut self, agent: &str, params: &BTreeMap<String, String>) -> Answer<Reply> {
        let opened = known(&self.library)?.open(agent, params);
        let Opened { transport, agent_ns, backend_ns } =
            opened.map_err(|reason| Failure { reason, environment: true })?;
        self.transport = Some(transport);
        Ok(Reply::Created { agent_ns, backend_ns })
    }

    fn register(&mut self, me: WorkerId, workload: &Workload, echo: bool) -> Answer<Reply> {
        let plan = workload.traffic.plan().map_err(|error| error.to_string())?;
        let Workload { op, poll, merge, in_flight, .. } = *workload;
        let rank = Rank { me, op, plan, poll, merge, lanes: in_flight as usize, echo };
        self.received = vec![0; rank.lanes];
        let bytes = rank.plan.buffer_bytes(rank.side()).checked_mul(rank.lanes as u64);
        let bytes = bytes.and_then(|bytes| usize::try_from(bytes).ok());
        let bytes = bytes.ok_or_else(|| "too much memory is asked for".to_owned())?;
        let transport = transport(&mut self.transport)?;
        // Allocation and prefaulting are the program's own, and not part of registering.
        transport.allocate(MemorySpec {
            bytes,
            pages: workload.huge_pages,
            is_target: me.role == Role::Target,
            initiators: rank.part().initiators,
            lanes: rank.lanes,
        })?;
        let start_ns = now_ns();
        transport.register()?;
        let register_ns = now_ns() - start_ns;
        let Remote { metadata, address, len, device } = transport.remote()?;
        let peer =
            Peer { id: me, metadata: BASE64_STANDARD.encode(metadata), address, len, device };
        self.rank = Some(rank);
        Ok(Reply::Registered { register_ns, peer })
    }

    fn connect(&mut self, peers: &[Peer]) -> Answer<Reply> {
        let (transport, rank) = (transport(&mut self.transport)?, known(&self.rank)?);
        let before_bytes = rss_bytes();
        let start_ns = now_ns();
        for (prefill, decode) in rank.pairs() {
            let theirs = if rank.side() == Side::Prefill { decode } else { prefill };
            let peer = peers.iter().find(|peer| u64::from(peer.id.rank) == theirs);
            let peer = peer.ok_or_else(|| format!("nothing is known of target {theirs}"))?;
            let remote = remote(peer)?;
            for lane in 0..rank.lanes {
                let descriptors = rank.descriptors(lane, (prefill, decode));
                let descriptors: Vec<Descriptor> = match rank.side() {
                    Side::Decode => descriptors.collect(),
                    Side::Prefill => descriptors.map(Descriptor::swapped).collect(),
                };
                let Rank { op, merge, .. } = *rank;
                let initiator = rank.me.rank as usize;
                let descriptors = &descriptors;
                transport.connect(&remote, Share { op, initiator, lane, merge, descriptors })?;
            }
        }
        let metadata_ns = now_ns() - start_ns;
        self.request_bytes = rss_bytes().saturating_sub(before_bytes);
        Ok(Reply::Connected { metadata_ns })
    }

    fn greet(&mut self, peer: Peer) -> Answer<()> {
        Ok(transport(&mut self.transport)?.greet(&remote(&peer)?)?)
    }

    fn reflect(
        &mut self,
        requests: &Receiver<Request>,
        ready: impl FnOnce(),
    ) -> Answer<SliceReport> {
        let poll = known(&self.rank)?.poll;
        ready();
        reflect(transport(&mut self.transport)?, poll, requests)?;
        Ok(SliceReport::default())
    }

    fn calibrate(&mut self) -> Answer<Reply> {
        let poll = known(&self.rank)?.poll;
        let echoes_ns = calibrate(transport(&mut self.transport)?, poll)?;
        Ok(Reply::Calibrated { echoes_ns })
    }

    fn fill(&mut self, seed: u64) -> Answer<()> {
        let (transport, rank) = (transport(&mut self.transport)?, known(&self.rank)?);
        let pattern = Pattern { seed, rank: u64::from(rank.me.rank) };
        let len = rank.plan.buffer_bytes(rank.side()) as usize * rank.lanes;
        let mut chunk = vec![0; CHUNK];
        for offset in (0..len).step_by(CHUNK) {
            let chunk = &mut chunk[..CHUNK.min(len - offset)];
            pattern.fill(offset as u64, chunk);
            transport.write(offset, chunk)?;
        }
        Ok(())
    }

    fn lead(
        &mut self,
        budget_ns: u64,
        max_requests: u64,
        check: Option<u64>,
    ) -> Answer<SliceReport> {
        let rank = known(&self.rank)?;
        let window = Window::open();
        let (samples, elapsed_ns) = lead(
            transport(&mut self.transport)?,
            known(&self.mailbox)?,
            &rank.part(),
            budget_ns,
            max_requests,
        )?;
        let report = self.closed(window, check)?;
        Ok(SliceReport { samples, elapsed_ns, ..report })
    }

    fn follow(
        &mut self,
        check: Option<u64>,
        requests: &Receiver<Request>,
        ready: impl FnOnce(),
    ) -> Answer<SliceReport> {
        let part = known(&self.rank)?.part();
        let window = Window::open();
        ready();
        let transport = transport(&mut self.transport)?;
        follow(transport, known(&self.mailbox)?, &part, requests, check.is_some())?;
        self.seen_off(window, &part, check, requests)
    }

    fn serve(
        &mut self,
        check: Option<u64>,
        delay_ns: u64,
        requests: &Receiver<Request>,
        ready: impl FnOnce(),
    ) -> Answer<SliceReport> {
        let part = Part { delay_ns, ..known(&self.rank)?.part() };
        let window = Window::open();
        ready();
        let (transport, mailbox) = (transport(&mut self.transport)?, known(&self.mailbox)?);
        serve(transport, mailbox, &part, &mut self.received, requests, check.is_some())?;
        self.seen_off(window, &part, check, requests)
    }

    /// Checks what was delivered, at once; a request that is checked is this one's last for now.
    fn seen_off(
        &mut self,
        window: Window,
        part: &Part,
        check: Option<u64>,
        requests: &Receiver<Request>,
    ) -> Answer<SliceReport> {
        let report = self.closed(window, check)?;
        if check.is_some() {
            see_off(transport(&mut self.transport)?, known(&self.mailbox)?, part, requests)?;
        }
        Ok(report)
    }

    fn closed(&self, window: Window, check: Option<u64>) -> Answer<SliceReport> {
        let mut report = window.close();
        self.checked(check, &mut report)?;
        Ok(report)
    }

    /// Compares this rank's memory with what the prefill ranks hold, if it is a decode rank.
    fn checked(&self, seed: Option<u64>, report: &mut SliceReport) -> Answer<()> {
        let (Some(seed), rank) = (seed, known(&self.rank)?) else { return Ok(()) };
        if rank.side() != Side::Decode {
            return Ok(());
        }
        let transport = known(&self.transport)?;
        let (mut found, mut expected) = (vec![0; CHUNK], vec![0; CHUNK]);
        let mut block = 0;
        let shares = (0..rank.lanes).flat_map(|lane| rank.pairs().map(move |pair| (lane, pair)));
        for (lane, pair) in shares {
            let pattern = Pattern { seed, rank: pair.0 };
            for descriptor in rank.descriptors(lane, pair) {
                let len = descriptor.len_bytes as usize;
                for start in (0..len).step_by(CHUNK) {
                    let piece = CHUNK.min(len - start);
                    let (found, expected) = (&mut found[..piece], &mut expected[..piece]);
                    let at = descriptor.local_offset as usize + start;
                    transport.read(at, found)?;
                    pattern.fill(descriptor.remote_offset + start as u64, expected);
                    if found != expected && report.mismatch.is_none() {
                        report.mismatch = Some(first_difference(block, start, expected, found));
                    }
                }
                report.checked_bytes += descriptor.len_bytes;
                block += 1;
            }
        }
        Ok(())
    }
}

fn first_difference(block: u64, start: usize, expected: &[u8], found: &[u8]) -> Mismatch {
    let at =
        expected.iter().zip(found).position(|(expected, found)| expected != found).unwrap_or(0);
    Mismatch { block, offset: (start + at) as u64, expected: expected[at], found: found[at] }
}

/// What a transport needs of a peer.
fn remote(peer: &Peer) -> Result<Remote, String> {
    let metadata = BASE64_STANDARD.decode(&peer.metadata).map_err(|error| error.to_string())?;
    let Peer { address, len, device, .. } = *peer;
    Ok(Remote { metadata, address, len, device })
}

fn transport(transport: &mut Option<Box<dyn Transport>>) -> Answer<&mut dyn Transport> {
    match transport {
        Some(transport) => Ok(transport.as_mut()),
        None => Err("there is no backend yet".to_owned().into()),
    }
}

fn known<T>(state: &Option<T>) -> Answer<&T> {
    state.as_ref().ok_or_else(|| "a step before this one is missing".to_owned().into())
}

/// What a process uses from the opening to the closing of a slice.
struct Window {
    cpu_ns: u64,
    nics: NicCounters,
}

impl Window {
    fn open() -> Self {
        Self { nics: NicCounters::read(), cpu_ns: cpu_ns() }
    }

    fn close(self) -> SliceReport {
        SliceReport {
            cpu_ns: cpu_ns() - self.cpu_ns,
            nic_bytes: NicCounters::read().since(&self.nics),
            ..SliceReport::default()
        }
    }
}
