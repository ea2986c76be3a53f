//! The endpoint: OpenAI's completions and chat completions over HTTP/1.1, streamed or not, with
//! `/v1/models`, `/health` and `/metrics`.
//!
//! Words are made up, one token each, and exactly as many as were asked for. A stream begins with its
//! first token, so that a request that fails before has the status that says so.

mod api;
mod body;
mod error;
mod format;
mod parse;
mod server;
mod stream;
mod words;

pub use api::{App, Limits};
pub use server::{bind, serve};

/// Reads bodies as both endpoints do.
#[cfg(any(test, fuzzing))]
pub(crate) fn fuzz(body: &[u8]) {
    for read in [parse::completion, parse::chat] {
        if let Ok(asked) = read(body) {
            assert!(asked.tokens > 0);
        }
    }
}
