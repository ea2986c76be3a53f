//! `kvbench import`: what AIPerf and vLLM measured of an endpoint.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use kvbench::error::{Error, Result};
use kvbench::import::{Log, Run, aiperf, vllm};
use kvbench::report;

use crate::cli::{ImportCommand, Source};

/// Shows what can be read; where something cannot, says so and returns the exit code of that.
pub fn import(command: &ImportCommand) -> Result<u8> {
    match command {
        ImportCommand::Aiperf(arguments) => show(&arguments.runs, &arguments.log, aiperf::read),
        ImportCommand::Vllm(arguments) => show(&arguments.runs, &[], vllm::read),
    }
}

fn show(
    sources: &[Source],
    logs: &[PathBuf],
    read: impl Fn(&str, &Path) -> Result<Run>,
) -> Result<u8> {
    refuse_equal_names(sources)?;
    let (mut log, mut runs, mut code) = (Log::default(), Vec::new(), 0);
    let mut refuse = |error: &Error| {
        eprintln!("kvbench: {error}");
        code = error.exit_code();
    };
    for source in sources {
        match read(&source.name, &source.path) {
            Ok(run) => runs.push(run),
            Err(error) => refuse(&error),
        }
    }
    for path in logs {
        if let Err(error) = log.add(path) {
            refuse(&error);
        }
    }
    print!("{}", report::import(&runs, &log));
    Ok(code)
}

fn refuse_equal_names(sources: &[Source]) -> Result<()> {
    let mut names = BTreeSet::new();
    match sources.iter().find(|source| !names.insert(&source.name)) {
        None => Ok(()),
        Some(Source { name, .. }) => Err(Error::Usage(format!(
            "two runs are named {name}; give each a name of its own: NAME=PATH"
        ))),
    }
}

/// `NAME=PATH`, or a path whose last part is the name.
pub fn source(text: &str) -> std::result::Result<Source, String> {
    let (name, path) = match text.split_once('=') {
        Some((name, path)) if !name.contains('/') => (name.to_owned(), PathBuf::from(path)),
        _ => {
            let path = PathBuf::from(text);
            let name = path.file_stem().or(path.file_name());
            let name = name.map(|name| name.to_string_lossy().into_owned());
            (name.ok_or("the path has no name; give NAME=PATH")?, path)
        }
    };
    if name.is_empty() || path.as_os_str().is_empty() {
        return Err("expected NAME=PATH, or a path".to_owned());
    }
    Ok(Source { name, path })
}
