//! `kvbench doctor`: examines this machine.

use std::collections::BTreeMap;
use std::io::IsTerminal;

use kvbench::doctor::{Examination, examine};
use kvbench::error::{Error, Result};
use kvbench::report::{self, Screen};

use crate::cli::DoctorArgs;
use crate::run::binary;

/// Shows what was found; 3 when a backend that was asked for cannot run.
pub fn doctor(arguments: &DoctorArgs) -> Result<u8> {
    let mut backends = arguments.backend.clone();
    backends.sort_unstable();
    backends.dedup();
    let report = examine(&Examination {
        binary: &binary()?,
        prefix: arguments.nixl_prefix.as_deref(),
        backends: &backends,
        params: &arguments.param.iter().cloned().collect(),
        env: &environment(),
        deadline: arguments.timeout.0,
    })?;
    if arguments.json {
        let text = serde_json::to_string_pretty(&report);
        println!("{}", text.map_err(|error| Error::Usage(error.to_string()))?);
    } else {
        print!("{}", report::doctor(&report, screen()));
    }
    Ok(if report.all_run() { 0 } else { 3 })
}

/// The variables whose names and values are text.
fn environment() -> BTreeMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

/// Standard output: its width and colours if it is a terminal, and `NO_COLOR` is not set.
fn screen() -> Screen {
    if !std::io::stdout().is_terminal() {
        return Screen::default();
    }
    let width = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    Screen { width, colour: !no_colour }
}
