//! Domains: one per NIC that is opened, over a domain of `tcp`.

use std::ffi::{CStr, c_int, c_void};
use std::mem::offset_of;
use std::ptr::null_mut;
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::Instant;

use super::bindings::*;
use super::hook::{Hooked, call, owner};
use super::queue::Queue;
use super::rails::{Rail, machine};
use super::{completions, counting, endpoint, libfabric, memory, say};

/// What belongs to a domain here.
#[repr(C)]
pub struct Domain {
    pub rail: &'static Rail,
    /// What waits, when the NIC is paced.
    pub queue: Option<Mutex<Queue>>,
    /// The fabric beneath, which is this domain's alone.
    fabric: *mut fid_fabric,
    pub ops: Hooked<fi_ops_domain>,
    pub mr: Hooked<fi_ops_mr>,
    fid_ops: Hooked<fi_ops>,
}

static START: LazyLock<Instant> = LazyLock::new(Instant::now);

impl Domain {
    /// Does something with the queue of a paced NIC, at a time in nanoseconds.
    pub fn paced<T>(&self, act: impl FnOnce(&mut Queue, u64) -> T) -> Option<T> {
        let mut queue = self.queue.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner);
        let now_ns = u64::try_from(START.elapsed().as_nanos()).unwrap_or(u64::MAX);
        Some(act(&mut queue, now_ns))
    }
}

/// `fi_domain`.
pub unsafe extern "C" fn open(
    _fabric: *mut fid_fabric,
    info: *mut fi_info,
    out: *mut *mut fid_domain,
    context: *mut c_void,
) -> c_int {
    // SAFETY: by libfabric's contract, the info is one that `getinfo` gave, perhaps copied.
    let name = unsafe { (*info).domain_attr.as_ref().map_or(null_mut(), |domain| domain.name) };
    if name.is_null() {
        return -FI_EINVAL;
    }
    // SAFETY: a name is a C string.
    let name = unsafe { CStr::from_ptr(name) };
    let rails = machine().map_or(&[][..], |machine| &machine.rails);
    let Some(rail) = rails.iter().find(|rail| rail.domain.as_c_str() == name) else {
        return -FI_EINVAL;
    };
    if rail.fails {
        say!("{}: the domain does not open, as EFA_EMU_FAIL asks", rail.nic.name);
        return -FI_ENOMEM;
    }
    // SAFETY: by libfabric's contract.
    unsafe { open_rail(rail, out, context) }
}

/// # Safety
/// `out` is a place for a pointer.
unsafe fn open_rail(rail: &'static Rail, out: *mut *mut fid_domain, context: *mut c_void) -> c_int {
    let Some(functions) = libfabric::find() else { return -FI_ENOSYS };
    let mut fabric = null_mut();
    // SAFETY: the info beneath is complete; what is opened is new, and nobody else knows it.
    unsafe {
        let code = (functions.fabric)((*rail.line.0).fabric_attr, &mut fabric, null_mut());
        if code != 0 {
            return code;
        }
        let code: c_int = call!((*(*fabric).ops).domain, fabric, rail.line.0, out, context);
        if code != 0 {
            let _: c_int = call!((*(*fabric).fid.ops).close, &raw mut (*fabric).fid);
            return code;
        }
        let domain = &mut **out;
        let mut hooks = Box::new(Domain {
            rail,
            queue: rail.bits_per_s.map(|rate| Mutex::new(Queue::new(rate))),
            fabric,
            ops: Hooked::new(domain.ops),
            mr: Hooked::new(domain.mr),
            fid_ops: Hooked::new(domain.fid.ops),
        });
        hooks.ops.ops.endpoint = Some(open_endpoint);
        hooks.ops.ops.endpoint2 = None;
        hooks.ops.ops.cq_open = Some(open_completions);
        memory::replace(&mut hooks.mr.ops);
        hooks.fid_ops.ops.close = Some(close);
        let hooks = Box::into_raw(hooks);
        domain.ops = &raw mut (*hooks).ops.ops;
        domain.mr = &raw mut (*hooks).mr.ops;
        domain.fid.ops = &raw mut (*hooks).fid_ops.ops;
    }
    counting::add(&rail.counters.domains, 1);
    0
}

unsafe extern "C" fn open_endpoint(
    domain: *mut fid_domain,
    _info: *mut fi_info,
    out: *mut *mut fid_ep,
    context: *mut c_void,
) -> c_int {
    // SAFETY: by libfabric's contract; a domain is closed after its endpoints.
    unsafe {
        let hooks: &'static Domain = owner((*domain).ops, offset_of!(Domain, ops));
        endpoint::open(hooks, domain, out, context)
    }
}

unsafe extern "C" fn open_completions(
    domain: *mut fid_domain,
    attr: *mut fi_cq_attr,
    out: *mut *mut fid_cq,
    context: *mut c_void,
) -> c_int {
    // SAFETY: by libfabric's contract; a domain is closed after its completion queues.
    unsafe {
        let hooks: &'static Domain = owner((*domain).ops, offset_of!(Domain, ops));
        completions::open(hooks, domain, attr, out, context)
    }
}

unsafe extern "C" fn close(fid: *mut fid) -> c_int {
    // SAFETY: by libfabric's contract, this is a domain that was opened here, and all that was
    // opened in it is closed; when it is closed beneath, nobody has its tables.
    unsafe {
        let hooks: &Domain = owner((*fid).ops, offset_of!(Domain, fid_ops));
        let code: c_int = call!(hooks.fid_ops.original.close, fid);
        if code == 0 {
            let hooks = Box::from_raw((&raw const *hooks).cast_mut());
            let fabric = hooks.fabric;
            let _: c_int = call!((*(*fabric).fid.ops).close, &raw mut (*fabric).fid);
        }
        code
    }
}
