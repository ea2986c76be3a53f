//! Pointers that C gave out, and the rule by which they may cross threads.

use std::marker::PhantomData;
use std::ptr::NonNull;

use crate::error::Status;

/// A non-null pointer from C, tied to the thread rule `S` of its agent.
///
/// It owns nothing; the type that holds it frees what it points to.
pub(crate) struct Handle<T, S>(NonNull<T>, PhantomData<S>);

/// Implemented for the thread rules under which C takes a lock in every call.
///
/// # Safety
/// An agent created with this rule may be called from several threads at once.
#[diagnostic::on_unimplemented(
    message = "an agent of rule `{Self}`, and whatever is made from it, stays on its thread",
    note = "use `Strict` or `ReadWrite` where threads share an agent"
)]
pub(crate) unsafe trait Locked {}

// SAFETY: the pointer is only handed to C functions, which lock under this rule.
unsafe impl<T, S: Locked> Send for Handle<T, S> {}
// SAFETY: as above.
unsafe impl<T, S: Locked> Sync for Handle<T, S> {}

impl<T, S> Handle<T, S> {
    /// The pointer, for a call into C.
    pub(crate) fn raw(&self) -> *mut T {
        self.0.as_ptr()
    }

    /// Takes the result of a C function that reported success.
    pub(crate) fn new(pointer: *mut T) -> Result<Self, Status> {
        NonNull::new(pointer).map(|pointer| Self(pointer, PhantomData)).ok_or(Status::BACKEND)
    }
}
