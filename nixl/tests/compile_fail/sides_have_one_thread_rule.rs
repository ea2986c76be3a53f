//! Handles of agents with different thread rules do not mix.

use nixl::{LocalList, Op, ReadWrite, RemoteList, Strict};

fn mix(local: &LocalList<Strict>, remote: &RemoteList<ReadWrite>) {
    let _ = local.transfer(Op::Read, &[0], remote, &[0]);
}

fn main() {}
