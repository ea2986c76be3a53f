//! Plans: TOML files that name cells, with defaults and sweeps.
//!
//! ```toml
//! name = "Rails"
//!
//! [defaults]
//! model = "Qwen/Qwen3-0.6B"
//!
//! [[cell]]
//! id = "R"
//! backend = ["ucx", "libfabric"]   # lists multiply: four cells, R/ucx/1 to R/libfabric/2
//! rails = [1, 2]
//! ```
//!
//! Keys are the command line's options with `_` for `-`: those of [`Spec`](crate::spec::Spec) (among them
//! `huge_pages`), of [`EmulationSpec`](crate::spec::EmulationSpec) (`emulate_efa`, `pace`, `slow_nic`,
//! `fail_nic`, `memlock`) and of [`RunSpec`](crate::spec::RunSpec) (`restarts`, `require_nic`,
//! `require_rails`, `require_rdma`); `env` and `params` are tables. Cells that follow each other on the
//! same workload are measured in turns and judged against the first of them.
//!
//! A cell with `kind = "enumerate"` is a point whose [price](crate::price) is taken:
//!
//! ```toml
//! [[cell]]
//! id = "E"
//! kind = "enumerate"
//! emulate_efa = 32
//! enumerate = ["all", "rails"]
//! nics = [1, 2, 4, 8, 16, 32]
//! ```
//!
//! It has the keys of its variant and of [`EnumerateSpec`](crate::spec::EnumerateSpec). Defaults that
//! cells of a kind do not have do not count for them.

mod group;
mod keys;
mod parse;
mod resume;

pub use group::{Group, Work};
pub use parse::{Asked, Plan, PlanCell};
pub use resume::ended;
