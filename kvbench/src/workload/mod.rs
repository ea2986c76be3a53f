//! The work a transfer does: model → KV geometry → blocks → descriptors.
//!
//! The vocabulary is fixed. A *block* is `block_tokens` tokens of one layer's K or V on one rank. A *request* is all
//! blocks of one prompt. A *descriptor* is one contiguous run of bytes on each side.
//!
//! ```
//! use kvbench::workload::{BlockTable, KvGeometry, Model, Shape, TransferPlan};
//!
//! let model = Model::preset("Qwen/Qwen3-0.6B")?;
//! let geometry = KvGeometry::new(model, Shape { isl_tokens: 512, ..Shape::default() })?;
//! assert_eq!(geometry.decode().blocks_per_rank(), 512 / 16 * 28 * 2);
//! assert_eq!(geometry.decode().block_bytes(), 16 * 8 * 128 * 2);
//!
//! let plan = TransferPlan::new(geometry, BlockTable::Contiguous, BlockTable::Scattered { seed: 7 });
//! let moved_bytes: u64 = plan
//!     .streams_to(0)
//!     .flat_map(|stream| stream.descriptors())
//!     .map(|descriptor| descriptor.len_bytes)
//!     .sum();
//! assert_eq!(moved_bytes, 58_720_256);
//! # Ok::<(), kvbench::workload::GeometryError>(())
//! ```

mod block_table;
mod config;
mod descriptor;
mod dtype;
mod error;
mod fields;
mod geometry;
mod heads;
mod kvcache;
mod layout;
mod model;
pub(crate) mod near;
mod pages;
mod pattern;
mod plan;
mod poll;
mod presets;
mod tp;
mod traffic;
mod uniform;
mod windows;

pub use block_table::BlockTable;
pub use descriptor::{Descriptor, Descriptors};
pub use dtype::KvDtype;
pub use error::{GeometryError, Side};
pub use geometry::{
    DEFAULT_BLOCK_TOKENS, KvGeometry, MAX_BLOCK_TOKENS, MAX_ISL_TOKENS, RankShape, Shape,
};
pub use heads::HeadSplit;
pub use kvcache::KvCacheReport;
pub use layout::Layout;
pub use model::{Attention, Model};
pub use pages::HugePages;
pub use pattern::Pattern;
pub use plan::{Stream, TransferPlan};
pub use poll::Poll;
pub use presets::preset_names;
pub use traffic::{KvTraffic, ModelSource, Op, Plan, Traffic, Workload};
pub use uniform::{Uniform, UniformPlan};
