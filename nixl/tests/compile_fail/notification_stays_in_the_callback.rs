//! A notification is borrowed from the inbox, which C clears after the callbacks.

use nixl::{Inbox, Notification};

fn keep(inbox: &mut Inbox) {
    let mut kept: Vec<Notification<'_>> = Vec::new();
    let _ = inbox.poll(|one| kept.push(one));
}

fn main() {}
