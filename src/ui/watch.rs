//! Whoever watches a command: the fetch of a NIXL, then runs and sweeps.

use kvbench::measure::Observer;

/// Watches a command.
pub trait Watch: nixl_runtime::Progress + Observer {
    /// Where in a larger whole the next run is: `cells 3 to 4 of 12`.
    fn place(&mut self, _place: String) {}
    /// A run begins: what it moves, and its variants by label; two may have the same one.
    fn begin_run(&mut self, _moved: String, _variants: Vec<String>) {}
}
