//! The layouts of the C ABI as measured on real libraries, whatever bindgen makes of the header.

use std::mem::{align_of, offset_of, size_of};

use nixl_sys::*;

#[test]
fn agent_config_is_40_bytes() {
    type Config = nixl_capi_agent_config_t;
    assert_eq!((size_of::<Config>(), align_of::<Config>()), (40, 8));
    assert_eq!(offset_of!(Config, enable_prog_thread), 0);
    assert_eq!(offset_of!(Config, enable_listen_thread), 1);
    assert_eq!(offset_of!(Config, listen_port), 4);
    assert_eq!(offset_of!(Config, thread_sync), 8);
    assert_eq!(offset_of!(Config, num_workers), 12);
    assert_eq!(offset_of!(Config, pthr_delay_us), 16);
    assert_eq!(offset_of!(Config, lthr_delay_us), 24);
    assert_eq!(offset_of!(Config, capture_telemetry), 32);
}

#[test]
fn telemetry_is_five_words() {
    type Telemetry = nixl_capi_xfer_telemetry_s;
    assert_eq!((size_of::<Telemetry>(), align_of::<Telemetry>()), (40, 8));
    let offsets = [
        offset_of!(Telemetry, start_time_us),
        offset_of!(Telemetry, post_duration_us),
        offset_of!(Telemetry, xfer_duration_us),
        offset_of!(Telemetry, total_bytes),
        offset_of!(Telemetry, desc_count),
    ];
    assert_eq!(offsets, [0, 8, 16, 24, 32]);
}

#[test]
fn enums_are_four_bytes_and_handles_are_pointers() {
    assert_eq!(size_of::<nixl_capi_status_t>(), 4);
    assert_eq!(size_of::<nixl_capi_mem_type_t>(), 4);
    assert_eq!(size_of::<nixl_capi_xfer_op_t>(), 4);
    assert_eq!(size_of::<nixl_capi_thread_sync_t>(), 4);
    assert_eq!(size_of::<nixl_capi_cost_t>(), 4);
    assert_eq!(size_of::<nixl_capi_agent_t>(), size_of::<*mut u8>());
}

#[test]
fn statuses_have_the_numbers_that_libraries_return() {
    type Status = nixl_capi_status_t;
    assert_eq!(Status::NIXL_CAPI_SUCCESS.0, 0);
    assert_eq!(Status::NIXL_CAPI_IN_PROG.0, 1);
    assert_eq!(Status::NIXL_CAPI_ERROR_INVALID_PARAM.0, -1);
    assert_eq!(Status::NIXL_CAPI_ERROR_BACKEND.0, -2);
    assert_eq!(Status::NIXL_CAPI_ERROR_INVALID_STATE.0, -3);
    assert_eq!(Status::NIXL_CAPI_ERROR_EXCEPTION.0, -4);
    assert_eq!(Status::NIXL_CAPI_ERROR_NO_TELEMETRY.0, -5);
    assert_eq!(Status::NIXL_CAPI_ERROR_NOT_FOUND.0, -6);
}

#[test]
fn the_table_has_a_pointer_for_each_of_104_functions() {
    assert_eq!(size_of::<Functions>(), 104 * size_of::<*const u8>());
    assert_eq!(Functions::MANDATORY.len(), 96);
}
