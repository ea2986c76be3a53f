//! What sessions may take of this host, together, and what they have taken.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::measure::available_bytes;

/// What sessions may take.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Workers at a time.
    pub workers: u32,
    /// Memory that workers register, in bytes.
    pub memory_bytes: u64,
    /// How long a worker may live.
    pub time: Duration,
}

impl Limits {
    /// Half of the memory that this host can give now, in bytes.
    pub fn half_of_memory() -> u64 {
        available_bytes() / 2
    }
}

/// What is taken now.
#[derive(Clone)]
pub(super) struct Taken {
    limits: Limits,
    now: Arc<Mutex<Amount>>,
}

#[derive(Default)]
struct Amount {
    workers: u32,
    memory_bytes: u64,
}

/// A worker's place; with it goes what the worker took.
pub(super) struct Seat {
    taken: Taken,
    memory_bytes: u64,
}

impl Taken {
    /// Nothing.
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, now: Arc::default() }
    }

    /// A place for one more worker.
    ///
    /// # Errors
    /// There is none left.
    pub(super) fn seat(&self) -> Result<Seat, String> {
        let most = self.limits.workers;
        self.change(|now| {
            if now.workers >= most {
                return Err(format!("{most} workers are running, and no more may (--max-workers)"));
            }
            now.workers += 1;
            Ok(())
        })?;
        Ok(Seat { taken: self.clone(), memory_bytes: 0 })
    }

    fn change<T>(&self, with: impl FnOnce(&mut Amount) -> T) -> T {
        // Nothing panics while it holds this.
        with(&mut self.now.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Seat {
    /// Takes memory.
    ///
    /// # Errors
    /// So much is not left.
    pub(super) fn take(&mut self, bytes: u64) -> Result<(), String> {
        let most = self.taken.limits.memory_bytes;
        self.taken.change(|now| match now.memory_bytes.checked_add(bytes) {
            Some(all) if all <= most => {
                now.memory_bytes = all;
                Ok(())
            }
            _ => Err(format!(
                "{bytes} bytes of memory are wanted, {} are taken, and {most} are the limit \
                 (--max-memory)",
                now.memory_bytes
            )),
        })?;
        self.memory_bytes += bytes;
        Ok(())
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.taken.change(|now| {
            now.workers -= 1;
            now.memory_bytes -= self.memory_bytes;
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken() -> Taken {
        Taken::new(Limits { workers: 2, memory_bytes: 100, time: Duration::MAX })
    }

    #[test]
    fn a_place_is_free_again_when_its_worker_is_gone() {
        let taken = taken();
        let (first, _second) = (taken.seat().unwrap(), taken.seat().unwrap());
        assert!(taken.seat().err().unwrap().contains("--max-workers"));
        drop(first);
        taken.seat().unwrap();
    }

    #[test]
    fn memory_is_shared_and_given_back() {
        let taken = taken();
        let (mut first, mut second) = (taken.seat().unwrap(), taken.seat().unwrap());
        first.take(60).unwrap();
        for too_much in [41, u64::MAX] {
            assert!(second.take(too_much).unwrap_err().contains("60 are taken"));
        }
        second.take(40).unwrap();
        drop(first);
        second.take(60).unwrap();
    }
}
