//! Ctrl-C: what was measured is kept, then the command ends as any that is interrupted.

use std::sync::atomic::{AtomicI32, Ordering::Relaxed};

use libc::c_int;
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, raise, sigaction, signal};

use crate::error::{Error, Result};

/// The signal that came, or 0.
static CAME: AtomicI32 = AtomicI32::new(0);

/// A wish that a load ends early: of `SIGINT` and `SIGTERM`, where they are heeded.
#[derive(Debug)]
pub struct Interrupt(());

extern "C" fn remember(number: c_int) {
    CAME.store(number, Relaxed);
}

impl Interrupt {
    /// Takes the two signals over from now on. The second one ends the process at once.
    ///
    /// # Errors
    /// The system refused.
    pub fn heed() -> Result<Self> {
        let action = SigAction::new(
            SigHandler::Handler(remember),
            SaFlags::SA_RESETHAND | SaFlags::SA_RESTART,
            SigSet::empty(),
        );
        for number in [Signal::SIGINT, Signal::SIGTERM] {
            // SAFETY: the handler stores to an atomic, which is allowed at any point of the program.
            let taken = unsafe { sigaction(number, &action) };
            taken.map_err(|error| Error::System { what: "heed signals", source: error.into() })?;
        }
        Ok(Self(()))
    }

    /// Takes nothing over: a signal ends the process as it does by default.
    pub fn unheeded() -> Self {
        Self(())
    }

    /// Whether one came.
    pub fn is_set(&self) -> bool {
        CAME.load(Relaxed) != 0
    }

    /// Ends the process by the signal that came, so that whoever started it sees what ended it; does
    /// nothing where none came.
    pub fn follow(&self) {
        let Ok(number) = Signal::try_from(CAME.load(Relaxed)) else { return };
        // SAFETY: the default disposition has no handler.
        let reset = unsafe { signal(number, SigHandler::SigDfl) };
        if reset.is_ok() {
            // Which does not return.
            let _ = raise(number);
        }
    }
}
