//! The machine and the software that a record was made with.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::cell::ByLibrary;
use crate::measure::Timer;
use crate::netns::Namespaces;
use crate::worker::FarHost;

/// Environment variables that backends read.
const PREFIXES: [&str; 4] = ["UCX_", "FI_", "NIXL_", "HWLOC_"];

/// What the binary was built from.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Build {
    /// The version of kvbench.
    pub version: String,
    /// The commit, with `+` behind it when the tree had changes.
    pub commit: Option<String>,
    /// The compiler.
    pub rustc: String,
    /// The target triple.
    pub target: String,
    /// `release` or `debug`.
    pub profile: String,
}

/// The machine and the software.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Environment {
    /// The host's name.
    pub host: String,
    /// The model of the processor.
    pub cpu: String,
    /// Processors that kvbench may use.
    pub cpus: u64,
    /// The kernel's release.
    pub kernel: String,
    /// The TCP congestion control, which changes loopback TCP by a factor.
    pub tcp_congestion_control: String,
    /// The clock of all latencies, measured at the start of the run.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub timer: Option<Timer>,
    /// NIXL's version.
    pub nixl: Option<String>,
    /// UCX's version.
    pub ucx: Option<String>,
    /// libfabric's version.
    pub libfabric: Option<String>,
    /// How this NIXL was found.
    pub nixl_origin: String,
    /// Files of the loaded libraries.
    pub paths: BTreeMap<String, PathBuf>,
    /// Variables of UCX, libfabric, NIXL and hwloc that were set for kvbench itself.
    pub variables: BTreeMap<String, String>,
    /// The settings of the emulated NICs, where there were any.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub emulation: BTreeMap<String, String>,
    /// The network namespaces of the workers, where they were not kvbench's own.
    #[serde(skip_serializing_if = "Namespaces::are_own", default)]
    pub netns: Namespaces,
    /// The host of the targets, where they were not on this one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub far: Option<FarSide>,
    /// The binary.
    pub kvbench: Build,
}

/// Another host.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct FarSide {
    /// Where its agent listened.
    pub address: String,
    /// Its name.
    pub host: String,
    /// NIXL's version there.
    pub nixl: Option<String>,
}

impl FarSide {
    /// Of a host as its agent told of it.
    pub(super) fn of(far: &FarHost) -> Self {
        let (host, nixl) = (far.about.host.clone(), far.about.nixl.clone());
        Self { address: far.address().to_owned(), host, nixl }
    }

    /// Where the targets were, for a line of text.
    pub fn sentence(&self) -> String {
        let nixl = self.nixl.as_deref().map(|nixl| format!(", NIXL {nixl}")).unwrap_or_default();
        format!("targets on {} at {}{nixl}", self.host, self.address)
    }
}

impl Environment {
    /// Looks at this machine.
    pub fn capture(build: Build) -> Self {
        let name = nix::sys::utsname::uname().ok();
        let text = |part: Option<&std::ffi::OsStr>| {
            part.map(|part| part.to_string_lossy().into_owned()).unwrap_or_default()
        };
        Self {
            host: text(name.as_ref().map(|name| name.nodename())),
            cpu: cpu_model(),
            cpus: std::thread::available_parallelism().map_or(1, |cpus| cpus.get() as u64),
            kernel: text(name.as_ref().map(|name| name.release())),
            tcp_congestion_control: read("/proc/sys/net/ipv4/tcp_congestion_control"),
            timer: Some(Timer::measure()),
            nixl: None,
            ucx: None,
            libfabric: None,
            nixl_origin: String::new(),
            paths: BTreeMap::new(),
            variables: variables(),
            emulation: BTreeMap::new(),
            netns: Namespaces::default(),
            far: None,
            kvbench: build,
        }
    }

    /// Adds what a worker reported of the libraries that it loaded.
    pub(super) fn with_loaded(
        mut self,
        versions: &ByLibrary<String>,
        paths: &ByLibrary<PathBuf>,
    ) -> Self {
        let version = |library: &str| versions.get(library).cloned();
        (self.nixl, self.ucx, self.libfabric) =
            (version("nixl"), version("ucx"), version("libfabric"));
        self.paths = paths.clone();
        self
    }
}

fn variables() -> BTreeMap<String, String> {
    std::env::vars_os()
        .filter_map(|(key, value)| Some((key.into_string().ok()?, value.into_string().ok()?)))
        .filter(|(key, _)| PREFIXES.iter().any(|prefix| key.starts_with(prefix)))
        .collect()
}

fn cpu_model() -> String {
    let text = read("/proc/cpuinfo");
    let line = text.lines().find(|line| line.starts_with("model name"));
    line.and_then(|line| line.split(": ").nth(1)).unwrap_or("unknown").to_owned()
}

fn read(path: &str) -> String {
    std::fs::read_to_string(path).unwrap_or_default().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_a_name_and_a_processor() {
        let here = Environment::capture(Build::default());
        assert!(!here.host.is_empty() && !here.kernel.is_empty() && here.cpus > 0);
    }
}
