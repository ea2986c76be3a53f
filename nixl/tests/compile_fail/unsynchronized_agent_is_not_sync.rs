//! Without a lock in C, no second thread may see an agent either.

use nixl::{Agent, Unsynchronized};

fn share(agent: &Agent<Unsynchronized>) {
    std::thread::scope(|scope| {
        scope.spawn(|| agent.name());
    });
}

fn main() {}
