//! Shaped links between the network namespaces of both sides: what each NIC carried is what was moved,
//! and no more than the links let through.

use kvbench::measure::NicBytes;
use kvbench::record::{Cell, Record};
use kvbench::variant::{Path, SettingStatus};

use crate::harness::{BURST_BYTES, Kvbench, Links, cell, failure, parse, payload_bytes};

/// Megabits per second of a link.
const RATE: u64 = 500;

/// Requests that take a link a quarter of a second.
const LARGE: [&str; 4] = ["--block-size", "1MiB", "--batch", "16"];

fn command(links: &Links, arguments: &[&str]) -> Kvbench {
    let common = ["--json", "-", "--restarts", "1", "--duration", "2s"];
    Kvbench::new(&[&LARGE[..], &common, arguments].concat()).across(links)
}

fn run(links: &Links, arguments: &[&str]) -> Vec<Record> {
    parse(&command(links, arguments).finish().returned(0).stdout)
}

fn sum(nics: &std::collections::BTreeMap<String, NicBytes>, of: fn(&NicBytes) -> u64) -> u64 {
    nics.values().map(of).sum()
}

/// Fails the test unless `bytes` on NICs are those of the payload, within 5 %.
#[track_caller]
fn assert_payload(cell: &Cell, bytes: u64) {
    let payload = payload_bytes(cell);
    assert!(bytes.abs_diff(payload) * 20 <= payload, "{bytes} for {payload}: {:?}", cell.observed);
}

/// Fails the test if more was moved than links of together `megabits_per_s` let through, each with a
/// burst per request.
#[track_caller]
fn assert_shaped(cell: &Cell, links: u64, megabits_per_s: u64) {
    let elapsed_ns: u64 = cell.slices.iter().map(|slice| slice.elapsed_ns).sum();
    let by_rate = u128::from(elapsed_ns) * u128::from(megabits_per_s) / 8 / 1000;
    let by_burst = cell.latency_ns.delivered.count * links * BURST_BYTES;
    let (payload, most) = (payload_bytes(cell), by_rate + u128::from(by_burst));
    assert!(
        u128::from(payload) <= most,
        "{payload} bytes moved, and {most} pass in {elapsed_ns} ns"
    );
}

#[test]
fn ucx_writes_over_as_many_links_as_there_are_rails() {
    let Some(links) = Links::of(&[RATE; 4]) else { return };
    let arguments = ["--backend", "ucx", "--ucx-tls", "tcp", "--rails", "1,2,4", "--require-nic"];
    let run = command(&links, &arguments).finish().returned(0);
    assert!(run.stderr.contains("prefill in network namespace"), "{}", run.stderr);
    let records = parse(&run.stdout);
    let cells: Vec<_> = records.iter().filter_map(Record::measured).collect();
    assert_eq!(cells.len(), 3);
    for (cell, rails) in cells.into_iter().zip([1, 2, 4]) {
        let seen = &cell.observed;
        assert!(cell.verified && !cell.emulated);
        assert_eq!((seen.path, seen.rails_used), (Path::Nic, rails), "{seen:?}");
        assert_eq!(seen.settings["rails"].status, SettingStatus::Honoured, "{seen:?}");
        assert!(seen.carriers().iter().all(|nic| nic.starts_with('a')), "{seen:?}");
        assert_payload(cell, sum(&seen.nic_bytes, |nic| nic.tx));
        assert_payload(cell, sum(&seen.target_nic_bytes, |nic| nic.rx));
        assert_shaped(cell, rails.into(), u64::from(rails) * RATE);
        assert_eq!(cell.environment.netns.to_string(), links.netns());
    }
}

#[test]
fn ucx_reads_over_one_link_whatever_is_asked() {
    let Some(links) = Links::of(&[RATE; 4]) else { return };
    let arguments = ["--backend", "ucx", "--ucx-tls", "tcp", "--rails", "4", "--op", "read"];
    let records = run(&links, &arguments);
    let cell = cell(&records, "UCX");
    let seen = &cell.observed;
    assert_eq!((seen.path, seen.rails_used), (Path::Nic, 1), "{seen:?}");
    assert_eq!(seen.settings["rails"].status, SettingStatus::Ignored, "{seen:?}");
    assert!(seen.carriers()[0].starts_with('b'), "the decode side is the initiator: {seen:?}");
    assert_payload(cell, sum(&seen.nic_bytes, |nic| nic.rx));
    assert_payload(cell, sum(&seen.target_nic_bytes, |nic| nic.tx));
    assert_shaped(cell, 1, RATE);
}

#[test]
fn shared_memory_between_namespaces_of_a_host_crosses_no_nic() {
    let Some(links) = Links::of(&[RATE; 2]) else { return };
    let run = command(&links, &["--backend", "ucx", "--require-nic"]).finish().returned(1);
    let run = run.complained_of(&["no NIC is proved", "shared memory", "of the targets"]);
    let records = parse(&run.stdout);
    let cell = cell(&records, "UCX");
    assert_eq!(cell.observed.path, Path::SharedMemory, "{:?}", cell.observed);
    for nics in [&cell.observed.nic_bytes, &cell.observed.target_nic_bytes] {
        let (bytes, payload) = (sum(nics, |nic| nic.tx + nic.rx), payload_bytes(cell));
        assert!(bytes < payload / 100, "{bytes} bytes on NICs for {payload}");
    }
}

#[test]
fn a_slow_link_gets_the_same_share_and_slows_all() {
    let Some(links) = Links::of(&[RATE, RATE, RATE, RATE / 4]) else { return };
    let records = run(&links, &["--backend", "ucx", "--ucx-tls", "tcp", "--rails", "4"]);
    let cell = cell(&records, "UCX");
    assert_eq!(cell.observed.rails_used, 4, "{:?}", cell.observed);
    let payload = payload_bytes(cell);
    for carrier in cell.observed.carriers() {
        let bytes = cell.observed.nic_bytes[carrier].tx;
        assert!((4 * bytes).abs_diff(payload) * 20 <= payload, "{bytes} of {payload} on {carrier}");
    }
    // So four links do not carry more than four times what the slowest does.
    assert_shaped(cell, 4, RATE / 4 * 4);
}

#[test]
fn libfabric_over_tcp_takes_one_link() {
    let Some(links) = Links::of(&[RATE; 2]) else { return };
    let records = run(&links, &["--backend", "libfabric", "--rails", "1", "--enumerate", "rails"]);
    let cell = cell(&records, "LIBFABRIC");
    let seen = &cell.observed;
    assert_eq!((seen.path, seen.rails_used), (Path::Nic, 1), "{seen:?}");
    assert_eq!(seen.transports, ["tcp/a0"]);
    assert_eq!(seen.settings["enumerate"].status, SettingStatus::Honoured, "{seen:?}");
    assert_payload(cell, sum(&seen.target_nic_bytes, |nic| nic.rx));
    assert_shaped(cell, 1, RATE);
}

#[test]
fn each_side_opens_those_of_the_nics_that_it_has() {
    let Some(links) = Links::of(&[RATE; 4]) else { return };
    let backend = ["--backend", "ucx", "--ucx-tls", "tcp", "--rails", "2"];
    let records = run(&links, &[&backend[..], &["--enumerate", "a1,b1,a3,b3"]].concat());
    let seen = &cell(&records, "UCX").observed;
    assert_eq!(seen.carriers(), ["a1", "a3"], "{seen:?}");
    assert_eq!(seen.settings["enumerate"].status, SettingStatus::Honoured, "{seen:?}");
    let refused = [&backend[..], &["--enumerate", "a1,a3"]].concat();
    let refused = command(&links, &refused).finish().returned(3);
    refused.complained_of(&[
        "a1, a3 cannot be enumerated",
        "in network namespace",
        "choose among b0",
    ]);
}

#[test]
fn a_namespace_that_is_missing_or_closed_is_told_with_a_remedy() {
    let missing = ["--netns", "no-such-namespace:", "--backend", "ucx", "--json", "-"];
    let run = Kvbench::new(&missing).finish().returned(3);
    assert!(failure(&parse(&run.stdout), "UCX").error.contains("/run/netns/no-such-namespace"));
    run.complained_of(&["`ip netns list`"]);
    let closed = ["--netns", ":/proc/self/ns/net", "--backend", "ucx"];
    let run = Kvbench::new(&closed).without_administration().finish().returned(3);
    run.complained_of(&["cannot be entered", "Operation not permitted", "CAP_SYS_ADMIN"]);
}
