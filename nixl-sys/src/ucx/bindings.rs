// Generated from include/ucx_abi.h; see tests/bindings. Do not edit.

impl ucs_status_t {
    pub const UCS_OK: ucs_status_t = ucs_status_t(0);
    pub const UCS_INPROGRESS: ucs_status_t = ucs_status_t(1);
    pub const UCS_ERR_NO_MESSAGE: ucs_status_t = ucs_status_t(-1);
    pub const UCS_ERR_NO_RESOURCE: ucs_status_t = ucs_status_t(-2);
    pub const UCS_ERR_IO_ERROR: ucs_status_t = ucs_status_t(-3);
    pub const UCS_ERR_NO_MEMORY: ucs_status_t = ucs_status_t(-4);
    pub const UCS_ERR_INVALID_PARAM: ucs_status_t = ucs_status_t(-5);
    pub const UCS_ERR_UNREACHABLE: ucs_status_t = ucs_status_t(-6);
    pub const UCS_ERR_INVALID_ADDR: ucs_status_t = ucs_status_t(-7);
    pub const UCS_ERR_NOT_IMPLEMENTED: ucs_status_t = ucs_status_t(-8);
    pub const UCS_ERR_MESSAGE_TRUNCATED: ucs_status_t = ucs_status_t(-9);
    pub const UCS_ERR_NO_PROGRESS: ucs_status_t = ucs_status_t(-10);
    pub const UCS_ERR_BUFFER_TOO_SMALL: ucs_status_t = ucs_status_t(-11);
    pub const UCS_ERR_NO_ELEM: ucs_status_t = ucs_status_t(-12);
    pub const UCS_ERR_SOME_CONNECTS_FAILED: ucs_status_t = ucs_status_t(-13);
    pub const UCS_ERR_NO_DEVICE: ucs_status_t = ucs_status_t(-14);
    pub const UCS_ERR_BUSY: ucs_status_t = ucs_status_t(-15);
    pub const UCS_ERR_CANCELED: ucs_status_t = ucs_status_t(-16);
    pub const UCS_ERR_SHMEM_SEGMENT: ucs_status_t = ucs_status_t(-17);
    pub const UCS_ERR_ALREADY_EXISTS: ucs_status_t = ucs_status_t(-18);
    pub const UCS_ERR_OUT_OF_RANGE: ucs_status_t = ucs_status_t(-19);
    pub const UCS_ERR_TIMED_OUT: ucs_status_t = ucs_status_t(-20);
    pub const UCS_ERR_EXCEEDS_LIMIT: ucs_status_t = ucs_status_t(-21);
    pub const UCS_ERR_UNSUPPORTED: ucs_status_t = ucs_status_t(-22);
    pub const UCS_ERR_REJECTED: ucs_status_t = ucs_status_t(-23);
    pub const UCS_ERR_NOT_CONNECTED: ucs_status_t = ucs_status_t(-24);
    pub const UCS_ERR_CONNECTION_RESET: ucs_status_t = ucs_status_t(-25);
    pub const UCS_ERR_ENDPOINT_TIMEOUT: ucs_status_t = ucs_status_t(-80);
    pub const UCS_ERR_LAST: ucs_status_t = ucs_status_t(-100);
}
#[repr(transparent)]
#[derive(Debug, Copy, Clone, Hash, PartialEq, Eq)]
pub struct ucs_status_t(pub ::std::os::raw::c_schar);
pub type ucs_status_ptr_t = *mut ::std::os::raw::c_void;
impl ucs_thread_mode_t {
    pub const UCS_THREAD_MODE_SINGLE: ucs_thread_mode_t = ucs_thread_mode_t(0);
    pub const UCS_THREAD_MODE_SERIALIZED: ucs_thread_mode_t = ucs_thread_mode_t(1);
    pub const UCS_THREAD_MODE_MULTI: ucs_thread_mode_t = ucs_thread_mode_t(2);
}
#[repr(transparent)]
#[derive(Debug, Copy, Clone, Hash, PartialEq, Eq)]
pub struct ucs_thread_mode_t(pub ::std::os::raw::c_uint);
impl ucs_memory_type_t {
    pub const UCS_MEMORY_TYPE_HOST: ucs_memory_type_t = ucs_memory_type_t(0);
    pub const UCS_MEMORY_TYPE_CUDA: ucs_memory_type_t = ucs_memory_type_t(1);
    pub const UCS_MEMORY_TYPE_CUDA_MANAGED: ucs_memory_type_t = ucs_memory_type_t(2);
}
#[repr(transparent)]
#[derive(Debug, Copy, Clone, Hash, PartialEq, Eq)]
pub struct ucs_memory_type_t(pub ::std::os::raw::c_uint);
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct ucs_cpu_set_t {
    pub bits: [u64; 16usize],
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of ucs_cpu_set_t"][::std::mem::size_of::<ucs_cpu_set_t>() - 128usize];
    ["Alignment of ucs_cpu_set_t"][::std::mem::align_of::<ucs_cpu_set_t>() - 8usize];
    [
        "Offset of field: ucs_cpu_set_t::bits",
    ][::std::mem::offset_of!(ucs_cpu_set_t, bits) - 0usize];
};
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct ucs_sock_addr_t {
    pub addr: *const ::std::os::raw::c_void,
    pub addrlen: u32,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of ucs_sock_addr_t"][::std::mem::size_of::<ucs_sock_addr_t>() - 16usize];
    ["Alignment of ucs_sock_addr_t"][::std::mem::align_of::<ucs_sock_addr_t>() - 8usize];
    [
        "Offset of field: ucs_sock_addr_t::addr",
    ][::std::mem::offset_of!(ucs_sock_addr_t, addr) - 0usize];
    [
        "Offset of field: ucs_sock_addr_t::addrlen",
    ][::std::mem::offset_of!(ucs_sock_addr_t, addrlen) - 8usize];
};
impl Default for ucs_sock_addr_t {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
pub type ucs_sys_device_t = u8;
pub const UCS_SYS_DEVICE_ID_UNKNOWN: ucs_sys_device_t = 255;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct ucs_sys_bus_id_t {
    pub domain: u16,
    pub bus: u8,
    pub slot: u8,
    pub function: u8,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of ucs_sys_bus_id_t"][::std::mem::size_of::<ucs_sys_bus_id_t>() - 6usize];
    [
        "Alignment of ucs_sys_bus_id_t",
    ][::std::mem::align_of::<ucs_sys_bus_id_t>() - 2usize];
    [
        "Offset of field: ucs_sys_bus_id_t::domain",
    ][::std::mem::offset_of!(ucs_sys_bus_id_t, domain) - 0usize];
    [
        "Offset of field: ucs_sys_bus_id_t::bus",
    ][::std::mem::offset_of!(ucs_sys_bus_id_t, bus) - 2usize];
    [
        "Offset of field: ucs_sys_bus_id_t::slot",
    ][::std::mem::offset_of!(ucs_sys_bus_id_t, slot) - 3usize];
    [
        "Offset of field: ucs_sys_bus_id_t::function",
    ][::std::mem::offset_of!(ucs_sys_bus_id_t, function) - 4usize];
};
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct uct_component {
    _unused: [u8; 0],
}
pub type uct_component_h = *mut uct_component;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct uct_md {
    _unused: [u8; 0],
}
pub type uct_md_h = *mut uct_md;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct uct_md_config {
    _unused: [u8; 0],
}
pub type uct_md_config_t = uct_md_config;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct uct_md_resource_desc_t {
    pub md_name: [::std::os::raw::c_char; 16usize],
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    [
        "Size of uct_md_resource_desc_t",
    ][::std::mem::size_of::<uct_md_resource_desc_t>() - 16usize];
    [
        "Alignment of uct_md_resource_desc_t",
    ][::std::mem::align_of::<uct_md_resource_desc_t>() - 1usize];
    [
        "Offset of field: uct_md_resource_desc_t::md_name",
    ][::std::mem::offset_of!(uct_md_resource_desc_t, md_name) - 0usize];
};
pub const UCT_COMPONENT_ATTR_FIELD_NAME: u64 = 1;
pub const UCT_COMPONENT_ATTR_FIELD_MD_RESOURCE_COUNT: u64 = 2;
pub const UCT_COMPONENT_ATTR_FIELD_MD_RESOURCES: u64 = 4;
pub const UCT_COMPONENT_ATTR_FIELD_FLAGS: u64 = 8;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct uct_component_attr_t {
    pub field_mask: u64,
    pub name: [::std::os::raw::c_char; 16usize],
    pub md_resource_count: ::std::os::raw::c_uint,
    pub md_resources: *mut uct_md_resource_desc_t,
    pub flags: u64,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    [
        "Size of uct_component_attr_t",
    ][::std::mem::size_of::<uct_component_attr_t>() - 48usize];
    [
        "Alignment of uct_component_attr_t",
    ][::std::mem::align_of::<uct_component_attr_t>() - 8usize];
    [
        "Offset of field: uct_component_attr_t::field_mask",
    ][::std::mem::offset_of!(uct_component_attr_t, field_mask) - 0usize];
    [
        "Offset of field: uct_component_attr_t::name",
    ][::std::mem::offset_of!(uct_component_attr_t, name) - 8usize];
    [
        "Offset of field: uct_component_attr_t::md_resource_count",
    ][::std::mem::offset_of!(uct_component_attr_t, md_resource_count) - 24usize];
    [
        "Offset of field: uct_component_attr_t::md_resources",
    ][::std::mem::offset_of!(uct_component_attr_t, md_resources) - 32usize];
    [
        "Offset of field: uct_component_attr_t::flags",
    ][::std::mem::offset_of!(uct_component_attr_t, flags) - 40usize];
};
impl Default for uct_component_attr_t {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
impl uct_device_type_t {
    pub const UCT_DEVICE_TYPE_NET: uct_device_type_t = uct_device_type_t(0);
    pub const UCT_DEVICE_TYPE_SHM: uct_device_type_t = uct_device_type_t(1);
    pub const UCT_DEVICE_TYPE_ACC: uct_device_type_t = uct_device_type_t(2);
    pub const UCT_DEVICE_TYPE_SELF: uct_device_type_t = uct_device_type_t(3);
}
#[repr(transparent)]
#[derive(Debug, Copy, Clone, Hash, PartialEq, Eq)]
pub struct uct_device_type_t(pub ::std::os::raw::c_uint);
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct uct_tl_resource_desc_t {
    pub tl_name: [::std::os::raw::c_char; 10usize],
    pub dev_name: [::std::os::raw::c_char; 32usize],
    pub dev_type: uct_device_type_t,
    pub sys_device: ucs_sys_device_t,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    [
        "Size of uct_tl_resource_desc_t",
    ][::std::mem::size_of::<uct_tl_resource_desc_t>() - 52usize];
    [
        "Alignment of uct_tl_resource_desc_t",
    ][::std::mem::align_of::<uct_tl_resource_desc_t>() - 4usize];
    [
        "Offset of field: uct_tl_resource_desc_t::tl_name",
    ][::std::mem::offset_of!(uct_tl_resource_desc_t, tl_name) - 0usize];
    [
        "Offset of field: uct_tl_resource_desc_t::dev_name",
    ][::std::mem::offset_of!(uct_tl_resource_desc_t, dev_name) - 10usize];
    [
        "Offset of field: uct_tl_resource_desc_t::dev_type",
    ][::std::mem::offset_of!(uct_tl_resource_desc_t, dev_type) - 44usize];
    [
        "Offset of field: uct_tl_resource_desc_t::sys_device",
    ][::std::mem::offset_of!(uct_tl_resource_desc_t, sys_device) - 48usize];
};
impl Default for uct_tl_resource_desc_t {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct ucp_context {
    _unused: [u8; 0],
}
pub type ucp_context_h = *mut ucp_context;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct ucp_config {
    _unused: [u8; 0],
}
pub type ucp_config_t = ucp_config;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct ucp_worker {
    _unused: [u8; 0],
}
pub type ucp_worker_h = *mut ucp_worker;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct ucp_address {
    _unused: [u8; 0],
}
pub type ucp_address_t = ucp_address;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct ucp_ep {
    _unused: [u8; 0],
}
pub type ucp_ep_h = *mut ucp_ep;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct ucp_conn_request {
    _unused: [u8; 0],
}
pub type ucp_conn_request_h = *mut ucp_conn_request;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct ucp_mem {
    _unused: [u8; 0],
}
pub type ucp_mem_h = *mut ucp_mem;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct ucp_rkey {
    _unused: [u8; 0],
}
pub type ucp_rkey_h = *mut ucp_rkey;
pub type ucp_datatype_t = u64;
pub const UCP_API_MAJOR: ::std::os::raw::c_uint = 1;
pub const UCP_API_MINOR: ::std::os::raw::c_uint = 17;
pub const UCP_FEATURE_TAG: u64 = 1;
pub const UCP_FEATURE_RMA: u64 = 2;
pub const UCP_FEATURE_WAKEUP: u64 = 16;
pub const UCP_FEATURE_AM: u64 = 64;
pub const UCP_PARAM_FIELD_FEATURES: u64 = 1;
pub const UCP_PARAM_FIELD_REQUEST_SIZE: u64 = 2;
pub const UCP_PARAM_FIELD_MT_WORKERS_SHARED: u64 = 32;
pub const UCP_PARAM_FIELD_ESTIMATED_NUM_EPS: u64 = 64;
pub const UCP_PARAM_FIELD_ESTIMATED_NUM_PPN: u64 = 128;
pub const UCP_PARAM_FIELD_NAME: u64 = 256;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct ucp_params_t {
    pub field_mask: u64,
    pub features: u64,
    pub request_size: usize,
    pub request_init: ::std::option::Option<
        unsafe extern "C" fn(request: *mut ::std::os::raw::c_void),
    >,
    pub request_cleanup: ::std::option::Option<
        unsafe extern "C" fn(request: *mut ::std::os::raw::c_void),
    >,
    pub tag_sender_mask: u64,
    pub mt_workers_shared: ::std::os::raw::c_int,
    pub estimated_num_eps: usize,
    pub estimated_num_ppn: usize,
    pub name: *const ::std::os::raw::c_char,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of ucp_params_t"][::std::mem::size_of::<ucp_params_t>() - 80usize];
    ["Alignment of ucp_params_t"][::std::mem::align_of::<ucp_params_t>() - 8usize];
    [
        "Offset of field: ucp_params_t::field_mask",
    ][::std::mem::offset_of!(ucp_params_t, field_mask) - 0usize];
    [
        "Offset of field: ucp_params_t::features",
    ][::std::mem::offset_of!(ucp_params_t, features) - 8usize];
    [
        "Offset of field: ucp_params_t::request_size",
    ][::std::mem::offset_of!(ucp_params_t, request_size) - 16usize];
    [
        "Offset of field: ucp_params_t::request_init",
    ][::std::mem::offset_of!(ucp_params_t, request_init) - 24usize];
    [
        "Offset of field: ucp_params_t::request_cleanup",
    ][::std::mem::offset_of!(ucp_params_t, request_cleanup) - 32usize];
    [
        "Offset of field: ucp_params_t::tag_sender_mask",
    ][::std::mem::offset_of!(ucp_params_t, tag_sender_mask) - 40usize];
    [
        "Offset of field: ucp_params_t::mt_workers_shared",
    ][::std::mem::offset_of!(ucp_params_t, mt_workers_shared) - 48usize];
    [
        "Offset of field: ucp_params_t::estimated_num_eps",
    ][::std::mem::offset_of!(ucp_params_t, estimated_num_eps) - 56usize];
    [
        "Offset of field: ucp_params_t::estimated_num_ppn",
    ][::std::mem::offset_of!(ucp_params_t, estimated_num_ppn) - 64usize];
    [
        "Offset of field: ucp_params_t::name",
    ][::std::mem::offset_of!(ucp_params_t, name) - 72usize];
};
impl Default for ucp_params_t {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
pub const UCP_ATTR_FIELD_REQUEST_SIZE: u64 = 1;
pub const UCP_ATTR_FIELD_THREAD_MODE: u64 = 2;
pub const UCP_ATTR_FIELD_MEMORY_TYPES: u64 = 4;
pub const UCP_ATTR_FIELD_NAME: u64 = 8;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct ucp_context_attr_t {
    pub field_mask: u64,
    pub request_size: usize,
    pub thread_mode: ucs_thread_mode_t,
    pub memory_types: u64,
    pub name: [::std::os::raw::c_char; 32usize],
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    [
        "Size of ucp_context_attr_t",
    ][::std::mem::size_of::<ucp_context_attr_t>() - 64usize];
    [
        "Alignment of ucp_context_attr_t",
    ][::std::mem::align_of::<ucp_context_attr_t>() - 8usize];
    [
        "Offset of field: ucp_context_attr_t::field_mask",
    ][::std::mem::offset_of!(ucp_context_attr_t, field_mask) - 0usize];
    [
        "Offset of field: ucp_context_attr_t::request_size",
    ][::std::mem::offset_of!(ucp_context_attr_t, request_size) - 8usize];
    [
        "Offset of field: ucp_context_attr_t::thread_mode",
    ][::std::mem::offset_of!(ucp_context_attr_t, thread_mode) - 16usize];
    [
        "Offset of field: ucp_context_attr_t::memory_types",
    ][::std::mem::offset_of!(ucp_context_attr_t, memory_types) - 24usize];
    [
        "Offset of field: ucp_context_attr_t::name",
    ][::std::mem::offset_of!(ucp_context_attr_t, name) - 32usize];
};
impl Default for ucp_context_attr_t {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
pub const UCP_WORKER_PARAM_FIELD_THREAD_MODE: u64 = 1;
pub const UCP_WORKER_PARAM_FIELD_CPU_MASK: u64 = 2;
pub const UCP_WORKER_PARAM_FIELD_FLAGS: u64 = 32;
pub const UCP_WORKER_PARAM_FIELD_NAME: u64 = 64;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct ucp_worker_params_t {
    pub field_mask: u64,
    pub thread_mode: ucs_thread_mode_t,
    pub cpu_mask: ucs_cpu_set_t,
    pub events: ::std::os::raw::c_uint,
    pub user_data: *mut ::std::os::raw::c_void,
    pub event_fd: ::std::os::raw::c_int,
    pub flags: u64,
    pub name: *const ::std::os::raw::c_char,
    pub am_alignment: usize,
    pub client_id: u64,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    [
        "Size of ucp_worker_params_t",
    ][::std::mem::size_of::<ucp_worker_params_t>() - 200usize];
    [
        "Alignment of ucp_worker_params_t",
    ][::std::mem::align_of::<ucp_worker_params_t>() - 8usize];
    [
        "Offset of field: ucp_worker_params_t::field_mask",
    ][::std::mem::offset_of!(ucp_worker_params_t, field_mask) - 0usize];
    [
        "Offset of field: ucp_worker_params_t::thread_mode",
    ][::std::mem::offset_of!(ucp_worker_params_t, thread_mode) - 8usize];
    [
        "Offset of field: ucp_worker_params_t::cpu_mask",
    ][::std::mem::offset_of!(ucp_worker_params_t, cpu_mask) - 16usize];
    [
        "Offset of field: ucp_worker_params_t::events",
    ][::std::mem::offset_of!(ucp_worker_params_t, events) - 144usize];
    [
        "Offset of field: ucp_worker_params_t::user_data",
    ][::std::mem::offset_of!(ucp_worker_params_t, user_data) - 152usize];
    [
        "Offset of field: ucp_worker_params_t::event_fd",
    ][::std::mem::offset_of!(ucp_worker_params_t, event_fd) - 160usize];
    [
        "Offset of field: ucp_worker_params_t::flags",
    ][::std::mem::offset_of!(ucp_worker_params_t, flags) - 168usize];
    [
        "Offset of field: ucp_worker_params_t::name",
    ][::std::mem::offset_of!(ucp_worker_params_t, name) - 176usize];
    [
        "Offset of field: ucp_worker_params_t::am_alignment",
    ][::std::mem::offset_of!(ucp_worker_params_t, am_alignment) - 184usize];
    [
        "Offset of field: ucp_worker_params_t::client_id",
    ][::std::mem::offset_of!(ucp_worker_params_t, client_id) - 192usize];
};
impl Default for ucp_worker_params_t {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
pub const UCP_WORKER_ATTR_FIELD_THREAD_MODE: u64 = 1;
pub const UCP_WORKER_ATTR_FIELD_ADDRESS: u64 = 2;
pub const UCP_WORKER_ATTR_FIELD_ADDRESS_FLAGS: u64 = 4;
pub const UCP_WORKER_ATTR_FIELD_NAME: u64 = 16;
pub const UCP_WORKER_ADDRESS_FLAG_NET_ONLY: u32 = 1;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct ucp_worker_attr_t {
    pub field_mask: u64,
    pub thread_mode: ucs_thread_mode_t,
    pub address_flags: u32,
    pub address: *mut ucp_address_t,
    pub address_length: usize,
    pub max_am_header: usize,
    pub name: [::std::os::raw::c_char; 32usize],
    pub max_debug_string: usize,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of ucp_worker_attr_t"][::std::mem::size_of::<ucp_worker_attr_t>() - 80usize];
    [
        "Alignment of ucp_worker_attr_t",
    ][::std::mem::align_of::<ucp_worker_attr_t>() - 8usize];
    [
        "Offset of field: ucp_worker_attr_t::field_mask",
    ][::std::mem::offset_of!(ucp_worker_attr_t, field_mask) - 0usize];
    [
        "Offset of field: ucp_worker_attr_t::thread_mode",
    ][::std::mem::offset_of!(ucp_worker_attr_t, thread_mode) - 8usize];
    [
        "Offset of field: ucp_worker_attr_t::address_flags",
    ][::std::mem::offset_of!(ucp_worker_attr_t, address_flags) - 12usize];
    [
        "Offset of field: ucp_worker_attr_t::address",
    ][::std::mem::offset_of!(ucp_worker_attr_t, address) - 16usize];
    [
        "Offset of field: ucp_worker_attr_t::address_length",
    ][::std::mem::offset_of!(ucp_worker_attr_t, address_length) - 24usize];
    [
        "Offset of field: ucp_worker_attr_t::max_am_header",
    ][::std::mem::offset_of!(ucp_worker_attr_t, max_am_header) - 32usize];
    [
        "Offset of field: ucp_worker_attr_t::name",
    ][::std::mem::offset_of!(ucp_worker_attr_t, name) - 40usize];
    [
        "Offset of field: ucp_worker_attr_t::max_debug_string",
    ][::std::mem::offset_of!(ucp_worker_attr_t, max_debug_string) - 72usize];
};
impl Default for ucp_worker_attr_t {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
impl ucp_err_handling_mode_t {
    pub const UCP_ERR_HANDLING_MODE_NONE: ucp_err_handling_mode_t = ucp_err_handling_mode_t(
        0,
    );
    pub const UCP_ERR_HANDLING_MODE_PEER: ucp_err_handling_mode_t = ucp_err_handling_mode_t(
        1,
    );
}
#[repr(transparent)]
#[derive(Debug, Copy, Clone, Hash, PartialEq, Eq)]
pub struct ucp_err_handling_mode_t(pub ::std::os::raw::c_uint);
pub type ucp_err_handler_cb_t = ::std::option::Option<
    unsafe extern "C" fn(
        arg: *mut ::std::os::raw::c_void,
        ep: ucp_ep_h,
        status: ucs_status_t,
    ),
>;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct ucp_err_handler_t {
    pub cb: ucp_err_handler_cb_t,
    pub arg: *mut ::std::os::raw::c_void,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of ucp_err_handler_t"][::std::mem::size_of::<ucp_err_handler_t>() - 16usize];
    [
        "Alignment of ucp_err_handler_t",
    ][::std::mem::align_of::<ucp_err_handler_t>() - 8usize];
    [
        "Offset of field: ucp_err_handler_t::cb",
    ][::std::mem::offset_of!(ucp_err_handler_t, cb) - 0usize];
    [
        "Offset of field: ucp_err_handler_t::arg",
    ][::std::mem::offset_of!(ucp_err_handler_t, arg) - 8usize];
};
impl Default for ucp_err_handler_t {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
pub const UCP_EP_PARAM_FIELD_REMOTE_ADDRESS: u64 = 1;
pub const UCP_EP_PARAM_FIELD_ERR_HANDLING_MODE: u64 = 2;
pub const UCP_EP_PARAM_FIELD_ERR_HANDLER: u64 = 4;
pub const UCP_EP_PARAM_FIELD_FLAGS: u64 = 32;
pub const UCP_EP_PARAM_FIELD_NAME: u64 = 128;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct ucp_ep_params_t {
    pub field_mask: u64,
    pub address: *const ucp_address_t,
    pub err_mode: ucp_err_handling_mode_t,
    pub err_handler: ucp_err_handler_t,
    pub user_data: *mut ::std::os::raw::c_void,
    pub flags: ::std::os::raw::c_uint,
    pub sockaddr: ucs_sock_addr_t,
    pub conn_request: ucp_conn_request_h,
    pub name: *const ::std::os::raw::c_char,
    pub local_sockaddr: ucs_sock_addr_t,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of ucp_ep_params_t"][::std::mem::size_of::<ucp_ep_params_t>() - 104usize];
    ["Alignment of ucp_ep_params_t"][::std::mem::align_of::<ucp_ep_params_t>() - 8usize];
    [
        "Offset of field: ucp_ep_params_t::field_mask",
    ][::std::mem::offset_of!(ucp_ep_params_t, field_mask) - 0usize];
    [
        "Offset of field: ucp_ep_params_t::address",
    ][::std::mem::offset_of!(ucp_ep_params_t, address) - 8usize];
    [
        "Offset of field: ucp_ep_params_t::err_mode",
    ][::std::mem::offset_of!(ucp_ep_params_t, err_mode) - 16usize];
    [
        "Offset of field: ucp_ep_params_t::err_handler",
    ][::std::mem::offset_of!(ucp_ep_params_t, err_handler) - 24usize];
    [
        "Offset of field: ucp_ep_params_t::user_data",
    ][::std::mem::offset_of!(ucp_ep_params_t, user_data) - 40usize];
    [
        "Offset of field: ucp_ep_params_t::flags",
    ][::std::mem::offset_of!(ucp_ep_params_t, flags) - 48usize];
    [
        "Offset of field: ucp_ep_params_t::sockaddr",
    ][::std::mem::offset_of!(ucp_ep_params_t, sockaddr) - 56usize];
    [
        "Offset of field: ucp_ep_params_t::conn_request",
    ][::std::mem::offset_of!(ucp_ep_params_t, conn_request) - 72usize];
    [
        "Offset of field: ucp_ep_params_t::name",
    ][::std::mem::offset_of!(ucp_ep_params_t, name) - 80usize];
    [
        "Offset of field: ucp_ep_params_t::local_sockaddr",
    ][::std::mem::offset_of!(ucp_ep_params_t, local_sockaddr) - 88usize];
};
impl Default for ucp_ep_params_t {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct ucp_transport_entry_t {
    pub transport_name: *const ::std::os::raw::c_char,
    pub device_name: *const ::std::os::raw::c_char,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    [
        "Size of ucp_transport_entry_t",
    ][::std::mem::size_of::<ucp_transport_entry_t>() - 16usize];
    [
        "Alignment of ucp_transport_entry_t",
    ][::std::mem::align_of::<ucp_transport_entry_t>() - 8usize];
    [
        "Offset of field: ucp_transport_entry_t::transport_name",
    ][::std::mem::offset_of!(ucp_transport_entry_t, transport_name) - 0usize];
    [
        "Offset of field: ucp_transport_entry_t::device_name",
    ][::std::mem::offset_of!(ucp_transport_entry_t, device_name) - 8usize];
};
impl Default for ucp_transport_entry_t {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct ucp_transports_t {
    pub entries: *mut ucp_transport_entry_t,
    pub num_entries: ::std::os::raw::c_uint,
    pub entry_size: usize,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of ucp_transports_t"][::std::mem::size_of::<ucp_transports_t>() - 24usize];
    [
        "Alignment of ucp_transports_t",
    ][::std::mem::align_of::<ucp_transports_t>() - 8usize];
    [
        "Offset of field: ucp_transports_t::entries",
    ][::std::mem::offset_of!(ucp_transports_t, entries) - 0usize];
    [
        "Offset of field: ucp_transports_t::num_entries",
    ][::std::mem::offset_of!(ucp_transports_t, num_entries) - 8usize];
    [
        "Offset of field: ucp_transports_t::entry_size",
    ][::std::mem::offset_of!(ucp_transports_t, entry_size) - 16usize];
};
impl Default for ucp_transports_t {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
pub const UCP_EP_ATTR_FIELD_NAME: u64 = 1;
pub const UCP_EP_ATTR_FIELD_TRANSPORTS: u64 = 8;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct ucp_ep_attr_t {
    pub field_mask: u64,
    pub name: [::std::os::raw::c_char; 32usize],
    pub local_sockaddr: [u64; 16usize],
    pub remote_sockaddr: [u64; 16usize],
    pub transports: ucp_transports_t,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of ucp_ep_attr_t"][::std::mem::size_of::<ucp_ep_attr_t>() - 320usize];
    ["Alignment of ucp_ep_attr_t"][::std::mem::align_of::<ucp_ep_attr_t>() - 8usize];
    [
        "Offset of field: ucp_ep_attr_t::field_mask",
    ][::std::mem::offset_of!(ucp_ep_attr_t, field_mask) - 0usize];
    [
        "Offset of field: ucp_ep_attr_t::name",
    ][::std::mem::offset_of!(ucp_ep_attr_t, name) - 8usize];
    [
        "Offset of field: ucp_ep_attr_t::local_sockaddr",
    ][::std::mem::offset_of!(ucp_ep_attr_t, local_sockaddr) - 40usize];
    [
        "Offset of field: ucp_ep_attr_t::remote_sockaddr",
    ][::std::mem::offset_of!(ucp_ep_attr_t, remote_sockaddr) - 168usize];
    [
        "Offset of field: ucp_ep_attr_t::transports",
    ][::std::mem::offset_of!(ucp_ep_attr_t, transports) - 296usize];
};
impl Default for ucp_ep_attr_t {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
pub const UCP_MEM_MAP_PARAM_FIELD_ADDRESS: u64 = 1;
pub const UCP_MEM_MAP_PARAM_FIELD_LENGTH: u64 = 2;
pub const UCP_MEM_MAP_PARAM_FIELD_FLAGS: u64 = 4;
pub const UCP_MEM_MAP_PARAM_FIELD_PROT: u64 = 8;
pub const UCP_MEM_MAP_PARAM_FIELD_MEMORY_TYPE: u64 = 16;
pub const UCP_MEM_MAP_NONBLOCK: ::std::os::raw::c_uint = 1;
pub const UCP_MEM_MAP_ALLOCATE: ::std::os::raw::c_uint = 2;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct ucp_mem_map_params_t {
    pub field_mask: u64,
    pub address: *mut ::std::os::raw::c_void,
    pub length: usize,
    pub flags: ::std::os::raw::c_uint,
    pub prot: ::std::os::raw::c_uint,
    pub memory_type: ucs_memory_type_t,
    pub exported_memh_buffer: *const ::std::os::raw::c_void,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    [
        "Size of ucp_mem_map_params_t",
    ][::std::mem::size_of::<ucp_mem_map_params_t>() - 48usize];
    [
        "Alignment of ucp_mem_map_params_t",
    ][::std::mem::align_of::<ucp_mem_map_params_t>() - 8usize];
    [
        "Offset of field: ucp_mem_map_params_t::field_mask",
    ][::std::mem::offset_of!(ucp_mem_map_params_t, field_mask) - 0usize];
    [
        "Offset of field: ucp_mem_map_params_t::address",
    ][::std::mem::offset_of!(ucp_mem_map_params_t, address) - 8usize];
    [
        "Offset of field: ucp_mem_map_params_t::length",
    ][::std::mem::offset_of!(ucp_mem_map_params_t, length) - 16usize];
    [
        "Offset of field: ucp_mem_map_params_t::flags",
    ][::std::mem::offset_of!(ucp_mem_map_params_t, flags) - 24usize];
    [
        "Offset of field: ucp_mem_map_params_t::prot",
    ][::std::mem::offset_of!(ucp_mem_map_params_t, prot) - 28usize];
    [
        "Offset of field: ucp_mem_map_params_t::memory_type",
    ][::std::mem::offset_of!(ucp_mem_map_params_t, memory_type) - 32usize];
    [
        "Offset of field: ucp_mem_map_params_t::exported_memh_buffer",
    ][::std::mem::offset_of!(ucp_mem_map_params_t, exported_memh_buffer) - 40usize];
};
impl Default for ucp_mem_map_params_t {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
pub type ucp_send_nbx_callback_t = ::std::option::Option<
    unsafe extern "C" fn(
        request: *mut ::std::os::raw::c_void,
        status: ucs_status_t,
        user_data: *mut ::std::os::raw::c_void,
    ),
>;
pub const UCP_OP_ATTR_FIELD_REQUEST: u32 = 1;
pub const UCP_OP_ATTR_FIELD_CALLBACK: u32 = 2;
pub const UCP_OP_ATTR_FIELD_USER_DATA: u32 = 4;
pub const UCP_OP_ATTR_FIELD_DATATYPE: u32 = 8;
pub const UCP_OP_ATTR_FIELD_FLAGS: u32 = 16;
pub const UCP_OP_ATTR_FIELD_MEMORY_TYPE: u32 = 64;
pub const UCP_OP_ATTR_FIELD_MEMH: u32 = 256;
pub const UCP_OP_ATTR_FLAG_NO_IMM_CMPL: u32 = 65536;
pub const UCP_OP_ATTR_FLAG_FAST_CMPL: u32 = 131072;
pub const UCP_OP_ATTR_FLAG_FORCE_IMM_CMPL: u32 = 262144;
pub const UCP_OP_ATTR_FLAG_MULTI_SEND: u32 = 524288;
pub const UCP_EP_CLOSE_FLAG_FORCE: u32 = 1;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct ucp_request_param_t {
    pub op_attr_mask: u32,
    pub flags: u32,
    pub request: *mut ::std::os::raw::c_void,
    pub cb: ucp_send_nbx_callback_t,
    pub datatype: ucp_datatype_t,
    pub user_data: *mut ::std::os::raw::c_void,
    pub reply_buffer: *mut ::std::os::raw::c_void,
    pub memory_type: ucs_memory_type_t,
    pub recv_info: *mut ::std::os::raw::c_void,
    pub memh: ucp_mem_h,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    [
        "Size of ucp_request_param_t",
    ][::std::mem::size_of::<ucp_request_param_t>() - 72usize];
    [
        "Alignment of ucp_request_param_t",
    ][::std::mem::align_of::<ucp_request_param_t>() - 8usize];
    [
        "Offset of field: ucp_request_param_t::op_attr_mask",
    ][::std::mem::offset_of!(ucp_request_param_t, op_attr_mask) - 0usize];
    [
        "Offset of field: ucp_request_param_t::flags",
    ][::std::mem::offset_of!(ucp_request_param_t, flags) - 4usize];
    [
        "Offset of field: ucp_request_param_t::request",
    ][::std::mem::offset_of!(ucp_request_param_t, request) - 8usize];
    [
        "Offset of field: ucp_request_param_t::cb",
    ][::std::mem::offset_of!(ucp_request_param_t, cb) - 16usize];
    [
        "Offset of field: ucp_request_param_t::datatype",
    ][::std::mem::offset_of!(ucp_request_param_t, datatype) - 24usize];
    [
        "Offset of field: ucp_request_param_t::user_data",
    ][::std::mem::offset_of!(ucp_request_param_t, user_data) - 32usize];
    [
        "Offset of field: ucp_request_param_t::reply_buffer",
    ][::std::mem::offset_of!(ucp_request_param_t, reply_buffer) - 40usize];
    [
        "Offset of field: ucp_request_param_t::memory_type",
    ][::std::mem::offset_of!(ucp_request_param_t, memory_type) - 48usize];
    [
        "Offset of field: ucp_request_param_t::recv_info",
    ][::std::mem::offset_of!(ucp_request_param_t, recv_info) - 56usize];
    [
        "Offset of field: ucp_request_param_t::memh",
    ][::std::mem::offset_of!(ucp_request_param_t, memh) - 64usize];
};
impl Default for ucp_request_param_t {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
use core::mem::transmute;
///Every function of the C ABI.
#[derive(Clone, Copy, Debug)]
pub struct Functions {
    pub ucs_status_string: unsafe extern "C" fn(
        status: ucs_status_t,
    ) -> *const ::std::os::raw::c_char,
    pub ucs_topo_get_device_bus_id: unsafe extern "C" fn(
        device: ucs_sys_device_t,
        bus_id: *mut ucs_sys_bus_id_t,
    ) -> ucs_status_t,
    pub uct_query_components: unsafe extern "C" fn(
        components: *mut *mut uct_component_h,
        count: *mut ::std::os::raw::c_uint,
    ) -> ucs_status_t,
    pub uct_release_component_list: unsafe extern "C" fn(
        components: *mut uct_component_h,
    ),
    pub uct_component_query: unsafe extern "C" fn(
        component: uct_component_h,
        attr: *mut uct_component_attr_t,
    ) -> ucs_status_t,
    pub uct_md_config_read: unsafe extern "C" fn(
        component: uct_component_h,
        env_prefix: *const ::std::os::raw::c_char,
        filename: *const ::std::os::raw::c_char,
        config: *mut *mut uct_md_config_t,
    ) -> ucs_status_t,
    pub uct_config_release: unsafe extern "C" fn(config: *mut ::std::os::raw::c_void),
    pub uct_md_open: unsafe extern "C" fn(
        component: uct_component_h,
        md_name: *const ::std::os::raw::c_char,
        config: *const uct_md_config_t,
        md: *mut uct_md_h,
    ) -> ucs_status_t,
    pub uct_md_close: unsafe extern "C" fn(md: uct_md_h),
    pub uct_md_query_tl_resources: unsafe extern "C" fn(
        md: uct_md_h,
        resources: *mut *mut uct_tl_resource_desc_t,
        count: *mut ::std::os::raw::c_uint,
    ) -> ucs_status_t,
    pub uct_release_tl_resource_list: unsafe extern "C" fn(
        resources: *mut uct_tl_resource_desc_t,
    ),
    pub ucp_get_version: unsafe extern "C" fn(
        major: *mut ::std::os::raw::c_uint,
        minor: *mut ::std::os::raw::c_uint,
        release: *mut ::std::os::raw::c_uint,
    ),
    pub ucp_get_version_string: unsafe extern "C" fn() -> *const ::std::os::raw::c_char,
    pub ucp_config_read: unsafe extern "C" fn(
        env_prefix: *const ::std::os::raw::c_char,
        filename: *const ::std::os::raw::c_char,
        config: *mut *mut ucp_config_t,
    ) -> ucs_status_t,
    pub ucp_config_modify: unsafe extern "C" fn(
        config: *mut ucp_config_t,
        name: *const ::std::os::raw::c_char,
        value: *const ::std::os::raw::c_char,
    ) -> ucs_status_t,
    pub ucp_config_release: unsafe extern "C" fn(config: *mut ucp_config_t),
    pub ucp_init_version: unsafe extern "C" fn(
        api_major: ::std::os::raw::c_uint,
        api_minor: ::std::os::raw::c_uint,
        params: *const ucp_params_t,
        config: *const ucp_config_t,
        context: *mut ucp_context_h,
    ) -> ucs_status_t,
    pub ucp_context_query: unsafe extern "C" fn(
        context: ucp_context_h,
        attr: *mut ucp_context_attr_t,
    ) -> ucs_status_t,
    pub ucp_cleanup: unsafe extern "C" fn(context: ucp_context_h),
    pub ucp_worker_create: unsafe extern "C" fn(
        context: ucp_context_h,
        params: *const ucp_worker_params_t,
        worker: *mut ucp_worker_h,
    ) -> ucs_status_t,
    pub ucp_worker_query: unsafe extern "C" fn(
        worker: ucp_worker_h,
        attr: *mut ucp_worker_attr_t,
    ) -> ucs_status_t,
    pub ucp_worker_release_address: unsafe extern "C" fn(
        worker: ucp_worker_h,
        address: *mut ucp_address_t,
    ),
    pub ucp_worker_progress: unsafe extern "C" fn(
        worker: ucp_worker_h,
    ) -> ::std::os::raw::c_uint,
    pub ucp_worker_fence: unsafe extern "C" fn(worker: ucp_worker_h) -> ucs_status_t,
    pub ucp_worker_destroy: unsafe extern "C" fn(worker: ucp_worker_h),
    pub ucp_ep_create: unsafe extern "C" fn(
        worker: ucp_worker_h,
        params: *const ucp_ep_params_t,
        ep: *mut ucp_ep_h,
    ) -> ucs_status_t,
    pub ucp_ep_query: unsafe extern "C" fn(
        ep: ucp_ep_h,
        attr: *mut ucp_ep_attr_t,
    ) -> ucs_status_t,
    pub ucp_mem_map: unsafe extern "C" fn(
        context: ucp_context_h,
        params: *const ucp_mem_map_params_t,
        memh: *mut ucp_mem_h,
    ) -> ucs_status_t,
    pub ucp_mem_unmap: unsafe extern "C" fn(
        context: ucp_context_h,
        memh: ucp_mem_h,
    ) -> ucs_status_t,
    pub ucp_rkey_pack: unsafe extern "C" fn(
        context: ucp_context_h,
        memh: ucp_mem_h,
        buffer: *mut *mut ::std::os::raw::c_void,
        size: *mut usize,
    ) -> ucs_status_t,
    pub ucp_rkey_buffer_release: unsafe extern "C" fn(
        buffer: *mut ::std::os::raw::c_void,
    ),
    pub ucp_ep_rkey_unpack: unsafe extern "C" fn(
        ep: ucp_ep_h,
        buffer: *const ::std::os::raw::c_void,
        rkey: *mut ucp_rkey_h,
    ) -> ucs_status_t,
    pub ucp_rkey_destroy: unsafe extern "C" fn(rkey: ucp_rkey_h),
    pub ucp_put_nbx: unsafe extern "C" fn(
        ep: ucp_ep_h,
        buffer: *const ::std::os::raw::c_void,
        count: usize,
        remote_addr: u64,
        rkey: ucp_rkey_h,
        param: *const ucp_request_param_t,
    ) -> ucs_status_ptr_t,
    pub ucp_get_nbx: unsafe extern "C" fn(
        ep: ucp_ep_h,
        buffer: *mut ::std::os::raw::c_void,
        count: usize,
        remote_addr: u64,
        rkey: ucp_rkey_h,
        param: *const ucp_request_param_t,
    ) -> ucs_status_ptr_t,
    pub ucp_ep_flush_nbx: unsafe extern "C" fn(
        ep: ucp_ep_h,
        param: *const ucp_request_param_t,
    ) -> ucs_status_ptr_t,
    pub ucp_worker_flush_nbx: unsafe extern "C" fn(
        worker: ucp_worker_h,
        param: *const ucp_request_param_t,
    ) -> ucs_status_ptr_t,
    pub ucp_ep_close_nbx: unsafe extern "C" fn(
        ep: ucp_ep_h,
        param: *const ucp_request_param_t,
    ) -> ucs_status_ptr_t,
    pub ucp_request_check_status: unsafe extern "C" fn(
        request: *mut ::std::os::raw::c_void,
    ) -> ucs_status_t,
    pub ucp_request_cancel: unsafe extern "C" fn(
        worker: ucp_worker_h,
        request: *mut ::std::os::raw::c_void,
    ),
    pub ucp_request_free: unsafe extern "C" fn(request: *mut ::std::os::raw::c_void),
}
impl Functions {
    ///The symbols that every supported build exports.
    pub const MANDATORY: &'static [&'static core::ffi::CStr] = &[
        c"ucs_status_string",
        c"ucs_topo_get_device_bus_id",
        c"uct_query_components",
        c"uct_release_component_list",
        c"uct_component_query",
        c"uct_md_config_read",
        c"uct_config_release",
        c"uct_md_open",
        c"uct_md_close",
        c"uct_md_query_tl_resources",
        c"uct_release_tl_resource_list",
        c"ucp_get_version",
        c"ucp_get_version_string",
        c"ucp_config_read",
        c"ucp_config_modify",
        c"ucp_config_release",
        c"ucp_init_version",
        c"ucp_context_query",
        c"ucp_cleanup",
        c"ucp_worker_create",
        c"ucp_worker_query",
        c"ucp_worker_release_address",
        c"ucp_worker_progress",
        c"ucp_worker_fence",
        c"ucp_worker_destroy",
        c"ucp_ep_create",
        c"ucp_ep_query",
        c"ucp_mem_map",
        c"ucp_mem_unmap",
        c"ucp_rkey_pack",
        c"ucp_rkey_buffer_release",
        c"ucp_ep_rkey_unpack",
        c"ucp_rkey_destroy",
        c"ucp_put_nbx",
        c"ucp_get_nbx",
        c"ucp_ep_flush_nbx",
        c"ucp_worker_flush_nbx",
        c"ucp_ep_close_nbx",
        c"ucp_request_check_status",
        c"ucp_request_cancel",
        c"ucp_request_free",
    ];
    ///Fills the table; `None` when `symbol` does not know one of [`Self::MANDATORY`].
    ///
    ///# Safety
    ///`symbol` returns the address of the UCX function of that name, which stays loaded.
    pub unsafe fn resolve(
        mut symbol: impl FnMut(
            &core::ffi::CStr,
        ) -> Option<core::ptr::NonNull<core::ffi::c_void>>,
    ) -> Option<Self> {
        Some(Self {
            ucs_status_string: unsafe { transmute(symbol(c"ucs_status_string")?) },
            ucs_topo_get_device_bus_id: unsafe {
                transmute(symbol(c"ucs_topo_get_device_bus_id")?)
            },
            uct_query_components: unsafe { transmute(symbol(c"uct_query_components")?) },
            uct_release_component_list: unsafe {
                transmute(symbol(c"uct_release_component_list")?)
            },
            uct_component_query: unsafe { transmute(symbol(c"uct_component_query")?) },
            uct_md_config_read: unsafe { transmute(symbol(c"uct_md_config_read")?) },
            uct_config_release: unsafe { transmute(symbol(c"uct_config_release")?) },
            uct_md_open: unsafe { transmute(symbol(c"uct_md_open")?) },
            uct_md_close: unsafe { transmute(symbol(c"uct_md_close")?) },
            uct_md_query_tl_resources: unsafe {
                transmute(symbol(c"uct_md_query_tl_resources")?)
            },
            uct_release_tl_resource_list: unsafe {
                transmute(symbol(c"uct_release_tl_resource_list")?)
            },
            ucp_get_version: unsafe { transmute(symbol(c"ucp_get_version")?) },
            ucp_get_version_string: unsafe {
                transmute(symbol(c"ucp_get_version_string")?)
            },
            ucp_config_read: unsafe { transmute(symbol(c"ucp_config_read")?) },
            ucp_config_modify: unsafe { transmute(symbol(c"ucp_config_modify")?) },
            ucp_config_release: unsafe { transmute(symbol(c"ucp_config_release")?) },
            ucp_init_version: unsafe { transmute(symbol(c"ucp_init_version")?) },
            ucp_context_query: unsafe { transmute(symbol(c"ucp_context_query")?) },
            ucp_cleanup: unsafe { transmute(symbol(c"ucp_cleanup")?) },
            ucp_worker_create: unsafe { transmute(symbol(c"ucp_worker_create")?) },
            ucp_worker_query: unsafe { transmute(symbol(c"ucp_worker_query")?) },
            ucp_worker_release_address: unsafe {
                transmute(symbol(c"ucp_worker_release_address")?)
            },
            ucp_worker_progress: unsafe { transmute(symbol(c"ucp_worker_progress")?) },
            ucp_worker_fence: unsafe { transmute(symbol(c"ucp_worker_fence")?) },
            ucp_worker_destroy: unsafe { transmute(symbol(c"ucp_worker_destroy")?) },
            ucp_ep_create: unsafe { transmute(symbol(c"ucp_ep_create")?) },
            ucp_ep_query: unsafe { transmute(symbol(c"ucp_ep_query")?) },
            ucp_mem_map: unsafe { transmute(symbol(c"ucp_mem_map")?) },
            ucp_mem_unmap: unsafe { transmute(symbol(c"ucp_mem_unmap")?) },
            ucp_rkey_pack: unsafe { transmute(symbol(c"ucp_rkey_pack")?) },
            ucp_rkey_buffer_release: unsafe {
                transmute(symbol(c"ucp_rkey_buffer_release")?)
            },
            ucp_ep_rkey_unpack: unsafe { transmute(symbol(c"ucp_ep_rkey_unpack")?) },
            ucp_rkey_destroy: unsafe { transmute(symbol(c"ucp_rkey_destroy")?) },
            ucp_put_nbx: unsafe { transmute(symbol(c"ucp_put_nbx")?) },
            ucp_get_nbx: unsafe { transmute(symbol(c"ucp_get_nbx")?) },
            ucp_ep_flush_nbx: unsafe { transmute(symbol(c"ucp_ep_flush_nbx")?) },
            ucp_worker_flush_nbx: unsafe { transmute(symbol(c"ucp_worker_flush_nbx")?) },
            ucp_ep_close_nbx: unsafe { transmute(symbol(c"ucp_ep_close_nbx")?) },
            ucp_request_check_status: unsafe {
                transmute(symbol(c"ucp_request_check_status")?)
            },
            ucp_request_cancel: unsafe { transmute(symbol(c"ucp_request_cancel")?) },
            ucp_request_free: unsafe { transmute(symbol(c"ucp_request_free")?) },
        })
    }
}
