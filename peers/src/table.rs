//! The result as a table in Markdown.

use std::fmt::Write;

use nixl::Nixl;

use crate::binding::Operation;
use crate::rounds::Measured;

/// A row per operation and binding.
pub fn markdown(nixl: &Nixl, measured: &Measured) -> String {
    let version = nixl.library().installation().version.as_deref().unwrap_or("?");
    let ucx = nixl.library().ucx_version().unwrap_or_else(|| "?".to_owned());
    let base = measured.bindings.first().copied().unwrap_or_default();
    let mut text = format!(
        "NIXL {version}, UCX {ucx}\n\n| operation | binding | median | against the {base} (95 %) |\n|---|---|---|---|\n"
    );
    for operation in measured.operations() {
        for binding in &measured.bindings {
            let Some((median_ns, ratio)) = measured.of(operation, binding) else { continue };
            let ratio = match ratio {
                _ if *binding == base => "1".to_owned(),
                None => "–".to_owned(),
                Some(it) => format!("{:.3} ({:.3} to {:.3})", it.value, it.low, it.high),
            };
            let median = time(median_ns / times(operation));
            // Writing to a string does not fail.
            let _ = writeln!(text, "| {operation} | {binding} | {median} | {ratio} |");
        }
    }
    text
}

/// How often an operation is done in one go.
fn times(operation: Operation) -> f64 {
    match operation {
        Operation::PostAndPoll(times) => times as f64,
        Operation::Create(_) | Operation::Prepare(_) => 1.0,
    }
}

fn time(ns: f64) -> String {
    match ns {
        ns if ns < 1e3 => format!("{ns:.0} ns"),
        ns if ns < 1e6 => format!("{:.2} µs", ns / 1e3),
        ns => format!("{:.2} ms", ns / 1e6),
    }
}
