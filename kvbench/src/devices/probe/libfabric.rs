//! What libfabric offers: the domains of its providers.

use std::collections::BTreeSet;
use std::ffi::{CStr, c_char};
use std::ptr::{null, null_mut};

use nixl_sys::libfabric::{
    FI_ENODATA, Library, Version, fi_bus_type, fi_info, fi_link_state, fid_nic,
};
use nixl_sys::{Dependencies, Installation, Source};

use super::{Answer, Seen, plain_path};
use crate::devices::{FabricDomain, PciAddress};
use crate::runtime::Nixl;

/// The version of the API that is asked for: the oldest that is supported.
const API: Version = Version { major: 1, minor: 18 };

/// Loads the libfabric that the LIBFABRIC plugin of `nixl` uses, and asks it for everything.
pub(super) fn see(nixl: &Nixl) -> Answer<FabricDomain> {
    let found = Installation::at(&nixl.prefix, Source::Explicit).map_err(|e| e.to_string())?;
    let dependencies = Dependencies::resolve(&found, &nixl.libraries, nixl.cuda_stub.as_deref());
    let libfabric = dependencies
        .iter()
        .find(|library| library.soname.starts_with("libfabric.so."))
        .ok_or("this NIXL has no LIBFABRIC plugin")?;
    let (file, _) = libfabric.file.as_ref().ok_or_else(|| {
        let rejected = libfabric.rejected.iter();
        let why: String =
            rejected.map(|(file, why)| format!("; {}: {why}", file.display())).collect();
        format!("{} was not found{why}", libfabric.soname)
    })?;
    let library = Library::open(file).map_err(|error| error.to_string())?;
    let devices = domains(&library)?;
    Ok(Seen { version: library.version().to_string(), file: plain_path(file), devices })
}

fn domains(library: &Library) -> Result<Vec<FabricDomain>, String> {
    let functions = library.functions();
    let mut first = null_mut();
    // SAFETY: node, service and hints may be null, and the out pointer is valid.
    let code = unsafe { (functions.getinfo)(API.bits(), null(), null(), 0, null(), &mut first) };
    match code {
        0 => {}
        code if code == -FI_ENODATA => return Ok(Vec::new()),
        code => {
            // SAFETY: the function takes any number, and its text belongs to the library.
            let why = unsafe { text((functions.strerror)(-code)) };
            return Err(format!("fi_getinfo failed: {}", why.unwrap_or(code.to_string())));
        }
    }
    let mut domains = BTreeSet::new();
    let mut next = first;
    // SAFETY: the list is fi_getinfo's, whole until it is freed below.
    while let Some(info) = unsafe { next.as_ref() } {
        // SAFETY: as above.
        domains.extend(unsafe { domain(info) });
        next = info.next;
    }
    // SAFETY: the list is fi_getinfo's, and nothing of it is used any more.
    unsafe { (functions.freeinfo)(first) };
    Ok(domains.into_iter().collect())
}

/// # Safety
/// `info` is of fi_getinfo's list: its attributes are null or valid, its strings null or C strings.
unsafe fn domain(info: &fi_info) -> Option<FabricDomain> {
    // SAFETY: the caller's promise.
    unsafe {
        let fabric = info.fabric_attr.as_ref()?;
        let mut found = FabricDomain {
            provider: text(fabric.prov_name)?,
            domain: text(info.domain_attr.as_ref()?.name).unwrap_or_default(),
            fabric: text(fabric.name).unwrap_or_default(),
            device: None,
            pci: None,
            bits_per_s: None,
            state: None,
        };
        if let Some(nic) = info.nic.as_ref() {
            describe(&mut found, nic);
        }
        Some(found)
    }
}

/// # Safety
/// As that of [`domain`].
unsafe fn describe(found: &mut FabricDomain, nic: &fid_nic) {
    // SAFETY: the caller's promise; the bus type says which address the union has.
    unsafe {
        found.device = nic.device_attr.as_ref().and_then(|device| text(device.name));
        let on_pci =
            |bus: &&nixl_sys::libfabric::fi_bus_attr| bus.bus_type == fi_bus_type::FI_BUS_PCI;
        found.pci = nic.bus_attr.as_ref().filter(on_pci).map(|bus| {
            let pci = bus.attr.pci;
            PciAddress {
                domain: pci.domain_id.into(),
                bus: pci.bus_id,
                device: pci.device_id,
                function: pci.function_id,
            }
        });
        let Some(link) = nic.link_attr.as_ref() else { return };
        found.bits_per_s = Some(link.speed as u64).filter(|speed| *speed > 0);
        found.state = match link.state {
            fi_link_state::FI_LINK_UP => Some("up".to_owned()),
            fi_link_state::FI_LINK_DOWN => Some("down".to_owned()),
            _ => None,
        };
    }
}

/// # Safety
/// `text` is null or a C string.
unsafe fn text(text: *const c_char) -> Option<String> {
    // SAFETY: not null, and then the caller's promise.
    (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned())
}
