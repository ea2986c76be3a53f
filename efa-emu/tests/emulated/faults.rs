//! What is refused, and how it is told.

use std::net::IpAddr;

use efa_emu::Emulation;
use nixl::{Agent, Error, HostBufferOptions, Op};

use crate::machine::{Machine, Two, set, side, told};
use crate::process::alone;
use crate::side::{load, pattern, run};
use crate::wheels::DEFAULT;

fn agent() -> Agent {
    Agent::builder("a").build(&load(DEFAULT)).expect("an agent can be made")
}

#[test]
fn a_nic_that_does_not_open_fails_the_backend_and_is_named() {
    let ended = told("fail", || {
        let nics = Emulation::new(4);
        let _machine = Machine::enter(&Emulation { fail: Some("rdmap147s0".into()), ..nics });
        let error = side(agent(), 4096).map(|_| ()).expect_err("a NIC does not open");
        assert!(matches!(error, Error::Backend { .. }), "{error}");
    });
    if let Some(ended) = ended {
        let line = "efa-emu: rdmap147s0: the domain does not open";
        assert!(ended.log.contains(line), "{}", ended.log);
    }
}

#[test]
fn memory_over_the_limit_is_refused_on_all_nics_together() {
    const LIMIT: u64 = 16 << 20;
    let ended = told("backend", || {
        let nics = Emulation::new(2);
        let _machine = Machine::enter(&Emulation { memlock_bytes: Some(LIMIT), ..nics });
        // A rail registers its own buffers, which are larger.
        let error = side(agent(), 4096).map(|_| ()).expect_err("too much memory");
        assert!(matches!(error, Error::Backend { .. }), "{error}");
    });
    if let Some(ended) = ended {
        assert!(ended.log.contains("efa-emu: rdmap79s0: "), "{}", ended.log);
        assert!(ended.log.contains("over EFA_EMU_MEMLOCK_BYTES"), "{}", ended.log);
    }
}

#[test]
fn memory_is_free_again_when_its_registration_is_gone() {
    alone("registration", || {
        // Enough for the rails' own buffers and one registration on each, not for two.
        const BYTES: usize = 64 << 20;
        const LIMIT: u64 = 256 << 20;
        let nics = Emulation::new(2);
        let probe = Emulation { memlock_bytes: Some(LIMIT), ..nics };
        let machine = Machine::enter(&probe);
        let first = side(agent(), BYTES).expect("the first one fits");
        let registered: u64 = machine.counters().values().map(|one| one.mr_bytes).sum();
        assert!(registered + 2 * BYTES as u64 > LIMIT, "{registered}");
        let again =
            || first.agent.register(nixl::HostBuffer::new(BYTES).unwrap(), &[&first.backend]);
        again().map(|_| ()).expect_err("the second one does not fit");
        drop(first.memory);
        again().expect("it fits now");
    });
}

#[test]
fn pinned_pages_are_resident() {
    const BYTES: usize = 64 << 20;
    for pin in [false, true] {
        alone(&format!("pin: {pin}"), || {
            let _machine = Machine::enter(&Emulation { pin, ..Emulation::new(1) });
            let first = side(agent(), 4096).expect("it has a NIC");
            let buffer = HostBufferOptions::default().prefault(false).map(BYTES).unwrap();
            let before = resident_bytes();
            let _region = first.agent.register(buffer, &[&first.backend]).expect("it registers");
            let grown = resident_bytes() - before;
            assert_eq!(grown > BYTES as i64 * 9 / 10, pin, "{grown}");
        });
    }
}

fn resident_bytes() -> i64 {
    let statm = std::fs::read_to_string("/proc/self/statm").expect("Linux has it");
    let pages: i64 = statm.split(' ').nth(1).expect("a second field").parse().expect("a number");
    // SAFETY: the call takes a number.
    pages * unsafe { libc::sysconf(libc::_SC_PAGESIZE) }
}

#[test]
fn nonsense_in_the_environment_leaves_no_nic_and_is_told() {
    for (name, value, expected) in [
        ("EFA_EMU_NICS", "33", "EFA_EMU_NICS must be 1 to 32; no NIC is offered"),
        ("EFA_EMU_RAILS", "2", "EFA_EMU_RAILS: no such setting; no NIC is offered"),
        ("EFA_EMU_ADDRESSES", "192.0.2.1", "EFA_EMU_ADDRESSES: 192.0.2.1: "),
        ("EFA_EMU_COUNTERS", "/nonexistent", "EFA_EMU_COUNTERS=/nonexistent: "),
        ("FI_EFA_IFACE", "eth0", "FI_EFA_IFACE=eth0 allows no emulated NIC"),
    ] {
        let ended = told(name, || {
            let _machine = Machine::enter(&Emulation::new(2));
            set(name, value);
            // NIXL then takes libfabric's tcp.
            side(agent(), 4096).expect("there is always tcp");
        });
        if let Some(ended) = ended {
            assert!(ended.log.contains(&format!("efa-emu: {expected}")), "{}", ended.log);
        }
    }
}

#[test]
fn nics_use_the_addresses_in_turn() {
    alone("three", || {
        let addresses = ["127.0.0.1", "127.0.0.2"].map(|one| one.parse::<IpAddr>().unwrap());
        let nics = Emulation { addresses: addresses.to_vec(), ..Emulation::new(3) };
        let machine = Machine::enter(&nics);
        let two = Two::new(1 << 20);
        two.initiator.fill(&pattern(5, 1 << 20));
        run(&mut two.transfer(Op::Write));
        assert!(machine.counters().values().all(|one| one.write_bytes > 0));
        let listening = listening_addresses();
        for address in ["127.0.0.1", "127.0.0.2"] {
            assert!(listening.iter().any(|one| one == address), "{listening:?}");
        }
    });
}

/// The IPv4 addresses of this process's listening sockets.
fn listening_addresses() -> Vec<String> {
    let inodes: Vec<String> = std::fs::read_dir("/proc/self/fd")
        .expect("Linux has it")
        .filter_map(|fd| std::fs::read_link(fd.ok()?.path()).ok())
        .filter_map(|link| {
            let inode = link.to_str()?.strip_prefix("socket:[")?;
            Some(inode.trim_end_matches(']').to_owned())
        })
        .collect();
    let table = std::fs::read_to_string("/proc/net/tcp").expect("Linux has it");
    table
        .lines()
        .skip(1)
        .map(|line| line.split_whitespace().collect::<Vec<_>>())
        .filter(|fields| fields[3] == "0A" && inodes.iter().any(|inode| inode == fields[9]))
        .map(|fields| {
            let bits = u32::from_str_radix(&fields[1][..8], 16).expect("an address");
            std::net::Ipv4Addr::from(bits.to_ne_bytes()).to_string()
        })
        .collect()
}
