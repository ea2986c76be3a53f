//! The body of a streamed answer: an event per token, as tokens come.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Bytes;
use http_body::{Body, Frame};
use tokio::sync::mpsc::UnboundedReceiver;

use super::error::ApiError;
use super::format::{Format, Usage};
use crate::serving::{Answer, Refusal, Ticket};

/// A stream of events. When the client goes, the body is dropped, and with it the ticket: that
/// cancels the request.
pub(super) struct Events {
    pub format: Format,
    pub include_usage: bool,
    pub tokens: u64,
    pub sent: u64,
    /// What was heard before the stream began.
    pub first: Option<Answer>,
    pub answers: UnboundedReceiver<Answer>,
    pub ticket: Option<Ticket>,
}

impl Events {
    fn event(&mut self, answer: Option<Answer>) -> String {
        match answer {
            Some(Answer::Token) => {
                let index = self.sent;
                self.sent += 1;
                self.format.token(index, self.sent == self.tokens)
            }
            Some(Answer::End { cached_tokens }) => {
                self.ticket = None;
                let usage = Usage { tokens: self.sent, cached_tokens };
                self.format.end(self.include_usage.then_some(usage))
            }
            Some(Answer::Failed(refusal)) => {
                self.ticket = None;
                ApiError::from(refusal).event()
            }
            None => {
                self.ticket = None;
                ApiError::from(stopping()).event()
            }
        }
    }
}

impl Body for Events {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.ticket.is_none() {
            return Poll::Ready(None);
        }
        let answer = match self.first.take() {
            Some(first) => Some(first),
            None => match self.answers.poll_recv(context) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(answer) => answer,
            },
        };
        let event = self.event(answer);
        Poll::Ready(Some(Ok(Frame::data(Bytes::from(event)))))
    }

    fn is_end_stream(&self) -> bool {
        self.ticket.is_none()
    }
}

/// The router is gone, and with it all requests.
pub(super) fn stopping() -> Refusal {
    Refusal { overloaded: true, reason: "the server is stopping".to_owned() }
}
