//! Every pinned version opens, and has the functions that it should.

use nixl_sys::nixl_capi_status_t as Status;

use crate::process::alone;
use crate::{open, wheels};

#[test]
fn every_pinned_version_opens_and_makes_an_agent() {
    for version in wheels::VERSIONS {
        alone(version, || {
            let library = open(version);
            assert_eq!(library.installation().version.as_deref(), Some(version));
            let functions = library.functions();
            let mut agent = std::ptr::null_mut();
            // SAFETY: the name is a C string and the out pointer is valid.
            let status = unsafe { (functions.create_agent)(c"alone".as_ptr(), &mut agent) };
            assert_eq!(status, Status::NIXL_CAPI_SUCCESS);
            // SAFETY: the agent was just made.
            let status = unsafe { (functions.destroy_agent)(agent) };
            assert_eq!(status, Status::NIXL_CAPI_SUCCESS);
        });
    }
}

#[test]
fn optional_functions_are_there_since_1_5() {
    for version in wheels::VERSIONS {
        alone(version, || {
            let functions = *open(version).functions();
            let optional = [
                functions.create_remote_dlist.is_some(),
                functions.remote_dlist_add_desc.is_some(),
                functions.destroy_remote_dlist.is_some(),
                functions.prep_mem_view_local.is_some(),
                functions.prep_mem_view_remote.is_some(),
                functions.release_mem_view.is_some(),
                functions.opt_args_set_custom_param.is_some(),
                functions.opt_args_get_custom_param.is_some(),
            ];
            assert_eq!(optional, [version.starts_with("1.5."); 8]);
        });
    }
}

#[test]
fn versions_of_ucx_and_libfabric_are_read_from_the_libraries() {
    alone("versions", || {
        let library = open(wheels::DEFAULT);
        assert_eq!(library.libfabric_version().as_deref(), Some("2.5"));
        let ucx = library.ucx_version().expect("the UCX plugin has its own UCX");
        assert!(ucx.starts_with("1.23."), "{ucx}");
    });
}
