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
//! Keys are the command line's options with `_` for `-` (see [`Spec`](crate::spec::Spec)), `env` and
//! `params` are tables. Cells that follow each other on the same workload are measured in turns and
//! judged against the first of them.

mod parse;
mod resume;

pub use parse::{Group, Plan, PlanCell};
pub use resume::ended;
