//! The description of a NIC in a `fi_info`: an object with an end of its own.

use std::ffi::{c_char, c_int, c_void};
use std::ptr::null_mut;

use super::bindings::*;
use super::rails::Rail;

/// A `fid_nic` and all that it points to, save strings that live for ever.
#[repr(C)]
struct Description {
    nic: fid_nic,
    device: fi_device_attr,
    bus: fi_bus_attr,
    link: fi_link_attr,
}

/// What EFA says of the size of its packets, in bytes.
const MTU: usize = 8928;

static mut OPERATIONS: fi_ops = fi_ops {
    size: size_of::<fi_ops>(),
    close: Some(close),
    bind: None,
    control: Some(control),
    ops_open: None,
    tostr: None,
    ops_set: None,
};

/// Describes a NIC; libfabric closes the description.
pub fn describe(rail: &'static Rail) -> *mut fid_nic {
    // libfabric only reads what these point to.
    let constant = |text: &'static std::ffi::CStr| text.as_ptr() as *mut c_char;
    let pci = fi_pci_attr { domain_id: 0, bus_id: rail.nic.bus, device_id: 0, function_id: 0 };
    let description = Box::into_raw(Box::new(Description {
        nic: fid_nic {
            fid: fid { fclass: FI_CLASS_NIC, context: null_mut(), ops: &raw mut OPERATIONS },
            device_attr: null_mut(),
            bus_attr: null_mut(),
            link_attr: null_mut(),
            prov_attr: (&raw const *rail) as *mut c_void,
        },
        device: fi_device_attr {
            name: constant(&rail.name),
            device_id: constant(c"0xefa2"),
            device_version: constant(c"emulated"),
            vendor_id: constant(c"0x1d0f"),
            driver: constant(c"efa-emu"),
            firmware: constant(c"0.0.0.0"),
        },
        bus: fi_bus_attr { bus_type: fi_bus_type::FI_BUS_PCI, attr: fi_bus_attr_of { pci } },
        link: fi_link_attr {
            address: constant(&rail.address),
            mtu: MTU,
            speed: usize::try_from(rail.nic.speed_bits_per_s).unwrap_or(usize::MAX),
            state: fi_link_state::FI_LINK_UP,
            network_type: constant(c"Ethernet"),
        },
    }));
    // SAFETY: it was just made.
    unsafe {
        (*description).nic.device_attr = &raw mut (*description).device;
        (*description).nic.bus_attr = &raw mut (*description).bus;
        (*description).nic.link_attr = &raw mut (*description).link;
    }
    description.cast()
}

unsafe extern "C" fn close(fid: *mut fid) -> c_int {
    // SAFETY: by libfabric's contract, it is one that `describe` made, and its last use.
    drop(unsafe { Box::from_raw(fid.cast::<Description>()) });
    0
}

unsafe extern "C" fn control(fid: *mut fid, command: c_int, out: *mut c_void) -> c_int {
    if command != FI_DUP {
        return -FI_ENOSYS;
    }
    // SAFETY: by libfabric's contract, it is one that `describe` made, with a rail that lives for
    // ever, and FI_DUP comes with a place for a pointer.
    unsafe {
        let rail: &'static Rail = &*(*fid.cast::<fid_nic>()).prov_attr.cast();
        *out.cast::<*mut fid_nic>() = describe(rail);
    }
    0
}
