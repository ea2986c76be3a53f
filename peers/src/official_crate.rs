//! NIXL's own Rust crate, `nixl-sys` of the registry, built to find the loaded NIXL by its soname.

use std::time::Instant;

use nixl::HostBuffer;
use official::{
    Agent, AgentConfig, MemType, MemoryRegion, NixlDescriptor, OptArgs, RegistrationHandle,
    ThreadSync, XferDescList, XferOp, XferRequest,
};

use crate::binding::{BACKEND, Binding, LISTED_BYTES, MOST_BLOCKS, Operation, PARAMETER};
use crate::binding::{POSTED_BYTES, Result, offsets};
use crate::machine::buffer;

pub struct Official {
    posted: XferRequest,
    local: Vec<usize>,
    remote: Vec<usize>,
    remote_name: String,
    initiator: Side,
    _target: Side,
}

/// An agent and the memory that it has registered. The registration goes first.
struct Side {
    _registered: RegistrationHandle,
    agent: Agent,
    memory: Memory,
}

#[derive(Debug)]
struct Memory {
    address: usize,
    buffer: HostBuffer,
}

impl MemoryRegion for Memory {
    unsafe fn as_ptr(&self) -> *const u8 {
        std::ptr::without_provenance(self.address)
    }

    fn size(&self) -> usize {
        self.buffer.len()
    }
}

impl NixlDescriptor for Memory {
    fn mem_type(&self) -> MemType {
        MemType::Dram
    }

    fn device_id(&self) -> u64 {
        0
    }
}

impl Side {
    fn new(name: &str) -> Result<Self> {
        let config = AgentConfig {
            enable_prog_thread: false,
            thread_sync: ThreadSync::Strict,
            ..AgentConfig::default()
        };
        let agent = Agent::new_configured(name, &config)?;
        let (_, mut params) = agent.get_plugin_params(BACKEND)?;
        params.set(PARAMETER.0, PARAMETER.1)?;
        let backend = agent.create_backend(BACKEND, &params)?;
        let mut buffer = buffer()?;
        let address = buffer.as_mut_slice().as_mut_ptr().addr();
        let memory = Memory { address, buffer };
        let mut args = OptArgs::new()?;
        args.add_backend(&backend)?;
        let registered = agent.register_memory(&memory, Some(&args))?;
        Ok(Self { _registered: registered, agent, memory })
    }
}

impl Official {
    pub fn new(start: u32) -> Result<Self> {
        let initiator = Side::new(&format!("official-initiator-{start}"))?;
        let target = Side::new(&format!("official-target-{start}"))?;
        let remote_name = initiator.agent.load_remote_md(&target.agent.get_local_md()?)?;
        let (ours, theirs) = (initiator.memory.address, target.memory.address);
        let at = |base: usize| offsets(MOST_BLOCKS).map(move |offset| base + offset).collect();
        let posted = create(&initiator.agent, &[ours], &[theirs], POSTED_BYTES, &remote_name)?;
        // The first one connects, which takes both sides.
        let mut inbox = official::NotificationMap::new()?;
        let mut active = initiator.agent.post_xfer_req(&posted, None)?;
        while active {
            target.agent.get_notifications(&mut inbox, None)?;
            active = !initiator.agent.get_xfer_status(&posted)?.is_success();
        }
        let (local, remote) = (at(ours), at(theirs));
        Ok(Self { posted, local, remote, remote_name, initiator, _target: target })
    }
}

fn list(addresses: &[usize], len: usize) -> Result<XferDescList<'static>> {
    let mut list = XferDescList::new(MemType::Dram)?;
    addresses.iter().for_each(|address| list.add_desc(*address, len, 0));
    Ok(list)
}

fn create(
    agent: &Agent,
    local: &[usize],
    remote: &[usize],
    len: usize,
    name: &str,
) -> Result<XferRequest> {
    let (local, remote) = (list(local, len)?, list(remote, len)?);
    Ok(agent.create_xfer_req(XferOp::Write, &local, &remote, name, None)?)
}

impl Binding for Official {
    fn name(&self) -> &'static str {
        "nixl-sys 1.5.2, NIXL's own crate"
    }

    fn time(&mut self, operation: Operation) -> Result<u64> {
        let agent = &self.initiator.agent;
        let start = Instant::now();
        let spent = match operation {
            Operation::PostAndPoll(times) => {
                for _ in 0..times {
                    let mut active = agent.post_xfer_req(&self.posted, None)?;
                    while active {
                        active = !agent.get_xfer_status(&self.posted)?.is_success();
                    }
                }
                start.elapsed()
            }
            Operation::Create(count) => {
                let (local, remote) = (&self.local[..count], &self.remote[..count]);
                let request = create(agent, local, remote, LISTED_BYTES, &self.remote_name)?;
                let spent = start.elapsed();
                drop(request);
                spent
            }
            Operation::Prepare(count) => {
                let list = list(&self.local[..count], LISTED_BYTES)?;
                let prepared = agent.prepare_xfer_dlist("", &list, None)?;
                drop(list);
                let spent = start.elapsed();
                drop(prepared);
                spent
            }
        };
        Ok(spent.as_nanos() as u64)
    }
}
