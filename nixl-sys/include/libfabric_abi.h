/* The C ABI of libfabric (libfabric.so.1), for those who use it and for those who provide to it.
 *
 * Written from the facts of the releases 1.18 to 2.6: names, numbers, and the order and types of
 * fields. It is the one source of src/libfabric/bindings.rs (see tests/bindings).
 *
 * libfabric only ever appends to its structures, so what is here lies at the same place in every
 * release since 1.18. A field marked [2.0] came with that release: it lies beyond the end of what
 * an older libfabric allocates, and must not be touched with one. Tables of operations tell by
 * their `size` how far they reach. Fields that came after 2.5 are left out.
 *
 * Unless said otherwise, functions return 0 or the negative of an error (FI_E*), and what is opened
 * is closed with `fid.ops->close`, children before their parents.
 */
#ifndef NIXL_SYS_LIBFABRIC_ABI_H
#define NIXL_SYS_LIBFABRIC_ABI_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

/* Capabilities, and flags of operations and completions. */
static const uint64_t FI_MSG = 1ULL << 1;
static const uint64_t FI_RMA = 1ULL << 2;
static const uint64_t FI_TAGGED = 1ULL << 3;
static const uint64_t FI_ATOMIC = 1ULL << 4;
static const uint64_t FI_MULTICAST = 1ULL << 5;
static const uint64_t FI_COLLECTIVE = 1ULL << 6;
static const uint64_t FI_READ = 1ULL << 8;
static const uint64_t FI_WRITE = 1ULL << 9;
static const uint64_t FI_RECV = 1ULL << 10;
static const uint64_t FI_SEND = 1ULL << 11;
static const uint64_t FI_TRANSMIT = 1ULL << 11;
static const uint64_t FI_REMOTE_READ = 1ULL << 12;
static const uint64_t FI_REMOTE_WRITE = 1ULL << 13;
static const uint64_t FI_MULTI_RECV = 1ULL << 16;
static const uint64_t FI_REMOTE_CQ_DATA = 1ULL << 17;
static const uint64_t FI_MORE = 1ULL << 18;
static const uint64_t FI_FENCE = 1ULL << 21;
static const uint64_t FI_COMPLETION = 1ULL << 24;
static const uint64_t FI_INJECT = 1ULL << 25;
static const uint64_t FI_INJECT_COMPLETE = 1ULL << 26;
static const uint64_t FI_TRANSMIT_COMPLETE = 1ULL << 27;
static const uint64_t FI_DELIVERY_COMPLETE = 1ULL << 28;
static const uint64_t FI_HMEM = 1ULL << 47;
static const uint64_t FI_LOCAL_COMM = 1ULL << 51;
static const uint64_t FI_REMOTE_COMM = 1ULL << 52;
static const uint64_t FI_PROV_ATTR_ONLY = 1ULL << 54;
static const uint64_t FI_RMA_EVENT = 1ULL << 56;
static const uint64_t FI_SOURCE = 1ULL << 57;
static const uint64_t FI_DIRECTED_RECV = 1ULL << 59;
/* Given to `bind` of a completion queue: only operations with FI_COMPLETION complete there. */
static const uint64_t FI_SELECTIVE_COMPLETION = 1ULL << 59;

/* fi_info.mode: what the user takes upon itself. FI_CONTEXT: contexts point to struct fi_context. */
static const uint64_t FI_CONTEXT = 1ULL << 59;
static const uint64_t FI_MSG_PREFIX = 1ULL << 58;
static const uint64_t FI_RX_CQ_DATA = 1ULL << 56;
static const uint64_t FI_CONTEXT2 = 1ULL << 52;

/* fi_domain_attr.mr_mode. */
static const int FI_MR_LOCAL = 1 << 2;
static const int FI_MR_RAW = 1 << 3;
static const int FI_MR_VIRT_ADDR = 1 << 4;
static const int FI_MR_ALLOCATED = 1 << 5;
static const int FI_MR_PROV_KEY = 1 << 6;
static const int FI_MR_MMU_NOTIFY = 1 << 7;
static const int FI_MR_RMA_EVENT = 1 << 8;
static const int FI_MR_ENDPOINT = 1 << 9;
static const int FI_MR_HMEM = 1 << 10;
static const int FI_MR_COLLECTIVE = 1 << 11;

/* fi_tx_attr.msg_order and fi_rx_attr.msg_order. */
static const uint64_t FI_ORDER_RAR = 1ULL << 0;
static const uint64_t FI_ORDER_RAW = 1ULL << 1;
static const uint64_t FI_ORDER_RAS = 1ULL << 2;
static const uint64_t FI_ORDER_WAR = 1ULL << 3;
static const uint64_t FI_ORDER_WAW = 1ULL << 4;
static const uint64_t FI_ORDER_WAS = 1ULL << 5;
static const uint64_t FI_ORDER_SAR = 1ULL << 6;
static const uint64_t FI_ORDER_SAW = 1ULL << 7;
static const uint64_t FI_ORDER_SAS = 1ULL << 8;

typedef uint64_t fi_addr_t;
static const fi_addr_t FI_ADDR_UNSPEC = ~0ULL;
static const fi_addr_t FI_ADDR_NOTAVAIL = ~0ULL;
static const uint64_t FI_KEY_NOTAVAIL = ~0ULL;

/* fi_info.addr_format. */
static const uint32_t FI_FORMAT_UNSPEC = 0;
static const uint32_t FI_SOCKADDR = 1;
static const uint32_t FI_SOCKADDR_IN = 2;
static const uint32_t FI_SOCKADDR_IN6 = 3;
static const uint32_t FI_SOCKADDR_IB = 4;
static const uint32_t FI_ADDR_STR = 9;
static const uint32_t FI_ADDR_EFA = 12;

/* Errors; those below 256 are errno's of Linux. */
static const int FI_SUCCESS = 0;
static const int FI_EPERM = 1;
static const int FI_ENOENT = 2;
static const int FI_EINTR = 4;
static const int FI_EIO = 5;
static const int FI_E2BIG = 7;
static const int FI_EBADF = 9;
static const int FI_EAGAIN = 11;
static const int FI_ENOMEM = 12;
static const int FI_EACCES = 13;
static const int FI_EFAULT = 14;
static const int FI_EBUSY = 16;
static const int FI_ENODEV = 19;
static const int FI_EINVAL = 22;
static const int FI_EMFILE = 24;
static const int FI_ENOSPC = 28;
static const int FI_ENOSYS = 38;
static const int FI_ENODATA = 61;
static const int FI_EMSGSIZE = 90;
static const int FI_ENOPROTOOPT = 92;
static const int FI_EOPNOTSUPP = 95;
static const int FI_EADDRINUSE = 98;
static const int FI_EADDRNOTAVAIL = 99;
static const int FI_ECONNABORTED = 103;
static const int FI_ECONNRESET = 104;
static const int FI_ENOTCONN = 107;
static const int FI_ETIMEDOUT = 110;
static const int FI_ECONNREFUSED = 111;
static const int FI_EHOSTUNREACH = 113;
static const int FI_ECANCELED = 125;
static const int FI_EOTHER = 256;
static const int FI_ETOOSMALL = 257;
static const int FI_EAVAIL = 259;
static const int FI_EBADFLAGS = 260;
static const int FI_ETRUNC = 265;
static const int FI_ENOKEY = 266;
static const int FI_EOVERRUN = 268;

/* Commands of `control`. */
static const int FI_GETWAIT = 5;
static const int FI_ENABLE = 6;
static const int FI_DUP = 15;

/* Options of endpoints: level, names, and the names that only EFA knows. */
static const int FI_OPT_ENDPOINT = 0;
static const int FI_OPT_CUDA_API_PERMITTED = 10;
static const int FI_OPT_SHARED_MEMORY_PERMITTED = 11;
static const int FI_OPT_EFA_RNR_RETRY = -(0xefa << 16);
static const int FI_OPT_EFA_USE_UNSOLICITED_WRITE_RECV = -(0xefa << 16) + 8;

enum fi_av_type { FI_AV_UNSPEC, FI_AV_MAP, FI_AV_TABLE };
enum fi_progress {
    FI_PROGRESS_UNSPEC,
    FI_PROGRESS_AUTO,
    FI_PROGRESS_MANUAL,
    /* [2.0] */
    FI_PROGRESS_CONTROL_UNIFIED
};
enum fi_threading {
    FI_THREAD_UNSPEC,
    FI_THREAD_SAFE,
    FI_THREAD_FID,
    FI_THREAD_DOMAIN,
    FI_THREAD_COMPLETION,
    FI_THREAD_ENDPOINT
};
enum fi_resource_mgmt { FI_RM_UNSPEC, FI_RM_DISABLED, FI_RM_ENABLED };
enum fi_ep_type { FI_EP_UNSPEC, FI_EP_MSG, FI_EP_DGRAM, FI_EP_RDM };
enum fi_bus_type { FI_BUS_UNSPEC, FI_BUS_PCI };
enum fi_link_state { FI_LINK_UNKNOWN, FI_LINK_DOWN, FI_LINK_UP };
enum fi_hmem_iface {
    FI_HMEM_SYSTEM,
    FI_HMEM_CUDA,
    FI_HMEM_ROCR,
    FI_HMEM_ZE,
    FI_HMEM_NEURON,
    FI_HMEM_SYNAPSEAI
};
enum fi_wait_obj {
    FI_WAIT_NONE,
    FI_WAIT_UNSPEC,
    FI_WAIT_SET,
    FI_WAIT_FD,
    FI_WAIT_MUTEX_COND,
    FI_WAIT_YIELD,
    FI_WAIT_POLLFD
};
enum fi_cq_format {
    FI_CQ_FORMAT_UNSPEC,
    FI_CQ_FORMAT_CONTEXT,
    FI_CQ_FORMAT_MSG,
    FI_CQ_FORMAT_DATA,
    FI_CQ_FORMAT_TAGGED
};
enum fi_cq_wait_cond { FI_CQ_COND_NONE, FI_CQ_COND_THRESHOLD };

/* What fi_tostr can write. */
enum fi_type {
    FI_TYPE_INFO,
    FI_TYPE_EP_TYPE,
    FI_TYPE_CAPS,
    FI_TYPE_OP_FLAGS,
    FI_TYPE_ADDR_FORMAT,
    FI_TYPE_TX_ATTR,
    FI_TYPE_RX_ATTR,
    FI_TYPE_EP_ATTR,
    FI_TYPE_DOMAIN_ATTR,
    FI_TYPE_FABRIC_ATTR,
    FI_TYPE_THREADING,
    FI_TYPE_PROGRESS,
    FI_TYPE_PROTOCOL,
    FI_TYPE_MSG_ORDER,
    FI_TYPE_MODE,
    FI_TYPE_AV_TYPE,
    FI_TYPE_ATOMIC_TYPE,
    FI_TYPE_ATOMIC_OP,
    FI_TYPE_VERSION,
    FI_TYPE_EQ_EVENT,
    FI_TYPE_CQ_EVENT_FLAGS,
    FI_TYPE_MR_MODE
};

/* The head of every object: fclass is one of FI_CLASS_*. */
struct fi_ops;
struct fid {
    size_t fclass;
    void *context;
    struct fi_ops *ops;
};
typedef struct fid *fid_t;

static const size_t FI_CLASS_FABRIC = 1;
static const size_t FI_CLASS_DOMAIN = 2;
static const size_t FI_CLASS_EP = 3;
static const size_t FI_CLASS_AV = 11;
static const size_t FI_CLASS_MR = 12;
static const size_t FI_CLASS_EQ = 13;
static const size_t FI_CLASS_CQ = 14;
static const size_t FI_CLASS_NIC = 20;

struct fi_ops {
    size_t size;
    int (*close)(struct fid *fid);
    int (*bind)(struct fid *fid, struct fid *bfid, uint64_t flags);
    int (*control)(struct fid *fid, int command, void *arg);
    int (*ops_open)(struct fid *fid, const char *name, uint64_t flags, void **ops, void *context);
    int (*tostr)(const struct fid *fid, char *buf, size_t len);
    int (*ops_set)(struct fid *fid, const char *name, uint64_t flags, void *ops, void *context);
};

/* Memory that a provider may use while an operation with FI_CONTEXT (FI_CONTEXT2) is going on. */
struct fi_context {
    void *internal[4];
};
struct fi_context2 {
    void *internal[8];
};

/* ---- What there is: fi_info ---- */

struct fi_tx_attr {
    uint64_t caps;
    uint64_t mode;
    uint64_t op_flags;
    uint64_t msg_order;
    uint64_t comp_order;
    size_t inject_size;
    size_t size;
    size_t iov_limit;
    size_t rma_iov_limit;
    uint32_t tclass;
};
struct fi_rx_attr {
    uint64_t caps;
    uint64_t mode;
    uint64_t op_flags;
    uint64_t msg_order;
    uint64_t comp_order;
    size_t total_buffered_recv;
    size_t size;
    size_t iov_limit;
};
struct fi_ep_attr {
    enum fi_ep_type type;
    uint32_t protocol;
    uint32_t protocol_version;
    size_t max_msg_size;
    size_t msg_prefix_size;
    size_t max_order_raw_size;
    size_t max_order_war_size;
    size_t max_order_waw_size;
    uint64_t mem_tag_format;
    size_t tx_ctx_cnt;
    size_t rx_ctx_cnt;
    size_t auth_key_size;
    uint8_t *auth_key;
};
struct fid_domain;
struct fi_domain_attr {
    struct fid_domain *domain;
    char *name;
    enum fi_threading threading;
    enum fi_progress control_progress;
    enum fi_progress data_progress;
    enum fi_resource_mgmt resource_mgmt;
    enum fi_av_type av_type;
    int mr_mode;
    size_t mr_key_size;
    size_t cq_data_size;
    size_t cq_cnt;
    size_t ep_cnt;
    size_t tx_ctx_cnt;
    size_t rx_ctx_cnt;
    size_t max_ep_tx_ctx;
    size_t max_ep_rx_ctx;
    size_t max_ep_stx_ctx;
    size_t max_ep_srx_ctx;
    size_t cntr_cnt;
    size_t mr_iov_limit;
    uint64_t caps;
    uint64_t mode;
    uint8_t *auth_key;
    size_t auth_key_size;
    size_t max_err_data;
    size_t mr_cnt;
    uint32_t tclass;
    /* [1.20] */
    size_t max_ep_auth_key;
    /* [2.0] */
    uint32_t max_group_id;
    /* [2.5] */
    uint64_t max_cntr_value;
    uint64_t max_err_cntr_value;
};
struct fid_fabric;
struct fi_fabric_attr {
    struct fid_fabric *fabric;
    char *name;
    char *prov_name;
    uint32_t prov_version;
    uint32_t api_version;
};

/* A NIC. `speed` is in bits per second. */
struct fi_device_attr {
    char *name;
    char *device_id;
    char *device_version;
    char *vendor_id;
    char *driver;
    char *firmware;
};
struct fi_pci_attr {
    uint16_t domain_id;
    uint8_t bus_id;
    uint8_t device_id;
    uint8_t function_id;
};
union fi_bus_attr_of {
    struct fi_pci_attr pci;
};
struct fi_bus_attr {
    enum fi_bus_type bus_type;
    union fi_bus_attr_of attr;
};
struct fi_link_attr {
    char *address;
    size_t mtu;
    size_t speed;
    enum fi_link_state state;
    char *network_type;
};
struct fid_nic {
    struct fid fid;
    struct fi_device_attr *device_attr;
    struct fi_bus_attr *bus_attr;
    struct fi_link_attr *link_attr;
    void *prov_attr;
};

/* One way to communicate, and the next; nic may be NULL. Strings and attributes are malloc'ed. */
struct fi_info {
    struct fi_info *next;
    uint64_t caps;
    uint64_t mode;
    uint32_t addr_format;
    size_t src_addrlen;
    size_t dest_addrlen;
    void *src_addr;
    void *dest_addr;
    fid_t handle;
    struct fi_tx_attr *tx_attr;
    struct fi_rx_attr *rx_attr;
    struct fi_ep_attr *ep_attr;
    struct fi_domain_attr *domain_attr;
    struct fi_fabric_attr *fabric_attr;
    struct fid_nic *nic;
};

/* ---- Objects and their operations ---- */

struct fi_eq_attr;
struct fi_av_attr;
struct fi_cq_attr;
struct fi_mr_attr;
struct fid_eq;
struct fid_av;
struct fid_cq;
struct fid_ep;
struct fid_mr;
struct fid_pep;
struct fid_stx;
struct fid_cntr;
struct fid_wait;
struct fid_poll;
struct fid_mc;
struct fid_av_set;
struct fi_cntr_attr;
struct fi_wait_attr;
struct fi_poll_attr;
struct fi_av_set_attr;
struct fi_atomic_attr;
struct fi_collective_attr;

struct fi_ops_fabric {
    size_t size;
    int (*domain)(struct fid_fabric *fabric, struct fi_info *info, struct fid_domain **domain,
                  void *context);
    int (*passive_ep)(struct fid_fabric *fabric, struct fi_info *info, struct fid_pep **pep,
                      void *context);
    int (*eq_open)(struct fid_fabric *fabric, struct fi_eq_attr *attr, struct fid_eq **eq,
                   void *context);
    int (*wait_open)(struct fid_fabric *fabric, struct fi_wait_attr *attr, struct fid_wait **wait);
    int (*trywait)(struct fid_fabric *fabric, struct fid **fids, int count);
    int (*domain2)(struct fid_fabric *fabric, struct fi_info *info, struct fid_domain **domain,
                   uint64_t flags, void *context);
};
struct fid_fabric {
    struct fid fid;
    struct fi_ops_fabric *ops;
    uint32_t api_version;
};

struct fi_ops_domain {
    size_t size;
    int (*av_open)(struct fid_domain *domain, struct fi_av_attr *attr, struct fid_av **av,
                   void *context);
    int (*cq_open)(struct fid_domain *domain, struct fi_cq_attr *attr, struct fid_cq **cq,
                   void *context);
    int (*endpoint)(struct fid_domain *domain, struct fi_info *info, struct fid_ep **ep,
                    void *context);
    int (*scalable_ep)(struct fid_domain *domain, struct fi_info *info, struct fid_ep **sep,
                       void *context);
    int (*cntr_open)(struct fid_domain *domain, struct fi_cntr_attr *attr, struct fid_cntr **cntr,
                     void *context);
    int (*poll_open)(struct fid_domain *domain, struct fi_poll_attr *attr, struct fid_poll **poll);
    int (*stx_ctx)(struct fid_domain *domain, struct fi_tx_attr *attr, struct fid_stx **stx,
                   void *context);
    int (*srx_ctx)(struct fid_domain *domain, struct fi_rx_attr *attr, struct fid_ep **rx_ep,
                   void *context);
    int (*query_atomic)(struct fid_domain *domain, int datatype, int op,
                        struct fi_atomic_attr *attr, uint64_t flags);
    int (*query_collective)(struct fid_domain *domain, int coll, struct fi_collective_attr *attr,
                            uint64_t flags);
    int (*endpoint2)(struct fid_domain *domain, struct fi_info *info, struct fid_ep **ep,
                     uint64_t flags, void *context);
};
/* Registration; `access` is of FI_SEND, FI_RECV, FI_READ, FI_WRITE, FI_REMOTE_READ, FI_REMOTE_WRITE. */
struct fi_ops_mr {
    size_t size;
    int (*reg)(struct fid *fid, const void *buf, size_t len, uint64_t access, uint64_t offset,
               uint64_t requested_key, uint64_t flags, struct fid_mr **mr, void *context);
    int (*regv)(struct fid *fid, const struct iovec *iov, size_t count, uint64_t access,
                uint64_t offset, uint64_t requested_key, uint64_t flags, struct fid_mr **mr,
                void *context);
    int (*regattr)(struct fid *fid, const struct fi_mr_attr *attr, uint64_t flags,
                   struct fid_mr **mr);
};
struct fid_domain {
    struct fid fid;
    struct fi_ops_domain *ops;
    struct fi_ops_mr *mr;
};

struct fid_mr {
    struct fid fid;
    void *mem_desc;
    uint64_t key;
};
struct fi_mr_attr {
    const struct iovec *mr_iov;
    size_t iov_count;
    uint64_t access;
    uint64_t offset;
    uint64_t requested_key;
    void *context;
    size_t auth_key_size;
    uint8_t *auth_key;
    enum fi_hmem_iface iface;
    /* The device's number; which field of a union it is depends on iface. */
    uint64_t device;
    /* [1.19] */
    void *hmem_data;
    /* [1.22] */
    size_t page_size;
    /* [2.0] */
    const struct fid_mr *base_mr;
    size_t sub_mr_cnt;
};

struct fi_av_attr {
    enum fi_av_type type;
    int rx_ctx_bits;
    size_t count;
    size_t ep_per_node;
    const char *name;
    void *map_addr;
    uint64_t flags;
};
/* `insert` returns how many addresses it took. */
struct fi_ops_av {
    size_t size;
    int (*insert)(struct fid_av *av, const void *addr, size_t count, fi_addr_t *fi_addr,
                  uint64_t flags, void *context);
    int (*insertsvc)(struct fid_av *av, const char *node, const char *service, fi_addr_t *fi_addr,
                     uint64_t flags, void *context);
    int (*insertsym)(struct fid_av *av, const char *node, size_t nodecnt, const char *service,
                     size_t svccnt, fi_addr_t *fi_addr, uint64_t flags, void *context);
    int (*remove)(struct fid_av *av, fi_addr_t *fi_addr, size_t count, uint64_t flags);
    int (*lookup)(struct fid_av *av, fi_addr_t fi_addr, void *addr, size_t *addrlen);
    const char *(*straddr)(struct fid_av *av, const void *addr, char *buf, size_t *len);
    int (*av_set)(struct fid_av *av, struct fi_av_set_attr *attr, struct fid_av_set **av_set,
                  void *context);
};
struct fid_av {
    struct fid fid;
    struct fi_ops_av *ops;
};

struct fi_cq_entry {
    void *op_context;
};
struct fi_cq_msg_entry {
    void *op_context;
    uint64_t flags;
    size_t len;
};
struct fi_cq_data_entry {
    void *op_context;
    uint64_t flags;
    size_t len;
    void *buf;
    uint64_t data;
};
struct fi_cq_tagged_entry {
    void *op_context;
    uint64_t flags;
    size_t len;
    void *buf;
    uint64_t data;
    uint64_t tag;
};
/* err is positive. Set src_addr to FI_ADDR_NOTAVAIL before readerr: not every provider writes it. */
struct fi_cq_err_entry {
    void *op_context;
    uint64_t flags;
    size_t len;
    void *buf;
    uint64_t data;
    uint64_t tag;
    size_t olen;
    int err;
    int prov_errno;
    void *err_data;
    size_t err_data_size;
    /* [1.20] */
    fi_addr_t src_addr;
};
struct fi_cq_attr {
    size_t size;
    uint64_t flags;
    enum fi_cq_format format;
    enum fi_wait_obj wait_obj;
    int signaling_vector;
    enum fi_cq_wait_cond wait_cond;
    struct fid_wait *wait_set;
};
/* read returns the number of entries, -FI_EAGAIN, or -FI_EAVAIL when readerr has an error. */
struct fi_ops_cq {
    size_t size;
    ssize_t (*read)(struct fid_cq *cq, void *buf, size_t count);
    ssize_t (*readfrom)(struct fid_cq *cq, void *buf, size_t count, fi_addr_t *src_addr);
    ssize_t (*readerr)(struct fid_cq *cq, struct fi_cq_err_entry *buf, uint64_t flags);
    ssize_t (*sread)(struct fid_cq *cq, void *buf, size_t count, const void *cond, int timeout);
    ssize_t (*sreadfrom)(struct fid_cq *cq, void *buf, size_t count, fi_addr_t *src_addr,
                         const void *cond, int timeout);
    int (*signal)(struct fid_cq *cq);
    const char *(*strerror)(struct fid_cq *cq, int prov_errno, const void *err_data, char *buf,
                            size_t len);
};
struct fid_cq {
    struct fid fid;
    struct fi_ops_cq *ops;
};

struct fi_eq_attr {
    size_t size;
    uint64_t flags;
    enum fi_wait_obj wait_obj;
    int signaling_vector;
    struct fid_wait *wait_set;
};
struct fi_eq_err_entry {
    fid_t fid;
    void *context;
    uint64_t data;
    int err;
    int prov_errno;
    void *err_data;
    size_t err_data_size;
};
struct fi_ops_eq {
    size_t size;
    ssize_t (*read)(struct fid_eq *eq, uint32_t *event, void *buf, size_t len, uint64_t flags);
    ssize_t (*readerr)(struct fid_eq *eq, struct fi_eq_err_entry *buf, uint64_t flags);
    ssize_t (*write)(struct fid_eq *eq, uint32_t event, const void *buf, size_t len,
                     uint64_t flags);
    ssize_t (*sread)(struct fid_eq *eq, uint32_t *event, void *buf, size_t len, int timeout,
                     uint64_t flags);
    const char *(*strerror)(struct fid_eq *eq, int prov_errno, const void *err_data, char *buf,
                            size_t len);
};
struct fid_eq {
    struct fid fid;
    struct fi_ops_eq *ops;
};

/* ---- Endpoints: messages and remote memory ---- */

struct fi_ops_ep {
    size_t size;
    ssize_t (*cancel)(fid_t fid, void *context);
    int (*getopt)(fid_t fid, int level, int optname, void *optval, size_t *optlen);
    int (*setopt)(fid_t fid, int level, int optname, const void *optval, size_t optlen);
    int (*tx_ctx)(struct fid_ep *sep, int index, struct fi_tx_attr *attr, struct fid_ep **tx_ep,
                  void *context);
    int (*rx_ctx)(struct fid_ep *sep, int index, struct fi_rx_attr *attr, struct fid_ep **rx_ep,
                  void *context);
    ssize_t (*rx_size_left)(struct fid_ep *ep);
    ssize_t (*tx_size_left)(struct fid_ep *ep);
};
struct fi_ops_cm {
    size_t size;
    int (*setname)(fid_t fid, void *addr, size_t addrlen);
    int (*getname)(fid_t fid, void *addr, size_t *addrlen);
    int (*getpeer)(struct fid_ep *ep, void *addr, size_t *addrlen);
    int (*connect)(struct fid_ep *ep, const void *addr, const void *param, size_t paramlen);
    int (*listen)(struct fid_pep *pep);
    int (*accept)(struct fid_ep *ep, const void *param, size_t paramlen);
    int (*reject)(struct fid_pep *pep, fid_t handle, const void *param, size_t paramlen);
    int (*shutdown)(struct fid_ep *ep, uint64_t flags);
    int (*join)(struct fid_ep *ep, const void *addr, uint64_t flags, struct fid_mc **mc,
                void *context);
};

struct fi_msg {
    const struct iovec *msg_iov;
    void **desc;
    size_t iov_count;
    fi_addr_t addr;
    void *context;
    uint64_t data;
};
struct fi_ops_msg {
    size_t size;
    ssize_t (*recv)(struct fid_ep *ep, void *buf, size_t len, void *desc, fi_addr_t src_addr,
                    void *context);
    ssize_t (*recvv)(struct fid_ep *ep, const struct iovec *iov, void **desc, size_t count,
                     fi_addr_t src_addr, void *context);
    ssize_t (*recvmsg)(struct fid_ep *ep, const struct fi_msg *msg, uint64_t flags);
    ssize_t (*send)(struct fid_ep *ep, const void *buf, size_t len, void *desc,
                    fi_addr_t dest_addr, void *context);
    ssize_t (*sendv)(struct fid_ep *ep, const struct iovec *iov, void **desc, size_t count,
                     fi_addr_t dest_addr, void *context);
    ssize_t (*sendmsg)(struct fid_ep *ep, const struct fi_msg *msg, uint64_t flags);
    ssize_t (*inject)(struct fid_ep *ep, const void *buf, size_t len, fi_addr_t dest_addr);
    ssize_t (*senddata)(struct fid_ep *ep, const void *buf, size_t len, void *desc, uint64_t data,
                        fi_addr_t dest_addr, void *context);
    ssize_t (*injectdata)(struct fid_ep *ep, const void *buf, size_t len, uint64_t data,
                          fi_addr_t dest_addr);
};

struct fi_rma_iov {
    uint64_t addr;
    size_t len;
    uint64_t key;
};
struct fi_msg_rma {
    const struct iovec *msg_iov;
    void **desc;
    size_t iov_count;
    fi_addr_t addr;
    const struct fi_rma_iov *rma_iov;
    size_t rma_iov_count;
    void *context;
    uint64_t data;
};
struct fi_ops_rma {
    size_t size;
    ssize_t (*read)(struct fid_ep *ep, void *buf, size_t len, void *desc, fi_addr_t src_addr,
                    uint64_t addr, uint64_t key, void *context);
    ssize_t (*readv)(struct fid_ep *ep, const struct iovec *iov, void **desc, size_t count,
                     fi_addr_t src_addr, uint64_t addr, uint64_t key, void *context);
    ssize_t (*readmsg)(struct fid_ep *ep, const struct fi_msg_rma *msg, uint64_t flags);
    ssize_t (*write)(struct fid_ep *ep, const void *buf, size_t len, void *desc,
                     fi_addr_t dest_addr, uint64_t addr, uint64_t key, void *context);
    ssize_t (*writev)(struct fid_ep *ep, const struct iovec *iov, void **desc, size_t count,
                      fi_addr_t dest_addr, uint64_t addr, uint64_t key, void *context);
    ssize_t (*writemsg)(struct fid_ep *ep, const struct fi_msg_rma *msg, uint64_t flags);
    ssize_t (*inject)(struct fid_ep *ep, const void *buf, size_t len, fi_addr_t dest_addr,
                      uint64_t addr, uint64_t key);
    ssize_t (*writedata)(struct fid_ep *ep, const void *buf, size_t len, void *desc, uint64_t data,
                         fi_addr_t dest_addr, uint64_t addr, uint64_t key, void *context);
    ssize_t (*injectdata)(struct fid_ep *ep, const void *buf, size_t len, uint64_t data,
                          fi_addr_t dest_addr, uint64_t addr, uint64_t key);
};

struct fi_ops_tagged;
struct fi_ops_atomic;
struct fi_ops_collective;
struct fid_ep {
    struct fid fid;
    struct fi_ops_ep *ops;
    struct fi_ops_cm *cm;
    struct fi_ops_msg *msg;
    struct fi_ops_rma *rma;
    struct fi_ops_tagged *tagged;
    struct fi_ops_atomic *atomic;
    struct fi_ops_collective *collective;
};

/* ---- What a provider is ---- */

/* What `struct fi_provider *fi_prov_ini(void)` of a file named *fi.so returns. libfabric keeps its
 * own data in `context`, so it must be writable, and live as long as the file is loaded. */
struct fi_provider {
    uint32_t version;
    uint32_t fi_version;
    struct fi_context context;
    const char *name;
    int (*getinfo)(uint32_t version, const char *node, const char *service, uint64_t flags,
                   const struct fi_info *hints, struct fi_info **info);
    int (*fabric)(struct fi_fabric_attr *attr, struct fid_fabric **fabric, void *context);
    void (*cleanup)(void);
};

/* ---- The functions; everything else is reached through tables of operations ---- */

/* Versions are `major << 16 | minor`. */
uint32_t fi_version(void);
/* The text belongs to the library. errnum is positive. */
const char *fi_strerror(int errnum);
/* The text lies in one buffer per thread. */
char *fi_tostr(const void *data, enum fi_type datatype);
/* -FI_ENODATA when nothing fits the hints. The list is freed with fi_freeinfo. */
int fi_getinfo(uint32_t version, const char *node, const char *service, uint64_t flags,
               const struct fi_info *hints, struct fi_info **info);
void fi_freeinfo(struct fi_info *info);
/* NULL makes an empty one with all attributes. NULL when there is no memory. */
struct fi_info *fi_dupinfo(const struct fi_info *info);
int fi_fabric(struct fi_fabric_attr *attr, struct fid_fabric **fabric, void *context);

#endif
