//! GPUs: their driver, and whether a NIC can reach their memory.

use std::path::Path;

use super::finding::Finding;
use super::rdma::RdmaDevice;
use super::tree::Tree;

const VERSION: &str = "proc/driver/nvidia/version";

/// Kernel modules that give NICs GPU memory: NVIDIA's, its predecessor, and EFA's own.
const PEER_MEMORY: [&str; 3] = ["nvidia_peermem", "nv_peer_mem", "efa_nv_peermem"];

/// Judges driver and GPUDirect; `libcuda` is the driver's library that a worker would load, if the
/// system has one.
pub(super) fn check(tree: &Tree, devices: &[RdmaDevice], libcuda: Option<&Path>) -> Vec<Finding> {
    let gpus = tree.names("proc/driver/nvidia/gpus").len();
    let mut findings = vec![driver(tree, gpus, libcuda)];
    if gpus > 0 && !devices.is_empty() {
        findings.push(direct(tree, devices));
    }
    findings
}

fn driver(tree: &Tree, gpus: usize, libcuda: Option<&Path>) -> Finding {
    const CHECK: &str = "GPU";
    let version = tree.field(VERSION, "NVRM version:");
    let library = match libcuda {
        Some(path) => path.display().to_string(),
        None => "no libcuda.so.1 of a driver".to_owned(),
    };
    let evidence = match &version {
        Some(version) => format!("/{VERSION}: {version}; {library}"),
        None => format!("no /{VERSION}; {library}"),
    };
    match (&version, libcuda) {
        (None, _) => Finding::fact(CHECK, "no NVIDIA driver: host memory only", evidence),
        (Some(_), None) => Finding::warning(
            CHECK,
            format!("{gpus} GPUs, but no driver library: workers see none of them"),
            evidence,
            "start the container with NVIDIA's runtime (--gpus all), or install the library of the \
             driver's version",
        ),
        (Some(_), Some(_)) => Finding::ok(CHECK, format!("{gpus} GPUs"), evidence),
    }
}

fn direct(tree: &Tree, devices: &[RdmaDevice]) -> Finding {
    const CHECK: &str = "GPUDirect RDMA";
    let module = PEER_MEMORY.iter().find(|name| tree.has(format!("sys/module/{name}")));
    if let Some(module) = module {
        return Finding::ok(CHECK, format!("by {module}"), format!("/sys/module/{module}"));
    }
    if devices.iter().any(|device| device.gdr) {
        let evidence = "/sys/class/infiniband/*/device/gdr: 1";
        return Finding::ok(CHECK, "by the NIC's driver", evidence);
    }
    let version = tree.text(VERSION).unwrap_or_default();
    if version.contains("Open Kernel Module") {
        let evidence = format!("/{VERSION} names the open kernel modules, which export dmabuf");
        return Finding::note(
            CHECK,
            "by dmabuf only, where the kernel (5.12 or later), the NIC's driver and the backend take it",
            evidence,
            "modprobe efa_nv_peermem (EFA) or nvidia_peermem for what does not",
        );
    }
    Finding::warning(
        CHECK,
        "no way for NICs to reach GPU memory: transfers of it go through the host",
        format!("none of /sys/module/{{{}}}, and no open kernel modules", PEER_MEMORY.join(",")),
        "modprobe efa_nv_peermem (AWS's EFA installer brings it) or nvidia_peermem, or install \
         NVIDIA's open kernel modules",
    )
}
