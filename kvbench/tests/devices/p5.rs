//! A machine like AWS's p5.48xlarge: two NUMA nodes, eight GPUs, and beside each GPU, on its PCIe switch,
//! four EFA devices. Addresses and the number of devices are those of a P5; its bridges are made up.

use crate::tree::{PciDevice, Tree};

/// The bus of the first EFA device of each switch; the GPU is on the fourth bus after it.
pub const BUSES: [u32; 8] = [0x4f, 0x60, 0x71, 0x82, 0x93, 0xa4, 0xb5, 0xc6];

/// The names of the EFA devices beside a GPU, in their order.
pub fn efa_names(gpu: usize) -> Vec<String> {
    (0..4).map(|device| format!("rdmap{}s0", BUSES[gpu] + device)).collect()
}

/// The PCI address of a GPU.
pub fn gpu_address(gpu: usize) -> String {
    format!("0000:{:02x}:00.0", BUSES[gpu] + 4)
}

/// The machine.
pub fn p5() -> Tree {
    let tree = Tree::new();
    for node in 0..2 {
        tree.put(&format!("sys/devices/system/node/node{node}/cpulist"), "0");
    }
    let (class, vendor) = ("0x020000", "0x1d0f");
    let ena = PciDevice { class, vendor, driver: "ena", numa_node: 0 };
    tree.pci("pci0000:00/0000:00:05.0", &ena);
    tree.netdev("eth0", "sys/devices/pci0000:00/0000:00:05.0");
    tree.put("sys/class/net/eth0/mtu", "9001");
    for (group, bus) in BUSES.into_iter().enumerate() {
        let numa_node = if group < 4 { 0 } else { 1 };
        let (root, upstream, inner) = (bus - 3, bus - 2, bus - 1);
        let switch = format!(
            "pci0000:{root:02x}/0000:{root:02x}:01.0/0000:{upstream:02x}:00.0/0000:{inner:02x}"
        );
        for (port, name) in efa_names(group).iter().enumerate() {
            let path = format!("{switch}:{port:02x}.0/0000:{:02x}:00.0", bus as usize + port);
            tree.pci(&path, &PciDevice { class, vendor, driver: "efa", numa_node });
            tree.rdma(name, &format!("sys/devices/{path}"));
            let port = format!("sys/class/infiniband/{name}/ports/1");
            tree.put(&format!("{port}/hw_counters/tx_bytes"), "0");
            tree.put(&format!("{port}/link_layer"), "Unspecified");
        }
        let gpu = PciDevice { class: "0x030200", vendor: "0x10de", driver: "nvidia", numa_node };
        let address = gpu_address(group);
        tree.pci(&format!("{switch}:04.0/{address}"), &gpu);
        let information = format!("proc/driver/nvidia/gpus/{address}/information");
        tree.put(&information, "Model: \t\t NVIDIA H100 80GB HBM3\nIRQ:   \t\t 5");
    }
    tree
}
