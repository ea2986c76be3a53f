//! The short-lived C objects that calls take and return: descriptor lists, options, parameters.

use std::ffi::{CStr, CString, c_char, c_void};
use std::ptr::null_mut;

use nixl_sys::*;

use crate::error::{Result, Status, c_string, check};
use crate::{Block, MemType, Params};

/// Declares an owner of a C object: created by one function, destroyed by another.
macro_rules! owned {
    ($(#[$doc:meta])* $name:ident, $raw:ty, $destroy:ident) => {
        $(#[$doc])*
        pub(crate) struct $name<'lib> {
            functions: &'lib Functions,
            raw: $raw,
        }

        impl $name<'_> {
            #[allow(dead_code)] // C takes some of these objects and only returns others.
            pub(crate) fn raw(&self) -> $raw {
                self.raw
            }
        }

        impl Drop for $name<'_> {
            fn drop(&mut self) {
                // SAFETY: `raw` came from the matching create function and is destroyed once.
                unsafe { (self.functions.$destroy)(self.raw) };
            }
        }
    };
}

owned!(
    /// Descriptors of a transfer.
    XferList, nixl_capi_xfer_dlist_t, destroy_xfer_dlist
);
owned!(
    /// Descriptors of a registration.
    RegList, nixl_capi_reg_dlist_t, destroy_reg_dlist
);
owned!(
    /// Optional arguments of a call.
    OptArgs, nixl_capi_opt_args_t, destroy_opt_args
);
owned!(
    /// Parameters of a backend.
    ParamMap, nixl_capi_params_t, destroy_params
);
owned!(
    /// Memory types.
    MemList, nixl_capi_mem_list_t, destroy_mem_list
);
owned!(
    /// Strings.
    StringList, nixl_capi_string_list_t, destroy_string_list
);
owned!(
    /// Answers to a memory query.
    ResponseList, nixl_capi_query_resp_list_t, destroy_query_resp_list
);

type Raw<T> = std::result::Result<T, Status>;

impl<'lib> XferList<'lib> {
    pub(crate) fn new(functions: &'lib Functions, mem: MemType) -> Raw<Self> {
        let mut raw = null_mut();
        // SAFETY: the out pointer is valid for the call.
        check(unsafe { (functions.create_xfer_dlist)(mem.raw(), &mut raw) })?;
        Ok(Self { functions, raw })
    }

    /// An empty list with room for so many descriptors, where they are enough to be worth two calls more:
    /// C's list is a vector, and what is cleared keeps its memory.
    pub(crate) fn with_capacity(
        functions: &'lib Functions,
        mem: MemType,
        descriptors: usize,
    ) -> Raw<Self> {
        let list = Self::new(functions, mem)?;
        if descriptors >= 64 {
            // SAFETY: the list lives.
            check(unsafe { (functions.xfer_dlist_resize)(list.raw, descriptors) })?;
            // SAFETY: the list lives.
            check(unsafe { (functions.xfer_dlist_clear)(list.raw) })?;
        }
        Ok(list)
    }

    /// A list of `blocks` behind the address `base` of device `device`.
    pub(crate) fn of(
        functions: &'lib Functions,
        mem: MemType,
        (base, device): (usize, u64),
        blocks: &[Block],
    ) -> Raw<Self> {
        let list = Self::with_capacity(functions, mem, blocks.len())?;
        blocks.iter().try_for_each(|block| list.add(base, *block, device))?;
        Ok(list)
    }

    /// Adds a block behind the address `base` of device `device`.
    #[inline]
    pub(crate) fn add(&self, base: usize, Block { offset, len }: Block, device: u64) -> Raw<()> {
        let address = base.wrapping_add(offset);
        // SAFETY: the list lives. The address is only recorded here; that it stays valid while it is
        // used is the business of the registration that the caller holds.
        check(unsafe { (self.functions.xfer_dlist_add_desc)(self.raw, address, len, device) })?;
        Ok(())
    }
}

impl<'lib> RegList<'lib> {
    pub(crate) fn new(functions: &'lib Functions, mem: MemType) -> Raw<Self> {
        let mut raw = null_mut();
        // SAFETY: the out pointer is valid for the call.
        check(unsafe { (functions.create_reg_dlist)(mem.raw(), &mut raw) })?;
        Ok(Self { functions, raw })
    }

    pub(crate) fn add(&self, address: usize, len: usize, device: u64, key: &[u8]) -> Raw<()> {
        // SAFETY: the list lives, and C copies `key` before it returns.
        check(unsafe {
            let (data, bytes) = (key.as_ptr().cast::<c_void>(), key.len());
            (self.functions.reg_dlist_add_desc)(self.raw, address, len, device, data, bytes)
        })?;
        Ok(())
    }
}

impl<'lib> OptArgs<'lib> {
    pub(crate) fn new(functions: &'lib Functions) -> Raw<Self> {
        let mut raw = null_mut();
        // SAFETY: the out pointer is valid for the call.
        check(unsafe { (functions.create_opt_args)(&mut raw) })?;
        Ok(Self { functions, raw })
    }

    /// Restricts the call to a backend.
    pub(crate) fn backend(self, backend: nixl_capi_backend_t) -> Raw<Self> {
        // SAFETY: both handles live; C copies the backend's own pointer.
        check(unsafe { (self.functions.opt_args_add_backend)(self.raw, backend) })?;
        Ok(self)
    }

    /// Attaches a notification: the message and the flag, since C needs both.
    pub(crate) fn notification(self, message: &[u8]) -> Raw<Self> {
        let (data, len) = (message.as_ptr().cast(), message.len());
        // SAFETY: the object lives, and C copies the message.
        check(unsafe { (self.functions.opt_args_set_notif_msg)(self.raw, data, len) })?;
        // SAFETY: the object lives.
        check(unsafe { (self.functions.opt_args_set_has_notif)(self.raw, true) })?;
        Ok(self)
    }

    /// Keeps neighbouring descriptors apart.
    pub(crate) fn skip_merge(self) -> Raw<Self> {
        // SAFETY: the object lives.
        check(unsafe { (self.functions.opt_args_set_skip_desc_merge)(self.raw, true) })?;
        Ok(self)
    }
}

impl<'lib> ParamMap<'lib> {
    pub(crate) fn from_params(functions: &'lib Functions, params: &Params) -> Result<Self> {
        use crate::error::During;
        let mut raw = null_mut();
        // SAFETY: the out pointer is valid for the call.
        check(unsafe { (functions.create_params)(&mut raw) }).during("create parameters")?;
        let map = Self { functions, raw };
        for (key, value) in params {
            let key = c_string("parameter", key)?;
            let value = c_string("parameter value", value)?;
            // SAFETY: the map lives, and C copies both strings.
            check(unsafe { (functions.params_add)(raw, key.as_ptr(), value.as_ptr()) })
                .during("set a parameter")?;
        }
        Ok(map)
    }

    /// Takes a map that C returned.
    pub(crate) fn returned(functions: &'lib Functions, raw: nixl_capi_params_t) -> Self {
        Self { functions, raw }
    }

    pub(crate) fn to_params(&self) -> Raw<Params> {
        let functions = self.functions;
        let (mut params, mut empty) = (Params::new(), true);
        // SAFETY: the map lives and the out pointer is valid.
        check(unsafe { (functions.params_is_empty)(self.raw, &mut empty) })?;
        if empty {
            return Ok(params);
        }
        let mut iterator = null_mut();
        // SAFETY: as above; the iterator is destroyed below, before the map.
        check(unsafe { (functions.params_create_iterator)(self.raw, &mut iterator) })?;
        let outcome = loop {
            let (mut key, mut value, mut more) = (std::ptr::null(), std::ptr::null(), false);
            // SAFETY: the iterator lives and has a next element: the map is not empty, and the
            // loop ends when `more` is false.
            let status = unsafe {
                (functions.params_iterator_next)(iterator, &mut key, &mut value, &mut more)
            };
            if let Err(status) = check(status) {
                break Err(status);
            }
            // SAFETY: C returned two strings that live until the iterator's next step.
            params.insert(unsafe { text(key) }, unsafe { text(value) });
            if !more {
                break Ok(params);
            }
        };
        // SAFETY: the iterator is destroyed once.
        unsafe { (functions.params_destroy_iterator)(iterator) };
        outcome
    }
}

impl<'lib> MemList<'lib> {
    /// Takes a list that C returned.
    pub(crate) fn returned(functions: &'lib Functions, raw: nixl_capi_mem_list_t) -> Self {
        Self { functions, raw }
    }

    pub(crate) fn to_vec(&self) -> Raw<Vec<MemType>> {
        let mut len = 0;
        // SAFETY: the list lives and the out pointer is valid.
        check(unsafe { (self.functions.mem_list_size)(self.raw, &mut len) })?;
        (0..len)
            .map(|index| {
                let mut mem = nixl_capi_mem_type_t::NIXL_CAPI_MEM_UNKNOWN;
                // SAFETY: the list lives and the index is inside.
                check(unsafe { (self.functions.mem_list_get)(self.raw, index, &mut mem) })?;
                Ok(MemType::from_raw(mem))
            })
            .collect()
    }
}

impl<'lib> StringList<'lib> {
    /// Takes a list that C returned.
    pub(crate) fn returned(functions: &'lib Functions, raw: nixl_capi_string_list_t) -> Self {
        Self { functions, raw }
    }

    pub(crate) fn to_vec(&self) -> Raw<Vec<String>> {
        let mut len = 0;
        // SAFETY: the list lives and the out pointer is valid.
        check(unsafe { (self.functions.string_list_size)(self.raw, &mut len) })?;
        (0..len)
            .map(|index| {
                let mut item = std::ptr::null();
                // SAFETY: the list lives and the index is inside.
                check(unsafe { (self.functions.string_list_get)(self.raw, index, &mut item) })?;
                // SAFETY: the string lives as long as the list.
                Ok(unsafe { text(item) })
            })
            .collect()
    }
}

impl<'lib> ResponseList<'lib> {
    pub(crate) fn new(functions: &'lib Functions) -> Raw<Self> {
        let mut raw = null_mut();
        // SAFETY: the out pointer is valid for the call.
        check(unsafe { (functions.create_query_resp_list)(&mut raw) })?;
        Ok(Self { functions, raw })
    }

    pub(crate) fn to_vec(&self) -> Raw<Vec<Option<Params>>> {
        let mut len = 0;
        // SAFETY: the list lives and the out pointer is valid.
        check(unsafe { (self.functions.query_resp_list_size)(self.raw, &mut len) })?;
        (0..len).map(|index| self.get(index)).collect()
    }

    fn get(&self, index: usize) -> Raw<Option<Params>> {
        let (mut present, mut raw) = (false, null_mut());
        // SAFETY: the list lives and the index is inside.
        check(unsafe {
            (self.functions.query_resp_list_has_value)(self.raw, index, &mut present)
        })?;
        if !present {
            return Ok(None);
        }
        // SAFETY: as above, and the answer is there; the map returned is a copy and ours.
        check(unsafe { (self.functions.query_resp_list_get_params)(self.raw, index, &mut raw) })?;
        ParamMap::returned(self.functions, raw).to_params().map(Some)
    }
}

/// Copies a C string.
///
/// # Safety
/// `pointer` is NULL or a C string.
unsafe fn text(pointer: *const c_char) -> String {
    if pointer.is_null() {
        return String::new();
    }
    // SAFETY: upheld by the caller.
    unsafe { CStr::from_ptr(pointer) }.to_string_lossy().into_owned()
}

/// Copies and frees a blob that C allocated for its caller.
///
/// # Safety
/// `data` came from `malloc` and has `len` bytes, or is NULL.
pub(crate) unsafe fn take_blob(data: *mut c_void, len: usize) -> Vec<u8> {
    if data.is_null() {
        return Vec::new();
    }
    // SAFETY: upheld by the caller.
    let copy = unsafe { std::slice::from_raw_parts(data.cast::<u8>(), len) }.to_vec();
    // SAFETY: upheld by the caller; it is freed once.
    unsafe { libc::free(data) };
    copy
}

/// Copies and frees a string that C allocated for its caller.
///
/// # Safety
/// `data` came from `malloc` and is a C string, or is NULL.
pub(crate) unsafe fn take_string(data: *mut c_char) -> CString {
    if data.is_null() {
        return CString::default();
    }
    // SAFETY: upheld by the caller.
    let copy = unsafe { CStr::from_ptr(data) }.to_owned();
    // SAFETY: upheld by the caller; it is freed once.
    unsafe { libc::free(data.cast()) };
    copy
}
