//! A process that had a UCX backend leaves with code 0: UCX's bundled netlink library would crash it
//! where the host has its own.

use std::ptr::null_mut;

use nixl_sys::nixl_capi_status_t as Status;

use crate::open;
use crate::process::alone;

#[test]
fn a_process_that_had_a_backend_ends_well() {
    // For 1.5.1 the pinned libfabric is too old, which is no matter to UCX.
    for version in crate::wheels::VERSIONS {
        alone(version, || {
            let library = open(version);
            let functions = library.functions();
            let (mut agent, mut params, mut backend) = (null_mut(), null_mut(), null_mut());
            // SAFETY: names are C strings, out pointers are valid, and each object is made before
            // the call that takes it. Agent and backend are left to the process's exit.
            let statuses = unsafe {
                [
                    (functions.create_agent)(c"leaver".as_ptr(), &mut agent),
                    (functions.create_params)(&mut params),
                    (functions.create_backend)(agent, c"UCX".as_ptr(), params, &mut backend),
                ]
            };
            assert_eq!(statuses, [Status::NIXL_CAPI_SUCCESS; 3]);
        });
    }
}
