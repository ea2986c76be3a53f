//! Where the fields of libfabric's structures lie, by the headers of its release 2.5.1, whatever bindgen
//! makes of ours; and that a pinned libfabric agrees.

use std::ffi::CStr;
use std::mem::{offset_of, size_of};
use std::ptr::{null, null_mut};

use nixl_runtime::{Cache, Silent};
use nixl_sys::libfabric::*;

/// Compares size and offsets of a structure with those given, in bytes.
macro_rules! layouts {
    ($($structure:ident: $size:literal { $($field:ident $offset:literal),+ })+) => {$(
        assert_eq!(size_of::<$structure>(), $size, stringify!($structure));
        $(assert_eq!(
            offset_of!($structure, $field),
            $offset,
            concat!(stringify!($structure), ".", stringify!($field))
        );)+
    )+};
}

#[test]
#[rustfmt::skip]
fn fields_lie_where_libfabric_2_5_1_has_them() {
    layouts! {
        fid: 24 { fclass 0, context 8, ops 16 }
        fi_ops: 56 { size 0, close 8, bind 16, control 24, ops_open 32, tostr 40, ops_set 48 }
        fi_info: 120 {
            next 0, caps 8, mode 16, addr_format 24, src_addrlen 32, dest_addrlen 40, src_addr 48,
            dest_addr 56, handle 64, tx_attr 72, rx_attr 80, ep_attr 88, domain_attr 96, fabric_attr
            104, nic 112
        }
        fi_tx_attr: 80 {
            caps 0, mode 8, op_flags 16, msg_order 24, comp_order 32, inject_size 40, size 48, iov_limit
            56, rma_iov_limit 64, tclass 72
        }
        fi_rx_attr: 64 {
            caps 0, mode 8, op_flags 16, msg_order 24, comp_order 32, total_buffered_recv 40, size 48,
            iov_limit 56
        }
        fi_ep_attr: 96 {
            type_ 0, protocol 4, protocol_version 8, max_msg_size 16, msg_prefix_size 24,
            max_order_raw_size 32, max_order_war_size 40, max_order_waw_size 48, mem_tag_format 56,
            tx_ctx_cnt 64, rx_ctx_cnt 72, auth_key_size 80, auth_key 88
        }
        fi_domain_attr: 224 {
            domain 0, name 8, threading 16, control_progress 20, data_progress 24, resource_mgmt 28,
            av_type 32, mr_mode 36, mr_key_size 40, cq_data_size 48, cq_cnt 56, ep_cnt 64, tx_ctx_cnt
            72, rx_ctx_cnt 80, max_ep_tx_ctx 88, max_ep_rx_ctx 96, max_ep_stx_ctx 104, max_ep_srx_ctx
            112, cntr_cnt 120, mr_iov_limit 128, caps 136, mode 144, auth_key 152, auth_key_size 160,
            max_err_data 168, mr_cnt 176, tclass 184, max_ep_auth_key 192, max_group_id 200,
            max_cntr_value 208, max_err_cntr_value 216
        }
        fi_fabric_attr: 32 { fabric 0, name 8, prov_name 16, prov_version 24, api_version 28 }
        fid_nic: 56 { fid 0, device_attr 24, bus_attr 32, link_attr 40, prov_attr 48 }
        fi_device_attr: 48 {
            name 0, device_id 8, device_version 16, vendor_id 24, driver 32, firmware 40
        }
        fi_bus_attr: 12 { bus_type 0, attr 4 }
        fi_pci_attr: 6 { domain_id 0, bus_id 2, device_id 3, function_id 4 }
        fi_link_attr: 40 { address 0, mtu 8, speed 16, state 24, network_type 32 }
        fid_fabric: 40 { fid 0, ops 24, api_version 32 }
        fid_domain: 40 { fid 0, ops 24, mr 32 }
        fid_ep: 80 { fid 0, ops 24, cm 32, msg 40, rma 48, tagged 56, atomic 64, collective 72 }
        fid_cq: 32 { fid 0, ops 24 }
        fid_av: 32 { fid 0, ops 24 }
        fid_eq: 32 { fid 0, ops 24 }
        fid_mr: 40 { fid 0, mem_desc 24, key 32 }
        fi_mr_attr: 112 {
            mr_iov 0, iov_count 8, access 16, offset 24, requested_key 32, context 40, auth_key_size 48,
            auth_key 56, iface 64, device 72, hmem_data 80, page_size 88, base_mr 96, sub_mr_cnt 104
        }
        fi_av_attr: 48 {
            type_ 0, rx_ctx_bits 4, count 8, ep_per_node 16, name 24, map_addr 32, flags 40
        }
        fi_cq_attr: 40 {
            size 0, flags 8, format 16, wait_obj 20, signaling_vector 24, wait_cond 28, wait_set 32
        }
        fi_eq_attr: 32 { size 0, flags 8, wait_obj 16, signaling_vector 20, wait_set 24 }
        fi_cq_data_entry: 40 { op_context 0, flags 8, len 16, buf 24, data 32 }
        fi_cq_err_entry: 88 {
            op_context 0, flags 8, len 16, buf 24, data 32, tag 40, olen 48, err 56, prov_errno 60,
            err_data 64, err_data_size 72, src_addr 80
        }
        fi_msg: 48 { msg_iov 0, desc 8, iov_count 16, addr 24, context 32, data 40 }
        fi_msg_rma: 64 {
            msg_iov 0, desc 8, iov_count 16, addr 24, rma_iov 32, rma_iov_count 40, context 48, data 56
        }
        fi_rma_iov: 24 { addr 0, len 8, key 16 }
        fi_ops_fabric: 56 {
            size 0, domain 8, passive_ep 16, eq_open 24, wait_open 32, trywait 40, domain2 48
        }
        fi_ops_domain: 96 {
            size 0, av_open 8, cq_open 16, endpoint 24, scalable_ep 32, cntr_open 40, poll_open 48,
            stx_ctx 56, srx_ctx 64, query_atomic 72, query_collective 80, endpoint2 88
        }
        fi_ops_mr: 32 { size 0, reg 8, regv 16, regattr 24 }
        fi_ops_cq: 64 {
            size 0, read 8, readfrom 16, readerr 24, sread 32, sreadfrom 40, signal 48, strerror 56
        }
        fi_ops_ep: 64 {
            size 0, cancel 8, getopt 16, setopt 24, tx_ctx 32, rx_ctx 40, rx_size_left 48, tx_size_left
            56
        }
        fi_ops_cm: 80 {
            size 0, setname 8, getname 16, getpeer 24, connect 32, listen 40, accept 48, reject 56,
            shutdown 64, join 72
        }
        fi_ops_msg: 80 {
            size 0, recv 8, recvv 16, recvmsg 24, send 32, sendv 40, sendmsg 48, inject 56, senddata 64,
            injectdata 72
        }
        fi_ops_rma: 80 {
            size 0, read 8, readv 16, readmsg 24, write 32, writev 40, writemsg 48, inject 56, writedata
            64, injectdata 72
        }
        fi_provider: 72 {
            version 0, fi_version 4, context 8, name 40, getinfo 48, fabric 56, cleanup 64
        }
    }
}

/// The libfabric of the pinned runtime.
fn pinned() -> Library {
    let cache = Cache::from_env().expect("there is a cache");
    let runtime = cache.ensure(&mut Silent).expect("the pinned runtime can be fetched");
    let folders = runtime.dependency_dirs();
    let file =
        folders.iter().map(|folder| folder.join("libfabric.so.1")).find(|file| file.exists());
    Library::open(&file.expect("the runtime has a libfabric")).expect("it opens")
}

#[test]
fn a_real_libfabric_reads_and_writes_the_same_structures() {
    let library = pinned();
    assert_eq!(library.version(), Version { major: 2, minor: 5 });
    let functions = library.functions();

    // SAFETY: every pointer is what the call before it gave; the hints are filled with what a user
    // may fill in, and both lists are freed once, here.
    unsafe {
        let hints = (functions.dupinfo)(null());
        assert!(!hints.is_null());
        (*hints).caps = FI_MSG | FI_RMA;
        (*(*hints).ep_attr).type_ = fi_ep_type::FI_EP_RDM;
        (*(*hints).fabric_attr).prov_name = libc::strdup(c"tcp".as_ptr());
        let mut found = null_mut();
        let version = library.version().bits();
        let code = (functions.getinfo)(version, null(), null(), 0, hints, &mut found);
        assert_eq!(code, 0, "{:?}", CStr::from_ptr((functions.strerror)(-code)));

        let text = CStr::from_ptr((functions.tostr)(found.cast(), fi_type::FI_TYPE_INFO));
        let text = text.to_str().expect("it is ASCII");
        let (domain, endpoint) = (&*(*found).domain_attr, &*(*found).ep_attr);
        assert_eq!(endpoint.type_, fi_ep_type::FI_EP_RDM);
        let name = CStr::from_ptr(domain.name).to_str().expect("it is ASCII");
        for line in [
            format!("name: {name}"),
            format!("mr_key_size: {}", domain.mr_key_size),
            format!("mr_iov_limit: {}", domain.mr_iov_limit),
            format!("max_msg_size: {}", endpoint.max_msg_size),
            format!("inject_size: {}", (*(*found).tx_attr).inject_size),
        ] {
            assert!(text.lines().any(|one| one.trim() == line), "no {line:?} in\n{text}");
        }
        (functions.freeinfo)(found);
        (functions.freeinfo)(hints);
    }
}
