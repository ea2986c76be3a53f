//! A worker's state: what it has loaded, registered and connected, and the requests it answers.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::mpsc::Receiver;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use nixl::{HostBuffer, Metadata, Nixl, Region};

use super::mailbox::Mailbox;
use super::protocol::{Loaded, Peer, Reply, Request, SliceReport};
use super::serve::{Part, follow, lead, serve};
use super::{Role, WorkerId};
use crate::error::Mismatch;
use crate::measure::{NicCounters, cpu_ns, now_ns, usage};
use crate::transport::{NixlTransport, load};
use crate::workload::{Descriptor, Op, Pattern, Plan, Side, Workload};

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
    nixl: Option<Nixl>,
    mailbox: Option<Mailbox>,
    transport: Option<NixlTransport>,
    rank: Option<Rank>,
    /// Notifications received in all.
    received: u64,
}

/// Which part of the workload a worker has.
struct Rank {
    me: WorkerId,
    op: Op,
    plan: Plan,
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

    fn part(&self) -> Part {
        let initiators = self.plan.ranks(self.op.initiator()) as usize;
        let slots = (self.plan.ranks(Side::Prefill) + self.plan.ranks(Side::Decode)) as usize;
        let rank = self.me.rank as usize;
        Part {
            slot: if self.me.role == Role::Initiator { rank } else { initiators + rank },
            initiators,
            slots,
            notifications: self.pairs().count() as u64,
            delay_ns: 0,
            yielding: std::thread::available_parallelism().map_or(1, usize::from) < slots,
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
            Request::Load { prefix, libraries, cuda_stub, mailbox } => {
                self.load(&prefix, &libraries, cuda_stub, &mailbox).map(Reply::Loaded)
            }
            Request::CreateBackend { agent, backend, params } => {
                self.create_backend(&agent, &backend, &params)
            }
            Request::Register { me, workload } => self.register(me, &workload),
            Request::Connect { peers } => self.connect(&peers),
            Request::Fill { seed } => self.fill(seed).map(|()| Reply::Filled),
            Request::Serve { check, delay_ns } => {
                self.serve(check, delay_ns, requests, ready).map(Reply::Halted)
            }
            Request::Follow { check } => self.follow(check, requests, ready).map(Reply::Halted),
            Request::Lead { budget_ns, max_requests, check } => {
                self.lead(budget_ns, max_requests, check).map(Reply::Led)
            }
            Request::Halt => Err("there is nothing to halt".to_owned().into()),
            Request::Usage => Ok(Reply::Usage(usage())),
        };
        answer.unwrap_or_else(Reply::from)
    }

    fn load(
        &mut self,
        prefix: &std::path::Path,
        libraries: &[PathBuf],
        cuda_stub: Option<PathBuf>,
        mailbox: &std::path::Path,
    ) -> Answer<Loaded> {
        let mailbox = Mailbox::open(mailbox).map_err(|error| format!("mailbox: {error}"))?;
        self.mailbox = Some(mailbox);
        let start_ns = now_ns();
        let (nixl, dependencies) = load(prefix, libraries, cuda_stub.as_deref())
            .map_err(|reason| Failure { reason, environment: true })?;
        let loaded = Loaded::of(&nixl, &dependencies, now_ns() - start_ns);
        self.nixl = Some(nixl);
        Ok(loaded)
    }

    fn create_backend(
        &mut self,
        agent: &str,
        backend: &str,
        params: &BTreeMap<String, String>,
    ) -> Answer<Reply> {
        let nixl = self.nixl.as_ref().ok_or_else(|| "NIXL is not loaded".to_owned())?;
        let start_ns = now_ns();
        let agent = NixlTransport::agent(nixl, agent)?;
        let created_ns = now_ns();
        let transport = NixlTransport::new(agent, backend, params)
            .map_err(|reason| Failure { reason, environment: true })?;
        self.transport = Some(transport);
        let (agent_ns, backend_ns) = (created_ns - start_ns, now_ns() - created_ns);
        Ok(Reply::Created { agent_ns, backend_ns })
    }

    fn register(&mut self, me: WorkerId, workload: &Workload) -> Answer<Reply> {
        let plan = workload.traffic.plan().map_err(|error| error.to_string())?;
        let rank = Rank { me, op: workload.op, plan };
        let bytes = usize::try_from(rank.plan.buffer_bytes(rank.side()))
            .map_err(|error| error.to_string())?;
        // Allocation and prefaulting are the program's own, and not part of registering.
        let buffer = HostBuffer::options().huge_pages(workload.huge_pages.into()).map(bytes);
        let buffer = buffer.map_err(|error| error.to_string())?;
        let transport = transport(&mut self.transport)?;
        let start_ns = now_ns();
        transport.register(buffer)?;
        let register_ns = now_ns() - start_ns;
        let (metadata, region) = transport.metadata()?;
        let peer = Peer {
            id: me,
            metadata: BASE64_STANDARD.encode(metadata.to_bytes()),
            address: region.address,
            len: region.len,
            device: region.device,
        };
        self.rank = Some(rank);
        Ok(Reply::Registered { register_ns, peer })
    }

    fn connect(&mut self, peers: &[Peer]) -> Answer<Reply> {
        let (transport, rank) = (transport(&mut self.transport)?, known(&self.rank)?);
        let start_ns = now_ns();
        for (prefill, decode) in rank.pairs() {
            let theirs = if rank.side() == Side::Prefill { decode } else { prefill };
            let peer = peers.iter().find(|peer| u64::from(peer.id.rank) == theirs);
            let peer = peer.ok_or_else(|| format!("nothing is known of target {theirs}"))?;
            let bytes = BASE64_STANDARD.decode(&peer.metadata).map_err(|e| e.to_string())?;
            // SAFETY: a worker of the same variant made them, and they came over sockets that only
            // the coordinator and its workers hold.
            let metadata = unsafe { Metadata::from_bytes(&bytes) }.map_err(|e| e.to_string())?;
            let region = Region { address: peer.address, len: peer.len, device: peer.device };
            let descriptors: Vec<Descriptor> = match rank.side() {
                Side::Decode => rank.plan.descriptors(prefill, decode).collect(),
                Side::Prefill => {
                    rank.plan.descriptors(prefill, decode).map(Descriptor::swapped).collect()
                }
            };
            let op = match rank.op {
                Op::Write => nixl::Op::Write,
                Op::Read => nixl::Op::Read,
            };
            transport.connect(op, &metadata, &region, &descriptors)?;
        }
        Ok(Reply::Connected { metadata_ns: now_ns() - start_ns })
    }

    fn fill(&mut self, seed: u64) -> Answer<()> {
        let (transport, rank) = (transport(&mut self.transport)?, known(&self.rank)?);
        let registration = transport.registration()?;
        let pattern = Pattern { seed, rank: u64::from(rank.me.rank) };
        let mut chunk = vec![0; CHUNK];
        for offset in (0..registration.len()).step_by(CHUNK) {
            let chunk = &mut chunk[..CHUNK.min(registration.len() - offset)];
            pattern.fill(offset as u64, chunk);
            registration.write(offset, chunk).map_err(|error| error.to_string())?;
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
        self.closed(window, check)
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
        self.closed(window, check)
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
        let transport = self.transport.as_ref().ok_or_else(|| "no backend".to_owned())?;
        let registration = transport.registration()?;
        let (mut found, mut expected) = (vec![0; CHUNK], vec![0; CHUNK]);
        let mut block = 0;
        for (prefill, decode) in rank.pairs() {
            let pattern = Pattern { seed, rank: prefill };
            for descriptor in rank.plan.descriptors(prefill, decode) {
                let len = descriptor.len_bytes as usize;
                for start in (0..len).step_by(CHUNK) {
                    let piece = CHUNK.min(len - start);
                    let (found, expected) = (&mut found[..piece], &mut expected[..piece]);
                    let at = descriptor.local_offset as usize + start;
                    registration.read(at, found).map_err(|error| error.to_string())?;
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

fn transport(transport: &mut Option<NixlTransport>) -> Answer<&mut NixlTransport> {
    transport.as_mut().ok_or_else(|| "there is no backend yet".to_owned().into())
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
