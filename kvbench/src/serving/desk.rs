//! Where requests are handed in to the router, and taken back.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::Sender;

use super::router::Event;
use super::submission::Submission;

/// Where requests are handed in. Cheap to clone.
#[derive(Clone)]
pub struct Desk {
    events: Sender<Event>,
    /// The number of the next request.
    next: Arc<AtomicU64>,
}

/// A request that is under way; dropping it cancels it, if it has not ended.
pub struct Ticket {
    id: u64,
    events: Sender<Event>,
}

impl Desk {
    pub(super) fn new(events: Sender<Event>) -> Self {
        Self { events, next: Arc::new(AtomicU64::new(1)) }
    }

    /// Hands a request in.
    pub fn submit(&self, submission: Submission) -> Ticket {
        let id = self.next.fetch_add(1, Relaxed);
        // A router that has stopped drops the client's ear, which tells.
        let _ = self.events.send(Event::Submit(id, submission));
        Ticket { id, events: self.events.clone() }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let _ = self.events.send(Event::Cancel(self.id));
    }
}
