/* The part of UCX's C ABI that kvbench uses, as the libraries of 1.17 to 1.23 have it: UCT to list
 * devices, UCP to move memory, UCS for statuses and for where a device is.
 *
 * Written from the facts of the public API; it is the one source of src/ucx/bindings.rs (see
 * tests/bindings). Structs that begin with a field mask end with the last field that 1.17 has:
 * libraries read and write only the fields that the mask names.
 */
#ifndef NIXL_SYS_UCX_ABI_H
#define NIXL_SYS_UCX_ABI_H

#include <stddef.h>
#include <stdint.h>

/* ---- UCS ---- */

/* Status of a call, in one byte. Positive is not an error. */
typedef enum {
    UCS_OK = 0,
    UCS_INPROGRESS = 1,
    UCS_ERR_NO_MESSAGE = -1,
    UCS_ERR_NO_RESOURCE = -2,
    UCS_ERR_IO_ERROR = -3,
    UCS_ERR_NO_MEMORY = -4,
    UCS_ERR_INVALID_PARAM = -5,
    UCS_ERR_UNREACHABLE = -6,
    UCS_ERR_INVALID_ADDR = -7,
    UCS_ERR_NOT_IMPLEMENTED = -8,
    UCS_ERR_MESSAGE_TRUNCATED = -9,
    UCS_ERR_NO_PROGRESS = -10,
    UCS_ERR_BUFFER_TOO_SMALL = -11,
    UCS_ERR_NO_ELEM = -12,
    UCS_ERR_SOME_CONNECTS_FAILED = -13,
    UCS_ERR_NO_DEVICE = -14,
    UCS_ERR_BUSY = -15,
    UCS_ERR_CANCELED = -16,
    UCS_ERR_SHMEM_SEGMENT = -17,
    UCS_ERR_ALREADY_EXISTS = -18,
    UCS_ERR_OUT_OF_RANGE = -19,
    UCS_ERR_TIMED_OUT = -20,
    UCS_ERR_EXCEEDS_LIMIT = -21,
    UCS_ERR_UNSUPPORTED = -22,
    UCS_ERR_REJECTED = -23,
    UCS_ERR_NOT_CONNECTED = -24,
    UCS_ERR_CONNECTION_RESET = -25,
    UCS_ERR_ENDPOINT_TIMEOUT = -80,
    /* Pointers from here to the top of the address space are statuses. */
    UCS_ERR_LAST = -100
} __attribute__((packed)) ucs_status_t;

/* What a non-blocking call returns: NULL when it is done, a status, or a request. */
typedef void *ucs_status_ptr_t;

typedef enum {
    UCS_THREAD_MODE_SINGLE = 0,
    UCS_THREAD_MODE_SERIALIZED = 1,
    UCS_THREAD_MODE_MULTI = 2
} ucs_thread_mode_t;

typedef enum {
    UCS_MEMORY_TYPE_HOST = 0,
    UCS_MEMORY_TYPE_CUDA = 1,
    UCS_MEMORY_TYPE_CUDA_MANAGED = 2
} ucs_memory_type_t;

typedef struct {
    uint64_t bits[16];
} ucs_cpu_set_t;

typedef struct {
    const void *addr;
    uint32_t addrlen;
} ucs_sock_addr_t;

/* A device that UCX has found on a bus. */
typedef uint8_t ucs_sys_device_t;

static const ucs_sys_device_t UCS_SYS_DEVICE_ID_UNKNOWN = 255;

/* A PCI address; `slot` is the device on the bus. */
typedef struct {
    uint16_t domain;
    uint8_t bus;
    uint8_t slot;
    uint8_t function;
} ucs_sys_bus_id_t;

/* The text is a constant of the library. */
const char *ucs_status_string(ucs_status_t status);
ucs_status_t ucs_topo_get_device_bus_id(ucs_sys_device_t device, ucs_sys_bus_id_t *bus_id);

/* ---- UCT: components, memory domains, and the devices of their transports ---- */

typedef struct uct_component *uct_component_h;
typedef struct uct_md *uct_md_h;
typedef struct uct_md_config uct_md_config_t;

typedef struct {
    char md_name[16];
} uct_md_resource_desc_t;

static const uint64_t UCT_COMPONENT_ATTR_FIELD_NAME = 1 << 0;
static const uint64_t UCT_COMPONENT_ATTR_FIELD_MD_RESOURCE_COUNT = 1 << 1;
static const uint64_t UCT_COMPONENT_ATTR_FIELD_MD_RESOURCES = 1 << 2;
static const uint64_t UCT_COMPONENT_ATTR_FIELD_FLAGS = 1 << 3;

typedef struct {
    uint64_t field_mask;
    char name[16];
    unsigned md_resource_count;
    /* The caller's, with room for md_resource_count of them. */
    uct_md_resource_desc_t *md_resources;
    uint64_t flags;
} uct_component_attr_t;

typedef enum {
    UCT_DEVICE_TYPE_NET = 0,
    UCT_DEVICE_TYPE_SHM = 1,
    UCT_DEVICE_TYPE_ACC = 2,
    UCT_DEVICE_TYPE_SELF = 3
} uct_device_type_t;

typedef struct {
    char tl_name[10];
    char dev_name[32];
    uct_device_type_t dev_type;
    ucs_sys_device_t sys_device;
} uct_tl_resource_desc_t;

/* Loads the transports' modules when called for the first time. */
ucs_status_t uct_query_components(uct_component_h **components, unsigned *count);
void uct_release_component_list(uct_component_h *components);
ucs_status_t uct_component_query(uct_component_h component, uct_component_attr_t *attr);
/* `env_prefix` and `filename` may be NULL. */
ucs_status_t uct_md_config_read(uct_component_h component, const char *env_prefix,
                                const char *filename, uct_md_config_t **config);
void uct_config_release(void *config);
ucs_status_t uct_md_open(uct_component_h component, const char *md_name,
                         const uct_md_config_t *config, uct_md_h *md);
void uct_md_close(uct_md_h md);
ucs_status_t uct_md_query_tl_resources(uct_md_h md, uct_tl_resource_desc_t **resources,
                                       unsigned *count);
void uct_release_tl_resource_list(uct_tl_resource_desc_t *resources);

/* ---- UCP ---- */

typedef struct ucp_context *ucp_context_h;
typedef struct ucp_config ucp_config_t;
typedef struct ucp_worker *ucp_worker_h;
typedef struct ucp_address ucp_address_t;
typedef struct ucp_ep *ucp_ep_h;
typedef struct ucp_conn_request *ucp_conn_request_h;
typedef struct ucp_mem *ucp_mem_h;
typedef struct ucp_rkey *ucp_rkey_h;
typedef uint64_t ucp_datatype_t;

/* The oldest API with all of this; a library accepts callers of its own version and older. */
static const unsigned UCP_API_MAJOR = 1;
static const unsigned UCP_API_MINOR = 17;

static const uint64_t UCP_FEATURE_TAG = 1 << 0;
static const uint64_t UCP_FEATURE_RMA = 1 << 1;
static const uint64_t UCP_FEATURE_WAKEUP = 1 << 4;
static const uint64_t UCP_FEATURE_AM = 1 << 6;

static const uint64_t UCP_PARAM_FIELD_FEATURES = 1 << 0;
static const uint64_t UCP_PARAM_FIELD_REQUEST_SIZE = 1 << 1;
static const uint64_t UCP_PARAM_FIELD_MT_WORKERS_SHARED = 1 << 5;
static const uint64_t UCP_PARAM_FIELD_ESTIMATED_NUM_EPS = 1 << 6;
static const uint64_t UCP_PARAM_FIELD_ESTIMATED_NUM_PPN = 1 << 7;
static const uint64_t UCP_PARAM_FIELD_NAME = 1 << 8;

typedef struct {
    uint64_t field_mask;
    uint64_t features;
    size_t request_size;
    void (*request_init)(void *request);
    void (*request_cleanup)(void *request);
    uint64_t tag_sender_mask;
    int mt_workers_shared;
    size_t estimated_num_eps;
    size_t estimated_num_ppn;
    const char *name;
} ucp_params_t;

static const uint64_t UCP_ATTR_FIELD_REQUEST_SIZE = 1 << 0;
static const uint64_t UCP_ATTR_FIELD_THREAD_MODE = 1 << 1;
static const uint64_t UCP_ATTR_FIELD_MEMORY_TYPES = 1 << 2;
static const uint64_t UCP_ATTR_FIELD_NAME = 1 << 3;

typedef struct {
    uint64_t field_mask;
    size_t request_size;
    ucs_thread_mode_t thread_mode;
    /* A bit for each of ucs_memory_type_t. */
    uint64_t memory_types;
    char name[32];
} ucp_context_attr_t;

void ucp_get_version(unsigned *major, unsigned *minor, unsigned *release);
/* The text is a constant of the library. */
const char *ucp_get_version_string(void);

/* Reads UCX_* from the environment; `env_prefix` (`X` for X_UCX_*) and `filename` may be NULL. */
ucs_status_t ucp_config_read(const char *env_prefix, const char *filename, ucp_config_t **config);
/* `name` is without UCX_. */
ucs_status_t ucp_config_modify(ucp_config_t *config, const char *name, const char *value);
void ucp_config_release(ucp_config_t *config);

/* `config` is copied; NULL stands for the environment. */
ucs_status_t ucp_init_version(unsigned api_major, unsigned api_minor, const ucp_params_t *params,
                              const ucp_config_t *config, ucp_context_h *context);
ucs_status_t ucp_context_query(ucp_context_h context, ucp_context_attr_t *attr);
void ucp_cleanup(ucp_context_h context);

static const uint64_t UCP_WORKER_PARAM_FIELD_THREAD_MODE = 1 << 0;
static const uint64_t UCP_WORKER_PARAM_FIELD_CPU_MASK = 1 << 1;
static const uint64_t UCP_WORKER_PARAM_FIELD_FLAGS = 1 << 5;
static const uint64_t UCP_WORKER_PARAM_FIELD_NAME = 1 << 6;

typedef struct {
    uint64_t field_mask;
    ucs_thread_mode_t thread_mode;
    ucs_cpu_set_t cpu_mask;
    unsigned events;
    void *user_data;
    int event_fd;
    uint64_t flags;
    const char *name;
    size_t am_alignment;
    uint64_t client_id;
} ucp_worker_params_t;

static const uint64_t UCP_WORKER_ATTR_FIELD_THREAD_MODE = 1 << 0;
static const uint64_t UCP_WORKER_ATTR_FIELD_ADDRESS = 1 << 1;
static const uint64_t UCP_WORKER_ATTR_FIELD_ADDRESS_FLAGS = 1 << 2;
static const uint64_t UCP_WORKER_ATTR_FIELD_NAME = 1 << 4;

/* For `address_flags`: leave shared memory out of the address. */
static const uint32_t UCP_WORKER_ADDRESS_FLAG_NET_ONLY = 1 << 0;

typedef struct {
    uint64_t field_mask;
    ucs_thread_mode_t thread_mode;
    uint32_t address_flags;
    /* To be given back with ucp_worker_release_address. */
    ucp_address_t *address;
    size_t address_length;
    size_t max_am_header;
    char name[32];
    size_t max_debug_string;
} ucp_worker_attr_t;

ucs_status_t ucp_worker_create(ucp_context_h context, const ucp_worker_params_t *params,
                               ucp_worker_h *worker);
ucs_status_t ucp_worker_query(ucp_worker_h worker, ucp_worker_attr_t *attr);
void ucp_worker_release_address(ucp_worker_h worker, ucp_address_t *address);
/* Not 0 when something progressed. */
unsigned ucp_worker_progress(ucp_worker_h worker);
ucs_status_t ucp_worker_fence(ucp_worker_h worker);
void ucp_worker_destroy(ucp_worker_h worker);

typedef enum {
    UCP_ERR_HANDLING_MODE_NONE = 0,
    UCP_ERR_HANDLING_MODE_PEER = 1
} ucp_err_handling_mode_t;

typedef void (*ucp_err_handler_cb_t)(void *arg, ucp_ep_h ep, ucs_status_t status);

typedef struct {
    ucp_err_handler_cb_t cb;
    void *arg;
} ucp_err_handler_t;

static const uint64_t UCP_EP_PARAM_FIELD_REMOTE_ADDRESS = 1 << 0;
static const uint64_t UCP_EP_PARAM_FIELD_ERR_HANDLING_MODE = 1 << 1;
static const uint64_t UCP_EP_PARAM_FIELD_ERR_HANDLER = 1 << 2;
static const uint64_t UCP_EP_PARAM_FIELD_FLAGS = 1 << 5;
static const uint64_t UCP_EP_PARAM_FIELD_NAME = 1 << 7;

typedef struct {
    uint64_t field_mask;
    /* Read by the call, and not kept. */
    const ucp_address_t *address;
    ucp_err_handling_mode_t err_mode;
    ucp_err_handler_t err_handler;
    void *user_data;
    unsigned flags;
    ucs_sock_addr_t sockaddr;
    ucp_conn_request_h conn_request;
    const char *name;
    ucs_sock_addr_t local_sockaddr;
} ucp_ep_params_t;

/* Both names belong to the endpoint. */
typedef struct {
    const char *transport_name;
    const char *device_name;
} ucp_transport_entry_t;

/* `num_entries` is the room that the caller has, and then what was filled. */
typedef struct {
    ucp_transport_entry_t *entries;
    unsigned num_entries;
    size_t entry_size;
} ucp_transports_t;

static const uint64_t UCP_EP_ATTR_FIELD_NAME = 1 << 0;
static const uint64_t UCP_EP_ATTR_FIELD_TRANSPORTS = 1 << 3;

typedef struct {
    uint64_t field_mask;
    char name[32];
    uint64_t local_sockaddr[16];
    uint64_t remote_sockaddr[16];
    ucp_transports_t transports;
} ucp_ep_attr_t;

ucs_status_t ucp_ep_create(ucp_worker_h worker, const ucp_ep_params_t *params, ucp_ep_h *ep);
ucs_status_t ucp_ep_query(ucp_ep_h ep, ucp_ep_attr_t *attr);

static const uint64_t UCP_MEM_MAP_PARAM_FIELD_ADDRESS = 1 << 0;
static const uint64_t UCP_MEM_MAP_PARAM_FIELD_LENGTH = 1 << 1;
static const uint64_t UCP_MEM_MAP_PARAM_FIELD_FLAGS = 1 << 2;
static const uint64_t UCP_MEM_MAP_PARAM_FIELD_PROT = 1 << 3;
static const uint64_t UCP_MEM_MAP_PARAM_FIELD_MEMORY_TYPE = 1 << 4;

static const unsigned UCP_MEM_MAP_NONBLOCK = 1 << 0;
static const unsigned UCP_MEM_MAP_ALLOCATE = 1 << 1;

typedef struct {
    uint64_t field_mask;
    void *address;
    size_t length;
    unsigned flags;
    unsigned prot;
    ucs_memory_type_t memory_type;
    const void *exported_memh_buffer;
} ucp_mem_map_params_t;

ucs_status_t ucp_mem_map(ucp_context_h context, const ucp_mem_map_params_t *params,
                         ucp_mem_h *memh);
ucs_status_t ucp_mem_unmap(ucp_context_h context, ucp_mem_h memh);

/* The packed remote key; to be given back with ucp_rkey_buffer_release. */
ucs_status_t ucp_rkey_pack(ucp_context_h context, ucp_mem_h memh, void **buffer, size_t *size);
void ucp_rkey_buffer_release(void *buffer);
ucs_status_t ucp_ep_rkey_unpack(ucp_ep_h ep, const void *buffer, ucp_rkey_h *rkey);
void ucp_rkey_destroy(ucp_rkey_h rkey);

typedef void (*ucp_send_nbx_callback_t)(void *request, ucs_status_t status, void *user_data);

static const uint32_t UCP_OP_ATTR_FIELD_REQUEST = 1 << 0;
static const uint32_t UCP_OP_ATTR_FIELD_CALLBACK = 1 << 1;
static const uint32_t UCP_OP_ATTR_FIELD_USER_DATA = 1 << 2;
static const uint32_t UCP_OP_ATTR_FIELD_DATATYPE = 1 << 3;
static const uint32_t UCP_OP_ATTR_FIELD_FLAGS = 1 << 4;
static const uint32_t UCP_OP_ATTR_FIELD_MEMORY_TYPE = 1 << 6;
static const uint32_t UCP_OP_ATTR_FIELD_MEMH = 1 << 8;
static const uint32_t UCP_OP_ATTR_FLAG_NO_IMM_CMPL = 1 << 16;
static const uint32_t UCP_OP_ATTR_FLAG_FAST_CMPL = 1 << 17;
static const uint32_t UCP_OP_ATTR_FLAG_FORCE_IMM_CMPL = 1 << 18;
static const uint32_t UCP_OP_ATTR_FLAG_MULTI_SEND = 1 << 19;

/* For `flags` of ucp_ep_close_nbx: without asking the peer. */
static const uint32_t UCP_EP_CLOSE_FLAG_FORCE = 1 << 0;

typedef struct {
    uint32_t op_attr_mask;
    uint32_t flags;
    void *request;
    ucp_send_nbx_callback_t cb;
    ucp_datatype_t datatype;
    void *user_data;
    void *reply_buffer;
    ucs_memory_type_t memory_type;
    void *recv_info;
    ucp_mem_h memh;
} ucp_request_param_t;

ucs_status_ptr_t ucp_put_nbx(ucp_ep_h ep, const void *buffer, size_t count, uint64_t remote_addr,
                             ucp_rkey_h rkey, const ucp_request_param_t *param);
ucs_status_ptr_t ucp_get_nbx(ucp_ep_h ep, void *buffer, size_t count, uint64_t remote_addr,
                             ucp_rkey_h rkey, const ucp_request_param_t *param);
ucs_status_ptr_t ucp_ep_flush_nbx(ucp_ep_h ep, const ucp_request_param_t *param);
ucs_status_ptr_t ucp_worker_flush_nbx(ucp_worker_h worker, const ucp_request_param_t *param);
ucs_status_ptr_t ucp_ep_close_nbx(ucp_ep_h ep, const ucp_request_param_t *param);
ucs_status_t ucp_request_check_status(void *request);
void ucp_request_cancel(ucp_worker_h worker, void *request);
void ucp_request_free(void *request);

#endif
