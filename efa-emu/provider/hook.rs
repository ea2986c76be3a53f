//! Puts operations of one's own in front of those of an object that another provider made.
//!
//! An object points to tables of operations. [`Hooked`] is a copy of a table, in which operations can
//! be replaced, and the original beside it. It is a field of a structure of ours, and the object's
//! pointer is turned to it; an operation that is called with the object finds the structure by going
//! back from the table, with [`owner`].

use std::mem::MaybeUninit;

use super::bindings::*;

/// A table of operations, which begins with its own size in bytes.
///
/// # Safety
/// The type is `repr(C)`, its first field is the size in bytes, and all others are functions that
/// may be missing (NULL).
pub unsafe trait Table: Copy {}

// SAFETY: as libfabric defines it.
unsafe impl Table for fi_ops {}
// SAFETY: as above.
unsafe impl Table for fi_ops_domain {}
// SAFETY: as above.
unsafe impl Table for fi_ops_mr {}
// SAFETY: as above.
unsafe impl Table for fi_ops_cq {}
// SAFETY: as above.
unsafe impl Table for fi_ops_ep {}
// SAFETY: as above.
unsafe impl Table for fi_ops_msg {}
// SAFETY: as above.
unsafe impl Table for fi_ops_rma {}

/// How many operations beyond those we know a newer libfabric may have in a table.
const UNKNOWN: usize = 16;

/// A table whose operations can be replaced.
#[repr(C)]
pub struct Hooked<T> {
    /// What the object points to.
    pub ops: T,
    unknown: [usize; UNKNOWN],
    /// The operations as they were; those that the original lacks are `None`.
    pub original: T,
}

impl<T: Table> Hooked<T> {
    /// A copy of `original`, of which nothing is replaced yet.
    ///
    /// # Safety
    /// `original` points to a table.
    pub unsafe fn new(original: *const T) -> Self {
        let mut copy = MaybeUninit::<Self>::zeroed();
        // SAFETY: the table is as long as it says in its first field; at most what has room is
        // copied, and missing functions are NULL. All zeros are a table without functions.
        unsafe {
            let room = size_of::<T>() + size_of::<[usize; UNKNOWN]>();
            let size = original.cast::<usize>().read();
            let copied = size.min(room);
            let ops = copy.as_mut_ptr().cast::<u8>();
            ops.copy_from_nonoverlapping(original.cast(), copied);
            ops.cast::<usize>().write(copied);
            let mut copy = copy.assume_init();
            copy.original = copy.ops;
            copy
        }
    }
}

/// The structure of ours that has the table `ops` at `offset`.
///
/// # Safety
/// `ops` points to a table that is at this offset of a living `W`.
pub unsafe fn owner<'a, T, W>(ops: *const T, offset: usize) -> &'a W {
    // SAFETY: the caller says so.
    unsafe { &*ops.byte_sub(offset).cast::<W>() }
}

/// Calls an operation, or answers that there is none.
macro_rules! call {
    ($operation:expr, $($argument:expr),*) => {
        match $operation {
            Some(operation) => operation($($argument),*),
            None => -FI_ENOSYS as _,
        }
    };
}
pub(super) use call;

#[cfg(test)]
mod tests {
    use super::*;
    use std::ptr::null_mut;

    unsafe extern "C" fn signal(_: *mut fid_cq) -> i32 {
        7
    }

    #[test]
    fn a_shorter_table_has_no_operations_beyond_its_end() {
        let size = std::mem::offset_of!(fi_ops_cq, signal);
        let table = fi_ops_cq { size, signal: Some(signal), ..fi_ops_cq::default() };
        // SAFETY: it is a table.
        let hooked = unsafe { Hooked::new(&table) };
        assert!(hooked.original.signal.is_none() && hooked.ops.signal.is_none());
        assert_eq!(hooked.ops.size, size);
    }

    #[test]
    fn a_longer_table_keeps_what_we_do_not_know() {
        #[repr(C)]
        struct Longer(fi_ops_cq, [usize; 20]);
        let room = size_of::<fi_ops_cq>() + size_of::<[usize; UNKNOWN]>();
        for (more, size) in [(2, size_of::<fi_ops_cq>() + 16), (20, room)] {
            let given = size_of::<fi_ops_cq>() + more * size_of::<usize>();
            let ops = fi_ops_cq { size: given, signal: Some(signal), ..fi_ops_cq::default() };
            let table = Longer(ops, std::array::from_fn(|i| i + 1));
            // SAFETY: it is a table of the size that it says.
            let hooked = unsafe { Hooked::new((&raw const table).cast::<fi_ops_cq>()) };
            assert_eq!(hooked.ops.size, size);
            assert_eq!(hooked.unknown[..2], [1, 2]);
            // SAFETY: the function ignores what it is given.
            assert_eq!(hooked.original.signal.map(|f| unsafe { f(null_mut()) }), Some(7));
        }
    }
}
