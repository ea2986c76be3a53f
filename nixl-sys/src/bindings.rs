// Generated from include/nixl_capi.h; see tests/bindings. Do not edit.

impl nixl_capi_status_t {
    pub const NIXL_CAPI_SUCCESS: nixl_capi_status_t = nixl_capi_status_t(0);
    pub const NIXL_CAPI_IN_PROG: nixl_capi_status_t = nixl_capi_status_t(1);
    pub const NIXL_CAPI_ERROR_INVALID_PARAM: nixl_capi_status_t = nixl_capi_status_t(-1);
    pub const NIXL_CAPI_ERROR_BACKEND: nixl_capi_status_t = nixl_capi_status_t(-2);
    pub const NIXL_CAPI_ERROR_INVALID_STATE: nixl_capi_status_t = nixl_capi_status_t(-3);
    pub const NIXL_CAPI_ERROR_EXCEPTION: nixl_capi_status_t = nixl_capi_status_t(-4);
    pub const NIXL_CAPI_ERROR_NO_TELEMETRY: nixl_capi_status_t = nixl_capi_status_t(-5);
    pub const NIXL_CAPI_ERROR_NOT_FOUND: nixl_capi_status_t = nixl_capi_status_t(-6);
}
#[repr(transparent)]
#[derive(Debug, Copy, Clone, Hash, PartialEq, Eq)]
pub struct nixl_capi_status_t(pub ::std::os::raw::c_int);
impl nixl_capi_mem_type_t {
    pub const NIXL_CAPI_MEM_DRAM: nixl_capi_mem_type_t = nixl_capi_mem_type_t(0);
    pub const NIXL_CAPI_MEM_VRAM: nixl_capi_mem_type_t = nixl_capi_mem_type_t(1);
    pub const NIXL_CAPI_MEM_BLOCK: nixl_capi_mem_type_t = nixl_capi_mem_type_t(2);
    pub const NIXL_CAPI_MEM_OBJECT: nixl_capi_mem_type_t = nixl_capi_mem_type_t(3);
    pub const NIXL_CAPI_MEM_FILE: nixl_capi_mem_type_t = nixl_capi_mem_type_t(4);
    pub const NIXL_CAPI_MEM_UNKNOWN: nixl_capi_mem_type_t = nixl_capi_mem_type_t(5);
}
#[repr(transparent)]
#[derive(Debug, Copy, Clone, Hash, PartialEq, Eq)]
pub struct nixl_capi_mem_type_t(pub ::std::os::raw::c_uint);
impl nixl_capi_xfer_op_t {
    pub const NIXL_CAPI_XFER_OP_READ: nixl_capi_xfer_op_t = nixl_capi_xfer_op_t(0);
    pub const NIXL_CAPI_XFER_OP_WRITE: nixl_capi_xfer_op_t = nixl_capi_xfer_op_t(1);
}
#[repr(transparent)]
#[derive(Debug, Copy, Clone, Hash, PartialEq, Eq)]
pub struct nixl_capi_xfer_op_t(pub ::std::os::raw::c_uint);
impl nixl_capi_thread_sync_t {
    pub const NIXL_CAPI_THREAD_SYNC_NONE: nixl_capi_thread_sync_t = nixl_capi_thread_sync_t(
        0,
    );
    pub const NIXL_CAPI_THREAD_SYNC_STRICT: nixl_capi_thread_sync_t = nixl_capi_thread_sync_t(
        1,
    );
    pub const NIXL_CAPI_THREAD_SYNC_RW: nixl_capi_thread_sync_t = nixl_capi_thread_sync_t(
        2,
    );
}
#[repr(transparent)]
#[derive(Debug, Copy, Clone, Hash, PartialEq, Eq)]
pub struct nixl_capi_thread_sync_t(pub ::std::os::raw::c_uint);
impl nixl_capi_cost_t {
    pub const NIXL_CAPI_COST_ANALYTICAL_BACKEND: nixl_capi_cost_t = nixl_capi_cost_t(0);
}
#[repr(transparent)]
#[derive(Debug, Copy, Clone, Hash, PartialEq, Eq)]
pub struct nixl_capi_cost_t(pub ::std::os::raw::c_uint);
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct nixl_capi_agent_s {
    _unused: [u8; 0],
}
pub type nixl_capi_agent_t = *mut nixl_capi_agent_s;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct nixl_capi_backend_s {
    _unused: [u8; 0],
}
pub type nixl_capi_backend_t = *mut nixl_capi_backend_s;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct nixl_capi_mem_list_s {
    _unused: [u8; 0],
}
pub type nixl_capi_mem_list_t = *mut nixl_capi_mem_list_s;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct nixl_capi_mem_view_s {
    _unused: [u8; 0],
}
pub type nixl_capi_mem_view_t = *mut nixl_capi_mem_view_s;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct nixl_capi_notif_map_s {
    _unused: [u8; 0],
}
pub type nixl_capi_notif_map_t = *mut nixl_capi_notif_map_s;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct nixl_capi_opt_args_s {
    _unused: [u8; 0],
}
pub type nixl_capi_opt_args_t = *mut nixl_capi_opt_args_s;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct nixl_capi_param_iter_s {
    _unused: [u8; 0],
}
pub type nixl_capi_param_iter_t = *mut nixl_capi_param_iter_s;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct nixl_capi_params_s {
    _unused: [u8; 0],
}
pub type nixl_capi_params_t = *mut nixl_capi_params_s;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct nixl_capi_query_resp_list_s {
    _unused: [u8; 0],
}
pub type nixl_capi_query_resp_list_t = *mut nixl_capi_query_resp_list_s;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct nixl_capi_reg_dlist_s {
    _unused: [u8; 0],
}
pub type nixl_capi_reg_dlist_t = *mut nixl_capi_reg_dlist_s;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct nixl_capi_remote_dlist_s {
    _unused: [u8; 0],
}
pub type nixl_capi_remote_dlist_t = *mut nixl_capi_remote_dlist_s;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct nixl_capi_string_list_s {
    _unused: [u8; 0],
}
pub type nixl_capi_string_list_t = *mut nixl_capi_string_list_s;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct nixl_capi_xfer_dlist_s {
    _unused: [u8; 0],
}
pub type nixl_capi_xfer_dlist_t = *mut nixl_capi_xfer_dlist_s;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct nixl_capi_xfer_dlist_handle_s {
    _unused: [u8; 0],
}
pub type nixl_capi_xfer_dlist_handle_t = *mut nixl_capi_xfer_dlist_handle_s;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct nixl_capi_xfer_req_s {
    _unused: [u8; 0],
}
pub type nixl_capi_xfer_req_t = *mut nixl_capi_xfer_req_s;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct nixl_capi_agent_config_t {
    pub enable_prog_thread: bool,
    pub enable_listen_thread: bool,
    pub listen_port: ::std::os::raw::c_int,
    pub thread_sync: nixl_capi_thread_sync_t,
    pub num_workers: ::std::os::raw::c_uint,
    pub pthr_delay_us: u64,
    pub lthr_delay_us: u64,
    pub capture_telemetry: bool,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    [
        "Size of nixl_capi_agent_config_t",
    ][::std::mem::size_of::<nixl_capi_agent_config_t>() - 40usize];
    [
        "Alignment of nixl_capi_agent_config_t",
    ][::std::mem::align_of::<nixl_capi_agent_config_t>() - 8usize];
    [
        "Offset of field: nixl_capi_agent_config_t::enable_prog_thread",
    ][::std::mem::offset_of!(nixl_capi_agent_config_t, enable_prog_thread) - 0usize];
    [
        "Offset of field: nixl_capi_agent_config_t::enable_listen_thread",
    ][::std::mem::offset_of!(nixl_capi_agent_config_t, enable_listen_thread) - 1usize];
    [
        "Offset of field: nixl_capi_agent_config_t::listen_port",
    ][::std::mem::offset_of!(nixl_capi_agent_config_t, listen_port) - 4usize];
    [
        "Offset of field: nixl_capi_agent_config_t::thread_sync",
    ][::std::mem::offset_of!(nixl_capi_agent_config_t, thread_sync) - 8usize];
    [
        "Offset of field: nixl_capi_agent_config_t::num_workers",
    ][::std::mem::offset_of!(nixl_capi_agent_config_t, num_workers) - 12usize];
    [
        "Offset of field: nixl_capi_agent_config_t::pthr_delay_us",
    ][::std::mem::offset_of!(nixl_capi_agent_config_t, pthr_delay_us) - 16usize];
    [
        "Offset of field: nixl_capi_agent_config_t::lthr_delay_us",
    ][::std::mem::offset_of!(nixl_capi_agent_config_t, lthr_delay_us) - 24usize];
    [
        "Offset of field: nixl_capi_agent_config_t::capture_telemetry",
    ][::std::mem::offset_of!(nixl_capi_agent_config_t, capture_telemetry) - 32usize];
};
impl Default for nixl_capi_agent_config_t {
    fn default() -> Self {
        let mut s = ::std::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::std::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct nixl_capi_xfer_telemetry_s {
    pub start_time_us: u64,
    pub post_duration_us: u64,
    pub xfer_duration_us: u64,
    pub total_bytes: u64,
    pub desc_count: u64,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    [
        "Size of nixl_capi_xfer_telemetry_s",
    ][::std::mem::size_of::<nixl_capi_xfer_telemetry_s>() - 40usize];
    [
        "Alignment of nixl_capi_xfer_telemetry_s",
    ][::std::mem::align_of::<nixl_capi_xfer_telemetry_s>() - 8usize];
    [
        "Offset of field: nixl_capi_xfer_telemetry_s::start_time_us",
    ][::std::mem::offset_of!(nixl_capi_xfer_telemetry_s, start_time_us) - 0usize];
    [
        "Offset of field: nixl_capi_xfer_telemetry_s::post_duration_us",
    ][::std::mem::offset_of!(nixl_capi_xfer_telemetry_s, post_duration_us) - 8usize];
    [
        "Offset of field: nixl_capi_xfer_telemetry_s::xfer_duration_us",
    ][::std::mem::offset_of!(nixl_capi_xfer_telemetry_s, xfer_duration_us) - 16usize];
    [
        "Offset of field: nixl_capi_xfer_telemetry_s::total_bytes",
    ][::std::mem::offset_of!(nixl_capi_xfer_telemetry_s, total_bytes) - 24usize];
    [
        "Offset of field: nixl_capi_xfer_telemetry_s::desc_count",
    ][::std::mem::offset_of!(nixl_capi_xfer_telemetry_s, desc_count) - 32usize];
};
pub type nixl_capi_xfer_telemetry_t = *mut nixl_capi_xfer_telemetry_s;
use core::mem::transmute;
///Every function of the C ABI, named without its `nixl_capi_` prefix.
#[derive(Clone, Copy, Debug)]
pub struct Functions {
    pub is_stub: unsafe extern "C" fn() -> bool,
    pub create_agent: unsafe extern "C" fn(
        name: *const ::std::os::raw::c_char,
        agent: *mut nixl_capi_agent_t,
    ) -> nixl_capi_status_t,
    pub create_configured_agent: unsafe extern "C" fn(
        name: *const ::std::os::raw::c_char,
        config: *const nixl_capi_agent_config_t,
        agent: *mut nixl_capi_agent_t,
    ) -> nixl_capi_status_t,
    pub destroy_agent: unsafe extern "C" fn(
        agent: nixl_capi_agent_t,
    ) -> nixl_capi_status_t,
    pub get_local_md: unsafe extern "C" fn(
        agent: nixl_capi_agent_t,
        data: *mut *mut ::std::os::raw::c_void,
        len: *mut usize,
    ) -> nixl_capi_status_t,
    pub get_local_partial_md: unsafe extern "C" fn(
        agent: nixl_capi_agent_t,
        descs: nixl_capi_reg_dlist_t,
        data: *mut *mut ::std::os::raw::c_void,
        len: *mut usize,
        args: nixl_capi_opt_args_t,
    ) -> nixl_capi_status_t,
    pub load_remote_md: unsafe extern "C" fn(
        agent: nixl_capi_agent_t,
        data: *const ::std::os::raw::c_void,
        len: usize,
        remote_name: *mut *mut ::std::os::raw::c_char,
    ) -> nixl_capi_status_t,
    pub invalidate_remote_md: unsafe extern "C" fn(
        agent: nixl_capi_agent_t,
        remote_name: *const ::std::os::raw::c_char,
    ) -> nixl_capi_status_t,
    pub check_remote_md: unsafe extern "C" fn(
        agent: nixl_capi_agent_t,
        remote_name: *const ::std::os::raw::c_char,
        descs: nixl_capi_xfer_dlist_t,
    ) -> nixl_capi_status_t,
    pub agent_make_connection: unsafe extern "C" fn(
        agent: nixl_capi_agent_t,
        remote_name: *const ::std::os::raw::c_char,
        args: nixl_capi_opt_args_t,
    ) -> nixl_capi_status_t,
    pub send_local_md: unsafe extern "C" fn(
        agent: nixl_capi_agent_t,
        args: nixl_capi_opt_args_t,
    ) -> nixl_capi_status_t,
    pub send_local_partial_md: unsafe extern "C" fn(
        agent: nixl_capi_agent_t,
        descs: nixl_capi_reg_dlist_t,
        args: nixl_capi_opt_args_t,
    ) -> nixl_capi_status_t,
    pub fetch_remote_md: unsafe extern "C" fn(
        agent: nixl_capi_agent_t,
        remote_name: *const ::std::os::raw::c_char,
        args: nixl_capi_opt_args_t,
    ) -> nixl_capi_status_t,
    pub invalidate_local_md: unsafe extern "C" fn(
        agent: nixl_capi_agent_t,
        args: nixl_capi_opt_args_t,
    ) -> nixl_capi_status_t,
    pub get_available_plugins: unsafe extern "C" fn(
        agent: nixl_capi_agent_t,
        plugins: *mut nixl_capi_string_list_t,
    ) -> nixl_capi_status_t,
    pub get_plugin_params: unsafe extern "C" fn(
        agent: nixl_capi_agent_t,
        plugin: *const ::std::os::raw::c_char,
        mems: *mut nixl_capi_mem_list_t,
        params: *mut nixl_capi_params_t,
    ) -> nixl_capi_status_t,
    pub create_backend: unsafe extern "C" fn(
        agent: nixl_capi_agent_t,
        plugin: *const ::std::os::raw::c_char,
        params: nixl_capi_params_t,
        backend: *mut nixl_capi_backend_t,
    ) -> nixl_capi_status_t,
    pub get_backend_params: unsafe extern "C" fn(
        agent: nixl_capi_agent_t,
        backend: nixl_capi_backend_t,
        mems: *mut nixl_capi_mem_list_t,
        params: *mut nixl_capi_params_t,
    ) -> nixl_capi_status_t,
    pub destroy_backend: unsafe extern "C" fn(
        backend: nixl_capi_backend_t,
    ) -> nixl_capi_status_t,
    pub string_list_size: unsafe extern "C" fn(
        list: nixl_capi_string_list_t,
        size: *mut usize,
    ) -> nixl_capi_status_t,
    pub string_list_get: unsafe extern "C" fn(
        list: nixl_capi_string_list_t,
        index: usize,
        text: *mut *const ::std::os::raw::c_char,
    ) -> nixl_capi_status_t,
    pub destroy_string_list: unsafe extern "C" fn(
        list: nixl_capi_string_list_t,
    ) -> nixl_capi_status_t,
    pub mem_list_is_empty: unsafe extern "C" fn(
        list: nixl_capi_mem_list_t,
        is_empty: *mut bool,
    ) -> nixl_capi_status_t,
    pub mem_list_size: unsafe extern "C" fn(
        list: nixl_capi_mem_list_t,
        size: *mut usize,
    ) -> nixl_capi_status_t,
    pub mem_list_get: unsafe extern "C" fn(
        list: nixl_capi_mem_list_t,
        index: usize,
        mem_type: *mut nixl_capi_mem_type_t,
    ) -> nixl_capi_status_t,
    pub mem_type_to_string: unsafe extern "C" fn(
        mem_type: nixl_capi_mem_type_t,
        text: *mut *const ::std::os::raw::c_char,
    ) -> nixl_capi_status_t,
    pub destroy_mem_list: unsafe extern "C" fn(
        list: nixl_capi_mem_list_t,
    ) -> nixl_capi_status_t,
    pub create_params: unsafe extern "C" fn(
        params: *mut nixl_capi_params_t,
    ) -> nixl_capi_status_t,
    pub params_add: unsafe extern "C" fn(
        params: nixl_capi_params_t,
        key: *const ::std::os::raw::c_char,
        value: *const ::std::os::raw::c_char,
    ) -> nixl_capi_status_t,
    pub params_is_empty: unsafe extern "C" fn(
        params: nixl_capi_params_t,
        is_empty: *mut bool,
    ) -> nixl_capi_status_t,
    pub params_create_iterator: unsafe extern "C" fn(
        params: nixl_capi_params_t,
        iter: *mut nixl_capi_param_iter_t,
    ) -> nixl_capi_status_t,
    pub params_iterator_next: unsafe extern "C" fn(
        iter: nixl_capi_param_iter_t,
        key: *mut *const ::std::os::raw::c_char,
        value: *mut *const ::std::os::raw::c_char,
        has_next: *mut bool,
    ) -> nixl_capi_status_t,
    pub params_destroy_iterator: unsafe extern "C" fn(
        iter: nixl_capi_param_iter_t,
    ) -> nixl_capi_status_t,
    pub destroy_params: unsafe extern "C" fn(
        params: nixl_capi_params_t,
    ) -> nixl_capi_status_t,
    pub create_opt_args: unsafe extern "C" fn(
        args: *mut nixl_capi_opt_args_t,
    ) -> nixl_capi_status_t,
    pub opt_args_add_backend: unsafe extern "C" fn(
        args: nixl_capi_opt_args_t,
        backend: nixl_capi_backend_t,
    ) -> nixl_capi_status_t,
    pub opt_args_set_notif_msg: unsafe extern "C" fn(
        args: nixl_capi_opt_args_t,
        data: *const ::std::os::raw::c_void,
        len: usize,
    ) -> nixl_capi_status_t,
    pub opt_args_get_notif_msg: unsafe extern "C" fn(
        args: nixl_capi_opt_args_t,
        data: *mut *mut ::std::os::raw::c_void,
        len: *mut usize,
    ) -> nixl_capi_status_t,
    pub opt_args_set_has_notif: unsafe extern "C" fn(
        args: nixl_capi_opt_args_t,
        has_notif: bool,
    ) -> nixl_capi_status_t,
    pub opt_args_get_has_notif: unsafe extern "C" fn(
        args: nixl_capi_opt_args_t,
        has_notif: *mut bool,
    ) -> nixl_capi_status_t,
    pub opt_args_set_skip_desc_merge: unsafe extern "C" fn(
        args: nixl_capi_opt_args_t,
        skip: bool,
    ) -> nixl_capi_status_t,
    pub opt_args_get_skip_desc_merge: unsafe extern "C" fn(
        args: nixl_capi_opt_args_t,
        skip: *mut bool,
    ) -> nixl_capi_status_t,
    pub opt_args_set_ip_addr: unsafe extern "C" fn(
        args: nixl_capi_opt_args_t,
        ip_addr: *const ::std::os::raw::c_char,
    ) -> nixl_capi_status_t,
    pub opt_args_set_port: unsafe extern "C" fn(
        args: nixl_capi_opt_args_t,
        port: u16,
    ) -> nixl_capi_status_t,
    pub opt_args_set_custom_param: Option<
        unsafe extern "C" fn(
            args: nixl_capi_opt_args_t,
            data: *const ::std::os::raw::c_void,
            len: usize,
        ) -> nixl_capi_status_t,
    >,
    pub opt_args_get_custom_param: Option<
        unsafe extern "C" fn(
            args: nixl_capi_opt_args_t,
            data: *mut *mut ::std::os::raw::c_void,
            len: *mut usize,
        ) -> nixl_capi_status_t,
    >,
    pub destroy_opt_args: unsafe extern "C" fn(
        args: nixl_capi_opt_args_t,
    ) -> nixl_capi_status_t,
    pub create_reg_dlist: unsafe extern "C" fn(
        mem_type: nixl_capi_mem_type_t,
        dlist: *mut nixl_capi_reg_dlist_t,
    ) -> nixl_capi_status_t,
    pub reg_dlist_get_type: unsafe extern "C" fn(
        dlist: nixl_capi_reg_dlist_t,
        mem_type: *mut nixl_capi_mem_type_t,
    ) -> nixl_capi_status_t,
    pub reg_dlist_add_desc: unsafe extern "C" fn(
        dlist: nixl_capi_reg_dlist_t,
        addr: usize,
        len: usize,
        dev_id: u64,
        metadata: *const ::std::os::raw::c_void,
        metadata_len: usize,
    ) -> nixl_capi_status_t,
    pub reg_dlist_desc_count: unsafe extern "C" fn(
        dlist: nixl_capi_reg_dlist_t,
        count: *mut usize,
    ) -> nixl_capi_status_t,
    pub reg_dlist_is_empty: unsafe extern "C" fn(
        dlist: nixl_capi_reg_dlist_t,
        is_empty: *mut bool,
    ) -> nixl_capi_status_t,
    pub reg_dlist_trim: unsafe extern "C" fn(
        dlist: nixl_capi_reg_dlist_t,
    ) -> nixl_capi_status_t,
    pub reg_dlist_rem_desc: unsafe extern "C" fn(
        dlist: nixl_capi_reg_dlist_t,
        index: ::std::os::raw::c_int,
    ) -> nixl_capi_status_t,
    pub reg_dlist_clear: unsafe extern "C" fn(
        dlist: nixl_capi_reg_dlist_t,
    ) -> nixl_capi_status_t,
    pub reg_dlist_resize: unsafe extern "C" fn(
        dlist: nixl_capi_reg_dlist_t,
        new_size: usize,
    ) -> nixl_capi_status_t,
    pub reg_dlist_print: unsafe extern "C" fn(
        dlist: nixl_capi_reg_dlist_t,
    ) -> nixl_capi_status_t,
    pub destroy_reg_dlist: unsafe extern "C" fn(
        dlist: nixl_capi_reg_dlist_t,
    ) -> nixl_capi_status_t,
    pub register_mem: unsafe extern "C" fn(
        agent: nixl_capi_agent_t,
        descs: nixl_capi_reg_dlist_t,
        args: nixl_capi_opt_args_t,
    ) -> nixl_capi_status_t,
    pub deregister_mem: unsafe extern "C" fn(
        agent: nixl_capi_agent_t,
        descs: nixl_capi_reg_dlist_t,
        args: nixl_capi_opt_args_t,
    ) -> nixl_capi_status_t,
    pub query_mem: unsafe extern "C" fn(
        agent: nixl_capi_agent_t,
        descs: nixl_capi_reg_dlist_t,
        responses: nixl_capi_query_resp_list_t,
        args: nixl_capi_opt_args_t,
    ) -> nixl_capi_status_t,
    pub create_query_resp_list: unsafe extern "C" fn(
        list: *mut nixl_capi_query_resp_list_t,
    ) -> nixl_capi_status_t,
    pub query_resp_list_size: unsafe extern "C" fn(
        list: nixl_capi_query_resp_list_t,
        size: *mut usize,
    ) -> nixl_capi_status_t,
    pub query_resp_list_has_value: unsafe extern "C" fn(
        list: nixl_capi_query_resp_list_t,
        index: usize,
        has_value: *mut bool,
    ) -> nixl_capi_status_t,
    pub query_resp_list_get_params: unsafe extern "C" fn(
        list: nixl_capi_query_resp_list_t,
        index: usize,
        params: *mut nixl_capi_params_t,
    ) -> nixl_capi_status_t,
    pub destroy_query_resp_list: unsafe extern "C" fn(
        list: nixl_capi_query_resp_list_t,
    ) -> nixl_capi_status_t,
    pub create_xfer_dlist: unsafe extern "C" fn(
        mem_type: nixl_capi_mem_type_t,
        dlist: *mut nixl_capi_xfer_dlist_t,
    ) -> nixl_capi_status_t,
    pub xfer_dlist_get_type: unsafe extern "C" fn(
        dlist: nixl_capi_xfer_dlist_t,
        mem_type: *mut nixl_capi_mem_type_t,
    ) -> nixl_capi_status_t,
    pub xfer_dlist_add_desc: unsafe extern "C" fn(
        dlist: nixl_capi_xfer_dlist_t,
        addr: usize,
        len: usize,
        dev_id: u64,
    ) -> nixl_capi_status_t,
    pub xfer_dlist_desc_count: unsafe extern "C" fn(
        dlist: nixl_capi_xfer_dlist_t,
        count: *mut usize,
    ) -> nixl_capi_status_t,
    pub xfer_dlist_len: unsafe extern "C" fn(
        dlist: nixl_capi_xfer_dlist_t,
        len: *mut usize,
    ) -> nixl_capi_status_t,
    pub xfer_dlist_is_empty: unsafe extern "C" fn(
        dlist: nixl_capi_xfer_dlist_t,
        is_empty: *mut bool,
    ) -> nixl_capi_status_t,
    pub xfer_dlist_trim: unsafe extern "C" fn(
        dlist: nixl_capi_xfer_dlist_t,
    ) -> nixl_capi_status_t,
    pub xfer_dlist_rem_desc: unsafe extern "C" fn(
        dlist: nixl_capi_xfer_dlist_t,
        index: ::std::os::raw::c_int,
    ) -> nixl_capi_status_t,
    pub xfer_dlist_clear: unsafe extern "C" fn(
        dlist: nixl_capi_xfer_dlist_t,
    ) -> nixl_capi_status_t,
    pub xfer_dlist_resize: unsafe extern "C" fn(
        dlist: nixl_capi_xfer_dlist_t,
        new_size: usize,
    ) -> nixl_capi_status_t,
    pub xfer_dlist_print: unsafe extern "C" fn(
        dlist: nixl_capi_xfer_dlist_t,
    ) -> nixl_capi_status_t,
    pub destroy_xfer_dlist: unsafe extern "C" fn(
        dlist: nixl_capi_xfer_dlist_t,
    ) -> nixl_capi_status_t,
    pub prep_xfer_dlist: unsafe extern "C" fn(
        agent: nixl_capi_agent_t,
        agent_name: *const ::std::os::raw::c_char,
        descs: nixl_capi_xfer_dlist_t,
        handle: *mut nixl_capi_xfer_dlist_handle_t,
        args: nixl_capi_opt_args_t,
    ) -> nixl_capi_status_t,
    pub release_xfer_dlist_handle: unsafe extern "C" fn(
        agent: nixl_capi_agent_t,
        handle: nixl_capi_xfer_dlist_handle_t,
    ) -> nixl_capi_status_t,
    pub make_xfer_req: unsafe extern "C" fn(
        agent: nixl_capi_agent_t,
        op: nixl_capi_xfer_op_t,
        local: nixl_capi_xfer_dlist_handle_t,
        local_indices: *const ::std::os::raw::c_int,
        local_count: usize,
        remote: nixl_capi_xfer_dlist_handle_t,
        remote_indices: *const ::std::os::raw::c_int,
        remote_count: usize,
        req: *mut nixl_capi_xfer_req_t,
        args: nixl_capi_opt_args_t,
    ) -> nixl_capi_status_t,
    pub create_xfer_req: unsafe extern "C" fn(
        agent: nixl_capi_agent_t,
        op: nixl_capi_xfer_op_t,
        local: nixl_capi_xfer_dlist_t,
        remote: nixl_capi_xfer_dlist_t,
        remote_name: *const ::std::os::raw::c_char,
        req: *mut nixl_capi_xfer_req_t,
        args: nixl_capi_opt_args_t,
    ) -> nixl_capi_status_t,
    pub estimate_xfer_cost: unsafe extern "C" fn(
        agent: nixl_capi_agent_t,
        req: nixl_capi_xfer_req_t,
        args: nixl_capi_opt_args_t,
        duration_us: *mut i64,
        error_us: *mut i64,
        method: *mut nixl_capi_cost_t,
    ) -> nixl_capi_status_t,
    pub post_xfer_req: unsafe extern "C" fn(
        agent: nixl_capi_agent_t,
        req: nixl_capi_xfer_req_t,
        args: nixl_capi_opt_args_t,
    ) -> nixl_capi_status_t,
    pub get_xfer_status: unsafe extern "C" fn(
        agent: nixl_capi_agent_t,
        req: nixl_capi_xfer_req_t,
    ) -> nixl_capi_status_t,
    pub get_xfer_telemetry: unsafe extern "C" fn(
        agent: nixl_capi_agent_t,
        req: nixl_capi_xfer_req_t,
        telemetry: nixl_capi_xfer_telemetry_t,
    ) -> nixl_capi_status_t,
    pub query_xfer_backend: unsafe extern "C" fn(
        agent: nixl_capi_agent_t,
        req: nixl_capi_xfer_req_t,
        backend: *mut nixl_capi_backend_t,
    ) -> nixl_capi_status_t,
    pub release_xfer_req: unsafe extern "C" fn(
        agent: nixl_capi_agent_t,
        req: nixl_capi_xfer_req_t,
    ) -> nixl_capi_status_t,
    pub destroy_xfer_req: unsafe extern "C" fn(
        req: nixl_capi_xfer_req_t,
    ) -> nixl_capi_status_t,
    pub create_notif_map: unsafe extern "C" fn(
        map: *mut nixl_capi_notif_map_t,
    ) -> nixl_capi_status_t,
    pub get_notifs: unsafe extern "C" fn(
        agent: nixl_capi_agent_t,
        map: nixl_capi_notif_map_t,
        args: nixl_capi_opt_args_t,
    ) -> nixl_capi_status_t,
    pub notif_map_size: unsafe extern "C" fn(
        map: nixl_capi_notif_map_t,
        size: *mut usize,
    ) -> nixl_capi_status_t,
    pub notif_map_get_agent_at: unsafe extern "C" fn(
        map: nixl_capi_notif_map_t,
        index: usize,
        agent_name: *mut *const ::std::os::raw::c_char,
    ) -> nixl_capi_status_t,
    pub notif_map_get_notifs_size: unsafe extern "C" fn(
        map: nixl_capi_notif_map_t,
        agent_name: *const ::std::os::raw::c_char,
        size: *mut usize,
    ) -> nixl_capi_status_t,
    pub notif_map_get_notif: unsafe extern "C" fn(
        map: nixl_capi_notif_map_t,
        agent_name: *const ::std::os::raw::c_char,
        index: usize,
        data: *mut *const ::std::os::raw::c_void,
        len: *mut usize,
    ) -> nixl_capi_status_t,
    pub notif_map_clear: unsafe extern "C" fn(
        map: nixl_capi_notif_map_t,
    ) -> nixl_capi_status_t,
    pub destroy_notif_map: unsafe extern "C" fn(
        map: nixl_capi_notif_map_t,
    ) -> nixl_capi_status_t,
    pub gen_notif: unsafe extern "C" fn(
        agent: nixl_capi_agent_t,
        remote_name: *const ::std::os::raw::c_char,
        data: *const ::std::os::raw::c_void,
        len: usize,
        args: nixl_capi_opt_args_t,
    ) -> nixl_capi_status_t,
    pub create_remote_dlist: Option<
        unsafe extern "C" fn(
            mem_type: nixl_capi_mem_type_t,
            dlist: *mut nixl_capi_remote_dlist_t,
        ) -> nixl_capi_status_t,
    >,
    pub remote_dlist_add_desc: Option<
        unsafe extern "C" fn(
            dlist: nixl_capi_remote_dlist_t,
            addr: usize,
            len: usize,
            dev_id: u64,
            remote_name: *const ::std::os::raw::c_char,
        ) -> nixl_capi_status_t,
    >,
    pub destroy_remote_dlist: Option<
        unsafe extern "C" fn(dlist: nixl_capi_remote_dlist_t) -> nixl_capi_status_t,
    >,
    pub prep_mem_view_local: Option<
        unsafe extern "C" fn(
            agent: nixl_capi_agent_t,
            descs: nixl_capi_xfer_dlist_t,
            view: *mut nixl_capi_mem_view_t,
            args: nixl_capi_opt_args_t,
        ) -> nixl_capi_status_t,
    >,
    pub prep_mem_view_remote: Option<
        unsafe extern "C" fn(
            agent: nixl_capi_agent_t,
            descs: nixl_capi_remote_dlist_t,
            view: *mut nixl_capi_mem_view_t,
            args: nixl_capi_opt_args_t,
        ) -> nixl_capi_status_t,
    >,
    pub release_mem_view: Option<
        unsafe extern "C" fn(
            agent: nixl_capi_agent_t,
            view: nixl_capi_mem_view_t,
        ) -> nixl_capi_status_t,
    >,
}
impl Functions {
    ///The symbols that every supported build exports.
    pub const MANDATORY: &'static [&'static core::ffi::CStr] = &[
        c"nixl_capi_is_stub",
        c"nixl_capi_create_agent",
        c"nixl_capi_create_configured_agent",
        c"nixl_capi_destroy_agent",
        c"nixl_capi_get_local_md",
        c"nixl_capi_get_local_partial_md",
        c"nixl_capi_load_remote_md",
        c"nixl_capi_invalidate_remote_md",
        c"nixl_capi_check_remote_md",
        c"nixl_capi_agent_make_connection",
        c"nixl_capi_send_local_md",
        c"nixl_capi_send_local_partial_md",
        c"nixl_capi_fetch_remote_md",
        c"nixl_capi_invalidate_local_md",
        c"nixl_capi_get_available_plugins",
        c"nixl_capi_get_plugin_params",
        c"nixl_capi_create_backend",
        c"nixl_capi_get_backend_params",
        c"nixl_capi_destroy_backend",
        c"nixl_capi_string_list_size",
        c"nixl_capi_string_list_get",
        c"nixl_capi_destroy_string_list",
        c"nixl_capi_mem_list_is_empty",
        c"nixl_capi_mem_list_size",
        c"nixl_capi_mem_list_get",
        c"nixl_capi_mem_type_to_string",
        c"nixl_capi_destroy_mem_list",
        c"nixl_capi_create_params",
        c"nixl_capi_params_add",
        c"nixl_capi_params_is_empty",
        c"nixl_capi_params_create_iterator",
        c"nixl_capi_params_iterator_next",
        c"nixl_capi_params_destroy_iterator",
        c"nixl_capi_destroy_params",
        c"nixl_capi_create_opt_args",
        c"nixl_capi_opt_args_add_backend",
        c"nixl_capi_opt_args_set_notif_msg",
        c"nixl_capi_opt_args_get_notif_msg",
        c"nixl_capi_opt_args_set_has_notif",
        c"nixl_capi_opt_args_get_has_notif",
        c"nixl_capi_opt_args_set_skip_desc_merge",
        c"nixl_capi_opt_args_get_skip_desc_merge",
        c"nixl_capi_opt_args_set_ip_addr",
        c"nixl_capi_opt_args_set_port",
        c"nixl_capi_destroy_opt_args",
        c"nixl_capi_create_reg_dlist",
        c"nixl_capi_reg_dlist_get_type",
        c"nixl_capi_reg_dlist_add_desc",
        c"nixl_capi_reg_dlist_desc_count",
        c"nixl_capi_reg_dlist_is_empty",
        c"nixl_capi_reg_dlist_trim",
        c"nixl_capi_reg_dlist_rem_desc",
        c"nixl_capi_reg_dlist_clear",
        c"nixl_capi_reg_dlist_resize",
        c"nixl_capi_reg_dlist_print",
        c"nixl_capi_destroy_reg_dlist",
        c"nixl_capi_register_mem",
        c"nixl_capi_deregister_mem",
        c"nixl_capi_query_mem",
        c"nixl_capi_create_query_resp_list",
        c"nixl_capi_query_resp_list_size",
        c"nixl_capi_query_resp_list_has_value",
        c"nixl_capi_query_resp_list_get_params",
        c"nixl_capi_destroy_query_resp_list",
        c"nixl_capi_create_xfer_dlist",
        c"nixl_capi_xfer_dlist_get_type",
        c"nixl_capi_xfer_dlist_add_desc",
        c"nixl_capi_xfer_dlist_desc_count",
        c"nixl_capi_xfer_dlist_len",
        c"nixl_capi_xfer_dlist_is_empty",
        c"nixl_capi_xfer_dlist_trim",
        c"nixl_capi_xfer_dlist_rem_desc",
        c"nixl_capi_xfer_dlist_clear",
        c"nixl_capi_xfer_dlist_resize",
        c"nixl_capi_xfer_dlist_print",
        c"nixl_capi_destroy_xfer_dlist",
        c"nixl_capi_prep_xfer_dlist",
        c"nixl_capi_release_xfer_dlist_handle",
        c"nixl_capi_make_xfer_req",
        c"nixl_capi_create_xfer_req",
        c"nixl_capi_estimate_xfer_cost",
        c"nixl_capi_post_xfer_req",
        c"nixl_capi_get_xfer_status",
        c"nixl_capi_get_xfer_telemetry",
        c"nixl_capi_query_xfer_backend",
        c"nixl_capi_release_xfer_req",
        c"nixl_capi_destroy_xfer_req",
        c"nixl_capi_create_notif_map",
        c"nixl_capi_get_notifs",
        c"nixl_capi_notif_map_size",
        c"nixl_capi_notif_map_get_agent_at",
        c"nixl_capi_notif_map_get_notifs_size",
        c"nixl_capi_notif_map_get_notif",
        c"nixl_capi_notif_map_clear",
        c"nixl_capi_destroy_notif_map",
        c"nixl_capi_gen_notif",
    ];
    ///Fills the table; `None` when `symbol` does not know one of [`Self::MANDATORY`].
    ///
    ///# Safety
    ///`symbol` returns the address of the NIXL function of that name, which stays loaded.
    pub unsafe fn resolve(
        mut symbol: impl FnMut(
            &core::ffi::CStr,
        ) -> Option<core::ptr::NonNull<core::ffi::c_void>>,
    ) -> Option<Self> {
        Some(Self {
            is_stub: unsafe { transmute(symbol(c"nixl_capi_is_stub")?) },
            create_agent: unsafe { transmute(symbol(c"nixl_capi_create_agent")?) },
            create_configured_agent: unsafe {
                transmute(symbol(c"nixl_capi_create_configured_agent")?)
            },
            destroy_agent: unsafe { transmute(symbol(c"nixl_capi_destroy_agent")?) },
            get_local_md: unsafe { transmute(symbol(c"nixl_capi_get_local_md")?) },
            get_local_partial_md: unsafe {
                transmute(symbol(c"nixl_capi_get_local_partial_md")?)
            },
            load_remote_md: unsafe { transmute(symbol(c"nixl_capi_load_remote_md")?) },
            invalidate_remote_md: unsafe {
                transmute(symbol(c"nixl_capi_invalidate_remote_md")?)
            },
            check_remote_md: unsafe { transmute(symbol(c"nixl_capi_check_remote_md")?) },
            agent_make_connection: unsafe {
                transmute(symbol(c"nixl_capi_agent_make_connection")?)
            },
            send_local_md: unsafe { transmute(symbol(c"nixl_capi_send_local_md")?) },
            send_local_partial_md: unsafe {
                transmute(symbol(c"nixl_capi_send_local_partial_md")?)
            },
            fetch_remote_md: unsafe { transmute(symbol(c"nixl_capi_fetch_remote_md")?) },
            invalidate_local_md: unsafe {
                transmute(symbol(c"nixl_capi_invalidate_local_md")?)
            },
            get_available_plugins: unsafe {
                transmute(symbol(c"nixl_capi_get_available_plugins")?)
            },
            get_plugin_params: unsafe {
                transmute(symbol(c"nixl_capi_get_plugin_params")?)
            },
            create_backend: unsafe { transmute(symbol(c"nixl_capi_create_backend")?) },
            get_backend_params: unsafe {
                transmute(symbol(c"nixl_capi_get_backend_params")?)
            },
            destroy_backend: unsafe { transmute(symbol(c"nixl_capi_destroy_backend")?) },
            string_list_size: unsafe {
                transmute(symbol(c"nixl_capi_string_list_size")?)
            },
            string_list_get: unsafe { transmute(symbol(c"nixl_capi_string_list_get")?) },
            destroy_string_list: unsafe {
                transmute(symbol(c"nixl_capi_destroy_string_list")?)
            },
            mem_list_is_empty: unsafe {
                transmute(symbol(c"nixl_capi_mem_list_is_empty")?)
            },
            mem_list_size: unsafe { transmute(symbol(c"nixl_capi_mem_list_size")?) },
            mem_list_get: unsafe { transmute(symbol(c"nixl_capi_mem_list_get")?) },
            mem_type_to_string: unsafe {
                transmute(symbol(c"nixl_capi_mem_type_to_string")?)
            },
            destroy_mem_list: unsafe {
                transmute(symbol(c"nixl_capi_destroy_mem_list")?)
            },
            create_params: unsafe { transmute(symbol(c"nixl_capi_create_params")?) },
            params_add: unsafe { transmute(symbol(c"nixl_capi_params_add")?) },
            params_is_empty: unsafe { transmute(symbol(c"nixl_capi_params_is_empty")?) },
            params_create_iterator: unsafe {
                transmute(symbol(c"nixl_capi_params_create_iterator")?)
            },
            params_iterator_next: unsafe {
                transmute(symbol(c"nixl_capi_params_iterator_next")?)
            },
            params_destroy_iterator: unsafe {
                transmute(symbol(c"nixl_capi_params_destroy_iterator")?)
            },
            destroy_params: unsafe { transmute(symbol(c"nixl_capi_destroy_params")?) },
            create_opt_args: unsafe { transmute(symbol(c"nixl_capi_create_opt_args")?) },
            opt_args_add_backend: unsafe {
                transmute(symbol(c"nixl_capi_opt_args_add_backend")?)
            },
            opt_args_set_notif_msg: unsafe {
                transmute(symbol(c"nixl_capi_opt_args_set_notif_msg")?)
            },
            opt_args_get_notif_msg: unsafe {
                transmute(symbol(c"nixl_capi_opt_args_get_notif_msg")?)
            },
            opt_args_set_has_notif: unsafe {
                transmute(symbol(c"nixl_capi_opt_args_set_has_notif")?)
            },
            opt_args_get_has_notif: unsafe {
                transmute(symbol(c"nixl_capi_opt_args_get_has_notif")?)
            },
            opt_args_set_skip_desc_merge: unsafe {
                transmute(symbol(c"nixl_capi_opt_args_set_skip_desc_merge")?)
            },
            opt_args_get_skip_desc_merge: unsafe {
                transmute(symbol(c"nixl_capi_opt_args_get_skip_desc_merge")?)
            },
            opt_args_set_ip_addr: unsafe {
                transmute(symbol(c"nixl_capi_opt_args_set_ip_addr")?)
            },
            opt_args_set_port: unsafe {
                transmute(symbol(c"nixl_capi_opt_args_set_port")?)
            },
            opt_args_set_custom_param: symbol(c"nixl_capi_opt_args_set_custom_param")
                .map(|address| unsafe { transmute(address) }),
            opt_args_get_custom_param: symbol(c"nixl_capi_opt_args_get_custom_param")
                .map(|address| unsafe { transmute(address) }),
            destroy_opt_args: unsafe {
                transmute(symbol(c"nixl_capi_destroy_opt_args")?)
            },
            create_reg_dlist: unsafe {
                transmute(symbol(c"nixl_capi_create_reg_dlist")?)
            },
            reg_dlist_get_type: unsafe {
                transmute(symbol(c"nixl_capi_reg_dlist_get_type")?)
            },
            reg_dlist_add_desc: unsafe {
                transmute(symbol(c"nixl_capi_reg_dlist_add_desc")?)
            },
            reg_dlist_desc_count: unsafe {
                transmute(symbol(c"nixl_capi_reg_dlist_desc_count")?)
            },
            reg_dlist_is_empty: unsafe {
                transmute(symbol(c"nixl_capi_reg_dlist_is_empty")?)
            },
            reg_dlist_trim: unsafe { transmute(symbol(c"nixl_capi_reg_dlist_trim")?) },
            reg_dlist_rem_desc: unsafe {
                transmute(symbol(c"nixl_capi_reg_dlist_rem_desc")?)
            },
            reg_dlist_clear: unsafe { transmute(symbol(c"nixl_capi_reg_dlist_clear")?) },
            reg_dlist_resize: unsafe {
                transmute(symbol(c"nixl_capi_reg_dlist_resize")?)
            },
            reg_dlist_print: unsafe { transmute(symbol(c"nixl_capi_reg_dlist_print")?) },
            destroy_reg_dlist: unsafe {
                transmute(symbol(c"nixl_capi_destroy_reg_dlist")?)
            },
            register_mem: unsafe { transmute(symbol(c"nixl_capi_register_mem")?) },
            deregister_mem: unsafe { transmute(symbol(c"nixl_capi_deregister_mem")?) },
            query_mem: unsafe { transmute(symbol(c"nixl_capi_query_mem")?) },
            create_query_resp_list: unsafe {
                transmute(symbol(c"nixl_capi_create_query_resp_list")?)
            },
            query_resp_list_size: unsafe {
                transmute(symbol(c"nixl_capi_query_resp_list_size")?)
            },
            query_resp_list_has_value: unsafe {
                transmute(symbol(c"nixl_capi_query_resp_list_has_value")?)
            },
            query_resp_list_get_params: unsafe {
                transmute(symbol(c"nixl_capi_query_resp_list_get_params")?)
            },
            destroy_query_resp_list: unsafe {
                transmute(symbol(c"nixl_capi_destroy_query_resp_list")?)
            },
            create_xfer_dlist: unsafe {
                transmute(symbol(c"nixl_capi_create_xfer_dlist")?)
            },
            xfer_dlist_get_type: unsafe {
                transmute(symbol(c"nixl_capi_xfer_dlist_get_type")?)
            },
            xfer_dlist_add_desc: unsafe {
                transmute(symbol(c"nixl_capi_xfer_dlist_add_desc")?)
            },
            xfer_dlist_desc_count: unsafe {
                transmute(symbol(c"nixl_capi_xfer_dlist_desc_count")?)
            },
            xfer_dlist_len: unsafe { transmute(symbol(c"nixl_capi_xfer_dlist_len")?) },
            xfer_dlist_is_empty: unsafe {
                transmute(symbol(c"nixl_capi_xfer_dlist_is_empty")?)
            },
            xfer_dlist_trim: unsafe { transmute(symbol(c"nixl_capi_xfer_dlist_trim")?) },
            xfer_dlist_rem_desc: unsafe {
                transmute(symbol(c"nixl_capi_xfer_dlist_rem_desc")?)
            },
            xfer_dlist_clear: unsafe {
                transmute(symbol(c"nixl_capi_xfer_dlist_clear")?)
            },
            xfer_dlist_resize: unsafe {
                transmute(symbol(c"nixl_capi_xfer_dlist_resize")?)
            },
            xfer_dlist_print: unsafe {
                transmute(symbol(c"nixl_capi_xfer_dlist_print")?)
            },
            destroy_xfer_dlist: unsafe {
                transmute(symbol(c"nixl_capi_destroy_xfer_dlist")?)
            },
            prep_xfer_dlist: unsafe { transmute(symbol(c"nixl_capi_prep_xfer_dlist")?) },
            release_xfer_dlist_handle: unsafe {
                transmute(symbol(c"nixl_capi_release_xfer_dlist_handle")?)
            },
            make_xfer_req: unsafe { transmute(symbol(c"nixl_capi_make_xfer_req")?) },
            create_xfer_req: unsafe { transmute(symbol(c"nixl_capi_create_xfer_req")?) },
            estimate_xfer_cost: unsafe {
                transmute(symbol(c"nixl_capi_estimate_xfer_cost")?)
            },
            post_xfer_req: unsafe { transmute(symbol(c"nixl_capi_post_xfer_req")?) },
            get_xfer_status: unsafe { transmute(symbol(c"nixl_capi_get_xfer_status")?) },
            get_xfer_telemetry: unsafe {
                transmute(symbol(c"nixl_capi_get_xfer_telemetry")?)
            },
            query_xfer_backend: unsafe {
                transmute(symbol(c"nixl_capi_query_xfer_backend")?)
            },
            release_xfer_req: unsafe {
                transmute(symbol(c"nixl_capi_release_xfer_req")?)
            },
            destroy_xfer_req: unsafe {
                transmute(symbol(c"nixl_capi_destroy_xfer_req")?)
            },
            create_notif_map: unsafe {
                transmute(symbol(c"nixl_capi_create_notif_map")?)
            },
            get_notifs: unsafe { transmute(symbol(c"nixl_capi_get_notifs")?) },
            notif_map_size: unsafe { transmute(symbol(c"nixl_capi_notif_map_size")?) },
            notif_map_get_agent_at: unsafe {
                transmute(symbol(c"nixl_capi_notif_map_get_agent_at")?)
            },
            notif_map_get_notifs_size: unsafe {
                transmute(symbol(c"nixl_capi_notif_map_get_notifs_size")?)
            },
            notif_map_get_notif: unsafe {
                transmute(symbol(c"nixl_capi_notif_map_get_notif")?)
            },
            notif_map_clear: unsafe { transmute(symbol(c"nixl_capi_notif_map_clear")?) },
            destroy_notif_map: unsafe {
                transmute(symbol(c"nixl_capi_destroy_notif_map")?)
            },
            gen_notif: unsafe { transmute(symbol(c"nixl_capi_gen_notif")?) },
            create_remote_dlist: symbol(c"nixl_capi_create_remote_dlist")
                .map(|address| unsafe { transmute(address) }),
            remote_dlist_add_desc: symbol(c"nixl_capi_remote_dlist_add_desc")
                .map(|address| unsafe { transmute(address) }),
            destroy_remote_dlist: symbol(c"nixl_capi_destroy_remote_dlist")
                .map(|address| unsafe { transmute(address) }),
            prep_mem_view_local: symbol(c"nixl_capi_prep_mem_view_local")
                .map(|address| unsafe { transmute(address) }),
            prep_mem_view_remote: symbol(c"nixl_capi_prep_mem_view_remote")
                .map(|address| unsafe { transmute(address) }),
            release_mem_view: symbol(c"nixl_capi_release_mem_view")
                .map(|address| unsafe { transmute(address) }),
        })
    }
}
