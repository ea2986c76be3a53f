//! `kvbench compare`: before against after.

use std::path::Path;

use kvbench::compare::{self, Gate};
use kvbench::error::{Error, Result};
use kvbench::record::{Reader, Record};
use kvbench::report;

use crate::cli::CompareArgs;

/// Shows before, after and gain; 1 when the gate fails.
pub fn compare(arguments: &CompareArgs) -> Result<u8> {
    let gate = Gate {
        fail_if_slower: arguments.fail_if_slower,
        across_environments: arguments.across_environments,
    };
    let (before, after) = (read(&arguments.before)?, read(&arguments.after)?);
    let found = compare::compare(&before, &after, gate)?;
    print!("{}", report::comparison(&found, gate));
    Ok(found.failed().into())
}

/// The records of a file. A comparison of what is left of a damaged one could mislead, so it is
/// refused, by the numbers of its bad lines.
fn read(path: &Path) -> Result<Vec<Record>> {
    let read = Reader::open(path)?;
    if read.bad_lines.is_empty() {
        return Ok(read.records);
    }
    let lines: String = read.bad_lines.iter().map(|bad| format!("\n  {bad}")).collect();
    Err(Error::Usage(format!(
        "{} is damaged:{lines}\n  the other {} records are whole; try: remove the bad lines",
        path.display(),
        read.records.len()
    )))
}
