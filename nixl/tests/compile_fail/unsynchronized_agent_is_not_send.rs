//! Without a lock in C, an agent stays on its thread, and so does everything made from it.

use nixl::{Agent, Registration, Transfer, Unsynchronized};

fn send<T: Send>(_: T) {}

fn agent(agent: Agent<Unsynchronized>) {
    send(agent);
}

fn registration(registration: Registration<Unsynchronized>) {
    send(registration);
}

fn transfer(transfer: Transfer<Unsynchronized>) {
    send(transfer);
}

fn main() {}
