//! A shared transfer cannot be posted or polled: two posts at once are what C does not check.

use nixl::Transfer;

fn post(transfer: &Transfer) {
    let _ = transfer.post();
}

fn poll(transfer: &Transfer) {
    let _ = transfer.poll();
}

fn main() {}
