//! The whole examination, in order: the software, the settings, the machine.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use serde::Serialize;

use super::finding::{Finding, Level};
use super::rdma::RdmaDevice;
use super::software::{self, Software};
use super::tree::Tree;
use super::{gpu, limits, memory, pages, parameters, processors, rdma, variables};
use crate::error::Result;
use crate::runtime;
use crate::variant::BackendName;

/// The version of the report's form.
const SCHEMA: u32 = 1;

/// Workers of a variant with one rank on each side.
const WORKERS: u64 = 2;

/// What is examined.
pub struct Examination<'a> {
    /// The `kvbench` binary, of which trials are made.
    pub binary: &'a Path,
    /// The prefix of a NIXL, where one was named.
    pub prefix: Option<&'a Path>,
    /// The backends that shall run.
    pub backends: &'a [BackendName],
    /// Their parameters.
    pub params: &'a BTreeMap<String, String>,
    /// The environment that they will find.
    pub env: &'a BTreeMap<String, String>,
    /// How long a step of a trial may take.
    pub deadline: Duration,
}

/// What was found.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Report {
    /// The version of this form.
    pub schema: u32,
    /// The host's name.
    pub host: String,
    /// Whether each backend that was asked for can run.
    pub backends: BTreeMap<BackendName, bool>,
    /// What each check found, the worst first.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Whether every backend that was asked for can run.
    pub fn all_run(&self) -> bool {
        self.backends.values().all(|runs| *runs)
    }

    /// The number of findings of a level.
    pub fn count(&self, level: Level) -> usize {
        self.findings.iter().filter(|finding| finding.level == level).count()
    }
}

/// Examines this machine: tries the backends in processes of their own, and reads the rest.
///
/// # Errors
/// The system refused to start a process.
pub fn examine(examination: &Examination<'_>) -> Result<Report> {
    let tree = Tree::host();
    let devices = rdma::devices(&tree);
    let mut findings = Vec::new();
    let mut runs: BTreeMap<_, _> = examination.backends.iter().map(|one| (*one, false)).collect();
    let software = match runtime::present(examination.prefix) {
        Ok(Some(nixl)) => Some(Software::examine(examination, nixl)?),
        Ok(None) => {
            findings.push(software::absent());
            None
        }
        Err(error) => {
            findings.push(software::refused(&error));
            None
        }
    };
    if let Some(software) = &software {
        findings.extend(software.findings(&devices));
        runs.extend(software.trials.iter().map(|one| (one.backend, one.trial.outcome.is_ok())));
    }
    let readers = software.as_ref().map(Software::readers).unwrap_or_default();
    findings.extend(variables::check(&tree, examination.env, &devices, &readers));
    findings.extend(parameters::check(examination.backends, examination.params));
    findings.extend(machine(&tree, &devices, software.as_ref().and_then(Software::libcuda)));
    findings.sort_by_key(|finding| finding.level);
    let host = tree.text("proc/sys/kernel/hostname").unwrap_or_default();
    Ok(Report { schema: SCHEMA, host, backends: runs, findings })
}

/// What the machine itself has and allows.
fn machine(tree: &Tree, devices: &[RdmaDevice], libcuda: Option<&Path>) -> Vec<Finding> {
    let rails = devices.iter().filter(|device| device.is_efa()).count().max(1) as u64;
    let mut findings = rdma::check(tree, devices);
    findings.extend(gpu::check(tree, devices, libcuda));
    findings.push(memory::check(tree, rails, WORKERS));
    findings.extend(limits::check(tree, devices, rails));
    findings.extend(pages::check(tree, devices));
    findings.extend(processors::check(tree, WORKERS));
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::samples::Sample;

    /// What is not as it should be on a machine, by check.
    fn complaints(sample: &Sample) -> BTreeMap<String, Level> {
        let devices = rdma::devices(&sample.tree());
        let found = machine(&sample.tree(), &devices, Some(Path::new("/lib/libcuda.so.1")));
        for finding in &found {
            let asks = finding.level == Level::Warning;
            assert!(!asks || finding.remedy.is_some(), "{finding:?}");
            assert!(!finding.evidence.is_empty(), "{finding:?}");
        }
        let complaints = found.into_iter().filter(|finding| finding.level != Level::Ok);
        complaints.map(|finding| (finding.check, finding.level)).collect()
    }

    fn only(check: &str, level: Level) -> BTreeMap<String, Level> {
        // A machine with two nodes always has this one.
        BTreeMap::from([("NUMA nodes".to_owned(), Level::Note), (check.to_owned(), level)])
    }

    #[test]
    fn a_p5_in_order_has_nothing_against_it() {
        assert_eq!(complaints(&Sample::p5()), only("NUMA nodes", Level::Note));
    }

    #[test]
    fn each_fault_of_a_p5_is_found() {
        let p5 = Sample::p5;
        let limits = |open: &str, locked: &str| {
            format!(
                "Max open files            {open}  9 files\nMax locked memory  {locked} 9 bytes\n"
            )
        };
        let few_files = limits("200", "unlimited");
        let little_locked = limits("1048576", "65536");
        let status = "Cpus_allowed_list:\t0\nCapEff:\t0\n";
        let closed = "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.1  Release Build\n";
        let module = "sys/module/efa_nv_peermem/version";
        for (check, sample) in [
            ("EFA", p5().without("sys/class/infiniband/rdmap0s0")),
            ("verbs devices", p5().without("dev/infiniband/uverbs7")),
            ("ports", p5().file("sys/class/infiniband/rdmap9s0/ports/1/state", "1: DOWN\n")),
            ("open files", p5().file("proc/self/limits", &few_files)),
            ("locked memory", p5().file("proc/self/limits", &little_locked)),
            ("memory", p5().file("sys/fs/cgroup/memory.max", "1000000000\n")),
            ("memory", p5().file("proc/meminfo", "MemTotal: 9 kB\nMemAvailable: 8 kB\n")),
            (
                "huge pages",
                p5().file("sys/kernel/mm/transparent_hugepage/enabled", "always madvise [never]"),
            ),
            ("processors", p5().file("proc/self/status", status)),
            ("processor quota", p5().file("sys/fs/cgroup/cpu.max", "150000 100000\n")),
            (
                "GPUDirect RDMA",
                p5().without(module)
                    .without("sys/module/efa_nv_peermem")
                    .file("proc/driver/nvidia/version", closed),
            ),
        ] {
            assert_eq!(complaints(&sample), only(check, Level::Warning), "{check}");
        }
        for (check, sample) in [
            ("reserved huge pages", p5().file("proc/sys/vm/nr_hugepages", "0\n")),
            ("GPUDirect RDMA", p5().without(module).without("sys/module/efa_nv_peermem")),
        ] {
            assert_eq!(complaints(&sample), only(check, Level::Note), "{check}");
        }
    }

    #[test]
    fn what_lifts_a_limit_is_seen() {
        let limits = "Max open files  65536 9 files\nMax locked memory  65536 9 bytes\n";
        let status = "CapEff:\t0000000000004000\nCpus_allowed_list:\t0-191\n";
        let sample = Sample::p5().file("proc/self/limits", limits).file("proc/self/status", status);
        assert_eq!(complaints(&sample), only("NUMA nodes", Level::Note));
        // A limit that is used up by pages of files is not used up.
        let sample = Sample::p5()
            .file("sys/fs/cgroup/memory.max", "9000000000\n")
            .file("sys/fs/cgroup/memory.current", "8999000000\n");
        assert_eq!(complaints(&sample), only("memory", Level::Warning));
        let sample = sample.file("sys/fs/cgroup/memory.stat", "inactive_file 8000000000\n");
        assert_eq!(complaints(&sample), only("NUMA nodes", Level::Note));
    }

    #[test]
    fn a_machine_that_shows_nothing_is_judged_all_the_same() {
        let found = complaints(&Sample::new());
        assert_eq!(found["EFA"], Level::Note);
        assert_eq!(found["memory"], Level::Note);
    }

    #[test]
    fn a_driver_without_its_library_is_found() {
        let sample = Sample::p5();
        let found = gpu::check(&sample.tree(), &[], None);
        assert_eq!(found[0].level, Level::Warning);
        assert!(found[0].finding.contains("8 GPUs"), "{found:?}");
    }
}
