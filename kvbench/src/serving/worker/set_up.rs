//! A worker's steps up to the point where it works.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use nixl::{Agent, Backend, Nixl};

use super::memory::Memory;
use super::mover::Mover;
use super::running::Running;
use crate::measure::now_ns;
use crate::serving::message::{Order, Peer, Report, Work};
use crate::transport::{Files, load_nixl};
use crate::worker::protocol::Loaded;

/// What there is so far.
#[derive(Default)]
pub(super) struct SetUp {
    nixl: Option<Nixl>,
    agent: Option<(Agent, Backend)>,
}

/// Why a step failed, and whether the machine is at fault.
type Failure = (String, bool);

impl SetUp {
    /// Takes a step; the last one makes a worker that runs.
    pub fn obey(&mut self, order: Order) -> Result<(Report, Option<Running>), Failure> {
        match order {
            Order::Load { prefix, libraries, cuda_stub } => {
                let start_ns = now_ns();
                let loaded = load_nixl(&prefix, &libraries, cuda_stub.as_deref());
                let (nixl, Files { versions, paths }) = loaded.map_err(|reason| (reason, true))?;
                let load_ns = now_ns() - start_ns;
                self.nixl = Some(nixl);
                Ok((Report::Loaded(Loaded { load_ns, versions, paths }), None))
            }
            Order::CreateBackend { agent, backend, params } => {
                let nixl = self.nixl.as_ref().ok_or_else(missing)?;
                let agent = Agent::builder(agent).build(nixl).map_err(own)?;
                let created = agent.create_backend(&backend, &params);
                let backend = created.map_err(|error| (error.to_string(), true))?;
                self.agent = Some((agent, backend));
                Ok((Report::Created, None))
            }
            Order::Register(work) => {
                let (agent, backend) = self.agent.take().ok_or_else(missing)?;
                let (peer, running) = start(agent, backend, work)?;
                Ok((Report::Registered(peer), Some(running)))
            }
            other => Err((format!("{other:?} came before memory was registered"), false)),
        }
    }
}

fn start(agent: Agent, backend: Backend, work: Work) -> Result<(Peer, Running), Failure> {
    let memory = Memory::register(&agent, &backend, work.pool, work.huge_pages);
    let memory = memory.map_err(|reason| (reason, false))?;
    let metadata = agent.metadata().map_err(own)?;
    let region = memory.region();
    let peer = Peer {
        id: work.me,
        metadata: BASE64_STANDARD.encode(metadata.to_bytes()),
        address: region.address,
        len: region.len,
        device: region.device,
    };
    let inbox = agent.inbox().map_err(own)?;
    let mover = Mover::new(agent, backend, work.op);
    Ok((peer, Running::new(work, memory, mover, inbox)))
}

fn missing() -> Failure {
    ("a step before this one is missing".to_owned(), false)
}

fn own(error: nixl::Error) -> Failure {
    (error.to_string(), false)
}
