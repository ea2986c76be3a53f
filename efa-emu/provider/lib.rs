//! A libfabric provider that calls itself `efa` and shows emulated NICs over the `tcp` provider.
//!
//! libfabric loads it from `FI_PROVIDER_PATH` and calls [`fi_prov_ini`]. Objects (domains, endpoints,
//! completion queues, registrations) are those of `tcp` with some of their operations replaced; see
//! [`hook`].
//!
//! # Safety of all that libfabric calls
//!
//! C calls the operations here with pointers of which libfabric's manual says that they are valid:
//! objects are those that were opened here and are not closed, buffers are as long as is said. Every
//! `SAFETY` comment that says "by libfabric's contract" means that. Nothing here panics, since there
//! is nobody to catch it: no indexing with what comes from outside, no `unwrap`.

#[cfg(not(test))]
#[allow(dead_code, non_camel_case_types, unsafe_op_in_unsafe_fn)]
#[path = "../../nixl-sys/src/libfabric/bindings.rs"]
#[rustfmt::skip]
mod bindings;
#[cfg(not(test))]
#[allow(dead_code)]
#[path = "../src/counters.rs"]
mod counters;
#[cfg(not(test))]
#[allow(dead_code)]
#[path = "../src/emulation.rs"]
mod emulation;
#[cfg(not(test))]
#[allow(dead_code)]
#[path = "../src/topology.rs"]
mod topology;

#[cfg(test)]
use crate::{counters, emulation, topology};
#[cfg(test)]
use nixl_sys::libfabric as bindings;

mod completions;
mod counting;
mod domain;
mod endpoint;
mod fabric;
mod hook;
mod info;
mod libfabric;
mod memory;
mod messages;
mod nic;
mod pace;
mod posting;
mod queue;
mod rails;
mod remote;
mod settings;
mod sys;

use std::cell::UnsafeCell;
use std::ptr::null_mut;

use bindings::{fi_context, fi_provider};

/// Says something on standard error, whether or not anybody hears it.
macro_rules! say {
    ($($argument:tt)*) => {{
        use std::io::Write as _;
        let line = format!("efa-emu: {}\n", format_args!($($argument)*));
        // One write, so that lines of several processes do not mix; a closed standard error is
        // nobody's trouble.
        let _ = std::io::stderr().write_all(line.as_bytes());
    }};
}
pub(crate) use say;

/// What libfabric may write to: it keeps its own data in `context`.
struct Provider(UnsafeCell<fi_provider>);

// SAFETY: nothing here touches it once it is given to libfabric, which takes its own lock.
unsafe impl Sync for Provider {}

const fn version(major: u32, minor: u32) -> u32 {
    (major << 16) | minor
}

/// The libfabric whose structures the bindings have, and which `tcp` is asked for: with it, nothing
/// that newer ones appended is written into the memory of an older caller.
const API_VERSION: u32 = version(1, 18);

static PROVIDER: Provider = Provider(UnsafeCell::new(fi_provider {
    // Of two providers with one name libfabric takes the newer: more than any real one.
    version: version(9999, 0),
    fi_version: API_VERSION,
    context: fi_context { internal: [null_mut(); 4] },
    name: c"efa".as_ptr(),
    getinfo: Some(info::getinfo),
    fabric: Some(fabric::open),
    cleanup: None,
}));

/// Where libfabric enters. NULL makes libfabric go on without this provider.
#[unsafe(no_mangle)]
pub extern "C" fn fi_prov_ini() -> *mut fi_provider {
    if libfabric::find().is_none() {
        say!("libfabric.so.1 is not loaded under that name; no NIC is offered");
        return null_mut();
    }
    PROVIDER.0.get()
}
