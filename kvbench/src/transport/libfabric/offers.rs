//! What libfabric offers: the NICs that NIXL's LIBFABRIC plugin would use, EFA's or the first of tcp.

use std::ffi::{CStr, c_char};
use std::ptr::{null, null_mut};

use nixl_sys::libfabric::*;

/// The version of the API that NIXL asks for.
const API: Version = Version { major: 1, minor: 18 };

/// NICs of one provider, each as libfabric describes it.
pub struct Offers {
    pub fabric: Functions,
    pub provider: String,
    /// Never freed; there is at least one.
    pub nics: Vec<*mut fi_info>,
}

impl Offers {
    /// Asks libfabric for reliable datagrams with remote memory.
    pub fn ask(fabric: Functions) -> Result<Self, String> {
        let list = ask(&fabric)?;
        let efa = named(list, c"efa");
        let (provider, nics) = match efa.is_empty() {
            false => ("efa", efa),
            true => ("tcp", named(list, c"tcp").into_iter().take(1).collect()),
        };
        if nics.is_empty() {
            return Err("libfabric offers neither efa nor tcp".to_owned());
        }
        Ok(Self { fabric, provider: provider.to_owned(), nics })
    }
}

fn ask(fabric: &Functions) -> Result<*mut fi_info, String> {
    let mut list = null_mut();
    // SAFETY: without an original, dupinfo makes an empty description with all attributes, or NULL;
    // it is freed after its last use. The out pointer is valid.
    let code = unsafe {
        let hints = (fabric.dupinfo)(null());
        let Some(wanted) = hints.as_mut() else { return Err("out of memory".to_owned()) };
        wanted.caps = FI_MSG | FI_RMA | FI_LOCAL_COMM | FI_REMOTE_COMM;
        (*wanted.ep_attr).type_ = fi_ep_type::FI_EP_RDM;
        (*wanted.domain_attr).mr_mode =
            FI_MR_LOCAL | FI_MR_VIRT_ADDR | FI_MR_ALLOCATED | FI_MR_PROV_KEY;
        (*wanted.domain_attr).threading = fi_threading::FI_THREAD_COMPLETION;
        let code = (fabric.getinfo)(API.bits(), null(), null(), 0, hints, &mut list);
        (fabric.freeinfo)(hints);
        code
    };
    super::check(fabric, "fi_getinfo", code as isize)?;
    Ok(list)
}

/// The first description of each domain of `provider`.
fn named(list: *mut fi_info, provider: &CStr) -> Vec<*mut fi_info> {
    let mut found: Vec<*mut fi_info> = Vec::new();
    let mut next = list;
    // SAFETY: the list is libfabric's, and never freed; attributes and names are NULL or valid.
    unsafe {
        let text = |text: *const c_char| (!text.is_null()).then(|| CStr::from_ptr(text));
        let domain = |info: *mut fi_info| text((*(*info).domain_attr).name);
        while let Some(info) = next.as_mut() {
            let same_domain = found.iter().any(|other| domain(*other) == domain(info));
            if text((*info.fabric_attr).prov_name) == Some(provider) && !same_domain {
                found.push(info);
            }
            next = info.next;
        }
    }
    found
}
