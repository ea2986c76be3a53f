//! What may be set for a worker on another host: names that are known to change nothing but how
//! transfers are made.
//!
//! UCX, libfabric and NIXL read hundreds of variables, and some name libraries to load
//! (`UCX_MODULE_DIR`, `FI_PROVIDER_PATH`, `NIXL_PLUGIN_DIR`), files to write (`UCX_LOG_FILE`,
//! `UCX_STATS_DEST`), programs to run (`UCX_GDB_COMMAND`) or servers to ask (`NIXL_ETCD_ENDPOINTS`). So
//! names are listed one by one, and no value can be a path.

use std::collections::BTreeMap;

/// The longest value, in bytes.
const LONGEST: usize = 256;

/// Environment variables. Names are those of `ucx_info -f`, `fi_info -e` and of NIXL's plugins.
const ENV: [&str; 36] = [
    "FI_EFA_ENABLE_SHM_TRANSFER",
    "FI_EFA_IFACE",
    "FI_EFA_RX_SIZE",
    "FI_EFA_TX_SIZE",
    "FI_EFA_USE_DEVICE_RDMA",
    "FI_EFA_USE_HUGE_PAGE",
    "FI_LOG_LEVEL",
    "FI_MR_CACHE_MONITOR",
    "FI_PROVIDER",
    "FI_TCP_IFACE",
    "NIXL_LIBFABRIC_MAX_BW_PER_DRAM_SEG",
    "NIXL_LIBFABRIC_MAX_RAILS",
    "NIXL_LOG_LEVEL",
    "UCX_IB_GID_INDEX",
    "UCX_IB_SL",
    "UCX_IB_TRAFFIC_CLASS",
    "UCX_LOG_LEVEL",
    "UCX_MAX_EAGER_RAILS",
    "UCX_MAX_RMA_RAILS",
    "UCX_MAX_RNDV_RAILS",
    "UCX_MIN_RMA_CHUNK_SIZE",
    "UCX_MIN_RNDV_CHUNK_SIZE",
    "UCX_NET_DEVICES",
    "UCX_PROTO_ENABLE",
    "UCX_PROTO_INFO",
    "UCX_RC_MAX_RD_ATOMIC",
    "UCX_RNDV_SCHEME",
    "UCX_RNDV_THRESH",
    "UCX_SOCKADDR_TLS_PRIORITY",
    "UCX_TCP_CM_REUSEADDR",
    "UCX_TCP_MAX_CONN_RETRIES",
    "UCX_TCP_RX_SEG_SIZE",
    "UCX_TCP_TX_SEG_SIZE",
    "UCX_TLS",
    "UCX_USE_MT_MUTEX",
    "UCX_ZCOPY_THRESH",
];

/// Parameters of NIXL's UCX and LIBFABRIC backends.
const PARAMS: [&str; 7] = [
    "max_bw_per_dram_seg",
    "num_threads",
    "num_workers",
    "post_queue_size",
    "split_batch_size",
    "striping_threshold",
    "ucx_error_handling_mode",
];

/// Whether a variable may be set on another host.
pub(crate) fn allowed_env(name: &str) -> bool {
    ENV.contains(&name)
}

/// Refuses variables that may not be set.
///
/// # Errors
/// Which, and why.
pub(crate) fn check_env(env: &BTreeMap<String, String>) -> Result<(), String> {
    check("environment variable", &ENV, env)
}

/// Refuses parameters that may not be set.
///
/// # Errors
/// Which, and why.
pub(crate) fn check_params(params: &BTreeMap<String, String>) -> Result<(), String> {
    check("backend parameter", &PARAMS, params)
}

/// Whether a text is one word of harmless characters.
pub(crate) fn is_word(text: &str) -> bool {
    let harmless = |char: char| char.is_ascii_alphanumeric() || "_-.,:^*=~+%".contains(char);
    text.len() <= LONGEST && text.chars().all(harmless)
}

fn check(what: &str, known: &[&str], set: &BTreeMap<String, String>) -> Result<(), String> {
    for (name, value) in set {
        if !known.contains(&name.as_str()) {
            let known = known.join(", ");
            return Err(format!("the {what} {name:?} is not among those that may be set: {known}"));
        }
        if !is_word(value) {
            return Err(format!(
                "the value {value:?} of {name}: at most {LONGEST} letters, digits and _-.,:^*=~+%"
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str, value: &str) -> BTreeMap<String, String> {
        BTreeMap::from([(name.to_owned(), value.to_owned())])
    }

    #[test]
    fn settings_of_transfers_may_be_set() {
        for (name, value) in [
            ("UCX_TLS", "^sm,cuda_copy"),
            ("UCX_NET_DEVICES", "mlx5_0:1,eth0"),
            ("FI_EFA_IFACE", "rdmap79s0,rdmap80s0"),
            ("UCX_RNDV_THRESH", "8k"),
        ] {
            check_env(&of(name, value)).unwrap();
        }
        check_params(&of("striping_threshold", "131072")).unwrap();
    }

    #[test]
    fn what_names_a_file_a_program_or_a_server_may_not() {
        for name in [
            "LD_PRELOAD",
            "LD_LIBRARY_PATH",
            "PATH",
            "UCX_MODULE_DIR",
            "UCX_MODULES",
            "UCX_LOG_FILE",
            "UCX_STATS_DEST",
            "UCX_GDB_COMMAND",
            "UCX_HANDLE_ERRORS",
            "FI_PROVIDER_PATH",
            "FI_HOOK",
            "NIXL_PREFIX",
            "NIXL_PLUGIN_DIR",
            "NIXL_CONFIG_FILE",
            "NIXL_TELEMETRY_DIR",
            "NIXL_ETCD_ENDPOINTS",
            "HWLOC_XMLFILE",
            "KVBENCH_CACHE_DIR",
            "ucx_tls",
            "",
        ] {
            assert!(check_env(&of(name, "1")).unwrap_err().contains(&format!("{name:?}")));
            assert!(!allowed_env(name));
        }
        check_params(&of("engine_config", "LOG_LEVEL=info")).unwrap_err();
    }

    #[test]
    fn no_value_is_a_path() {
        for value in ["/tmp/x", "../x", "a b", "a\nb", "a\0", "$(x)", "ü", &"a".repeat(257)] {
            check_env(&of("UCX_TLS", value)).unwrap_err();
        }
    }

    #[test]
    fn the_lists_are_in_order_and_name_no_file() {
        assert!(ENV.is_sorted() && PARAMS.is_sorted());
        for word in ["FILE", "DIR", "PATH", "DEST", "CONFIG", "COMMAND", "MODULE", "PRELOAD"] {
            assert!(!ENV.iter().any(|name| name.contains(word)), "{word}");
        }
    }
}
