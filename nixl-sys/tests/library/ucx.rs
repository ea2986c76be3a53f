//! The UCX of every pinned NIXL, through the bindings: it moves memory, and lists devices.

use std::collections::BTreeSet;
use std::ffi::{CStr, c_void};
use std::mem::zeroed;
use std::ptr::null_mut;

use nixl_sys::ucx::*;

use crate::process::alone;
use crate::wheels;

fn open(version: &str) -> Library {
    let nixl = wheels::installation(version);
    Library::open(&nixl, &wheels::dependencies(&nixl)).expect("a pinned NIXL has its UCX")
}

#[test]
fn memory_is_put_and_got_back() {
    for version in wheels::VERSIONS {
        alone(version, || {
            let library = open(version);
            let sent: Vec<u8> =
                (0..1_000_000_u32).map(|i| i.wrapping_mul(2_654_435_761) as u8).collect();
            let (mut target, mut back) = (vec![0; sent.len()], vec![0; sent.len()]);
            // SAFETY: see the function; the buffers outlive the call, and are of one length.
            unsafe { round_trip(library.functions(), &sent, &mut target, &mut back) };
            assert!(sent == target && sent == back);
        });
    }
}

/// Puts `sent` into `target` over an endpoint that leads back to its own worker, and gets it from there
/// into `back`.
///
/// # Safety
/// The slices are of one length.
unsafe fn round_trip(ucx: &Functions, sent: &[u8], target: &mut [u8], back: &mut [u8]) {
    let (mut context, mut worker, mut ep) = (null_mut(), null_mut(), null_mut());
    let (mut memory, mut key, mut key_bytes, mut size) = (null_mut(), null_mut(), null_mut(), 0);
    let params = ucp_params_t {
        field_mask: UCP_PARAM_FIELD_FEATURES,
        features: UCP_FEATURE_RMA,
        ..Default::default()
    };
    let worker_params = ucp_worker_params_t::default();
    let mut worker_attr =
        ucp_worker_attr_t { field_mask: UCP_WORKER_ATTR_FIELD_ADDRESS, ..Default::default() };
    let map_params = ucp_mem_map_params_t {
        field_mask: UCP_MEM_MAP_PARAM_FIELD_ADDRESS | UCP_MEM_MAP_PARAM_FIELD_LENGTH,
        address: target.as_mut_ptr().cast(),
        length: target.len(),
        ..Default::default()
    };
    let remote = target.as_mut_ptr().addr() as u64;
    let plain = ucp_request_param_t::default();
    // SAFETY: out pointers are valid, each object is made before the call that takes it and destroyed
    // after the last one that does, and no operation is left going on when memory is unmapped.
    unsafe {
        let init = ucx.ucp_init_version;
        ok((init)(UCP_API_MAJOR, UCP_API_MINOR, &params, null_mut(), &mut context));
        ok((ucx.ucp_worker_create)(context, &worker_params, &mut worker));
        ok((ucx.ucp_worker_query)(worker, &mut worker_attr));
        let ep_params = ucp_ep_params_t {
            field_mask: UCP_EP_PARAM_FIELD_REMOTE_ADDRESS,
            address: worker_attr.address,
            ..Default::default()
        };
        ok((ucx.ucp_ep_create)(worker, &ep_params, &mut ep));
        (ucx.ucp_worker_release_address)(worker, worker_attr.address);
        ok((ucx.ucp_mem_map)(context, &map_params, &mut memory));
        ok((ucx.ucp_rkey_pack)(context, memory, &mut key_bytes, &mut size));
        ok((ucx.ucp_ep_rkey_unpack)(ep, key_bytes, &mut key));
        (ucx.ucp_rkey_buffer_release)(key_bytes);

        let put = (ucx.ucp_put_nbx)(ep, sent.as_ptr().cast(), sent.len(), remote, key, &plain);
        wait(ucx, worker, put);
        wait(ucx, worker, (ucx.ucp_ep_flush_nbx)(ep, &plain));
        let get = (ucx.ucp_get_nbx)(ep, back.as_mut_ptr().cast(), back.len(), remote, key, &plain);
        wait(ucx, worker, get);
        assert_no_longer_than_asked(ucx, ep);

        (ucx.ucp_rkey_destroy)(key);
        wait(ucx, worker, (ucx.ucp_ep_close_nbx)(ep, &plain));
        ok((ucx.ucp_mem_unmap)(context, memory));
        (ucx.ucp_worker_destroy)(worker);
        (ucx.ucp_cleanup)(context);
    }
}

/// The endpoint tells its transports, and fills no more entries than there is room for.
///
/// # Safety
/// The endpoint is open.
unsafe fn assert_no_longer_than_asked(ucx: &Functions, ep: ucp_ep_h) {
    // SAFETY: all zeros are two entries of null pointers.
    let mut entries: [ucp_transport_entry_t; 2] = unsafe { zeroed() };
    let mut attr = ucp_ep_attr_t {
        field_mask: UCP_EP_ATTR_FIELD_TRANSPORTS,
        transports: ucp_transports_t {
            entries: entries.as_mut_ptr(),
            num_entries: 1,
            entry_size: size_of::<ucp_transport_entry_t>(),
        },
        ..Default::default()
    };
    // SAFETY: there is room for the entries announced, and the names last as long as the endpoint.
    unsafe {
        ok((ucx.ucp_ep_query)(ep, &mut attr));
        assert_eq!(attr.transports.num_entries, 1);
        assert!(!CStr::from_ptr(entries[0].transport_name).is_empty());
    }
    assert!(entries[1].transport_name.is_null());
}

/// # Safety
/// `pointer` was returned by a non-blocking call on `worker` and not waited for yet.
unsafe fn wait(ucx: &Functions, worker: ucp_worker_h, pointer: *mut c_void) {
    if let Some(status) = ucs_status_t::of_pointer(pointer) {
        return ok(status);
    }
    // SAFETY: a pointer that is no status is a request, which lives until it is freed.
    unsafe {
        // The process ends at its deadline.
        let status = loop {
            (ucx.ucp_worker_progress)(worker);
            match (ucx.ucp_request_check_status)(pointer) {
                ucs_status_t::UCS_INPROGRESS => {}
                status => break status,
            }
        };
        (ucx.ucp_request_free)(pointer);
        ok(status);
    }
}

#[track_caller]
fn ok(status: ucs_status_t) {
    assert_eq!(status, ucs_status_t::UCS_OK);
}

#[test]
fn statuses_have_a_text_and_ucx_a_version() {
    alone("texts", || {
        let library = open(wheels::DEFAULT);
        assert!(library.version().starts_with("1.23."), "{}", library.version());
        assert_eq!(library.status_text(ucs_status_t::UCS_OK), "Success");
        let (mut major, mut minor, mut release) = (0, 0, 0);
        // SAFETY: the pointers are valid.
        unsafe { (library.functions().ucp_get_version)(&mut major, &mut minor, &mut release) };
        assert_eq!(library.version(), format!("{major}.{minor}.{release}"));
    });
}

#[test]
fn components_are_listed_by_name() {
    for version in wheels::VERSIONS {
        alone(version, || {
            let library = open(version);
            let ucx = library.functions();
            let (mut components, mut count) = (null_mut(), 0);
            let mut names = BTreeSet::new();
            // SAFETY: the list has `count` components until it is released, and only the name is
            // asked for.
            unsafe {
                ok((ucx.uct_query_components)(&mut components, &mut count));
                for index in 0..count as usize {
                    let mut attr = uct_component_attr_t {
                        field_mask: UCT_COMPONENT_ATTR_FIELD_NAME,
                        ..Default::default()
                    };
                    ok((ucx.uct_component_query)(*components.add(index), &mut attr));
                    let name = CStr::from_ptr(attr.name.as_ptr());
                    names.insert(name.to_str().expect("names are ASCII").to_owned());
                }
                (ucx.uct_release_component_list)(components);
            }
            for name in ["self", "tcp", "sysv", "posix"] {
                assert!(names.contains(name), "no {name} in {names:?}");
            }
        });
    }
}
