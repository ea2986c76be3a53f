//! How long steps report what they do; drawing it is the caller's business.

/// Receives the steps of a fetch, one after the other: begin, any number of advances, end.
pub trait Progress {
    /// A step begins. `total_bytes` is 0 where the amount is not known, as while waiting for
    /// another process.
    fn begin(&mut self, item: &str, total_bytes: u64);

    /// `done_bytes` of the step are done so far; never less than before, and never more than its
    /// total if it has one.
    fn advance(&mut self, done_bytes: u64);

    /// The step is over, be it done or failed.
    fn end(&mut self);
}

/// Reports to nobody.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn begin(&mut self, _item: &str, _total_bytes: u64) {}
    fn advance(&mut self, _done_bytes: u64) {}
    fn end(&mut self) {}
}

/// Runs `step` between a begin and an end, so that no way out of it forgets the end.
pub(crate) fn during<T>(
    progress: &mut dyn Progress,
    item: &str,
    total_bytes: u64,
    step: impl FnOnce(&mut dyn Progress) -> T,
) -> T {
    progress.begin(item, total_bytes);
    let result = step(progress);
    progress.end();
    result
}
