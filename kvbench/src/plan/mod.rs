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
//!
//! A cell with `kind = "load"` is a point of a [load](crate::load), with the keys of
//! [`LoadSpec`](crate::spec::LoadSpec) and those of a deployment:
//!
//! ```toml
//! [[cell]]
//! id = "S"
//! kind = "load"
//! backend = ["ucx", "libfabric"]
//! concurrency = [1, 5, 10, 20, 50]   # S/ucx/1 to S/libfabric/50, on two deployments
//! ```
//!
//! Cells that follow each other and differ in `concurrency` and `request_rate` only are points of one
//! deployment.

mod group;
mod keys;
mod loading;
mod parse;
mod resume;

pub use group::{Group, Work};
pub use loading::Loading;
pub use parse::{Asked, Plan, PlanCell};
pub use resume::ended;
