//! Continuous batching: every step gives each sequence of the batch one token, and sequences come and
//! go between steps.

use crate::serving::Compute;

/// The sequences of a decode worker.
#[derive(Debug)]
pub(super) struct Decode {
    compute: Compute,
    max_batch: usize,
    batch: Vec<Sequence>,
    /// Those that join at the next step.
    waiting: Vec<Sequence>,
    step: Option<Step>,
}

#[derive(Debug)]
struct Sequence {
    request: u64,
    tokens_left: u64,
}

#[derive(Clone, Copy, Debug)]
struct Step {
    takes_ns: u64,
    ends_ns: u64,
}

impl Decode {
    pub fn new(compute: Compute, max_batch: usize) -> Self {
        Self { compute, max_batch, batch: Vec::new(), waiting: Vec::new(), step: None }
    }

    /// Adds a sequence of `tokens` tokens, at least one, which joins at the next step.
    pub fn add(&mut self, request: u64, tokens: u64, now_ns: u64) {
        self.waiting.push(Sequence { request, tokens_left: tokens.max(1) });
        if self.step.is_none() {
            self.begin(now_ns);
        }
    }

    /// Takes a sequence out.
    pub fn cancel(&mut self, request: u64) {
        self.batch.retain(|sequence| sequence.request != request);
        self.waiting.retain(|sequence| sequence.request != request);
        if self.batch.is_empty() && self.waiting.is_empty() {
            self.step = None;
        }
    }

    /// The requests that have one more token by now, when a step has ended.
    pub fn advance(&mut self, now_ns: u64) -> Option<Vec<u64>> {
        let step = self.step.take_if(|step| step.ends_ns <= now_ns)?;
        let requests = self.batch.iter().map(|sequence| sequence.request).collect();
        self.batch.iter_mut().for_each(|sequence| sequence.tokens_left -= 1);
        self.batch.retain(|sequence| sequence.tokens_left > 0);
        // A step that was seen late does not delay the next one, unless a whole step was missed.
        let late = now_ns - step.ends_ns > step.takes_ns;
        self.begin(if late { now_ns } else { step.ends_ns });
        Some(requests)
    }

    /// When there is something to do.
    pub fn due_ns(&self) -> Option<u64> {
        self.step.map(|step| step.ends_ns)
    }

    fn begin(&mut self, from_ns: u64) {
        let room = self.max_batch.saturating_sub(self.batch.len()).min(self.waiting.len());
        self.batch.extend(self.waiting.drain(..room));
        if !self.batch.is_empty() {
            let takes_ns = self.compute.step_ns(self.batch.len());
            self.step = Some(Step { takes_ns, ends_ns: from_ns + takes_ns });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(max_batch: usize) -> Decode {
        let compute = Compute {
            prefill_tokens_per_s: f64::INFINITY,
            prefill_overhead_ms: 0.0,
            itl_ms: 0.0001,
            itl_per_sequence_ms: 0.00001,
        };
        Decode::new(compute, max_batch)
    }

    #[test]
    fn each_sequence_gets_exactly_its_tokens() {
        let mut decode = decode(8);
        decode.add(1, 3, 1000);
        decode.add(2, 1, 1000);
        let mut tokens = Vec::new();
        while let Some(due_ns) = decode.due_ns() {
            assert!(decode.advance(due_ns - 1).is_none());
            tokens.push((due_ns, decode.advance(due_ns).unwrap()));
        }
        // The second one joins at the second step, which takes 10 ns longer.
        assert_eq!(tokens, [(1100, vec![1]), (1210, vec![1, 2]), (1310, vec![1])]);
    }

    #[test]
    fn a_batch_has_a_limit_and_others_wait() {
        let mut decode = decode(2);
        (1..=3).for_each(|request| decode.add(request, 2, 0));
        let steps: Vec<Vec<u64>> =
            std::iter::from_fn(|| decode.advance(decode.due_ns()?)).collect();
        assert_eq!(steps, [vec![1], vec![1, 2], vec![2, 3], vec![3]]);
    }

    #[test]
    fn a_late_look_keeps_the_pace_and_a_very_late_one_does_not_hurry() {
        let mut decode = decode(8);
        decode.add(1, 10, 0);
        decode.advance(150).unwrap();
        assert_eq!(decode.due_ns(), Some(200));
        decode.advance(1000).unwrap();
        assert_eq!(decode.due_ns(), Some(1100));
    }

    #[test]
    fn cancelled_sequences_leave_nothing() {
        let mut decode = decode(8);
        decode.add(1, 10, 0);
        decode.add(2, 10, 0);
        decode.cancel(1);
        assert_eq!(decode.advance(100), Some(vec![]));
        assert_eq!(decode.advance(200), Some(vec![2]));
        decode.cancel(2);
        assert_eq!(decode.due_ns(), None);
    }
}
