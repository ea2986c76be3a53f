//! Devices on the terminal: the NICs, the GPUs, and how near they are to each other.

use std::fmt::Write;

use super::grid::{Column, Field, Grid};
use super::table::{plain, plain_table, right};
use super::units;
use crate::devices::{Gpu, Inventory, Library, Nic, NicKind};

const NOTHING: &str = "–";

/// What `nvidia-smi topo` means by its words.
const LEGEND: &str = "PIX one PCIe switch · PXB several switches · PHB one host bridge · NODE one NUMA node · \
                      SYS different NUMA nodes · – unknown";

/// The devices of a machine.
pub fn devices(inventory: &Inventory) -> String {
    let mut text = format!("{}\n\n", counts(inventory));
    let _ = writeln!(text, "{}\n", plain(&nics(&inventory.nics)));
    if !inventory.gpus.is_empty() {
        let _ = writeln!(text, "{}\n", plain(&gpus(&inventory.gpus)));
        let _ = writeln!(text, "{}\n{LEGEND}\n", affinity(inventory));
    }
    for (name, library) in [("libfabric", &inventory.libfabric), ("UCX", &inventory.ucx)] {
        let _ = writeln!(text, "{}", asked(name, library));
    }
    let without: Vec<_> = without_nic(inventory).collect();
    if !without.is_empty() {
        let _ = writeln!(text, "Without a NIC: {}.", without.join("; "));
    }
    if inventory.emulated {
        let _ = writeln!(text, "Emulated NICs say nothing of how fast real ones are.");
    }
    text.lines().map(|line| units::printable(line.trim_end()) + "\n").collect()
}

fn counts(inventory: &Inventory) -> String {
    let counted = |count: usize, what: &str| match count {
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    };
    let emulated = inventory.nics.iter().filter(|nic| nic.emulated).count();
    let nics = counted(inventory.nics.len(), "NIC");
    let nics = if emulated == 0 { nics } else { format!("{nics} ({emulated} emulated)") };
    let gpus = counted(inventory.gpus.len(), "GPU");
    format!("{nics}, {gpus}, {}", counted(inventory.numa_nodes.len(), "NUMA node"))
}

fn nics(nics: &[Nic]) -> Grid {
    let columns = vec![
        Column::Text("NIC"),
        Column::Text("kind"),
        Column::Text("driver"),
        Column::Text("state"),
        Column::Figure("speed"),
        Column::Text("PCI"),
        Column::Figure("NUMA"),
        Column::Text("libfabric"),
        Column::Text("UCX"),
    ];
    Grid { columns, rows: nics.iter().map(nic).collect() }
}

fn nic(nic: &Nic) -> Vec<Field> {
    let netdevs = nic.netdevs.join(", ");
    let name =
        if netdevs.is_empty() { nic.name.clone() } else { format!("{} ({netdevs})", nic.name) };
    let kind = match nic.kind {
        _ if nic.emulated => "emulated",
        NicKind::Rdma => "RDMA",
        NicKind::Physical => "physical",
        NicKind::Virtual => "virtual",
        NicKind::Loopback => "loopback",
        NicKind::Unknown => "unknown",
    };
    // A provider with another one layered over it is no other way to the NIC.
    let core = |provider: &str| provider.split(';').next().unwrap_or_default().to_owned();
    let providers = nic.libfabric.iter().map(|domain| core(&domain.provider));
    let transports = nic.ucx.iter().map(|device| device.transport.clone());
    let fields = [
        name,
        kind.to_owned(),
        or_nothing(nic.driver.as_ref()),
        or_nothing(nic.state.as_ref()),
        nic.bits_per_s.map_or(NOTHING.to_owned(), units::speed),
        or_nothing(nic.pci.as_ref()),
        or_nothing(nic.numa_node.as_ref()),
        each_once(providers),
        each_once(transports),
    ];
    fields.into_iter().map(Field::from).collect()
}

fn gpus(gpus: &[Gpu]) -> Grid {
    let columns = vec![
        Column::Text("GPU"),
        Column::Text("model"),
        Column::Text("driver"),
        Column::Text("PCI"),
        Column::Figure("NUMA"),
    ];
    let row = |(index, gpu): (usize, &Gpu)| {
        let fields = [
            format!("GPU{index}"),
            or_nothing(gpu.name.as_ref()),
            or_nothing(gpu.driver.as_ref()),
            gpu.pci.address.to_string(),
            or_nothing(gpu.pci.numa_node.as_ref()),
        ];
        fields.into_iter().map(Field::from).collect()
    };
    Grid { columns, rows: gpus.iter().enumerate().map(row).collect() }
}

/// A row per NIC on a PCI bus, a column per GPU.
fn affinity(inventory: &Inventory) -> comfy_table::Table {
    let names = (0..inventory.gpus.len()).map(|index| format!("GPU{index}"));
    let header: Vec<_> = std::iter::once("NIC to GPU".to_owned()).chain(names).collect();
    let header: Vec<_> = header.iter().map(String::as_str).collect();
    let mut table = plain_table(&header);
    for nic in inventory.nics.iter().filter(|nic| nic.pci.is_some() && !nic.emulated) {
        let near = inventory.gpus.iter().map(|gpu| {
            right(nic.affinity.get(&gpu.pci.address).map_or(NOTHING.to_owned(), |a| a.to_string()))
        });
        table.add_row(std::iter::once(comfy_table::Cell::new(&nic.name)).chain(near));
    }
    table
}

fn asked(name: &str, library: &Library) -> String {
    match (&library.failure, &library.version, &library.file) {
        (Some(why), ..) => format!("{name} was not asked or did not answer: {why}."),
        (None, Some(version), Some(file)) => format!("{name} {version}, {}", file.display()),
        (None, ..) => format!("{name} of an unknown version"),
    }
}

fn without_nic(inventory: &Inventory) -> impl Iterator<Item = String> {
    let without = &inventory.without_nic;
    let libfabric = each_once(without.libfabric.iter().map(|domain| domain.provider.clone()));
    let ucx = each_once(without.ucx.iter().map(|device| device.transport.clone()));
    let both = [("libfabric", libfabric), ("UCX", ucx)].into_iter();
    both.filter(|(_, names)| names != NOTHING).map(|(library, names)| format!("{library} {names}"))
}

fn or_nothing(value: Option<&impl ToString>) -> String {
    value.map_or(NOTHING.to_owned(), ToString::to_string)
}

fn each_once(names: impl Iterator<Item = String>) -> String {
    let mut names: Vec<_> = names.collect();
    names.sort();
    names.dedup();
    if names.is_empty() { NOTHING.to_owned() } else { names.join(", ") }
}
