//! Which NICs there are and where they sit: the shape of an EC2 P5 instance.
//!
//! Two NUMA nodes with four PCIe switches each; behind every switch a GPU and up to four NICs of
//! 100 Gbit/s. Bus numbers are those of a p5.48xlarge, whose 32 NICs are `rdmap79s0` to
//! `rdmap201s0`.

/// Most NICs that can be emulated.
pub const MAX_NICS: u32 = 32;

/// PCIe switches of the machine, and so GPUs.
pub(super) const SWITCHES: u32 = 8;

/// Switches of one NUMA node.
const SWITCHES_PER_NODE: u32 = 4;

/// The bus of the first NIC behind each switch; the others follow, and after the fourth the GPU.
const FIRST_BUS: [u8; SWITCHES as usize] = [0x4f, 0x60, 0x71, 0x82, 0x93, 0xa4, 0xb5, 0xc6];

/// Most NICs behind one switch.
pub(super) const NICS_PER_SWITCH: u8 = 4;

/// What a NIC says its speed is, in bits per second. The emulation does not reach it.
pub(super) const SPEED_BITS_PER_S: u64 = 100_000_000_000;

/// An emulated NIC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nic {
    /// The name of the device, as `FI_EFA_IFACE` takes it: `rdmap79s0`.
    pub name: String,
    /// The name of its domain in libfabric: `rdmap79s0-rdm`.
    pub domain: String,
    /// The PCI address: `0000:4f:00.0`.
    pub pci: String,
    /// The PCI bus in it.
    pub bus: u8,
    /// The NUMA node it is attached to.
    pub numa: u32,
    /// The number of the GPU behind the same PCIe switch, counted from 0.
    pub gpu: u32,
    /// What it says its speed is, in bits per second.
    pub speed_bits_per_s: u64,
}

/// `count` NICs, spread evenly over the switches, in the order of their buses.
pub(super) fn nics(count: u32) -> Vec<Nic> {
    let mut placed = [0; SWITCHES as usize];
    (0..count)
        .map(|i| {
            let switch = i * SWITCHES / count;
            let bus = FIRST_BUS[switch as usize] + placed[switch as usize];
            placed[switch as usize] += 1;
            let name = format!("rdmap{bus}s0");
            Nic {
                domain: format!("{name}-rdm"),
                name,
                pci: format!("0000:{bus:02x}:00.0"),
                bus,
                numa: switch / SWITCHES_PER_NODE,
                gpu: switch,
                speed_bits_per_s: SPEED_BITS_PER_S,
            }
        })
        .collect()
}

/// The PCI bus of a switch's GPU.
pub(super) fn gpu_bus(switch: u32) -> u8 {
    FIRST_BUS[switch as usize] + NICS_PER_SWITCH
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thirty_two_nics_are_those_of_a_p5() {
        let all = nics(MAX_NICS);
        let names: Vec<_> = all.iter().map(|nic| nic.name.as_str()).collect();
        assert_eq!(names[..5], ["rdmap79s0", "rdmap80s0", "rdmap81s0", "rdmap82s0", "rdmap96s0"]);
        assert_eq!(names[31], "rdmap201s0");
        assert_eq!(all[0].domain, "rdmap79s0-rdm");
        assert_eq!(all[0].pci, "0000:4f:00.0");
        let per_gpu = |gpu| all.iter().filter(|nic| nic.gpu == gpu).count();
        assert!((0..SWITCHES).all(|gpu| per_gpu(gpu) == 4));
        assert_eq!(all.iter().filter(|nic| nic.numa == 1).count(), 16);
    }

    #[test]
    fn any_number_is_spread_evenly_and_has_buses_of_its_own() {
        for count in 1..=MAX_NICS {
            let all = nics(count);
            assert!(all.is_sorted_by(|a, b| a.bus < b.bus), "{count}");
            let most = count.div_ceil(SWITCHES) as usize;
            for gpu in 0..SWITCHES {
                let mine = all.iter().filter(|nic| nic.gpu == gpu);
                assert!(mine.clone().all(|nic| nic.bus < gpu_bus(gpu)), "{count}");
                assert!(mine.count() <= most, "{count}");
            }
        }
        assert_eq!(nics(4).iter().map(|nic| nic.gpu).collect::<Vec<_>>(), [0, 2, 4, 6]);
    }
}
