//! A slice that was taken before the registration cannot be kept over it.

use nixl::{Agent, Backend, HostBuffer};

fn register(agent: &Agent, backend: &Backend, mut buffer: HostBuffer) {
    let slice = buffer.as_mut_slice();
    let registration = agent.register(buffer, &[backend]);
    slice[0] = 1;
    drop(registration);
}

fn main() {}
