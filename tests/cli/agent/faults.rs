//! Whoever dies or stops on whichever host: the others end, and the message says who.

use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

use super::started::Agent;
use crate::harness::{End, Links, Running};

/// Of a step of a worker.
const TIMEOUT: Duration = Duration::from_secs(5);

/// In how much time an error is there, at most.
const DEADLINE: Duration = Duration::from_secs(15);

/// An agent and a near end that has come to measuring with `backend`.
fn measuring(links: &Links, backend: &str) -> (Agent, Running) {
    let agent = Agent::start_across(links);
    let long = ["--block-size", "16KiB", "--batch", "32", "--restarts", "1", "--duration", "60s"];
    let timeout = TIMEOUT.as_secs().to_string();
    let mut arguments = vec!["--backend", backend, "--ui", "simple", "--timeout", &timeout];
    if backend == "UCX" {
        arguments.extend(["--ucx-tls", "tcp"]);
    }
    let mut near = agent.kvbench(&[&long[..], &arguments].concat()).at(End::A, links).start();
    near.wait_for("measuring");
    (agent, near)
}

fn links() -> Option<Links> {
    Links::of(&[2000])
}

fn the_agent_dies(backend: &str) {
    let Some(links) = links() else { return };
    let (agent, near) = measuring(&links, backend);
    let begun = Instant::now();
    agent.end();
    let near = near.finish().returned(4);
    assert!(begun.elapsed() < DEADLINE, "it took {:?}", begun.elapsed());
    let step = format!("target 0 of {backend} failed to measure: the agent at 10.77.0.2:");
    assert!(near.stdout.contains(&step), "{}", near.stdout);
    assert!(near.stdout.contains("is gone"), "{}", near.stdout);
}

fn the_near_end_dies(backend: &str) {
    let Some(links) = links() else { return };
    let (mut agent, near) = measuring(&links, backend);
    near.coordinator().signal(Signal::SIGKILL);
    near.finish().was_ended_by(Signal::SIGKILL);
    agent.says("it was ended, since the near end is gone");
    agent.is_alone();
    agent.end();
}

fn the_target_dies(backend: &str) {
    let Some(links) = links() else { return };
    let (mut agent, near) = measuring(&links, backend);
    let begun = Instant::now();
    agent.target(backend).signal(Signal::SIGKILL);
    let near = near.finish().returned(4);
    assert!(begun.elapsed() < DEADLINE, "it took {:?}", begun.elapsed());
    let step = format!("target 0 of {backend} failed to measure: the process ended (signal: 9");
    assert!(near.stdout.contains(&step), "{}", near.stdout);
    assert!(near.stdout.contains(" at 10.77.0.2:"), "{}", near.stdout);
    agent.is_alone();
    agent.end();
}

fn the_target_stops(backend: &str) {
    let Some(links) = links() else { return };
    let (mut agent, near) = measuring(&links, backend);
    let begun = Instant::now();
    agent.target(backend).signal(Signal::SIGSTOP);
    let near = near.finish().returned(4);
    assert!(begun.elapsed() < DEADLINE, "it took {:?}", begun.elapsed());
    let step = format!("target 0 of {backend} failed to measure: no answer within 5 s");
    assert!(near.stdout.contains(&step), "{}", near.stdout);
    agent.is_alone();
    agent.end();
}

fn the_agent_stops(backend: &str) {
    let Some(links) = links() else { return };
    let (agent, near) = measuring(&links, backend);
    let begun = Instant::now();
    agent.signal(Signal::SIGSTOP);
    let near = near.finish().returned(4);
    assert!(begun.elapsed() < DEADLINE, "it took {:?}", begun.elapsed());
    let step = format!("target 0 of {backend} failed to measure: no answer within 5 s");
    assert!(near.stdout.contains(&step), "{}", near.stdout);
    agent.signal(Signal::SIGCONT);
    agent.is_alone();
    agent.end();
}

macro_rules! each_is_a_test {
    ($($name:ident: $call:expr;)*) => {
        $(#[test] fn $name() { $call })*
    };
}

each_is_a_test! {
    the_agent_of_ucx_dies: the_agent_dies("UCX");
    the_agent_of_libfabric_dies: the_agent_dies("LIBFABRIC");
    the_near_end_of_ucx_dies: the_near_end_dies("UCX");
    the_near_end_of_libfabric_dies: the_near_end_dies("LIBFABRIC");
    the_far_target_of_ucx_dies: the_target_dies("UCX");
    the_far_target_of_libfabric_dies: the_target_dies("LIBFABRIC");
    the_far_target_of_ucx_stops: the_target_stops("UCX");
    the_far_target_of_libfabric_stops: the_target_stops("LIBFABRIC");
    the_agent_of_ucx_stops: the_agent_stops("UCX");
    the_agent_of_libfabric_stops: the_agent_stops("LIBFABRIC");
}
