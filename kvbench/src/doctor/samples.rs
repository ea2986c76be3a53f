//! Made-up machines for tests: files under a temporary root.

use std::path::Path;

use super::tree::Tree;

/// A machine that has just the files it was given.
pub(super) struct Sample(tempfile::TempDir);

impl Sample {
    /// One without any file.
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// With a file.
    pub fn file(self, path: &str, text: &str) -> Self {
        let path = self.make_room(path);
        std::fs::write(path, text).unwrap();
        self
    }

    /// Without a file or folder.
    pub fn without(self, path: &str) -> Self {
        let path = self.0.path().join(path);
        let removed =
            if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) };
        removed.unwrap();
        self
    }

    /// With a symbolic link.
    pub fn link(self, path: &str, target: &str) -> Self {
        let path = self.make_room(path);
        std::os::unix::fs::symlink(target, path).unwrap();
        self
    }

    /// With an RDMA device that can be opened.
    pub fn rdma(self, index: usize, name: &str, driver: &str) -> Self {
        let device = format!("sys/class/infiniband/{name}");
        self.link(&format!("{device}/device/driver"), &format!("../../drivers/{driver}"))
            .file(&format!("{device}/device/numa_node"), &format!("{}\n", index / 16))
            .file(&format!("{device}/ports/1/state"), "4: ACTIVE\n")
            .file(&format!("sys/class/infiniband_verbs/uverbs{index}/ibdev"), name)
            .file(&format!("dev/infiniband/uverbs{index}"), "")
    }

    /// A p5.48xlarge in order: 32 EFA devices, eight GPUs with GPUDirect, two NUMA nodes, no limits.
    pub fn p5() -> Self {
        let limits = "Limit                     Soft Limit           Hard Limit           Units     \n\
                      Max open files            1048576              1048576              files     \n\
                      Max locked memory         unlimited            unlimited            bytes     \n";
        let mut sample = Self::new()
            .file("sys/devices/virtual/dmi/id/product_name", "p5.48xlarge\n")
            .file("proc/self/limits", limits)
            .file(
                "proc/self/status",
                "Name:\tx\nCapEff:\t0000000000000000\nCpus_allowed_list:\t0-191\n",
            )
            .file("proc/self/cgroup", "0::/\n")
            .file("proc/meminfo", "MemTotal: 2097152000 kB\nMemAvailable: 2000000000 kB\n")
            .file("proc/sys/vm/nr_hugepages", "5128\n")
            .file("sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never\n")
            .file(
                "proc/driver/nvidia/version",
                "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  570.1  Release Build\n",
            )
            .file("sys/module/efa_nv_peermem/version", "1.2.0\n")
            .file("sys/class/net/lo/address", "")
            .file("sys/class/net/eth0/address", "");
        for node in 0..2 {
            sample = sample.file(&format!("sys/devices/system/node/node{node}/cpulist"), "");
        }
        for gpu in 0..8 {
            sample = sample.file(&format!("proc/driver/nvidia/gpus/0000:{gpu}/information"), "");
        }
        (0..32).fold(sample, |sample, index| sample.rdma(index, &format!("rdmap{index}s0"), "efa"))
    }

    /// The machine.
    pub fn tree(&self) -> Tree {
        Tree::at(self.0.path())
    }

    fn make_room(&self, path: &str) -> std::path::PathBuf {
        let path = self.0.path().join(Path::new(path));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        path
    }
}
