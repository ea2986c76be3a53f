//! Prompts that are computed, one after the other, as long as the model says that it takes.

use std::collections::VecDeque;

use crate::serving::message::{Handover, Stamp};

/// A prompt to compute.
#[derive(Debug)]
pub(super) struct Prompt {
    pub request: u64,
    pub compute_ns: u64,
    pub stamps: Vec<Stamp>,
    pub then: Handover,
}

/// A prompt that is computed.
#[derive(Debug)]
pub(super) struct Computed {
    pub prompt: Prompt,
    pub began_ns: u64,
    pub ended_ns: u64,
}

/// The prompts of a prefill worker. Time goes on as in a real one, whatever else the process does
/// meanwhile.
#[derive(Debug, Default)]
pub(super) struct Prefill {
    current: Option<Computed>,
    waiting: VecDeque<(u64, Prompt)>,
}

impl Prefill {
    /// Adds a prompt behind the others.
    pub fn add(&mut self, prompt: Prompt, now_ns: u64) {
        self.waiting.push_back((now_ns, prompt));
        self.begin(0);
    }

    /// Takes a prompt out that is not computed yet; whether there was one.
    pub fn cancel(&mut self, request: u64, now_ns: u64) -> bool {
        let is_it = |one: &Computed| one.prompt.request == request;
        if self.current.take_if(|one| is_it(one)).is_some() {
            self.begin(now_ns);
            return true;
        }
        let before = self.waiting.len();
        self.waiting.retain(|(_, prompt)| prompt.request != request);
        self.waiting.len() < before
    }

    /// The next prompt that is computed by now.
    pub fn advance(&mut self, now_ns: u64) -> Option<Computed> {
        let done = self.current.take_if(|one| one.ended_ns <= now_ns)?;
        self.begin(done.ended_ns);
        Some(done)
    }

    /// When there is something to do.
    pub fn due_ns(&self) -> Option<u64> {
        self.current.as_ref().map(|one| one.ended_ns)
    }

    /// Begins with the next prompt, if none is being computed.
    fn begin(&mut self, from_ns: u64) {
        if self.current.is_some() {
            return;
        }
        if let Some((arrived_ns, prompt)) = self.waiting.pop_front() {
            let began_ns = arrived_ns.max(from_ns);
            let ended_ns = began_ns + prompt.compute_ns;
            self.current = Some(Computed { prompt, began_ns, ended_ns });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prompt(request: u64, compute_ns: u64) -> Prompt {
        Prompt { request, compute_ns, stamps: Vec::new(), then: Handover::Await }
    }

    fn done(prefill: &mut Prefill, now_ns: u64) -> Option<(u64, u64, u64)> {
        let computed = prefill.advance(now_ns)?;
        Some((computed.prompt.request, computed.began_ns, computed.ended_ns))
    }

    #[test]
    fn prompts_follow_each_other_without_a_gap() {
        let mut prefill = Prefill::default();
        prefill.add(prompt(1, 100), 1000);
        prefill.add(prompt(2, 50), 1010);
        assert_eq!((prefill.due_ns(), done(&mut prefill, 1099)), (Some(1100), None));
        // Both, although nobody looked in between.
        assert_eq!(done(&mut prefill, 5000), Some((1, 1000, 1100)));
        assert_eq!(done(&mut prefill, 5000), Some((2, 1100, 1150)));
        assert_eq!((prefill.due_ns(), done(&mut prefill, 5000)), (None, None));
    }

    #[test]
    fn a_cancelled_prompt_makes_room_at_once() {
        let mut prefill = Prefill::default();
        (1..=3).for_each(|request| prefill.add(prompt(request, 100), 0));
        assert!(prefill.cancel(1, 30) && prefill.cancel(3, 40));
        assert!(!prefill.cancel(1, 50));
        assert_eq!(done(&mut prefill, 130), Some((2, 30, 130)));
        assert_eq!(prefill.due_ns(), None);
    }
}
