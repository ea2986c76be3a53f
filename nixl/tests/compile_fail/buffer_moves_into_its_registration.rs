//! Memory that peers can reach has no slice any more.

use nixl::{Agent, Backend, HostBuffer};

fn register(agent: &Agent, backend: &Backend, mut buffer: HostBuffer) {
    let registration = agent.register(buffer, &[backend]);
    buffer.as_mut_slice()[0] = 1;
    drop(registration);
}

fn main() {}
