//! NIXL's C ABI through the function table, as a C program would call it.

use std::ffi::{CString, c_char};
use std::ptr::null_mut;
use std::time::Instant;

use nixl::{HostBuffer, Nixl};
use nixl_sys::{
    Functions, nixl_capi_agent_config_t, nixl_capi_agent_t, nixl_capi_mem_type_t,
    nixl_capi_status_t, nixl_capi_thread_sync_t, nixl_capi_xfer_dlist_t, nixl_capi_xfer_op_t,
    nixl_capi_xfer_req_t,
};

use crate::binding::{BACKEND, Binding, LISTED_BYTES, MOST_BLOCKS, Operation, PARAMETER};
use crate::binding::{POSTED_BYTES, Result, offsets};
use crate::machine::buffer;

const DRAM: nixl_capi_mem_type_t = nixl_capi_mem_type_t::NIXL_CAPI_MEM_DRAM;
const WRITE: nixl_capi_xfer_op_t = nixl_capi_xfer_op_t::NIXL_CAPI_XFER_OP_WRITE;
const SUCCESS: nixl_capi_status_t = nixl_capi_status_t::NIXL_CAPI_SUCCESS;
const IN_PROGRESS: nixl_capi_status_t = nixl_capi_status_t::NIXL_CAPI_IN_PROG;

pub struct CAbi {
    name: &'static str,
    nixl: Nixl,
    initiator: Agent,
    target: Agent,
    remote_name: CString,
    posted: nixl_capi_xfer_req_t,
    /// Addresses of the blocks of lists, on both sides.
    local: Vec<usize>,
    remote: Vec<usize>,
}

/// An agent and the memory that it has registered.
struct Agent {
    raw: nixl_capi_agent_t,
    memory: HostBuffer,
}

fn ok(status: nixl_capi_status_t, what: &str) -> Result<()> {
    if status == SUCCESS { Ok(()) } else { Err(format!("{what}: {}", status.0).into()) }
}

impl CAbi {
    pub fn new(name: &'static str, nixl: &Nixl, start: u32) -> Result<Self> {
        let c = nixl.library().functions();
        let mut initiator = Agent::new(c, &format!("{name}-initiator-{start}"))?;
        let mut target = Agent::new(c, &format!("{name}-target-{start}"))?;
        let remote_name = initiator.load(c, &target)?;
        let (ours, theirs) = (initiator.address(), target.address());
        let at = |base: usize| offsets(MOST_BLOCKS).map(move |offset| base + offset).collect();
        let (local, remote) = (at(ours), at(theirs));
        let nixl = nixl.clone();
        let posted = null_mut();
        let mut made = Self { name, nixl, initiator, target, remote_name, posted, local, remote };
        made.posted = made.request(&[ours], &[theirs], POSTED_BYTES)?;
        made.connect()?;
        Ok(made)
    }

    fn c(&self) -> &Functions {
        self.nixl.library().functions()
    }

    /// Posts once while the target polls too.
    fn connect(&self) -> Result<()> {
        let (c, agent) = (self.c(), self.initiator.raw);
        let mut map = null_mut();
        // SAFETY: here and below, all handles live and out pointers are valid.
        ok(unsafe { (c.create_notif_map)(&mut map) }, "create an inbox")?;
        // SAFETY: the request is idle.
        let mut status = unsafe { (c.post_xfer_req)(agent, self.posted, null_mut()) };
        while status == IN_PROGRESS {
            // SAFETY: as above.
            ok(unsafe { (c.get_notifs)(self.target.raw, map, null_mut()) }, "poll the inbox")?;
            // SAFETY: the request is posted.
            status = unsafe { (c.get_xfer_status)(agent, self.posted) };
        }
        // SAFETY: destroyed once.
        unsafe { (c.destroy_notif_map)(map) };
        ok(status, "connect")
    }

    fn list(&self, addresses: &[usize], len: usize) -> Result<nixl_capi_xfer_dlist_t> {
        let c = self.c();
        let mut list = null_mut();
        // SAFETY: the out pointer is valid.
        ok(unsafe { (c.create_xfer_dlist)(DRAM, &mut list) }, "create a list")?;
        for &address in addresses {
            // SAFETY: the list lives; addresses are only recorded.
            ok(unsafe { (c.xfer_dlist_add_desc)(list, address, len, 0) }, "add a block")?;
        }
        Ok(list)
    }

    fn request(
        &self,
        local: &[usize],
        remote: &[usize],
        len: usize,
    ) -> Result<nixl_capi_xfer_req_t> {
        let (c, agent) = (self.c(), self.initiator.raw);
        let (local, remote) = (self.list(local, len)?, self.list(remote, len)?);
        let mut request = null_mut();
        let name = self.remote_name.as_ptr();
        // SAFETY: all handles live, and C copies the lists.
        let status = unsafe {
            (c.create_xfer_req)(agent, WRITE, local, remote, name, &mut request, null_mut())
        };
        // SAFETY: both lists are destroyed once.
        unsafe { ((c.destroy_xfer_dlist)(local), (c.destroy_xfer_dlist)(remote)) };
        ok(status, "create a request")?;
        Ok(request)
    }

    fn release(&self, request: nixl_capi_xfer_req_t) {
        let c = self.c();
        // SAFETY: the request is idle, and is released and destroyed once.
        unsafe {
            (c.release_xfer_req)(self.initiator.raw, request);
            (c.destroy_xfer_req)(request);
        }
    }
}

impl Binding for CAbi {
    fn name(&self) -> &'static str {
        self.name
    }

    fn time(&mut self, operation: Operation) -> Result<u64> {
        let (c, agent) = (self.c(), self.initiator.raw);
        let start = Instant::now();
        let spent = match operation {
            Operation::PostAndPoll(times) => {
                for _ in 0..times {
                    // SAFETY: the request is idle, its memory is registered on both sides.
                    let mut status = unsafe { (c.post_xfer_req)(agent, self.posted, null_mut()) };
                    while status == IN_PROGRESS {
                        // SAFETY: the request is posted.
                        status = unsafe { (c.get_xfer_status)(agent, self.posted) };
                    }
                    ok(status, "post")?;
                }
                start.elapsed()
            }
            Operation::Create(count) => {
                let (local, remote) = (&self.local[..count], &self.remote[..count]);
                let request = self.request(local, remote, LISTED_BYTES)?;
                let spent = start.elapsed();
                self.release(request);
                spent
            }
            Operation::Prepare(count) => {
                let list = self.list(&self.local[..count], LISTED_BYTES)?;
                let (mut prepared, none) = (null_mut(), null_mut());
                // SAFETY: agent and list live, C copies the list; an empty name is this agent.
                let status =
                    unsafe { (c.prep_xfer_dlist)(agent, c"".as_ptr(), list, &mut prepared, none) };
                // SAFETY: the list is destroyed once.
                unsafe { (c.destroy_xfer_dlist)(list) };
                ok(status, "prepare a list")?;
                let spent = start.elapsed();
                // SAFETY: the prepared list is released once.
                unsafe { (c.release_xfer_dlist_handle)(agent, prepared) };
                spent
            }
        };
        Ok(spent.as_nanos() as u64)
    }
}

impl Drop for CAbi {
    fn drop(&mut self) {
        self.release(self.posted);
        for agent in [self.initiator.raw, self.target.raw] {
            // SAFETY: nothing made from the agents is left; each is destroyed once.
            unsafe { (self.c().destroy_agent)(agent) };
        }
    }
}

impl Agent {
    fn new(c: &Functions, name: &str) -> Result<Self> {
        let config = nixl_capi_agent_config_t {
            enable_prog_thread: false,
            enable_listen_thread: false,
            listen_port: 0,
            thread_sync: nixl_capi_thread_sync_t::NIXL_CAPI_THREAD_SYNC_STRICT,
            num_workers: 1,
            pthr_delay_us: 0,
            lthr_delay_us: 0,
            capture_telemetry: false,
        };
        let (name, plugin) = (CString::new(name)?, CString::new(BACKEND)?);
        let (mut raw, mut backend) = (null_mut(), null_mut());
        let (mut params, mut list) = (null_mut(), null_mut());
        let mut memory = buffer()?;
        let (address, len) = (memory.as_mut_slice().as_mut_ptr().addr(), memory.len());
        // SAFETY: here and below, all handles live and out pointers are valid.
        ok(unsafe { (c.create_configured_agent)(name.as_ptr(), &config, &mut raw) }, "agent")?;
        // SAFETY: as above.
        ok(unsafe { (c.create_params)(&mut params) }, "create parameters")?;
        let (key, value) = (CString::new(PARAMETER.0)?, CString::new(PARAMETER.1)?);
        // SAFETY: as above; C copies both strings.
        ok(unsafe { (c.params_add)(params, key.as_ptr(), value.as_ptr()) }, "set a parameter")?;
        // SAFETY: as above.
        let created = unsafe { (c.create_backend)(raw, plugin.as_ptr(), params, &mut backend) };
        ok(created, "create the backend")?;
        // SAFETY: as above.
        ok(unsafe { (c.create_reg_dlist)(DRAM, &mut list) }, "create a list")?;
        // SAFETY: as above.
        let added = unsafe { (c.reg_dlist_add_desc)(list, address, len, 0, null_mut(), 0) };
        ok(added, "add memory")?;
        // SAFETY: the memory is mapped, and stays so for the life of the agent.
        ok(unsafe { (c.register_mem)(raw, list, null_mut()) }, "register")?;
        // SAFETY: each is destroyed once.
        unsafe { ((c.destroy_reg_dlist)(list), (c.destroy_params)(params)) };
        Ok(Self { raw, memory })
    }

    fn address(&mut self) -> usize {
        self.memory.as_mut_slice().as_mut_ptr().addr()
    }

    /// Loads a peer's metadata; its name.
    fn load(&self, c: &Functions, peer: &Self) -> Result<CString> {
        let (mut data, mut len, mut name) = (null_mut(), 0, null_mut::<c_char>());
        // SAFETY: the agents live and the out pointers are valid.
        ok(unsafe { (c.get_local_md)(peer.raw, &mut data, &mut len) }, "get metadata")?;
        // SAFETY: as above, and the blob is whole.
        ok(unsafe { (c.load_remote_md)(self.raw, data, len, &mut name) }, "load metadata")?;
        // SAFETY: C returned a string. It and the blob are the caller's, and a few bytes.
        Ok(unsafe { std::ffi::CStr::from_ptr(name) }.to_owned())
    }
}
