//! What UCX offers: the devices of its transports, as its UCT layer lists them.

use std::collections::BTreeSet;
use std::ffi::CStr;
use std::ptr::{null, null_mut};
use std::slice;

use nixl_sys::ucx::*;
use nixl_sys::{Dependencies, Installation, Source};

use super::{Answer, Seen, plain_path};
use crate::devices::{PciAddress, UcxDevice, UcxKind};
use crate::runtime::Nixl;

/// Loads the UCX that the UCX plugin of `nixl` uses, and asks every component of it.
pub(super) fn see(nixl: &Nixl) -> Answer<UcxDevice> {
    let found = Installation::at(&nixl.prefix, Source::Explicit).map_err(|e| e.to_string())?;
    let dependencies = Dependencies::resolve(&found, &nixl.libraries, nixl.cuda_stub.as_deref());
    let library = Library::open(&found, &dependencies).map_err(|error| error.to_string())?;
    let devices = components(&library)?.into_iter().collect();
    Ok(Seen { version: library.version(), file: plain_path(library.path()), devices })
}

fn components(library: &Library) -> Result<BTreeSet<UcxDevice>, String> {
    let ucx = library.functions();
    let (mut list, mut count) = (null_mut(), 0);
    // SAFETY: the out pointers are valid.
    let status = unsafe { (ucx.uct_query_components)(&mut list, &mut count) };
    if status != ucs_status_t::UCS_OK {
        return Err(format!("uct_query_components failed: {}", library.status_text(status)));
    }
    let mut devices = BTreeSet::new();
    if list.is_null() {
        return Ok(devices);
    }
    // SAFETY: the list has `count` components until it is released.
    for component in unsafe { slice::from_raw_parts(list, count as usize) } {
        // SAFETY: the component is of the list.
        devices.extend(unsafe { of_component(ucx, *component) });
    }
    // SAFETY: the list is UCX's, and nothing of it is used any more.
    unsafe { (ucx.uct_release_component_list)(list) };
    Ok(devices)
}

/// The devices of a component; none where it cannot be asked, as one without its hardware.
///
/// # Safety
/// The component is of a list that was not released yet.
unsafe fn of_component(ucx: &Functions, component: uct_component_h) -> Vec<UcxDevice> {
    let mut attr = uct_component_attr_t {
        field_mask: UCT_COMPONENT_ATTR_FIELD_NAME | UCT_COMPONENT_ATTR_FIELD_MD_RESOURCE_COUNT,
        ..Default::default()
    };
    // SAFETY: the caller's promise, and only fields of the mask are written.
    if unsafe { (ucx.uct_component_query)(component, &mut attr) } != ucs_status_t::UCS_OK {
        return Vec::new();
    }
    let name = text(&attr.name);
    let mut domains = vec![uct_md_resource_desc_t::default(); attr.md_resource_count as usize];
    attr.field_mask = UCT_COMPONENT_ATTR_FIELD_MD_RESOURCES;
    attr.md_resources = domains.as_mut_ptr();
    // SAFETY: as above, and there is room for as many domains as were counted.
    if unsafe { (ucx.uct_component_query)(component, &mut attr) } != ucs_status_t::UCS_OK {
        return Vec::new();
    }
    // SAFETY: the caller's promise.
    domains.iter().flat_map(|domain| unsafe { of_domain(ucx, component, domain, &name) }).collect()
}

/// # Safety
/// As that of [`of_component`]; the memory domain is of the component.
unsafe fn of_domain(
    ucx: &Functions,
    component: uct_component_h,
    domain: &uct_md_resource_desc_t,
    name: &str,
) -> Vec<UcxDevice> {
    let (mut config, mut opened) = (null_mut(), null_mut());
    let (mut list, mut count) = (null_mut(), 0);
    let mut devices = Vec::new();
    // SAFETY: the caller's promise; out pointers are valid, what is read is released after its last use.
    unsafe {
        if (ucx.uct_md_config_read)(component, null(), null(), &mut config) != ucs_status_t::UCS_OK
        {
            return devices;
        }
        let status = (ucx.uct_md_open)(component, domain.md_name.as_ptr(), config, &mut opened);
        (ucx.uct_config_release)(config.cast());
        if status != ucs_status_t::UCS_OK {
            return devices;
        }
        let status = (ucx.uct_md_query_tl_resources)(opened, &mut list, &mut count);
        if status == ucs_status_t::UCS_OK && !list.is_null() {
            let resources = slice::from_raw_parts(list, count as usize);
            devices.extend(resources.iter().map(|resource| device(ucx, name, resource)));
            (ucx.uct_release_tl_resource_list)(list);
        }
        (ucx.uct_md_close)(opened);
    }
    devices
}

fn device(ucx: &Functions, component: &str, resource: &uct_tl_resource_desc_t) -> UcxDevice {
    let mut bus = ucs_sys_bus_id_t::default();
    let known = resource.sys_device != UCS_SYS_DEVICE_ID_UNKNOWN
        // SAFETY: the device's number is UCX's own, and the out pointer is valid.
        && unsafe { (ucx.ucs_topo_get_device_bus_id)(resource.sys_device, &mut bus) }
            == ucs_status_t::UCS_OK;
    UcxDevice {
        component: component.to_owned(),
        transport: text(&resource.tl_name),
        device: text(&resource.dev_name),
        kind: match resource.dev_type {
            uct_device_type_t::UCT_DEVICE_TYPE_NET => UcxKind::Network,
            uct_device_type_t::UCT_DEVICE_TYPE_SHM => UcxKind::SharedMemory,
            uct_device_type_t::UCT_DEVICE_TYPE_ACC => UcxKind::Accelerator,
            uct_device_type_t::UCT_DEVICE_TYPE_SELF => UcxKind::Loopback,
            _ => UcxKind::Other,
        },
        pci: known.then_some(PciAddress {
            domain: bus.domain.into(),
            bus: bus.bus,
            device: bus.slot,
            function: bus.function,
        }),
    }
}

/// The text of an array that ends with its first NUL.
fn text(chars: &[std::ffi::c_char]) -> String {
    let bytes: Vec<u8> = chars.iter().map(|char| char.cast_unsigned()).collect();
    match CStr::from_bytes_until_nul(&bytes) {
        Ok(text) => text.to_string_lossy().into_owned(),
        Err(_) => String::from_utf8_lossy(&bytes).into_owned(),
    }
}
