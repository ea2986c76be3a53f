//! NVIDIA's GPUs, as the PCI bus and NVIDIA's driver show them.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::pci::{PciAddress, PciPlace};
use super::sysfs::{entries, link_name, text};

/// NVIDIA's number among PCI vendors.
const NVIDIA: &str = "0x10de";

/// PCI classes of GPUs: VGA controllers and 3D controllers, of any programming interface.
const CLASSES: [&str; 2] = ["0x0300", "0x0302"];

/// A GPU.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Gpu {
    /// Its model, where NVIDIA's driver is loaded.
    pub name: Option<String>,
    /// The driver in use: `nvidia`, `vfio-pci`, …
    pub driver: Option<String>,
    /// Its place.
    pub pci: PciPlace,
}

/// All GPUs, in the order of their PCI addresses, as `nvidia-smi` numbers them.
pub(super) fn look(root: &Path) -> Vec<Gpu> {
    let devices = entries(&root.join("sys/bus/pci/devices"));
    let gpus = devices.iter().filter(|(_, folder)| is_gpu(folder));
    let mut gpus: Vec<_> = gpus.filter_map(|(_, folder)| gpu(root, folder)).collect();
    gpus.sort_by_key(|gpu| gpu.pci.address);
    gpus
}

fn is_gpu(folder: &Path) -> bool {
    let is_of_class = |class: String| CLASSES.iter().any(|known| class.starts_with(known));
    text(&folder.join("vendor")).is_some_and(|vendor| vendor == NVIDIA)
        && text(&folder.join("class")).is_some_and(is_of_class)
}

fn gpu(root: &Path, folder: &Path) -> Option<Gpu> {
    let pci = PciPlace::behind(folder)?;
    let driver = link_name(&folder.join("driver"));
    Some(Gpu { name: model(root, pci.address), driver, pci })
}

fn model(root: &Path, address: PciAddress) -> Option<String> {
    let file = format!("proc/driver/nvidia/gpus/{address}/information");
    let information = text(&root.join(file))?;
    let model = information.lines().find_map(|line| line.strip_prefix("Model:"))?;
    Some(model.trim().to_owned())
}
