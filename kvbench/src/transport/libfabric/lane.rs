//! A lane's requests, on their way to all targets.

use nixl_sys::libfabric::fi_addr_t;

use super::message;
use super::rail::{Rail, Sender};
use super::route::Route;
use crate::workload::Op;

/// A lane of an initiator.
#[derive(Default)]
pub struct Lane {
    routes: Vec<Route>,
    /// Where messages to each target go, over the first rail.
    targets: Vec<fi_addr_t>,
    /// Operations of the request under way that are not complete.
    incomplete: usize,
    /// Targets, from the last, that wait for the message of a READ.
    unnotified: usize,
}

impl Lane {
    /// Adds the routes to a target.
    pub fn add(&mut self, target: fi_addr_t, routes: Vec<Route>) {
        self.targets.push(target);
        self.routes.extend(routes);
    }

    /// Begins a request, whose operations [`advance`](Self::advance) posts.
    pub fn begin(&mut self, op: Op) {
        self.routes.iter_mut().for_each(Route::restart);
        self.incomplete = self.routes.iter().map(Route::len).sum();
        self.unnotified = if op == Op::Read { self.targets.len() } else { 0 };
    }

    /// Posts what there is room for.
    pub fn advance(&mut self, rails: &[Rail], op: Op, sender: Sender) -> Result<(), String> {
        self.routes.iter_mut().try_for_each(|one| one.advance(&rails[one.rail], op, sender))
    }

    /// An operation is complete.
    pub fn completed(&mut self) {
        self.incomplete = self.incomplete.saturating_sub(1);
    }

    /// Whether all operations are complete.
    pub fn is_complete(&self) -> bool {
        self.incomplete == 0
    }

    /// Tells targets that a READ is done, once it is, as far as there is room.
    pub fn notify(&mut self, rails: &[Rail], number: u64) -> Result<(), String> {
        while self.unnotified > 0 && self.is_complete() {
            let target = self.targets[self.unnotified - 1];
            if !rails[0].send(target, &message(number, 0))? {
                break;
            }
            self.unnotified -= 1;
        }
        Ok(())
    }
}
