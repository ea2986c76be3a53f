//! Backend parameters that do nothing, or not what they say.

use std::collections::BTreeMap;

use super::finding::Finding;
use crate::variant::BackendName;
use crate::workload::near::near;

/// Parameters that the UCX plugin of NIXL 1.5 reads.
const UCX: [&str; 7] = [
    "device_list",
    "engine_config",
    "num_threads",
    "num_workers",
    "split_batch_size",
    "ucx_error_handling_mode",
    "ucx_num_device_channels",
];

/// Parameters that the LIBFABRIC plugin of NIXL 1.5 reads.
const LIBFABRIC: [&str; 5] = [
    "max_bw_per_dram_seg",
    "num_threads",
    "post_queue_size",
    "split_batch_size",
    "striping_threshold",
];

/// Judges the parameters given for `backends`.
pub(super) fn check(backends: &[BackendName], params: &BTreeMap<String, String>) -> Vec<Finding> {
    params.keys().filter_map(|name| judge(backends, name)).collect()
}

fn judge(backends: &[BackendName], name: &str) -> Option<Finding> {
    let check = format!("parameter {name}");
    let sources = "the plugins' sources of NIXL 1.5";
    match name {
        "ucx_devices" => {
            return Some(Finding::warning(
                &check,
                "the UCX plugin lists it among its parameters, and never reads it",
                sources,
                "set UCX_NET_DEVICES",
            ));
        }
        "device_list" => {
            return Some(Finding::warning(
                &check,
                "the UCX plugin appends `:1` to each name, which no network device of TCP has",
                sources,
                "set UCX_NET_DEVICES for TCP; RDMA devices are fine",
            ));
        }
        _ => {}
    }
    let known = |backend: &BackendName| match backend {
        BackendName::Ucx => &UCX[..],
        BackendName::Libfabric => &LIBFABRIC[..],
        BackendName::RawUcx | BackendName::RawLibfabric | BackendName::Memcpy => &[],
    };
    let mut all: Vec<&str> = backends.iter().flat_map(known).copied().collect();
    all.sort_unstable();
    all.dedup();
    if all.contains(&name) {
        return None;
    }
    let remedy = match near(name, all.iter().copied()).first() {
        Some(meant) => format!("did you mean {meant}?"),
        None => format!("choose one of {}", all.join(", ")),
    };
    Some(Finding::warning(&check, "no plugin that was asked for reads it", sources, remedy))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(backends: &[BackendName], name: &str) -> Vec<Finding> {
        check(backends, &BTreeMap::from([(name.to_owned(), "1".to_owned())]))
    }

    #[test]
    fn parameters_that_do_nothing_are_told() {
        let ucx = &findings(&BackendName::NIXL, "ucx_devices")[0];
        assert!(ucx.remedy.as_ref().unwrap().contains("UCX_NET_DEVICES"));
        let typo = &findings(&BackendName::NIXL, "num_treads")[0];
        assert_eq!(typo.remedy.as_deref(), Some("did you mean num_threads?"));
        assert_eq!(findings(&[BackendName::Ucx], "striping_threshold").len(), 1);
    }

    #[test]
    fn others_are_not() {
        for name in ["num_threads", "striping_threshold", "engine_config"] {
            assert_eq!(findings(&BackendName::NIXL, name), []);
        }
    }
}
