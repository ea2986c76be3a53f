//! What the kernel tells.

use kvbench::devices::{Kernel, NetKind};

use crate::p5::{efa_names, gpu_address, p5};
use crate::tree::{PciDevice, Tree};

#[test]
fn a_p5_has_32_efa_devices_and_8_gpus_on_two_nodes() {
    let tree = p5();
    let kernel = Kernel::look_under(tree.path());
    assert_eq!(kernel.numa_nodes, [0, 1]);

    let mut wanted: Vec<String> = (0..8).flat_map(efa_names).collect();
    wanted.sort();
    let names: Vec<_> = kernel.rdma.iter().map(|device| device.name.clone()).collect();
    assert_eq!(names, wanted);
    for device in &kernel.rdma {
        assert_eq!(device.driver.as_deref(), Some("efa"));
        assert_eq!((device.state(), device.bits_per_s()), (Some("active"), Some(100_000_000_000)));
        let folder = format!("sys/class/infiniband/{}/ports/1/hw_counters", device.name);
        assert_eq!(device.ports[0].counters, Some(tree.path().join(folder)));
        assert!(device.netdevs.is_empty());
    }
    let last = kernel.rdma.iter().find(|device| device.name == "rdmap201s0").unwrap();
    let place = last.pci.as_ref().unwrap();
    assert_eq!((place.address.to_string().as_str(), place.numa_node), ("0000:c9:00.0", Some(1)));
    assert_eq!(
        place.path,
        ["pci0000:c3", "0000:c3:01.0", "0000:c4:00.0", "0000:c5:03.0", "0000:c9:00.0"]
    );

    let gpus: Vec<_> = kernel.gpus.iter().map(|gpu| gpu.pci.address.to_string()).collect();
    assert_eq!(gpus, (0..8).map(gpu_address).collect::<Vec<_>>());
    assert!(kernel.gpus.iter().all(|gpu| gpu.name.as_deref() == Some("NVIDIA H100 80GB HBM3")));

    let [eth0, lo] = &kernel.netdevs[..] else { panic!("{:?}", kernel.netdevs) };
    assert_eq!((eth0.name.as_str(), eth0.kind), ("eth0", Some(NetKind::Physical)));
    assert_eq!((eth0.driver.as_deref(), eth0.mtu), (Some("ena"), Some(9001)));
    assert_eq!(eth0.pci.as_ref().unwrap().numa_node, Some(0));
    assert_eq!((lo.name.as_str(), lo.kind), ("lo", Some(NetKind::Loopback)));
}

#[test]
fn a_virtio_device_is_where_its_pci_device_is() {
    let tree = Tree::new();
    let nic =
        PciDevice { class: "0x020000", vendor: "0x1af4", driver: "virtio-pci", numa_node: -1 };
    tree.pci("pci0000:00/0000:00:03.0", &nic);
    let virtio = "sys/devices/pci0000:00/0000:00:03.0/virtio2";
    tree.put("sys/bus/virtio/drivers/virtio_net/bind", "");
    tree.link(&format!("{virtio}/driver"), "sys/bus/virtio/drivers/virtio_net");
    tree.netdev("eth0", virtio);
    tree.put("sys/class/net/eth0/speed", "-1");

    let kernel = Kernel::look_under(tree.path());
    let eth0 = &kernel.netdevs[0];
    assert_eq!((eth0.kind, eth0.bits_per_s), (Some(NetKind::Physical), None));
    assert_eq!(eth0.driver.as_deref(), Some("virtio_net"));
    let place = eth0.pci.as_ref().unwrap();
    assert_eq!((place.address.to_string().as_str(), place.numa_node), ("0000:00:03.0", None));
    assert_eq!(place.path, ["pci0000:00", "0000:00:03.0"]);
}

#[test]
fn an_ethernet_nic_with_rdma_names_its_netdev() {
    let tree = Tree::new();
    let nic = PciDevice { class: "0x020000", vendor: "0x15b3", driver: "mlx5_core", numa_node: 1 };
    tree.pci("pci0000:80/0000:80:01.0/0000:81:00.0", &nic);
    let folder = "sys/devices/pci0000:80/0000:80:01.0/0000:81:00.0";
    tree.netdev("ens1np0", folder);
    tree.rdma("mlx5_0", folder);
    tree.put("sys/class/net/ens1np0/speed", "400000");
    tree.put("sys/class/infiniband/mlx5_0/ports/1/counters/port_xmit_data", "0");

    let kernel = Kernel::look_under(tree.path());
    assert_eq!(kernel.netdevs[0].bits_per_s, Some(400_000_000_000));
    let mlx5 = &kernel.rdma[0];
    assert_eq!(mlx5.netdevs, ["ens1np0"]);
    assert_eq!(mlx5.pci, kernel.netdevs[0].pci);
    assert!(mlx5.ports[0].counters.as_ref().unwrap().ends_with("ports/1/counters"));
}

#[test]
fn the_hosts_sysfs_does_not_describe_a_containers_devices() {
    let tree = p5();
    // The container's own end of a pair; its eth0 is not the host's either.
    tree.lists("net1");
    let kernel = Kernel::look_under(tree.path());
    let names: Vec<_> = kernel.netdevs.iter().map(|device| device.name.as_str()).collect();
    assert_eq!(names, ["eth0", "lo", "net1"]);
    let eth0 = &kernel.netdevs[0];
    assert_eq!((eth0.kind, eth0.pci.as_ref(), eth0.state.as_ref()), (None, None, None));
    assert_eq!(kernel.netdevs[1].kind, Some(NetKind::Loopback));
    assert_eq!(kernel.rdma.len(), 32, "RDMA devices are not hidden by a network namespace");
}

#[test]
fn a_machine_without_sysfs_has_nothing() {
    let empty = tempfile::tempdir().unwrap();
    assert_eq!(Kernel::look_under(empty.path()), Kernel::default());
}
