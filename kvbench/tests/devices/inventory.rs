//! What the kernel, libfabric and UCX tell becomes one NIC per device.

use kvbench::devices::{Affinity, Inventory, Kernel, Nic, NicKind, UcxKind};
use kvbench::report;

use crate::p5::{efa_names, gpu_address, p5};
use crate::seen::{domain, efa_domain, efa_domains, libfabric_of_p5, seen, ucx, ucx_of_p5};
use crate::tree::{PciDevice, Tree};

pub fn inventory_of_p5() -> Inventory {
    let kernel = Kernel::look_under(p5().path());
    Inventory::join(&kernel, libfabric_of_p5(), ucx_of_p5(), false)
}

fn nic<'i>(inventory: &'i Inventory, name: &str) -> &'i Nic {
    let found: Vec<_> = inventory.nics.iter().filter(|nic| nic.name == name).collect();
    let [nic] = found[..] else { panic!("{name}: {found:?}") };
    nic
}

/// `BLESS=1` takes the table as it is now.
#[test]
fn the_table_of_a_p5() {
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/devices_p5.txt");
    let table = report::devices(&inventory_of_p5());
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(golden, &table).unwrap();
    }
    assert_eq!(table, std::fs::read_to_string(golden).unwrap());
}

#[test]
fn every_efa_device_of_a_p5_is_one_nic_for_all_three() {
    let inventory = inventory_of_p5();
    assert_eq!(inventory.nics.len(), 32 + 2);
    assert!(!inventory.emulated);
    for (gpu, name) in (0..8).flat_map(|gpu| efa_names(gpu).into_iter().map(move |n| (gpu, n))) {
        let nic = nic(&inventory, &name);
        assert_eq!((nic.kind, nic.libfabric.len(), nic.ucx.len()), (NicKind::Rdma, 1, 1));
        for other in 0..8 {
            let expected = match (gpu, other) {
                _ if gpu == other => Affinity::Pix,
                _ if gpu / 4 == other / 4 => Affinity::Node,
                _ => Affinity::Sys,
            };
            let address = gpu_address(other).parse().unwrap();
            assert_eq!(nic.affinity[&address], expected, "{name} to GPU{other}");
        }
    }
    let without = &inventory.without_nic;
    assert_eq!(without.libfabric, [domain("shm", "shm")]);
    let transports: Vec<_> = without.ucx.iter().map(|device| device.transport.as_str()).collect();
    assert_eq!(transports, ["cma", "cuda_ipc"]);
}

#[test]
fn an_rdma_device_and_its_netdev_are_one_nic() {
    let tree = Tree::new();
    let device =
        PciDevice { class: "0x020000", vendor: "0x15b3", driver: "mlx5_core", numa_node: 0 };
    tree.pci("pci0000:80/0000:80:01.0/0000:81:00.0", &device);
    let folder = "sys/devices/pci0000:80/0000:80:01.0/0000:81:00.0";
    tree.netdev("ens1", folder);
    tree.rdma("mlx5_1", folder);
    let domains =
        vec![domain("verbs", "mlx5_1"), domain("tcp", "ens1"), domain("verbs", "mlx5_10")];
    let devices = [("rc_mlx5", "mlx5_1:1"), ("tcp", "ens1"), ("rc_mlx5", "mlx5_10:1")];
    let devices = devices.map(|(transport, name)| ucx(transport, name, UcxKind::Network));
    let inventory = Inventory::join(
        &Kernel::look_under(tree.path()),
        seen("2", "", domains),
        seen("1", "", devices.to_vec()),
        false,
    );
    let mlx5 = nic(&inventory, "mlx5_1");
    assert_eq!(mlx5.netdevs, ["ens1"]);
    assert_eq!((mlx5.libfabric.len(), mlx5.ucx.len()), (2, 2));
    // A name that begins alike is no name of it.
    assert_eq!(inventory.without_nic.libfabric, [domain("verbs", "mlx5_10")]);
    assert_eq!(nic(&inventory, "mlx5_10").kind, NicKind::Unknown);
}

#[test]
fn efa_devices_that_the_kernel_does_not_know_are_emulated() {
    let kernel = Kernel::look_under(Tree::new().path());
    let inventory =
        Inventory::join(&kernel, seen("2.5", "", efa_domains()), Err("no UCX".into()), false);
    let emulated: Vec<_> = inventory.nics.iter().filter(|nic| nic.emulated).collect();
    assert_eq!(emulated.len(), 32);
    assert_eq!(emulated[0].bits_per_s, Some(100_000_000_000));
    assert!(inventory.emulated);
    assert_eq!(inventory.ucx.failure.as_deref(), Some("no UCX"));
    let table = report::devices(&inventory);
    let rows = table.lines().filter(|line| line.contains(" emulated ")).count();
    assert_eq!(rows, 32, "{table}");
    assert!(table.contains("33 NICs (32 emulated)") && table.contains("UCX was not asked"));
}

#[test]
fn an_emulation_is_no_device_of_the_kernel_even_under_its_name() {
    let kernel = Kernel::look_under(p5().path());
    let domains = vec![efa_domain("rdmap79s0", "0000:4f:00.0"), domain("tcp", "eth0")];
    let inventory = Inventory::join(&kernel, seen("2.5", "", domains), ucx_of_p5(), true);
    let named: Vec<_> = inventory.nics.iter().filter(|nic| nic.name == "rdmap79s0").collect();
    let [real, emulated] = named[..] else { panic!("{named:?}") };
    assert!(!real.emulated && real.libfabric.is_empty() && real.ucx.len() == 1);
    assert!(emulated.emulated && emulated.libfabric.len() == 1 && emulated.ucx.is_empty());
    assert!(!nic(&inventory, "eth0").emulated);
}

#[test]
fn its_json_is_read_back() {
    let inventory = inventory_of_p5();
    let text = serde_json::to_string(&inventory).unwrap();
    assert_eq!(serde_json::from_str::<Inventory>(&text).unwrap(), inventory);
}
