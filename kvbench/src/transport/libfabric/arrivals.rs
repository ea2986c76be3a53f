//! What a target knows of the requests of every initiator's lanes.

/// The lanes of all initiators, by number: those of an initiator follow each other.
#[derive(Default)]
pub struct Arrivals {
    by_number: Vec<Arrival>,
    /// Lanes of each initiator.
    lanes: usize,
}

/// What is known of an initiator's lane.
#[derive(Clone, Copy, Default)]
struct Arrival {
    /// The writes of each request; 0 until the initiator has told.
    writes: u64,
    /// Those of the request under way that have arrived.
    arrived: u64,
    /// Messages of READs that are done.
    read: u64,
}

impl Arrivals {
    pub fn new(initiators: usize, lanes: usize) -> Self {
        Self { by_number: vec![Arrival::default(); initiators * lanes], lanes }
    }

    /// A WRITE has arrived.
    pub fn write(&mut self, number: u64) {
        if let Some(one) = self.by_number.get_mut(number as usize) {
            one.arrived += 1;
        }
    }

    /// A message has arrived: how many writes make a request, or 0 for a READ that is done.
    pub fn message(&mut self, number: u64, writes: u64) {
        match self.by_number.get_mut(number as usize) {
            Some(one) if writes > 0 => one.writes = writes,
            Some(one) => one.read += 1,
            None => {}
        }
    }

    /// Tells the lane of each request that was delivered since the last call; how many these were.
    pub fn receive(&mut self, arrived: &mut dyn FnMut(usize)) -> u64 {
        let mut count = 0;
        for (number, one) in self.by_number.iter_mut().enumerate() {
            let delivered = one.delivered();
            if delivered > 0 {
                (0..delivered).for_each(|_| arrived(number % self.lanes));
                count += delivered;
            }
        }
        count
    }
}

impl Arrival {
    /// How many requests were delivered since the last call.
    fn delivered(&mut self) -> u64 {
        let mut delivered = std::mem::take(&mut self.read);
        while self.writes > 0 && self.arrived >= self.writes {
            self.arrived -= self.writes;
            delivered += 1;
        }
        delivered
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The requests of each of two lanes that are delivered now.
    fn delivered(arrivals: &mut Arrivals) -> [u64; 2] {
        let mut by_lane = [0; 2];
        let count = arrivals.receive(&mut |lane| by_lane[lane] += 1);
        assert_eq!(count, by_lane.iter().sum::<u64>());
        by_lane
    }

    #[test]
    fn writes_count_once_it_is_known_how_many_make_a_request() {
        let mut arrivals = Arrivals::new(2, 2);
        (0..2).for_each(|_| arrivals.write(3));
        assert_eq!(delivered(&mut arrivals), [0, 0], "it has not told yet");
        arrivals.message(3, 3);
        assert_eq!(delivered(&mut arrivals), [0, 0]);
        arrivals.write(3);
        assert_eq!(delivered(&mut arrivals), [0, 1]);
        (0..6).for_each(|_| arrivals.write(3));
        assert_eq!(delivered(&mut arrivals), [0, 2]);
        assert_eq!(delivered(&mut arrivals), [0, 0]);
    }

    #[test]
    fn a_message_delivers_a_read() {
        let mut arrivals = Arrivals::new(2, 2);
        arrivals.message(2, 0);
        arrivals.message(1, 0);
        arrivals.message(4, 0);
        assert_eq!(delivered(&mut arrivals), [1, 1]);
    }
}
