//! `kvbench import`: what AIPerf, GenAI-Perf and vLLM measured of an endpoint.

use std::path::{Path, PathBuf};

use kvbench::error::{Error, Result};
use kvbench::import::{Log, Run, aiperf, genai_perf, repeated, vllm};
use kvbench::report;

use crate::cli::{ImportCommand, Source};

/// Shows what can be read; where something cannot, says so and returns the exit code of that.
pub fn import(command: &ImportCommand) -> Result<u8> {
    match command {
        ImportCommand::Aiperf(it) => show(&it.runs, &it.log, it.html.as_deref(), aiperf::read),
        ImportCommand::GenaiPerf(it) => show(&it.runs, &[], it.html.as_deref(), genai_perf::read),
        ImportCommand::Vllm(it) => show(&it.runs, &[], it.html.as_deref(), vllm::read),
    }
}

fn show(
    sources: &[Source],
    logs: &[PathBuf],
    html: Option<&Path>,
    read: impl Fn(&str, &Path) -> Result<Vec<Run>>,
) -> Result<u8> {
    let (mut log, mut runs, mut code) = (Log::default(), Vec::new(), 0);
    let mut refuse = |error: &Error| {
        eprintln!("kvbench: {error}");
        code = error.exit_code();
    };
    for source in sources {
        match read(&source.name, &source.path) {
            Ok(found) => runs.extend(found),
            Err(error) => refuse(&error),
        }
    }
    refuse_repeated(&runs)?;
    for path in logs {
        if let Err(error) = log.add(path) {
            refuse(&error);
        }
    }
    print!("{}", report::import(&runs, &log));
    if let Some(path) = html.filter(|_| !runs.is_empty()) {
        let written = std::fs::write(path, report::import_html(&runs, &log));
        written.map_err(|source| Error::File { what: "write", path: path.to_owned(), source })?;
    }
    Ok(code)
}

fn refuse_repeated(runs: &[Run]) -> Result<()> {
    match repeated(runs) {
        None => Ok(()),
        Some(Run { name, .. }) => Err(Error::Usage(format!(
            "two runs are named {name} and were asked for the same; give each a name of its own: NAME=PATH"
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
