//! Two network namespaces stand for two hosts.

use kvbench::measure::{Clock, NicBytes};
use kvbench::record::Cell;
use kvbench::variant::Path;

use super::started::Agent;
use crate::harness::{End, Kvbench, Links, assert_sound, cell, parse, payload_bytes};

/// Megabits per second of a link: less than a shared memory would carry by far.
const RATE: u64 = 2000;

const SHORT: [&str; 8] =
    ["--block-size", "256KiB", "--batch", "16", "--restarts", "1", "--duration", "2s"];

fn near(agent: &Agent, links: &Links, arguments: &[&str]) -> Kvbench {
    agent.kvbench(&[&SHORT[..], &["--json", "-"], arguments].concat()).at(End::A, links)
}

/// Fails the test unless each record has the form that is documented.
#[track_caller]
fn assert_documented(records: &str) {
    let schema = include_str!("../../../kvbench/schema/record-1.schema.json");
    let schema = serde_json::from_str(schema).expect("it is JSON");
    let validator = jsonschema::validator_for(&schema).expect("it is a schema");
    for line in records.lines() {
        let record = serde_json::from_str(line).expect("it is JSON");
        validator.validate(&record).unwrap_or_else(|error| panic!("{error} in {line}"));
    }
}

/// Fails the test unless the first NIC of each end carried the payload, within 5 %.
#[track_caller]
fn assert_crossed(cell: &Cell, ours: fn(&NicBytes) -> u64, theirs: fn(&NicBytes) -> u64) {
    let (seen, payload) = (&cell.observed, payload_bytes(cell));
    assert_eq!(seen.path, Path::Nic, "{seen:?}");
    for bytes in [ours(&seen.nic_bytes["a0"]), theirs(&seen.target_nic_bytes["b0"])] {
        assert!(bytes.abs_diff(payload) * 20 <= payload, "{bytes} for {payload}: {seen:?}");
    }
}

#[track_caller]
fn assert_told_by_echo(cell: &Cell, agent: &Agent) {
    let Clock::Echo { cost_ns } = cell.clock else { panic!("it was {:?}", cell.clock) };
    assert!(cost_ns.count >= 20, "{cost_ns:?}");
    assert!(0 < cost_ns.p5 && cost_ns.p5 <= cost_ns.p50 && cost_ns.p50 <= cost_ns.p95);
    let far = cell.environment.far.as_ref().expect("there is another host");
    assert_eq!(far.address, agent.address);
}

#[test]
fn one_command_writes_between_two_hosts_over_both_backends() {
    let Some(links) = Links::of(&[RATE]) else { return };
    let mut agent = Agent::start_across(&links);
    let run = near(&agent, &links, &["--ucx-tls", "tcp", "--require-nic"]).finish().returned(0);
    assert!(run.stderr.contains("was delivered by echo, cost"), "{}", run.stderr);
    assert_documented(&run.stdout);
    let records = parse(&run.stdout);
    for backend in ["UCX", "LIBFABRIC"] {
        let cell = cell(&records, backend);
        assert_sound(cell);
        assert_crossed(cell, |nic| nic.tx, |nic| nic.rx);
        assert_told_by_echo(cell, &agent);
    }
    agent.says(": it was ended, as asked");
    agent.is_alone();
    agent.end();
}

#[test]
fn one_command_reads_between_two_hosts_over_both_backends() {
    let Some(links) = Links::of(&[RATE]) else { return };
    let agent = Agent::start_across(&links);
    let arguments = ["--ucx-tls", "tcp", "--require-nic", "--op", "read", "--in-flight", "2"];
    let records = parse(&near(&agent, &links, &arguments).finish().returned(0).stdout);
    for backend in ["UCX", "LIBFABRIC"] {
        let cell = cell(&records, backend);
        assert_sound(cell);
        assert_crossed(cell, |nic| nic.rx, |nic| nic.tx);
        assert_told_by_echo(cell, &agent);
    }
    agent.end();
}

#[test]
fn several_ranks_of_each_side_cross_too() {
    let Some(links) = Links::of(&[RATE]) else { return };
    let agent = Agent::start_across(&links);
    for ranks in ["2:1", "1:2"] {
        let run = ["--isl", "32", "--tp", ranks, "--ucx-tls", "tcp", "--json", "-"];
        let short = ["--restarts", "1", "--duration", "1s", "--require-nic"];
        let run = agent.kvbench(&[&run[..], &short].concat()).at(End::A, &links);
        let records = parse(&run.finish().returned(0).stdout);
        for backend in ["UCX", "LIBFABRIC"] {
            assert!(cell(&records, backend).verified);
        }
    }
    agent.is_alone();
    agent.end();
}
