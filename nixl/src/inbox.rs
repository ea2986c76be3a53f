//! Notifications that peers sent.

use std::ffi::CStr;
use std::ptr::{null, null_mut};
use std::sync::Arc;

use nixl_sys::nixl_capi_notif_map_s;

use crate::agent::AgentShared;
use crate::error::{During, Result, check};
use crate::handle::Handle;
use crate::{Agent, Strict, ThreadSync};

/// Receives an agent's notifications, and drives its backends while doing so.
///
/// Each notification is given out once, whichever inbox of the agent asks first.
pub struct Inbox<S: ThreadSync = Strict> {
    agent: Arc<AgentShared<S>>,
    map: Handle<nixl_capi_notif_map_s, S>,
}

/// A notification, borrowed from the inbox until its next poll.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Notification<'a> {
    /// The name of the agent that sent it.
    pub from: &'a CStr,
    /// What it says.
    pub message: &'a [u8],
}

impl<S: ThreadSync> Agent<S> {
    /// An inbox for this agent's notifications.
    ///
    /// # Errors
    /// C refused.
    pub fn inbox(&self) -> Result<Inbox<S>> {
        let mut raw = null_mut();
        // SAFETY: the out pointer is valid for the call.
        check(unsafe { (self.shared.functions().create_notif_map)(&mut raw) })
            .during("create an inbox")?;
        let map = Handle::new(raw).during("create an inbox")?;
        Ok(Inbox { agent: Arc::clone(&self.shared), map })
    }
}

impl<S: ThreadSync> Inbox<S> {
    /// Advances the backends by one round and calls `each` for every notification that came in.
    /// Returns how many. When it fails, or `each` panics, the next poll gives them out again.
    ///
    /// # Errors
    /// C refused.
    pub fn poll(&mut self, mut each: impl FnMut(Notification<'_>)) -> Result<usize> {
        let functions = self.agent.functions();
        let map = self.map.raw();
        // SAFETY: agent and map live; `&mut self` keeps others from the map.
        check(unsafe { (functions.get_notifs)(self.agent.handle.raw(), map, null_mut()) })
            .during("receive notifications")?;
        let (mut peers, mut received) = (0, 0);
        // SAFETY: the map lives and the out pointer is valid.
        check(unsafe { (functions.notif_map_size)(map, &mut peers) })
            .during("receive notifications")?;
        if peers == 0 {
            return Ok(0);
        }
        for peer in 0..peers {
            received += self.read_peer(peer, &mut each)?;
        }
        // SAFETY: the map lives, and no borrow of it is left: `each` was given short-lived ones.
        check(unsafe { (functions.notif_map_clear)(map) }).during("clear the inbox")?;
        Ok(received)
    }

    fn read_peer(&self, peer: usize, each: &mut impl FnMut(Notification<'_>)) -> Result<usize> {
        let (functions, map, what) =
            (self.agent.functions(), self.map.raw(), "read a notification");
        let (mut name, mut len) = (null(), 0);
        // SAFETY: the map lives, `peer` is below its size, the out pointers are valid.
        check(unsafe { (functions.notif_map_get_agent_at)(map, peer, &mut name) }).during(what)?;
        // SAFETY: as above; `name` is a string of the map.
        check(unsafe { (functions.notif_map_get_notifs_size)(map, name, &mut len) })
            .during(what)?;
        for index in 0..len {
            let (mut data, mut bytes) = (null(), 0);
            // SAFETY: as above, with `index` below the number of notifications.
            check(unsafe {
                (functions.notif_map_get_notif)(map, name, index, &mut data, &mut bytes)
            })
            .during(what)?;
            // SAFETY: C returned a string and `bytes` bytes of the map, which stays as it is until
            // the caller clears it.
            each(unsafe {
                Notification {
                    from: CStr::from_ptr(name),
                    message: std::slice::from_raw_parts(data.cast(), bytes),
                }
            });
        }
        Ok(len)
    }
}

impl<S: ThreadSync> Drop for Inbox<S> {
    fn drop(&mut self) {
        // SAFETY: the map is destroyed once.
        unsafe { (self.agent.functions().destroy_notif_map)(self.map.raw()) };
    }
}
