//! Handles and metadata come from the crate only: what they stand on is checked when they are made.

use nixl::{Agent, Metadata, Nixl, Transfer};

fn agent(agent: Agent) -> Agent {
    Agent { shared: agent.shared.clone() }
}

fn metadata() -> Metadata {
    Metadata(vec![1, 2, 3])
}

fn nixl(library: std::sync::Arc<nixl_sys::Library>) -> Nixl {
    Nixl(library)
}

fn transfer() -> Transfer {
    Transfer {}
}

fn main() {}
