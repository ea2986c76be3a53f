//! RDMA devices: how many there are, whether this process may use them, and where they are.

use std::collections::BTreeSet;
use std::fs::OpenOptions;

use super::finding::Finding;
use super::tree::Tree;

const CLASS: &str = "sys/class/infiniband";
const PRODUCT: &str = "sys/devices/virtual/dmi/id/product_name";

/// EFA devices of instances that have several (AWS's list of instance types).
const INSTANCES: [(&str, usize); 6] = [
    ("p4d.24xlarge", 4),
    ("p4de.24xlarge", 4),
    ("p5.48xlarge", 32),
    ("p5e.48xlarge", 32),
    ("p5en.48xlarge", 16),
    ("p6-b200.48xlarge", 8),
];

/// An RDMA device of the kernel.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct RdmaDevice {
    /// Its name, as `FI_EFA_IFACE` and `UCX_NET_DEVICES` take it.
    pub name: String,
    /// Its driver.
    pub driver: String,
    /// The state of its port, such as `4: ACTIVE`.
    pub state: Option<String>,
    /// The NUMA node that it is attached to.
    pub numa_node: Option<i32>,
    /// Whether its driver says that it reaches GPU memory by itself.
    pub gdr: bool,
    /// Its file in `/dev/infiniband`, and why that cannot be opened, if it cannot.
    pub verbs: Option<(String, Result<(), String>)>,
}

impl RdmaDevice {
    /// Whether it is an Elastic Fabric Adapter.
    pub fn is_efa(&self) -> bool {
        self.driver == "efa"
    }
}

/// The RDMA devices of this machine, by name.
pub fn devices(tree: &Tree) -> Vec<RdmaDevice> {
    tree.names(CLASS).into_iter().map(|name| device(tree, name)).collect()
}

fn device(tree: &Tree, name: String) -> RdmaDevice {
    let folder = format!("{CLASS}/{name}");
    RdmaDevice {
        driver: tree.link(format!("{folder}/device/driver")).unwrap_or_default(),
        state: tree.text(format!("{folder}/ports/1/state")),
        numa_node: tree.number(format!("{folder}/device/numa_node")),
        gdr: tree.text(format!("{folder}/device/gdr")).is_some_and(|text| text == "1"),
        verbs: verbs(tree, &name),
        name,
    }
}

/// The verbs file of a device; opening it is the only proof that it may be used, since a container's
/// device rules are seen nowhere else.
fn verbs(tree: &Tree, device: &str) -> Option<(String, Result<(), String>)> {
    let class = "sys/class/infiniband_verbs";
    let of_device =
        |file: &String| tree.text(format!("{class}/{file}/ibdev")).as_deref() == Some(device);
    let file = tree.names(class).into_iter().find(of_device)?;
    let path = format!("dev/infiniband/{file}");
    let opened = OpenOptions::new().read(true).write(true).open(tree.path(&path));
    Some((format!("/{path}"), opened.map(drop).map_err(|error| error.to_string())))
}

/// Judges the devices.
pub(super) fn check(tree: &Tree, devices: &[RdmaDevice]) -> Vec<Finding> {
    let mut findings = vec![count(tree, devices)];
    if !devices.is_empty() {
        findings.push(access(devices));
        findings.extend(ports(devices));
    }
    findings
}

fn count(tree: &Tree, devices: &[RdmaDevice]) -> Finding {
    const CHECK: &str = "EFA";
    let efa = devices.iter().filter(|device| device.is_efa()).count();
    let others = devices.iter().filter(|one| !one.is_efa());
    let others: BTreeSet<_> = others.map(|one| one.name.as_str()).collect();
    let product = tree.text(PRODUCT).unwrap_or_default();
    let expected = INSTANCES.iter().find(|(name, _)| *name == product).map(|(_, count)| *count);
    let mut evidence = format!("/{CLASS}: {efa} of driver efa");
    if !others.is_empty() {
        evidence += &format!(", and {}", join(&others));
    }
    match (efa, expected) {
        (efa, Some(expected)) if efa < expected => Finding::warning(
            CHECK,
            format!("{efa} EFA devices where a {product} has up to {expected}"),
            format!("{evidence}; /{PRODUCT}"),
            "attach an EFA interface to every network card when the instance is launched, and, in a \
             container, give it all of them (Kubernetes: vpc.amazonaws.com/efa); install the efa \
             driver where the PCI devices are there",
        ),
        (0, _) if others.is_empty() => Finding::note(
            CHECK,
            "no EFA or other RDMA device: LIBFABRIC gets one rail over tcp, UCX shared memory or TCP",
            evidence,
            "take figures from here for how backends compare on this machine, not for EFA",
        ),
        (0, _) => Finding::fact(CHECK, "no EFA device, but other RDMA devices", evidence),
        (efa, _) => {
            let nodes: BTreeSet<_> = devices.iter().filter_map(|one| one.numa_node).collect();
            let on = format!("{evidence}; NUMA nodes {}", join(&nodes));
            Finding::ok(CHECK, format!("{efa} EFA devices"), on)
        }
    }
}

fn access(devices: &[RdmaDevice]) -> Finding {
    const CHECK: &str = "verbs devices";
    let why = |device: &RdmaDevice| match &device.verbs {
        None => Some(format!("{}: no /sys/class/infiniband_verbs entry", device.name)),
        Some((path, Err(reason))) => Some(format!("{}: {path}: {reason}", device.name)),
        Some((_, Ok(()))) => None,
    };
    let barred: Vec<_> = devices.iter().filter_map(why).collect();
    let all = devices.len();
    if let Some(first) = barred.first() {
        return Finding::warning(
            CHECK,
            format!("{} of {all} RDMA devices cannot be opened by this process", barred.len()),
            first.clone(),
            "give them to the container (docker: --device /dev/infiniband/uverbs0 …; Kubernetes: a \
             limit of vpc.amazonaws.com/efa), load ib_uverbs, or correct the rights of the files",
        );
    }
    Finding::ok(CHECK, format!("all {all} can be opened"), "/dev/infiniband/uverbs*, for writing")
}

fn ports(devices: &[RdmaDevice]) -> Option<Finding> {
    let down = |one: &&RdmaDevice| one.state.as_ref().is_some_and(|text| !text.ends_with("ACTIVE"));
    let down: Vec<_> = devices.iter().filter(down).collect();
    let first = down.first()?;
    Some(Finding::warning(
        "ports",
        format!("{} of {} RDMA devices have a port that is not active", down.len(), devices.len()),
        format!("/{CLASS}/{}/ports/1/state: {}", first.name, first.state.as_deref().unwrap_or("")),
        "leave them out (FI_EFA_IFACE, UCX_NET_DEVICES) or bring them up: one device that cannot be \
         opened fails a whole LIBFABRIC backend",
    ))
}

fn join<T: ToString>(items: &BTreeSet<T>) -> String {
    let names: Vec<_> = items.iter().map(T::to_string).collect();
    if names.is_empty() { "unknown".to_owned() } else { names.join(", ") }
}
