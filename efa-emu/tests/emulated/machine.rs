//! An emulated machine around this process, and two agents on it.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::process::Stdio;
use std::time::Instant;

use efa_emu::{Emulation, Installed, NicCounters};
use nixl::{Agent, Error, HostBuffer, Op, Params, Transfer};
use tempfile::TempDir;

use crate::process::{Ended, LIMIT, Process, finished, part};
use crate::side::{Peer, Side, blocks};

/// An emulation that this process runs on.
pub struct Machine {
    installed: Installed,
    _folder: TempDir,
}

impl Machine {
    /// Makes `emulation` the environment of this process, before anything of NIXL is loaded.
    pub fn enter(emulation: &Emulation) -> Self {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let installed = emulation.install(folder.path()).expect("the emulation makes sense");
        for (name, value) in installed.env() {
            set(name, value);
        }
        Self { installed, _folder: folder }
    }

    /// The counters of this process.
    pub fn counters(&self) -> BTreeMap<String, NicCounters> {
        self.installed.counters(std::process::id()).expect("NIXL asked for NICs")
    }
}

impl Deref for Machine {
    type Target = Installed;

    fn deref(&self) -> &Installed {
        &self.installed
    }
}

/// Sets a variable of this process.
pub fn set(name: &str, value: &str) {
    // SAFETY: a part of a test does this before it loads anything or starts threads; the thread of
    // the test harness only waits for it.
    unsafe { std::env::set_var(name, value) };
}

/// Runs `body` in a process of its own, and returns how that ended in the first process.
pub fn told(name: &str, body: impl FnOnce()) -> Option<Ended> {
    match part() {
        None => {
            let ended = Process::start(name, Stdio::null()).end(Instant::now() + LIMIT);
            ended.succeed();
            Some(ended)
        }
        Some(mine) => {
            if mine == name {
                body();
                finished();
            }
            None
        }
    }
}

/// A LIBFABRIC backend that uses every rail for host memory, with `bytes` of it.
pub fn side(agent: Agent, bytes: usize) -> Result<Side, Error> {
    let mut params = Params::new();
    params.insert("max_bw_per_dram_seg".into(), "4000".into());
    let backend = agent.create_backend("LIBFABRIC", &params)?;
    let memory = agent.register(HostBuffer::new(bytes)?, &[&backend])?;
    Ok(Side { agent, backend, memory })
}

/// An initiator and a target of `bytes` in this process; the target is served by a thread.
pub struct Two {
    pub initiator: Side,
    pub target: Side,
    peer: Peer,
}

impl Two {
    pub fn new(bytes: usize) -> Self {
        Self::of(crate::wheels::DEFAULT, bytes)
    }

    /// As [`Self::new`], of a NIXL of this version.
    pub fn of(version: &str, bytes: usize) -> Self {
        let nixl = crate::side::load(version);
        let serving = Agent::builder("target").progress_thread(true);
        let target = side(serving.build(&nixl).expect("an agent"), bytes).expect("a target");
        let agent = Agent::builder("initiator").build(&nixl).expect("an agent");
        let initiator = side(agent, bytes).expect("an initiator");
        let peer = initiator.accept(&target.offer());
        Self { initiator, target, peer }
    }

    /// A transfer of all bytes as one block, with a notification.
    pub fn transfer(&self, op: Op) -> Transfer {
        transfer(&self.initiator, &self.peer, op)
    }
}

/// A transfer of all bytes as one block, with a notification.
pub fn transfer(side: &Side, peer: &Peer, op: Op) -> Transfer {
    let all = || blocks(1, side.memory.len());
    let local = side.memory.prepare(all(), &side.backend).expect("it is inside");
    let remote = peer.remote.prepare(&peer.region, all(), &side.backend).expect("it is inside");
    local.transfer(op, &[0], &remote, &[0]).notify(b"moved").build().expect("the sides match")
}
