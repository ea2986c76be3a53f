//! From the settings asked for to the knobs that truly work, per backend and build.

use std::collections::BTreeMap;
use std::path::Path;

use super::{BackendName, Rails, Variant};

/// How the workers of a variant are started.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Launch {
    /// Environment of the worker processes, on top of kvbench's own.
    pub env: BTreeMap<String, String>,
    /// Parameters of the backend.
    pub params: BTreeMap<String, String>,
}

/// What the choice of knobs depends on.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct LaunchFacts {
    /// RDMA devices of the EFA driver, by name.
    pub efa_devices: Vec<String>,
    /// Whether the LIBFABRIC plugin reads `NIXL_LIBFABRIC_MAX_RAILS`; the stock one does not.
    pub reads_max_rails: bool,
}

impl LaunchFacts {
    /// Looks at this machine and at the LIBFABRIC plugin at `plugin`.
    pub fn gather(plugin: &Path) -> Self {
        Self {
            efa_devices: efa_devices(Path::new("/sys/class/infiniband")),
            reads_max_rails: contains(plugin, MAX_RAILS.as_bytes()),
        }
    }
}

const MAX_RAILS: &str = "NIXL_LIBFABRIC_MAX_RAILS";

/// Chooses environment and parameters for `variant`. What the variant sets itself goes last, and wins.
pub fn launch(variant: &Variant, facts: &LaunchFacts) -> Launch {
    let mut launch = Launch::default();
    if let Rails::Count(count) = variant.rails {
        let env = &mut launch.env;
        match variant.backend {
            BackendName::Ucx => {
                env.insert("UCX_MAX_RMA_RAILS".to_owned(), count.to_string());
            }
            BackendName::Libfabric => {
                if !facts.efa_devices.is_empty() {
                    let count = facts.efa_devices.len().min(count as usize);
                    env.insert("FI_EFA_IFACE".to_owned(), facts.efa_devices[..count].join(","));
                }
                if facts.reads_max_rails {
                    env.insert(MAX_RAILS.to_owned(), count.to_string());
                }
            }
        }
    }
    for (key, level) in [("NIXL_LOG_LEVEL", "INFO"), ("UCX_LOG_LEVEL", "info")] {
        // The proof of path is read from the logs.
        if std::env::var_os(key).is_none() {
            launch.env.insert(key.to_owned(), level.to_owned());
        }
    }
    launch.env.extend(variant.env.clone());
    launch.params.extend(variant.params.clone());
    launch
}

fn efa_devices(folder: &Path) -> Vec<String> {
    let Ok(listing) = std::fs::read_dir(folder) else { return Vec::new() };
    let is_efa = |path: &Path| {
        let driver = std::fs::read_link(path.join("device/driver"));
        driver.is_ok_and(|driver| driver.ends_with("efa"))
    };
    let mut devices: Vec<_> = listing
        .flatten()
        .filter(|entry| is_efa(&entry.path()))
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    devices.sort();
    devices
}

fn contains(file: &Path, text: &[u8]) -> bool {
    std::fs::read(file).is_ok_and(|data| data.windows(text.len()).any(|window| window == text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variant(backend: BackendName, rails: u32) -> Variant {
        Variant { rails: Rails::Count(rails), ..Variant::new(backend) }
    }

    #[test]
    fn ucx_takes_its_own_variable() {
        let facts = LaunchFacts::default();
        let launch = launch(&variant(BackendName::Ucx, 4), &facts);
        assert_eq!(launch.env["UCX_MAX_RMA_RAILS"], "4");
    }

    #[test]
    fn libfabric_is_given_devices_and_a_patched_build_its_variable() {
        let devices = ["rdmap0s0", "rdmap1s0", "rdmap2s0"].map(String::from).to_vec();
        let mut facts = LaunchFacts { efa_devices: devices, reads_max_rails: false };
        let stock = launch(&variant(BackendName::Libfabric, 2), &facts);
        assert_eq!(stock.env["FI_EFA_IFACE"], "rdmap0s0,rdmap1s0");
        assert!(!stock.env.contains_key(MAX_RAILS));

        facts.reads_max_rails = true;
        let patched = launch(&variant(BackendName::Libfabric, 9), &facts);
        assert_eq!(patched.env["FI_EFA_IFACE"], "rdmap0s0,rdmap1s0,rdmap2s0");
        assert_eq!(patched.env[MAX_RAILS], "9");
    }

    #[test]
    fn what_the_user_sets_wins() {
        let mut variant = variant(BackendName::Ucx, 4);
        variant.env.insert("UCX_MAX_RMA_RAILS".into(), "3".into());
        assert_eq!(launch(&variant, &LaunchFacts::default()).env["UCX_MAX_RMA_RAILS"], "3");
    }
}
