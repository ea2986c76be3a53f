//! A rail: one NIC's endpoint with its queue, its peers' addresses and its view of memory.

use std::ffi::c_void;
use std::ptr::{null_mut, without_provenance_mut};

use nixl_sys::libfabric::*;

use super::super::memory::Memory;
use super::check;
use crate::workload::{HugePages, Op};

/// Entries of the completion queue (NIXL's number).
const QUEUE_ENTRIES: usize = 12_288;

/// Completions taken at once.
const BATCH: usize = 64;

/// Messages that may come in before the next round.
const MESSAGES: usize = 64;

/// A message: the number of an initiator's lane, and the writes of each request of it, or 0 for a READ
/// that is done.
pub const MESSAGE_BYTES: usize = 16;

/// Calls through a table of operations.
macro_rules! call {
    ($operation:expr $(, $argument:expr)*) => {
        match $operation {
            Some(operation) => operation($($argument),*),
            None => -FI_ENOSYS as _,
        }
    };
}

/// A rail of this process.
pub struct Rail {
    fabric: Functions,
    endpoint: *mut fid_ep,
    queue: *mut fid_cq,
    addresses: *mut fid_av,
    domain: *mut fid_domain,
    mr_mode: i32,
    /// The longest operation in bytes.
    pub longest: usize,
    memory: *mut fid_mr,
    messages: Memory,
    message_memory: *mut fid_mr,
}

/// What a completion says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Event {
    /// A WRITE or READ of this process is complete, in this lane.
    Complete { lane: usize },
    /// A WRITE has arrived, from an initiator's lane of this number.
    Arrived { number: u64 },
    /// A message.
    Message([u8; MESSAGE_BYTES]),
}

/// A WRITE or READ.
pub struct Operation {
    pub local: *mut u8,
    pub len: usize,
    pub remote: u64,
}

/// Whom an operation is for.
#[derive(Clone, Copy)]
pub struct Target {
    pub address: fi_addr_t,
    pub key: u64,
}

/// Who posts an operation.
#[derive(Clone, Copy)]
pub struct Sender {
    /// The lane of this process, which its completions name.
    pub lane: usize,
    /// The number that the lane has among those of all initiators, which a WRITE brings along.
    pub number: u64,
}

impl Rail {
    /// Opens a NIC that libfabric has described.
    ///
    /// # Safety
    /// `info` is of [`Offers`](super::offers::Offers).
    pub unsafe fn open(fabric: Functions, info: *mut fi_info) -> Result<Self, String> {
        let (mut base, mut domain, mut queue) = (null_mut(), null_mut(), null_mut());
        let (mut addresses, mut endpoint) = (null_mut(), null_mut());
        let mut of_queue = fi_cq_attr {
            size: QUEUE_ENTRIES,
            format: fi_cq_format::FI_CQ_FORMAT_DATA,
            wait_obj: fi_wait_obj::FI_WAIT_NONE,
            ..Default::default()
        };
        let mut of_addresses = fi_av_attr::default();
        let ok = |name, code: i32| check(&fabric, name, code as isize);
        // SAFETY: the caller says so of the info; out pointers are valid; each object is opened from
        // one that was just opened, by a table that it has.
        unsafe {
            ok("fi_fabric", (fabric.fabric)((*info).fabric_attr, &mut base, null_mut()))?;
            ok("fi_domain", call!((*(*base).ops).domain, base, info, &mut domain, null_mut()))?;
            let ops = &*(*domain).ops;
            ok("fi_cq_open", call!(ops.cq_open, domain, &mut of_queue, &mut queue, null_mut()))?;
            let opened = call!(ops.av_open, domain, &mut of_addresses, &mut addresses, null_mut());
            ok("fi_av_open", opened)?;
            ok("fi_endpoint", call!(ops.endpoint, domain, info, &mut endpoint, null_mut()))?;
            let (fid, ops) = (&raw mut (*endpoint).fid, &*(*endpoint).fid.ops);
            let both = FI_TRANSMIT | FI_RECV;
            ok("fi_ep_bind", call!(ops.bind, fid, &raw mut (*queue).fid, both))?;
            ok("fi_ep_bind", call!(ops.bind, fid, &raw mut (*addresses).fid, 0))?;
            ok("fi_enable", call!(ops.control, fid, FI_ENABLE, null_mut()))?;
        }
        // SAFETY: the caller says so.
        let (mr_mode, longest) =
            unsafe { ((*(*info).domain_attr).mr_mode, (*(*info).ep_attr).max_msg_size) };
        let messages = Memory::private(MESSAGES * MESSAGE_BYTES, HugePages::No)?;
        let (memory, message_memory) = (null_mut(), null_mut());
        let mut rail = Self {
            fabric,
            endpoint,
            queue,
            addresses,
            domain,
            mr_mode,
            longest,
            memory,
            messages,
            message_memory,
        };
        rail.message_memory = rail.registered(&rail.messages, FI_RECV, 1)?;
        for index in 0..MESSAGES {
            rail.expect(rail.messages.base().wrapping_add(index * MESSAGE_BYTES))?;
        }
        Ok(rail)
    }

    /// Where peers find it.
    pub fn name(&self) -> Result<Vec<u8>, String> {
        let mut name = vec![0_u8; 256];
        let mut len = name.len();
        // SAFETY: the endpoint is open, and there is room for as many bytes as announced.
        let code = unsafe {
            let getname = (*(*self.endpoint).cm).getname;
            call!(getname, &raw mut (*self.endpoint).fid, name.as_mut_ptr().cast(), &mut len)
        };
        self.check("fi_getname", code as isize)?;
        name.truncate(len);
        Ok(name)
    }

    /// Registers the memory of the rank, which stays mapped.
    pub fn register(&mut self, memory: &Memory) -> Result<(), String> {
        let access = FI_WRITE | FI_READ | FI_REMOTE_WRITE | FI_REMOTE_READ;
        self.memory = self.registered(memory, access, 2)?;
        Ok(())
    }

    fn registered(&self, memory: &Memory, access: u64, key: u64) -> Result<*mut fid_mr, String> {
        let mut registered = null_mut();
        // SAFETY: the domain is open, the memory is mapped, and the out pointer is valid.
        let code = unsafe {
            let (fid, reg) = (&raw mut (*self.domain).fid, (*(*self.domain).mr).reg);
            let (base, len) = (memory.base().cast::<c_void>(), memory.len());
            call!(reg, fid, base, len, access, 0, key, 0, &mut registered, null_mut())
        };
        self.check("fi_mr_reg", code as isize)?;
        Ok(registered)
    }

    /// The key of the rank's memory, and the address that its first byte has for peers.
    pub fn reach(&self, memory: &Memory) -> Result<(u64, u64), String> {
        // SAFETY: NULL or a registration that is open.
        let registered = unsafe { self.memory.as_ref() }.ok_or("no memory is registered")?;
        let by_address = self.mr_mode & FI_MR_VIRT_ADDR != 0;
        Ok((registered.key, if by_address { memory.base().addr() as u64 } else { 0 }))
    }

    /// Learns where a peer is.
    pub fn insert(&self, name: &[u8]) -> Result<fi_addr_t, String> {
        let mut address = FI_ADDR_UNSPEC;
        // SAFETY: the address vector is open; the name is one that a rail of the same provider has.
        let inserted = unsafe {
            let insert = (*(*self.addresses).ops).insert;
            call!(insert, self.addresses, name.as_ptr().cast(), 1, &mut address, 0, null_mut())
        };
        match inserted {
            1 => Ok(address),
            code => Err(format!("fi_av_insert took no address ({code})")),
        }
    }

    /// Posts an operation; `false` when there is no room for it now.
    pub fn post(
        &self,
        op: Op,
        operation: &Operation,
        target: Target,
        Sender { lane, number }: Sender,
    ) -> Result<bool, String> {
        let Operation { local, len, remote } = *operation;
        let Target { address, key } = target;
        // No provider looks at it: none of the modes that would let one were offered.
        let (endpoint, context) = (self.endpoint, without_provenance_mut(lane));
        let desc = self.desc(self.memory);
        // SAFETY: the endpoint is open; local memory is registered and stays mapped; the remote range
        // was checked against what the target told.
        let (name, code) = unsafe {
            let ops = &*(*endpoint).rma;
            match op {
                Op::Write => {
                    let local = local.cast_const().cast();
                    let write = ops.writedata;
                    let code: isize = call!(
                        write, endpoint, local, len, desc, number, address, remote, key, context
                    );
                    ("fi_writedata", code)
                }
                Op::Read => {
                    let (local, read) = (local.cast(), ops.read);
                    let code: isize =
                        call!(read, endpoint, local, len, desc, address, remote, key, context);
                    ("fi_read", code)
                }
            }
        };
        self.accepted(name, code)
    }

    /// Sends a message; `false` when there is no room for it now.
    pub fn send(&self, to: fi_addr_t, message: &[u8; MESSAGE_BYTES]) -> Result<bool, String> {
        // SAFETY: the endpoint is open; the bytes are copied during the call.
        let code = unsafe {
            let inject = (*(*self.endpoint).msg).inject;
            call!(inject, self.endpoint, message.as_ptr().cast(), MESSAGE_BYTES, to)
        };
        self.accepted("fi_inject", code)
    }

    /// Takes what has completed, a batch at most, and drives the provider.
    pub fn read(&self, mut event: impl FnMut(Event)) -> Result<(), String> {
        let mut entries = [fi_cq_data_entry::default(); BATCH];
        // SAFETY: the queue is open, and there is room for as many entries as announced.
        let code: isize = unsafe {
            let read = (*(*self.queue).ops).read;
            call!(read, self.queue, entries.as_mut_ptr().cast(), BATCH)
        };
        let Ok(count) = usize::try_from(code) else {
            return match code {
                code if code == -FI_EAGAIN as isize => Ok(()),
                code if code == -FI_EAVAIL as isize => Err(self.error()),
                code => self.check("fi_cq_read", code),
            };
        };
        for entry in &entries[..count] {
            if entry.flags & FI_RECV != 0 {
                event(Event::Message(self.message(entry.op_context.cast())?));
            } else if entry.flags & (FI_REMOTE_WRITE | FI_REMOTE_CQ_DATA) != 0 {
                event(Event::Arrived { number: entry.data });
            } else if entry.flags & (FI_WRITE | FI_READ) != 0 {
                event(Event::Complete { lane: entry.op_context.addr() });
            }
        }
        Ok(())
    }

    /// Takes a message out of its buffer, which is then free for the next one.
    fn message(&self, buffer: *mut u8) -> Result<[u8; MESSAGE_BYTES], String> {
        let mut message = [0; MESSAGE_BYTES];
        let at = buffer.addr().wrapping_sub(self.messages.base().addr());
        self.messages.read(at, &mut message)?;
        self.expect(buffer)?;
        Ok(message)
    }

    /// Gives the provider a buffer for a message.
    fn expect(&self, buffer: *mut u8) -> Result<(), String> {
        let desc = self.desc(self.message_memory);
        // SAFETY: the endpoint is open; the buffer is inside of the messages' memory, which is
        // registered, and nobody reads it before the completion that brings it back.
        let code: isize = unsafe {
            let recv = (*(*self.endpoint).msg).recv;
            let (ep, buffer) = (self.endpoint, buffer.cast::<c_void>());
            call!(recv, ep, buffer, MESSAGE_BYTES, desc, FI_ADDR_UNSPEC, buffer)
        };
        self.check("fi_recv", code)
    }

    /// What operations have to give along for local memory, where the provider asks for it.
    fn desc(&self, memory: *mut fid_mr) -> *mut c_void {
        // SAFETY: NULL or a registration that is open.
        let registered = unsafe { memory.as_ref() };
        let asked = self.mr_mode & FI_MR_LOCAL != 0;
        registered.filter(|_| asked).map_or(null_mut(), |registered| registered.mem_desc)
    }

    fn accepted(&self, name: &str, code: isize) -> Result<bool, String> {
        if code == -FI_EAGAIN as isize {
            return Ok(false);
        }
        self.check(name, code).map(|()| true)
    }

    fn error(&self) -> String {
        let mut entry = fi_cq_err_entry { src_addr: FI_ADDR_NOTAVAIL, ..Default::default() };
        // SAFETY: the queue is open, and the entry is as long as the longest.
        let code: isize = unsafe {
            let readerr = (*(*self.queue).ops).readerr;
            call!(readerr, self.queue, &mut entry, 0)
        };
        let why = if code > 0 { -entry.err as isize } else { code };
        let error = self.check("an operation", why).err();
        error.unwrap_or_else(|| "an operation failed, and libfabric does not say why".to_owned())
    }

    fn check(&self, call: &str, code: isize) -> Result<(), String> {
        check(&self.fabric, call, code)
    }
}
