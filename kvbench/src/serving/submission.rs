//! A request as it is handed to the router, and what its client hears of it.

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::Prompt;

/// A request for tokens.
#[derive(Debug)]
pub struct Submission {
    /// The name that joins it to its transfer.
    pub request_id: String,
    /// When it came, on the clock of [`crate::measure::now_ns`].
    pub arrival_ns: u64,
    /// When it came, on the wall clock (RFC 3339).
    pub arrival: String,
    /// The prompt.
    pub prompt: Prompt,
    /// Tokens to generate, at least one.
    pub tokens: u64,
    /// Where the client hears.
    pub client: UnboundedSender<Answer>,
}

/// What a client hears.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Answer {
    /// One more token.
    Token,
    /// That was the last one.
    End {
        /// Tokens of the prompt that were not computed, since an earlier prompt had left them at the
        /// prefill worker.
        cached_tokens: u64,
    },
    /// There will be no more.
    Failed(Refusal),
}

/// Why a request gets no more tokens.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusal {
    /// Whether there was no room for it; else something failed.
    pub overloaded: bool,
    /// What happened.
    pub reason: String,
}

/// The two ends of a client's ear. It never holds more than the tokens asked for.
pub fn ear() -> (UnboundedSender<Answer>, UnboundedReceiver<Answer>) {
    unbounded_channel()
}
