//! NIXL makes a rail of each NIC, and stripes over them.

use efa_emu::{Emulation, NicCounters};
use nixl::Op;

use crate::machine::{Machine, Two, set};
use crate::process::alone;
use crate::side::{notifications, pattern, run};

const BYTES: usize = 8 << 20;

/// Fails unless each NIC carried its share of [`BYTES`], within 1 %.
fn assert_even(counters: &[NicCounters], bytes: impl Fn(&NicCounters) -> u64) {
    let share = BYTES as f64 / counters.len() as f64;
    for one in counters {
        let off = bytes(one) as f64 / share - 1.0;
        assert!(off.abs() <= 0.01, "{off}: {one:?}");
    }
    assert_eq!(counters.iter().map(bytes).sum::<u64>(), BYTES as u64);
}

#[test]
fn every_nic_is_a_rail_and_carries_its_share() {
    for nics in [1, 4, 32] {
        alone(&nics.to_string(), || {
            let emulation = Emulation::new(nics);
            let machine = Machine::enter(&emulation);
            let two = Two::new(BYTES);
            let names: Vec<_> = emulation.nics().unwrap().into_iter().map(|nic| nic.name).collect();
            let mut listed: Vec<_> = machine.counters().into_keys().collect();
            listed.sort_by_key(|name| names.iter().position(|one| one == name));
            assert_eq!(listed, names);
            for one in machine.counters().values() {
                assert_eq!((one.domains, one.endpoints), (2, 2), "a rail of each agent");
            }

            let data = pattern(u64::from(nics), BYTES);
            two.initiator.fill(&data);
            run(&mut two.transfer(Op::Write));
            notifications(&mut two.target.inbox(), 1);
            assert!(two.target.bytes() == data, "other bytes were written");
            let counters: Vec<_> = machine.counters().into_values().collect();
            assert_even(&counters, |one| one.write_bytes);
            assert!(counters.iter().all(|one| one.read_ops == 0));
            let remote: u64 = counters.iter().map(|one| one.remote_writes).sum();
            assert_eq!(remote, counters.iter().map(|one| one.write_ops).sum::<u64>());

            two.initiator.fill(&vec![0; BYTES]);
            run(&mut two.transfer(Op::Read));
            assert!(two.initiator.bytes() == data, "other bytes were read");
            let counters: Vec<_> = machine.counters().into_values().collect();
            assert_even(&counters, |one| one.read_bytes);
            assert_even(&counters, |one| one.write_bytes);
        });
    }
}

#[test]
fn other_nixls_take_them_too_also_with_the_provider_named() {
    for version in ["1.0.1", "1.3.2"] {
        for pace_bits_per_s in [None, Some(1e10)] {
            alone(&format!("{version} {pace_bits_per_s:?}"), || {
                set("FI_PROVIDER", "efa");
                let machine = Machine::enter(&Emulation { pace_bits_per_s, ..Emulation::new(4) });
                let two = Two::of(version, BYTES);
                let data = pattern(1, BYTES);
                two.initiator.fill(&data);
                run(&mut two.transfer(Op::Write));
                notifications(&mut two.target.inbox(), 1);
                assert!(two.target.bytes() == data, "other bytes were written");
                two.initiator.fill(&vec![0; BYTES]);
                run(&mut two.transfer(Op::Read));
                assert!(two.initiator.bytes() == data, "other bytes were read");
                let counters: Vec<_> = machine.counters().into_values().collect();
                assert_eq!(counters.len(), 4);
                assert_even(&counters, |one| one.write_bytes);
                assert_even(&counters, |one| one.read_bytes);
            });
        }
    }
}

#[test]
fn interfaces_that_are_named_are_the_only_ones() {
    alone("two of eight", || {
        set("FI_EFA_IFACE", "rdmap198s0,rdmap96s0");
        let machine = Machine::enter(&Emulation::new(8));
        let two = Two::new(BYTES);
        two.initiator.fill(&pattern(1, BYTES));
        run(&mut two.transfer(Op::Write));
        let counters = machine.counters();
        assert_eq!(counters.keys().collect::<Vec<_>>(), ["rdmap198s0", "rdmap96s0"]);
        assert_even(&counters.into_values().collect::<Vec<_>>(), |one| one.write_bytes);
    });
}

#[test]
fn registrations_are_counted_while_they_exist() {
    alone("two NICs", || {
        let machine = Machine::enter(&Emulation::new(2));
        let two = Two::new(BYTES);
        let with: Vec<_> = machine.counters().into_values().collect();
        assert!(with.iter().all(|one| one.mr_bytes >= 2 * BYTES as u64), "{with:?}");
        drop(two);
        for one in machine.counters().into_values() {
            assert_eq!((one.mr_count, one.mr_bytes), (0, 0));
        }
    });
}
