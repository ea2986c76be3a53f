//! The topology of the emulated machine as hwloc reads it (format 2, `HWLOC_XMLFILE`).
//!
//! Shown are two NUMA nodes with one processor each, and per PCIe switch its NICs and its GPU. Link
//! speeds are those of PCIe 5.0 x16 (switch, GPU) and 4.0 x8 (NIC), in GB/s as hwloc has them.

use std::fmt::Write as _;

use crate::topology::{Nic, SWITCHES, gpu_bus};

const X16_GEN5_GB_PER_S: &str = "63.015385";
const X8_GEN4_GB_PER_S: &str = "15.753846";

const NODES: u32 = 2;

/// The topology with these NICs.
pub(crate) fn xml(nics: &[Nic]) -> String {
    let mut xml = Xml { text: String::new(), objects: 0 };
    xml.line(r#"<?xml version="1.0" encoding="UTF-8"?>"#);
    xml.line(r#"<!DOCTYPE topology SYSTEM "hwloc2.dtd">"#);
    xml.line(r#"<topology version="2.0">"#);
    xml.open("Machine", &format!(r#"os_index="0" {}"#, sets(0b11)));
    for node in 0..NODES {
        xml.node(node, nics);
    }
    xml.close();
    xml.line(concat!(
        r#"<distances2 type="NUMANode" nbobjs="2" kind="5" name="NUMALatency" indexing="os">"#,
        r#"<indexes length="4">0 1 </indexes>"#,
        r#"<u64values length="12">10 21 21 10 </u64values></distances2>"#
    ));
    for support in ["pu", "numa", "numa_memory"] {
        xml.line(&format!(r#"<support name="discovery.{support}"/>"#));
    }
    xml.line("</topology>");
    xml.text
}

/// The processors and memory nodes that belong to an object: the same bits for both, here.
fn sets(bits: u32) -> String {
    let names = ["cpuset", "complete_cpuset", "nodeset", "complete_nodeset"];
    names.map(|name| format!(r#"{name}="0x{bits:08x}""#)).join(" ")
}

struct Xml {
    text: String,
    objects: u32,
}

impl Xml {
    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// Opens an object; every one has a number of its own.
    fn open(&mut self, kind: &str, attributes: &str) {
        self.objects += 1;
        let number = self.objects;
        writeln!(self.text, r#"<object type="{kind}" gp_index="{number}" {attributes}>"#)
            .expect("a string takes what is written");
    }

    fn close(&mut self) {
        self.line("</object>");
    }

    fn node(&mut self, node: u32, nics: &[Nic]) {
        let own = format!(r#"os_index="{node}" {}"#, sets(1 << node));
        self.open("Package", &own);
        self.open("NUMANode", &format!(r#"{own} local_memory="1099511627776""#));
        self.line(r#"<page_type size="4096" count="268435456"/>"#);
        self.close();
        self.open("Core", &own);
        self.open("PU", &own);
        self.close();
        self.close();
        let per_node = SWITCHES / NODES;
        for switch in node * per_node..(node + 1) * per_node {
            self.switch(switch, nics.iter().filter(|nic| nic.gpu == switch));
        }
        self.close();
    }

    /// A host bridge, the switch below it, and behind that the NICs and the GPU.
    fn switch<'a>(&mut self, switch: u32, nics: impl Iterator<Item = &'a Nic>) {
        let gpu = gpu_bus(switch);
        // The two buses below those of the devices.
        let (root, upstream) = (gpu - 6, gpu - 5);
        let bridge = |kind: u32, first: u8| {
            let buses = format!("0000:[{first:02x}-{gpu:02x}]");
            format!(r#"bridge_type="{kind}-1" depth="{kind}" bridge_pci="{buses}""#)
        };
        self.open("Bridge", &bridge(0, root));
        let at = format!(r#"pci_busid="0000:{root:02x}:01.0""#);
        let kind = r#"name="PCIBridge" pci_type="0604 [1d0f:0200] [0000:0000] 00""#;
        let speed = format!(r#"pci_link_speed="{X16_GEN5_GB_PER_S}""#);
        self.open("Bridge", &format!("{kind} {} {at} {speed}", bridge(1, upstream)));
        for nic in nics {
            let pci = &nic.pci;
            self.device(pci, "0200 [1d0f:efa2] [1d0f:efa2] 00", X8_GEN4_GB_PER_S);
        }
        let pci = format!("0000:{gpu:02x}:00.0");
        self.device(&pci, "0302 [10de:2330] [10de:16c1] a1", X16_GEN5_GB_PER_S);
        self.close();
        self.close();
    }

    fn device(&mut self, pci: &str, kind: &str, gb_per_s: &str) {
        self.open(
            "PCIDev",
            &format!(r#"pci_busid="{pci}" pci_type="{kind}" pci_link_speed="{gb_per_s}""#),
        );
        self.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::topology::nics;

    #[test]
    fn every_nic_and_eight_gpus_are_there_once() {
        for count in [1, 4, 32] {
            let nics = nics(count);
            let text = xml(&nics);
            for nic in &nics {
                assert_eq!(text.matches(&format!(r#"pci_busid="{}""#, nic.pci)).count(), 1);
            }
            assert_eq!(text.matches("[1d0f:efa2] [1d0f:efa2]").count(), nics.len());
            assert_eq!(text.matches("[10de:2330]").count(), 8);
            assert_eq!(text.matches("<object ").count(), text.matches("</object>").count());
        }
    }
}
