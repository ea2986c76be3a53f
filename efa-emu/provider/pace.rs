//! When bytes have left a line of a given rate.

/// A line: what is put on it leaves in order, at one rate.
///
/// Time that it was idle is lost, and not saved up for a burst.
#[derive(Clone, Debug)]
pub(super) struct Line {
    ns_per_byte: f64,
    free_ns: f64,
}

/// The time that one operation has the line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    begin_ns: f64,
    ns_per_byte: f64,
}

impl Line {
    pub(super) fn new(bits_per_s: f64) -> Self {
        Self { ns_per_byte: 8e9 / bits_per_s, free_ns: 0.0 }
    }

    /// Puts `bytes` on the line behind all that is there already.
    pub(super) fn put(&mut self, now_ns: u64, bytes: usize) -> Slot {
        let begin_ns = self.free_ns.max(now_ns as f64);
        let slot = Slot { begin_ns, ns_per_byte: self.ns_per_byte };
        self.free_ns = slot.due_ns(bytes);
        slot
    }
}

impl Slot {
    /// When the first `bytes` of the operation have left.
    pub(super) fn due_ns(&self, bytes: usize) -> f64 {
        self.begin_ns + bytes as f64 * self.ns_per_byte
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_queue_up_behind_each_other() {
        let mut line = Line::new(8e9); // One byte per nanosecond.
        let first = line.put(100, 50);
        let second = line.put(110, 30);
        assert_eq!([first.due_ns(0), first.due_ns(25), first.due_ns(50)], [100.0, 125.0, 150.0]);
        assert_eq!([second.due_ns(0), second.due_ns(30)], [150.0, 180.0]);
    }

    #[test]
    fn idle_time_is_not_saved_up() {
        let mut line = Line::new(8e9);
        line.put(0, 10);
        let later = line.put(1_000_000, 10);
        assert_eq!(later.due_ns(10), 1_000_010.0);
    }

    #[test]
    fn a_rate_is_kept_whatever_the_sizes_are() {
        let mut line = Line::new(0.5e9);
        let mut bytes = 0;
        let mut due_ns = 0.0;
        for size in (1..2000).map(|i| i * 7919 % 65_536) {
            due_ns = line.put((bytes / 10) as u64, size).due_ns(size);
            bytes += size;
        }
        let expected_ns = bytes as f64 * 16.0;
        assert!((due_ns / expected_ns - 1.0).abs() < 1e-9, "{due_ns} {expected_ns}");
    }
}
