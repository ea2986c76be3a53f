//! `kvbench devices`: what this machine has to move KV caches with.

use std::time::{Duration, Instant};

use kvbench::devices::{Inventory, Kernel, ask};
use kvbench::error::{Error, Result};
use kvbench::{report, runtime};

use crate::cli::DevicesArgs;
use crate::run::binary;

/// How long libfabric and UCX may take to answer.
const ANSWER: Duration = Duration::from_millis(2500);

/// An emulated EFA has its settings in variables that begin so; this one it cannot do without.
const EMULATION: &str = "EFA_EMU_NICS";

/// Shows NICs, GPUs and how near they are to each other. A library that does not answer is no failure.
pub fn devices(arguments: &DevicesArgs) -> Result<u8> {
    let kernel = Kernel::look();
    let (libfabric, ucx) = match runtime::present(arguments.nixl_prefix.as_deref())? {
        Some(nixl) => ask(&binary()?, &nixl, Instant::now() + ANSWER),
        None => {
            let why = || "no NIXL is installed; `kvbench fetch` gets one".to_owned();
            (Err(why()), Err(why()))
        }
    };
    let emulation = std::env::var_os(EMULATION).is_some();
    let inventory = Inventory::join(&kernel, libfabric, ucx, emulation);
    if arguments.json {
        let text = serde_json::to_string_pretty(&inventory);
        println!("{}", text.map_err(|error| Error::Usage(error.to_string()))?);
    } else {
        print!("{}", report::devices(&inventory));
    }
    Ok(0)
}
