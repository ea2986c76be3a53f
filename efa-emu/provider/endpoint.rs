//! Endpoints: those of `tcp`, with counting and pace put in front.

use std::ffi::{c_int, c_void};
use std::mem::offset_of;

use super::bindings::*;
use super::domain::Domain;
use super::hook::{Hooked, call, owner};
use super::{counting, messages, remote, say};

/// What belongs to an endpoint here.
#[repr(C)]
pub struct Endpoint {
    pub domain: &'static Domain,
    pub rma: Hooked<fi_ops_rma>,
    pub msg: Hooked<fi_ops_msg>,
    ops: Hooked<fi_ops_ep>,
    fid_ops: Hooked<fi_ops>,
}

/// Opens an endpoint beneath, and puts the operations here in front of it.
///
/// # Safety
/// By libfabric's contract; `domain` outlives the endpoint.
pub unsafe fn open(
    domain: &'static Domain,
    object: *mut fid_domain,
    out: *mut *mut fid_ep,
    context: *mut c_void,
) -> c_int {
    // SAFETY: the info is that which the domain beneath was opened with; the endpoint was just
    // opened, nobody else knows it, and it has all these tables.
    unsafe {
        let code: c_int =
            call!(domain.ops.original.endpoint, object, domain.rail.line.0, out, context);
        if code != 0 {
            return code;
        }
        let endpoint = &mut **out;
        let mut hooks = Box::new(Endpoint {
            domain,
            rma: Hooked::new(endpoint.rma),
            msg: Hooked::new(endpoint.msg),
            ops: Hooked::new(endpoint.ops),
            fid_ops: Hooked::new(endpoint.fid.ops),
        });
        remote::replace(&mut hooks.rma.ops);
        messages::replace(&mut hooks.msg.ops);
        hooks.ops.ops.setopt = Some(setopt);
        hooks.fid_ops.ops.close = Some(close);
        hooks.fid_ops.ops.bind = Some(bind);
        let hooks = Box::into_raw(hooks);
        endpoint.rma = &raw mut (*hooks).rma.ops;
        endpoint.msg = &raw mut (*hooks).msg.ops;
        endpoint.ops = &raw mut (*hooks).ops.ops;
        endpoint.fid.ops = &raw mut (*hooks).fid_ops.ops;
    }
    counting::add(&domain.rail.counters.endpoints, 1);
    0
}

/// Takes options that only EFA knows, and passes the others on.
unsafe extern "C" fn setopt(
    fid: fid_t,
    level: c_int,
    name: c_int,
    value: *const c_void,
    len: usize,
) -> c_int {
    let of_efa = FI_OPT_EFA_RNR_RETRY..=FI_OPT_EFA_RNR_RETRY + 0xff;
    let accepted = [FI_OPT_SHARED_MEMORY_PERMITTED, FI_OPT_CUDA_API_PERMITTED];
    if level == FI_OPT_ENDPOINT && (of_efa.contains(&name) || accepted.contains(&name)) {
        return 0;
    }
    // SAFETY: by libfabric's contract, this is an endpoint that was opened here.
    unsafe {
        let ops = (*fid.cast::<fid_ep>()).ops;
        let hooks: &Endpoint = owner(ops, offset_of!(Endpoint, ops));
        call!(hooks.ops.original.setopt, fid, level, name, value, len)
    }
}

/// Refuses what a pace cannot do: operations that do not complete would never free their record.
unsafe extern "C" fn bind(fid: *mut fid, other: *mut fid, flags: u64) -> c_int {
    // SAFETY: by libfabric's contract, these are an endpoint that was opened here and an object.
    unsafe {
        let hooks: &Endpoint = owner((*fid).ops, offset_of!(Endpoint, fid_ops));
        let selective = (*other).fclass == FI_CLASS_CQ && flags & FI_SELECTIVE_COMPLETION != 0;
        if selective && hooks.domain.queue.is_some() {
            say!("{}: no selective completion with a pace", hooks.domain.rail.nic.name);
            return -FI_EOPNOTSUPP;
        }
        call!(hooks.fid_ops.original.bind, fid, other, flags)
    }
}

unsafe extern "C" fn close(fid: *mut fid) -> c_int {
    // SAFETY: by libfabric's contract, this is an endpoint that was opened here, and nobody uses it
    // any more; when it is closed beneath, nobody has its tables.
    unsafe {
        let hooks: &Endpoint = owner((*fid).ops, offset_of!(Endpoint, fid_ops));
        hooks.domain.paced(|queue, _| queue.forget(fid.cast()));
        let code: c_int = call!(hooks.fid_ops.original.close, fid);
        if code == 0 {
            drop(Box::from_raw((&raw const *hooks).cast_mut()));
        }
        code
    }
}
