//! What to serve, and with what.

use std::path::PathBuf;
use std::time::Duration;

use super::{Compute, PoolShape};
use crate::emulate::Emulated;
use crate::error::{Error, Result};
use crate::measure::{Machine, Places, Premises, available_bytes};
use crate::netns::Namespaces;
use crate::runtime::Nixl;
use crate::variant::Variant;
use crate::workload::{HugePages, Op};

/// A deployment to be.
#[derive(Debug)]
pub struct ServeJob {
    /// The `kvbench` binary, which is also its workers'.
    pub binary: PathBuf,
    /// The model's name, as requests give it.
    pub model: String,
    /// How prompts are counted.
    pub tokenizer: String,
    /// The NIXL to load.
    pub nixl: Nixl,
    /// The backend and its settings.
    pub variant: Variant,
    /// The machine's NICs.
    pub machine: Machine,
    /// Emulated NICs in their place, where there are any.
    pub emulated: Option<Emulated>,
    /// Where the workers of each side run; the endpoint stays where kvbench is.
    pub namespaces: Namespaces,
    /// Who moves the blocks: prefill workers write, or decode workers read.
    pub op: Op,
    /// The blocks of each worker.
    pub pool: PoolShape,
    /// Tokens of a block.
    pub block_tokens: u64,
    /// Their pages.
    pub huge_pages: HugePages,
    /// The model of compute time.
    pub compute: Compute,
    /// Prefill workers, at least one.
    pub prefill_workers: u32,
    /// Decode workers, at least one.
    pub decode_workers: u32,
    /// Sequences of a decode worker at the same time.
    pub max_batch: u32,
    /// Requests that may wait for admission.
    pub max_waiting: usize,
    /// How long a set-up step may take, and how long a worker may be silent.
    pub deadline: Duration,
    /// How long a transfer may take.
    pub transfer_limit: Duration,
    /// Where to tell of workers that come and go.
    pub notice: fn(&str),
}

/// What a system gives of memory at the very least, in bytes per second.
const PAGES_BYTES_PER_S: u64 = 32 << 20;

impl ServeJob {
    /// What every output says of its figures.
    pub fn label(&self) -> String {
        let emulated = if self.emulated.is_some() { ", emulated NICs" } else { "" };
        format!("modelled compute, real transfers{emulated}")
    }

    /// Looks at where its workers run.
    ///
    /// # Errors
    /// A namespace is missing or closed to this process, or NICs that the variant names are nowhere.
    pub(super) fn places(&self) -> Result<Places> {
        Places::look(&Premises {
            op: self.op,
            namespaces: &self.namespaces,
            variant: &self.variant,
            nixl: &self.nixl,
            far: None,
            machine: &self.machine,
            emulated: self.emulated.as_ref(),
        })
    }

    /// How long the memory of a worker may take beyond the deadline of a step.
    pub(super) fn pool_time(&self) -> Duration {
        Duration::from_secs(self.pool.bytes() / PAGES_BYTES_PER_S)
    }

    /// Refuses blocks that do not fit into memory beside everything else.
    ///
    /// # Errors
    /// They do not.
    pub fn check_memory(&self) -> Result<()> {
        let workers = u64::from(self.prefill_workers + self.decode_workers);
        let (needed, available) = (self.pool.bytes().saturating_mul(workers), available_bytes());
        if needed <= available {
            return Ok(());
        }
        let gib = |bytes: u64| bytes as f64 / f64::from(1 << 30);
        Err(Error::Environment {
            what: "the workers' blocks do not fit into memory".to_owned(),
            why: format!(
                "{workers} workers with {} blocks each need {:.1} GiB, and {:.1} GiB are available",
                self.pool.blocks,
                gib(needed),
                gib(available)
            ),
            remedy: "give fewer --blocks or workers, or a smaller model".to_owned(),
        })
    }
}
