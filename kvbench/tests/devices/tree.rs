//! A made-up root folder, with relative links as sysfs has them.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// What a PCI device is, beside its place.
pub struct PciDevice<'a> {
    /// Its class: `0x020000`, …
    pub class: &'a str,
    /// Its vendor's number: `0x1d0f`, …
    pub vendor: &'a str,
    /// Its driver.
    pub driver: &'a str,
    /// What `numa_node` says.
    pub numa_node: i32,
}

/// The root folder of a machine.
pub struct Tree(TempDir);

impl Tree {
    /// A machine with nothing but a loopback.
    pub fn new() -> Self {
        let tree = Self(tempfile::tempdir().unwrap());
        tree.netdev("lo", "sys/devices/virtual");
        tree.put("sys/class/net/lo/type", "772");
        tree.put("sys/class/net/lo/operstate", "unknown");
        tree
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    fn at(&self, path: &str) -> PathBuf {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        path
    }

    /// An attribute.
    pub fn put(&self, file: &str, text: &str) {
        fs::write(self.at(file), format!("{text}\n")).unwrap();
    }

    /// A link; both paths begin at the root.
    pub fn link(&self, link: &str, target: &str) {
        let up = "../".repeat(link.matches('/').count());
        symlink(up + target, self.at(link)).unwrap();
    }

    /// A PCI device, by the bridges above it from the host bridge on and its own address.
    pub fn pci(&self, path: &str, device: &PciDevice) {
        let folder = format!("sys/devices/{path}");
        self.put(&format!("{folder}/class"), device.class);
        self.put(&format!("{folder}/vendor"), device.vendor);
        self.put(&format!("{folder}/numa_node"), &device.numa_node.to_string());
        let driver = format!("sys/bus/pci/drivers/{}", device.driver);
        fs::create_dir_all(self.at(&driver).join("module")).unwrap();
        self.link(&format!("{folder}/driver"), &driver);
        let address = path.rsplit('/').next().unwrap();
        self.link(&format!("sys/bus/pci/devices/{address}"), &folder);
    }

    /// An Ethernet device on the device in `folder`, which this namespace sees.
    pub fn netdev(&self, name: &str, folder: &str) {
        let netdev = format!("{folder}/net/{name}");
        self.put(&format!("{netdev}/type"), "1");
        self.put(&format!("{netdev}/operstate"), "up");
        self.link(&format!("sys/class/net/{name}"), &netdev);
        if folder != "sys/devices/virtual" {
            self.link(&format!("{netdev}/device"), folder);
        }
        self.lists(name);
    }

    /// procfs lists a network device, whatever sysfs shows.
    pub fn lists(&self, name: &str) {
        let file = self.at("proc/thread-self/net/dev");
        let header = "Inter-|   Receive  |  Transmit\n face |bytes packets|bytes packets\n";
        let before = fs::read_to_string(&file).unwrap_or(header.to_owned());
        fs::write(file, format!("{before}{name:>6}: 1 2 3 4\n")).unwrap();
    }

    /// An RDMA device on the device in `folder`.
    pub fn rdma(&self, name: &str, folder: &str) {
        let rdma = format!("{folder}/infiniband/{name}");
        self.put(&format!("{rdma}/ports/1/state"), "4: ACTIVE");
        self.put(&format!("{rdma}/ports/1/rate"), "100 Gb/sec (4X EDR)");
        self.link(&format!("{rdma}/device"), folder);
        self.link(&format!("sys/class/infiniband/{name}"), &rdma);
    }
}
