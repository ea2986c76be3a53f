//! What carried the bytes is proved, and what a setting did is told.

use kvbench::record::{Cell, Record};
use kvbench::variant::{Path, SettingStatus};

use crate::harness::{Kvbench, cell, parse, payload_bytes};

/// A short run of larger blocks than their notifications.
fn command(arguments: &[&str]) -> Kvbench {
    let common = ["--block-size", "64KiB", "--batch", "16", "--duration", "500ms", "--json", "-"];
    Kvbench::new(&[&common, arguments].concat())
}

fn run(arguments: &[&str]) -> Vec<Record> {
    parse(&command(arguments).finish().returned(0).stdout)
}

/// Runs UCX where nobody else uses the network, if the system allows; whether it does. LIBFABRIC
/// wants more than the loopback that such a network has.
fn run_ucx_apart(arguments: &[&str]) -> (Cell, bool) {
    let command = command(&[&["--backend", "ucx"], arguments].concat());
    let (command, apart) = command.in_network_of_its_own();
    let records = parse(&command.finish().returned(0).stdout);
    (cell(&records, "UCX").clone(), apart)
}

fn sent_bytes(cell: &Cell) -> u64 {
    cell.observed.nic_bytes.values().map(|nic| nic.tx).sum()
}

#[test]
fn tcp_crosses_the_loopback_with_every_byte() {
    let records = run(&["--ucx-tls", "tcp"]);
    for backend in ["UCX", "LIBFABRIC"] {
        let cell = cell(&records, backend);
        assert_eq!(cell.observed.path, Path::Nic, "{:?}", cell.observed);
        assert!(cell.observed.transports.iter().any(|name| name == "tcp/lo"));
        let (sent, payload) = (cell.observed.nic_bytes["lo"].tx, payload_bytes(cell));
        assert!(sent >= payload, "{sent} bytes on lo for {payload}");
    }
    let tls = &cell(&records, "UCX").observed.settings["UCX_TLS"];
    assert_eq!(tls.status, SettingStatus::Honoured, "{tls:?}");
}

#[test]
fn bytes_on_a_nic_are_those_of_the_payload_and_little_more() {
    let (cell, apart) = run_ucx_apart(&["--ucx-tls", "tcp"]);
    let (sent, payload) = (sent_bytes(&cell), payload_bytes(&cell));
    assert!(sent >= payload, "{sent} bytes on NICs for {payload}");
    assert!(!apart || sent < payload / 10 * 11, "{sent} bytes on NICs for {payload}");
}

#[test]
fn ucx_on_one_host_uses_shared_memory_and_says_so() {
    let (cell, apart) = run_ucx_apart(&[]);
    let (sent, payload) = (sent_bytes(&cell), payload_bytes(&cell));
    // Somebody else's bytes on a NIC, where they cannot be kept away, leave the path unproved.
    if apart || sent < payload / 20 {
        assert_eq!(cell.observed.path, Path::SharedMemory, "{:?}", cell.observed);
        assert!(sent < payload / 20, "{sent} bytes on NICs for {payload}");
    }
}

#[test]
fn rails_that_do_not_exist_are_reported_as_ignored() {
    let records = run(&["--backend", "libfabric", "--rails", "2"]);
    let cell = cell(&records, "LIBFABRIC");
    assert_eq!(cell.observed.rails_used, 1, "{:?}", cell.observed);
    let rails = &cell.observed.settings["rails"];
    assert_eq!(rails.status, SettingStatus::Ignored, "{rails:?}");
    assert!(rails.evidence.contains("1 carried the payload"), "{rails:?}");
}

#[test]
fn a_variable_that_ucx_does_not_know_is_reported_as_ignored() {
    let records = run(&["--backend", "ucx", "--env", "UCX_NO_SUCH_THING=1"]);
    let setting = &cell(&records, "UCX").observed.settings["UCX_NO_SUCH_THING"];
    assert_eq!(setting.status, SettingStatus::Ignored, "{setting:?}");
}

#[test]
fn a_parameter_whose_effect_nothing_shows_is_reported_as_unknown() {
    let records = run(&["--backend", "ucx", "--param", "no_such_thing=1"]);
    let cell = cell(&records, "UCX");
    assert_eq!(cell.variant.params["no_such_thing"], "1");
    assert_eq!(cell.observed.settings["no_such_thing"].status, SettingStatus::Unknown);
}

#[test]
fn what_is_required_of_the_path_must_be_proved() {
    let (met, unmet) = (["--ucx-tls", "tcp", "--require-nic"], ["--require-nic"]);
    command(&[&["--backend", "ucx"], &met[..]].concat()).finish().returned(0);
    let (command, _) =
        command(&[&["--backend", "ucx"], &unmet[..]].concat()).in_network_of_its_own();
    command.finish().returned(1).complained_of(&["no NIC is proved", "shared memory"]);
    let rails = ["--backend", "ucx", "--ucx-tls", "tcp", "--require-rails", "3", "--require-rdma"];
    let refused = self::command(&rails).finish().returned(1);
    refused.complained_of(&["3 rails are required", "RDMA is required"]);
}

#[test]
fn a_loopback_is_too_little_for_libfabric_and_that_is_said() {
    let (command, apart) = command(&["--backend", "libfabric"]).in_network_of_its_own();
    let run = command.finish();
    if apart {
        run.returned(3).complained_of(&["lo is the only network device", "fi_enable fails"]);
    }
}

#[test]
fn a_nic_that_is_not_there_cannot_be_enumerated() {
    let arguments = ["--backend", "ucx", "--enumerate", "rdmap999s0"];
    let refused = command(&arguments).finish().returned(3);
    refused.complained_of(&["rdmap999s0", "choose among", "lo"]);
    let arguments = ["--backend", "ucx", "--ucx-tls", "tcp", "--enumerate", "lo"];
    let records = run(&arguments);
    let seen = &cell(&records, "UCX").observed;
    assert_eq!(seen.settings["enumerate"].status, SettingStatus::Honoured, "{seen:?}");
}
