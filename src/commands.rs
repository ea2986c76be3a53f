//! The small commands: `kvcache` and `fetch`.

use kvbench::error::{Error, Result};
use kvbench::runtime;
use kvbench::workload::{KvCacheReport, Plan, Traffic};

use crate::cli::KvcacheArgs;
use crate::ui::Ui;

/// `kvbench kvcache`.
pub fn kvcache(arguments: &KvcacheArgs) -> Result<u8> {
    let traffic = Traffic::Kv(arguments.model.spec().kv_traffic()?);
    if let Plan::Kv(plan) = traffic.plan()? {
        let report = KvCacheReport::new(plan.geometry());
        if arguments.json {
            let text = serde_json::to_string_pretty(&report);
            println!("{}", text.map_err(|error| Error::Usage(error.to_string()))?);
        } else {
            println!("{report}");
        }
    }
    Ok(0)
}

/// `kvbench fetch`.
pub fn fetch() -> Result<u8> {
    let nixl = runtime::fetch(&mut *Ui::Simple.watch())?;
    println!("NIXL is in {}", nixl.prefix.display());
    Ok(0)
}
