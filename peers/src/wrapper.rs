//! This project's wrapper.

use std::time::Instant;

use nixl::Transfer;
use nixl::{Agent, Backend, Block, Nixl, Op, Params, Progress, Region, Registration, Remote};

use crate::binding::{BACKEND, Binding, LISTED_BYTES, MOST_BLOCKS, Operation, PARAMETER};
use crate::binding::{POSTED_BYTES, Result, offsets};
use crate::machine::buffer;

pub struct Wrapper {
    posted: Transfer,
    blocks: Vec<Block>,
    local: Registration,
    remote: Remote,
    region: Region,
    backend: Backend,
    _theirs: Registration,
}

impl Wrapper {
    pub fn new(nixl: &Nixl, start: u32) -> Result<Self> {
        let (key, value) = PARAMETER;
        let params = Params::from([(key.to_owned(), value.to_owned())]);
        let agent = |role: &str| -> Result<(Agent, Backend, Registration)> {
            let agent: Agent = Agent::builder(format!("wrapper-{role}-{start}")).build(nixl)?;
            let backend = agent.create_backend(BACKEND, &params)?;
            let registration = agent.register(buffer()?, &[&backend])?;
            Ok((agent, backend, registration))
        };
        let (target, _, theirs) = agent("target")?;
        let (initiator, backend, local) = agent("initiator")?;
        let remote = initiator.load_remote(&target.metadata()?)?;
        let region = theirs.region();
        let block = [Block { offset: 0, len: POSTED_BYTES }];
        let ours = local.prepare(block, &backend)?;
        let peers = remote.prepare(&region, block, &backend)?;
        let mut posted = ours.transfer(Op::Write, &[0], &peers, &[0]).build()?;
        // The first one connects, which takes both sides.
        let mut inbox = target.inbox()?;
        let mut progress = posted.post()?;
        while progress == Progress::Active {
            inbox.poll(|_| {})?;
            progress = posted.poll()?;
        }
        let blocks = offsets(MOST_BLOCKS).map(|offset| Block { offset, len: LISTED_BYTES });
        let blocks = blocks.collect();
        Ok(Self { posted, blocks, local, remote, region, backend, _theirs: theirs })
    }
}

impl Binding for Wrapper {
    fn name(&self) -> &'static str {
        "nixl, this project's wrapper"
    }

    fn time(&mut self, operation: Operation) -> Result<u64> {
        let start = Instant::now();
        let spent = match operation {
            Operation::PostAndPoll(times) => {
                for _ in 0..times {
                    let mut progress = self.posted.post()?;
                    while progress == Progress::Active {
                        progress = self.posted.poll()?;
                    }
                }
                start.elapsed()
            }
            Operation::Create(count) => {
                let blocks = &self.blocks[..count];
                let (remote, region) = (&self.remote, &self.region);
                let made =
                    self.local.transfer(Op::Write, blocks, remote, region, blocks, &self.backend);
                let made = made.build()?;
                let spent = start.elapsed();
                drop(made);
                spent
            }
            Operation::Prepare(count) => {
                let blocks = self.blocks[..count].iter().copied();
                let list = self.local.prepare(blocks, &self.backend)?;
                let spent = start.elapsed();
                drop(list);
                spent
            }
        };
        Ok(spent.as_nanos() as u64)
    }
}
