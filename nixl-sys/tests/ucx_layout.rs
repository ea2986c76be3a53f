//! The layouts of UCX's C ABI as the headers of 1.17 to 1.23 have them.

use std::mem::{offset_of, size_of};

use nixl_sys::ucx::*;

#[test]
fn a_status_is_one_byte() {
    assert_eq!(size_of::<ucs_status_t>(), 1);
    assert_eq!(ucs_status_t::UCS_INPROGRESS.0, 1);
    assert_eq!(ucs_status_t::UCS_ERR_UNSUPPORTED.0, -22);
    assert_eq!(ucs_status_t::UCS_ERR_ENDPOINT_TIMEOUT.0, -80);
    assert_eq!(ucs_status_t::UCS_ERR_LAST.0, -100);
}

#[test]
fn what_uct_lists() {
    assert_eq!(size_of::<uct_md_resource_desc_t>(), 16);
    type Component = uct_component_attr_t;
    assert_eq!(offset_of!(Component, name), 8);
    assert_eq!(offset_of!(Component, md_resource_count), 24);
    assert_eq!(offset_of!(Component, md_resources), 32);
    assert_eq!(size_of::<Component>(), 48);
    type Resource = uct_tl_resource_desc_t;
    assert_eq!(offset_of!(Resource, dev_name), 10);
    assert_eq!(offset_of!(Resource, dev_type), 44);
    assert_eq!(offset_of!(Resource, sys_device), 48);
    assert_eq!(size_of::<Resource>(), 52);
    assert_eq!(size_of::<ucs_sys_bus_id_t>(), 6);
    assert_eq!(offset_of!(ucs_sys_bus_id_t, function), 4);
}

#[test]
fn parameters() {
    assert_eq!(offset_of!(ucp_params_t, mt_workers_shared), 48);
    assert_eq!(offset_of!(ucp_params_t, name), 72);
    assert_eq!(offset_of!(ucp_context_attr_t, name), 32);
    assert_eq!(offset_of!(ucp_worker_params_t, cpu_mask), 16);
    assert_eq!(offset_of!(ucp_worker_params_t, events), 144);
    assert_eq!(offset_of!(ucp_worker_params_t, client_id), 192);
    assert_eq!(offset_of!(ucp_worker_attr_t, address), 16);
    assert_eq!(offset_of!(ucp_worker_attr_t, max_debug_string), 72);
    assert_eq!(offset_of!(ucp_ep_params_t, err_handler), 24);
    assert_eq!(offset_of!(ucp_ep_params_t, sockaddr), 56);
    assert_eq!(offset_of!(ucp_ep_params_t, local_sockaddr), 88);
    assert_eq!(offset_of!(ucp_ep_attr_t, transports), 296);
    assert_eq!(offset_of!(ucp_mem_map_params_t, memory_type), 32);
    assert_eq!(size_of::<ucp_mem_map_params_t>(), 48);
}

#[test]
fn a_request_is_described_by_72_bytes() {
    type Param = ucp_request_param_t;
    let offsets = [
        offset_of!(Param, op_attr_mask),
        offset_of!(Param, flags),
        offset_of!(Param, request),
        offset_of!(Param, cb),
        offset_of!(Param, datatype),
        offset_of!(Param, user_data),
        offset_of!(Param, reply_buffer),
        offset_of!(Param, memory_type),
        offset_of!(Param, recv_info),
        offset_of!(Param, memh),
    ];
    assert_eq!(offsets, [0, 4, 8, 16, 24, 32, 40, 48, 56, 64]);
    assert_eq!(size_of::<Param>(), 72);
    assert_eq!(UCP_OP_ATTR_FLAG_MULTI_SEND, 1 << 19);
}

#[test]
fn the_table_has_a_pointer_for_each_of_41_functions() {
    assert_eq!(size_of::<Functions>(), 41 * size_of::<*const u8>());
    assert_eq!(Functions::MANDATORY.len(), 41);
}
