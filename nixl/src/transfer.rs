//! Transfers: made once, posted and polled again and again.

use std::mem::ManuallyDrop;
use std::ptr::null_mut;
use std::sync::Arc;
use std::time::Duration;

use nixl_sys::{
    nixl_capi_xfer_op_t, nixl_capi_xfer_req_s, nixl_capi_xfer_req_t, nixl_capi_xfer_telemetry_s,
};

use crate::agent::AgentShared;
use crate::blocks::outside;
use crate::error::{During, Error, Outcome, Result, Status, check};
use crate::handle::Handle;
use crate::lists::{OptArgs, XferList};
use crate::registration::RegistrationShared;
use crate::remote::RemoteShared;
use crate::{Backend, Block, LocalList, MemType, Region, Registration, Remote, RemoteList};
use crate::{Strict, Telemetry, ThreadSync};

/// The direction of a one-sided transfer, seen from the initiator.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Op {
    /// From the peer's memory into this agent's.
    Read,
    /// From this agent's memory into the peer's.
    Write,
}

impl Op {
    fn raw(self) -> nixl_capi_xfer_op_t {
        match self {
            Self::Read => nixl_capi_xfer_op_t::NIXL_CAPI_XFER_OP_READ,
            Self::Write => nixl_capi_xfer_op_t::NIXL_CAPI_XFER_OP_WRITE,
        }
    }
}

/// How far a posted transfer is.
///
/// *Done* means complete at the initiator. On some backends (LIBFABRIC over tcp) written data is
/// then not yet visible at the target; the target may use it once it has the notification.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Progress {
    /// Under way: poll it.
    Active,
    /// Complete at the initiator.
    Done,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Idle,
    Active,
    Failed,
}

/// A transfer between two lists of blocks.
pub struct Transfer<S: ThreadSync = Strict> {
    state: State,
    held: ManuallyDrop<Held<S>>,
}

/// What a transfer stands on.
struct Held<S: ThreadSync> {
    request: Handle<nixl_capi_xfer_req_s, S>,
    agent: Arc<AgentShared<S>>,
    remote: Arc<RemoteShared<S>>,
    backend: Backend<S>,
    _registration: Arc<RegistrationShared<S>>,
}

/// Settings of a transfer to be.
#[must_use = "a transfer is made by build()"]
pub struct TransferBuilder<'a, S: ThreadSync = Strict> {
    op: Op,
    source: Blocks<'a, S>,
    notification: Option<&'a [u8]>,
    merge: bool,
}

enum Blocks<'a, S: ThreadSync> {
    Prepared { local: (&'a LocalList<S>, &'a [u32]), remote: (&'a RemoteList<S>, &'a [u32]) },
    Plain { local: (&'a Registration<S>, &'a [Block]), remote: PlainRemote<'a, S> },
}

struct PlainRemote<'a, S: ThreadSync> {
    remote: &'a Remote<S>,
    region: &'a Region,
    blocks: &'a [Block],
    backend: &'a Backend<S>,
}

impl<S: ThreadSync> LocalList<S> {
    /// A transfer of the blocks `local` of this list and `remote` of the peer's, pair by pair.
    pub fn transfer<'a>(
        &'a self,
        op: Op,
        local: &'a [u32],
        remote_list: &'a RemoteList<S>,
        remote: &'a [u32],
    ) -> TransferBuilder<'a, S> {
        let source = Blocks::Prepared { local: (self, local), remote: (remote_list, remote) };
        TransferBuilder { op, source, notification: None, merge: true }
    }
}

impl<S: ThreadSync> Registration<S> {
    /// A transfer of blocks that were not prepared: for one-off transfers, since every block is
    /// looked up anew (about 50 µs for 512 blocks, against 13 µs for prepared ones).
    pub fn transfer<'a>(
        &'a self,
        op: Op,
        blocks: &'a [Block],
        remote: &'a Remote<S>,
        region: &'a Region,
        remote_blocks: &'a [Block],
        backend: &'a Backend<S>,
    ) -> TransferBuilder<'a, S> {
        let remote = PlainRemote { remote, region, blocks: remote_blocks, backend };
        let source = Blocks::Plain { local: (self, blocks), remote };
        TransferBuilder { op, source, notification: None, merge: true }
    }
}

impl<'a, S: ThreadSync> TransferBuilder<'a, S> {
    /// Sends `message` to the target with every post, behind the data: when the target has it, the
    /// data is there.
    pub fn notify(mut self, message: &'a [u8]) -> Self {
        self.notification = Some(message);
        self
    }

    /// Whether neighbouring blocks become one descriptor (default: yes). Only prepared blocks do.
    pub fn merge(mut self, on: bool) -> Self {
        self.merge = on;
        self
    }

    /// Makes the transfer.
    ///
    /// # Errors
    /// The sides do not match, a block does not exist, a handle is another agent's, the peer is
    /// lost, or C refused.
    pub fn build(self) -> Result<Transfer<S>> {
        match &self.source {
            Blocks::Prepared { local, remote } => self.build_prepared(*local, *remote),
            Blocks::Plain { local, remote } => self.build_plain(*local, remote),
        }
    }

    fn build_prepared(
        &self,
        (local, local_indices): (&LocalList<S>, &[u32]),
        (remote, remote_indices): (&RemoteList<S>, &[u32]),
    ) -> Result<Transfer<S>> {
        let what = "make a transfer";
        let agent = &local.prepared.agent;
        if !Arc::ptr_eq(agent, &remote.prepared.agent) {
            return Err(Error::ForeignHandle { operation: what });
        }
        let _in_use = remote.remote.enter()?;
        let bytes = (local.prepared.bytes(local_indices)?, remote.prepared.bytes(remote_indices)?);
        must_match((local_indices.len(), bytes.0), (remote_indices.len(), bytes.1))?;
        let args = self.arguments(&local.backend).during(what)?;
        let mut raw = null_mut();
        // SAFETY: all handles live and are of one agent. The indices exist, so that reading them as
        // C's int is exact; C copies the descriptors that they name.
        let status = unsafe {
            let make = agent.functions().make_xfer_req;
            make(
                agent.handle.raw(),
                self.op.raw(),
                local.prepared.handle.raw(),
                local_indices.as_ptr().cast(),
                local_indices.len(),
                remote.prepared.handle.raw(),
                remote_indices.as_ptr().cast(),
                remote_indices.len(),
                &mut raw,
                args.raw(),
            )
        };
        check(status).during_on(what, local.backend.name())?;
        Transfer::new(raw, agent, &remote.remote, &local.backend, &local.registration)
    }

    fn build_plain(
        &self,
        (local, local_blocks): (&Registration<S>, &[Block]),
        PlainRemote { remote, region, blocks, backend }: &PlainRemote<'_, S>,
    ) -> Result<Transfer<S>> {
        let what = "make a transfer";
        let agent = &local.shared().agent;
        backend.must_be_of(agent, what)?;
        if !Arc::ptr_eq(agent, &remote.shared().agent) {
            return Err(Error::ForeignHandle { operation: what });
        }
        let _in_use = remote.shared().enter()?;
        let (address, len, device) = region.memory()?;
        let bytes = (sum(local_blocks, local.len())?, sum(blocks, len)?);
        must_match((local_blocks.len(), bytes.0), (blocks.len(), bytes.1))?;
        let list = |place, blocks| XferList::of(agent.functions(), MemType::Dram, place, blocks);
        let local_list = list((local.region().address as usize, 0), local_blocks).during(what)?;
        let remote_list = list((address, device), blocks).during(what)?;
        let args = self.arguments(backend).during(what)?;
        let mut raw = null_mut();
        // SAFETY: all handles live and are of one agent; C copies the lists and refuses blocks that
        // neither side has registered.
        let status = unsafe {
            let create = agent.functions().create_xfer_req;
            create(
                agent.handle.raw(),
                self.op.raw(),
                local_list.raw(),
                remote_list.raw(),
                remote.shared().name.as_ptr(),
                &mut raw,
                args.raw(),
            )
        };
        check(status).during_on(what, backend.name())?;
        Transfer::new(raw, agent, remote.shared(), backend, local.shared())
    }

    fn arguments<'b>(&self, backend: &'b Backend<S>) -> std::result::Result<OptArgs<'b>, Status> {
        let mut args = backend.only_this()?;
        if let Some(message) = self.notification {
            args = args.notification(message)?;
        }
        if !self.merge {
            args = args.skip_merge()?;
        }
        Ok(args)
    }
}

/// The bytes of `blocks`, or the first that lies outside of `bytes` bytes.
fn sum(blocks: &[Block], bytes: usize) -> Result<usize> {
    let mut sum = 0_usize;
    for block in blocks {
        if !block.is_inside(bytes) {
            return Err(outside(*block, bytes));
        }
        sum = sum.saturating_add(block.len);
    }
    Ok(sum)
}

fn must_match(local: (usize, usize), remote: (usize, usize)) -> Result<()> {
    if local == remote && local.0 > 0 {
        return Ok(());
    }
    let ((local, local_bytes), (remote, remote_bytes)) = (local, remote);
    Err(Error::Mismatch { local, local_bytes, remote, remote_bytes })
}

impl<S: ThreadSync> Transfer<S> {
    fn new(
        raw: nixl_capi_xfer_req_t,
        agent: &Arc<AgentShared<S>>,
        remote: &Arc<RemoteShared<S>>,
        backend: &Backend<S>,
        registration: &Arc<RegistrationShared<S>>,
    ) -> Result<Self> {
        let held = Held {
            request: Handle::new(raw).during("make a transfer")?,
            agent: Arc::clone(agent),
            remote: Arc::clone(remote),
            backend: backend.clone(),
            _registration: Arc::clone(registration),
        };
        Ok(Self { state: State::Idle, held: ManuallyDrop::new(held) })
    }

    /// Starts it. Some backends move the data inside this call and return `Done` at once.
    ///
    /// # Errors
    /// [`Error::Active`] while an earlier post is under way, [`Error::RemoteLost`] after a failure,
    /// or C refused.
    pub fn post(&mut self) -> Result<Progress> {
        match self.state {
            State::Idle => {}
            State::Active => return Err(Error::Active),
            State::Failed => return Err(self.lost()),
        }
        let held = &self.held;
        let in_use = held.remote.enter()?;
        let post = held.agent.functions().post_xfer_req;
        // SAFETY: agent and request live, and the request is idle. The registration that it names
        // is held; no optional arguments means that the notification set at creation is sent again.
        let status = unsafe { post(held.agent.handle.raw(), held.request.raw(), null_mut()) };
        drop(in_use);
        self.advance(check(status), "post a transfer")
    }

    /// Drives the backend by one round and tells how far the transfer is.
    ///
    /// # Errors
    /// The transfer failed: the peer died, or the backend gave up.
    pub fn poll(&mut self) -> Result<Progress> {
        match self.state {
            State::Idle => return Ok(Progress::Done),
            State::Active => {}
            State::Failed => return Err(self.lost()),
        }
        let held = &self.held;
        let get = held.agent.functions().get_xfer_status;
        // SAFETY: agent and request live, and the request is posted.
        let status = unsafe { get(held.agent.handle.raw(), held.request.raw()) };
        self.advance(check(status), "poll a transfer")
    }

    fn advance(
        &mut self,
        outcome: std::result::Result<Outcome, Status>,
        operation: &'static str,
    ) -> Result<Progress> {
        match outcome {
            Ok(Outcome::Done) => {
                self.state = State::Idle;
                Ok(Progress::Done)
            }
            Ok(Outcome::InProgress) => {
                self.state = State::Active;
                Ok(Progress::Active)
            }
            Err(status) => {
                self.state = State::Failed;
                self.held.remote.lose();
                Err(status).during_on(operation, self.held.backend.name())
            }
        }
    }

    fn lost(&self) -> Error {
        let remote = self.held.remote.name.to_string_lossy().into_owned();
        Error::RemoteLost { remote }
    }

    /// What NIXL measured of the last post, when the agent keeps telemetry.
    ///
    /// # Errors
    /// The agent keeps none, or the transfer is not done.
    pub fn telemetry(&self) -> Result<Telemetry> {
        let what = "read telemetry";
        let held = &self.held;
        if self.state != State::Idle {
            return Err(Status::NOT_FOUND).during_on(what, held.backend.name());
        }
        let mut raw = nixl_capi_xfer_telemetry_s::default();
        // SAFETY: agent and request live, the request is not active, the out pointer is valid.
        check(unsafe {
            let get = held.agent.functions().get_xfer_telemetry;
            get(held.agent.handle.raw(), held.request.raw(), &mut raw)
        })
        .during_on(what, held.backend.name())?;
        Ok(Telemetry {
            start: Duration::from_micros(raw.start_time_us),
            post: Duration::from_micros(raw.post_duration_us),
            transfer: Duration::from_micros(raw.xfer_duration_us),
            bytes: raw.total_bytes,
            descriptors: raw.desc_count,
        })
    }
}

impl<S: ThreadSync> Drop for Transfer<S> {
    fn drop(&mut self) {
        if self.state != State::Idle {
            // Some of its blocks may be moving, even after others failed, and releasing it would not
            // wait for them: LIBFABRIC then frees what their completions write to. So the request
            // stays, and with it whatever it stands on.
            return;
        }
        let held = &self.held;
        let functions = held.agent.functions();
        // SAFETY: agent and request live, the request is idle and is released once.
        let released = check(unsafe {
            (functions.release_xfer_req)(held.agent.handle.raw(), held.request.raw())
        });
        if released.is_err() {
            return;
        }
        // SAFETY: the request was released from its agent and is destroyed once.
        unsafe { (functions.destroy_xfer_req)(held.request.raw()) };
        // SAFETY: dropped once, and not used after.
        unsafe { ManuallyDrop::drop(&mut self.held) };
    }
}
