//! Waiting for something to happen, never for time to pass.

use std::time::{Duration, Instant};

/// Between two looks.
const PERIOD: Duration = Duration::from_millis(5);

/// Looks until `look` finds something, and fails the test when `limit` has passed.
pub fn eventually<T>(what: &str, limit: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begun.elapsed() < limit, "waited for {what} for {limit:?} in vain");
        std::thread::sleep(PERIOD);
    }
}
