//! One error type: it keeps the operation, the backend and the status that C returned.

use std::fmt;

use nixl_sys::{PluginFault, nixl_capi_status_t};

use crate::HostBuffer;

/// The result of a NIXL operation.
pub type Result<T> = std::result::Result<T, Error>;

/// A status that NIXL's C ABI returned and that is an error.
///
/// NIXL has no text for its statuses; these are the meanings of `nixl_capi.h`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Status(pub(crate) i32);

impl Status {
    /// The number, as in `nixl_capi.h`.
    pub fn code(self) -> i32 {
        self.0
    }

    pub(crate) const BACKEND: Self = Self(nixl_capi_status_t::NIXL_CAPI_ERROR_BACKEND.0);
    pub(crate) const NOT_FOUND: Self = Self(nixl_capi_status_t::NIXL_CAPI_ERROR_NOT_FOUND.0);
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let meaning = match nixl_capi_status_t(self.0) {
            nixl_capi_status_t::NIXL_CAPI_ERROR_INVALID_PARAM => "invalid parameter",
            nixl_capi_status_t::NIXL_CAPI_ERROR_BACKEND => "backend error",
            nixl_capi_status_t::NIXL_CAPI_ERROR_INVALID_STATE => "invalid state",
            nixl_capi_status_t::NIXL_CAPI_ERROR_EXCEPTION => "exception",
            nixl_capi_status_t::NIXL_CAPI_ERROR_NO_TELEMETRY => "no telemetry",
            nixl_capi_status_t::NIXL_CAPI_ERROR_NOT_FOUND => "not found",
            _ => "unknown status",
        };
        write!(f, "{meaning} ({})", self.0)
    }
}

/// What went wrong.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A C function failed.
    #[error("failed to {operation}{}: {status}", on(.backend))]
    Status {
        /// What was being done.
        operation: &'static str,
        /// The backend concerned, where there is one.
        backend: Option<String>,
        /// What C returned.
        status: Status,
    },
    /// A backend could not be created.
    #[error("failed to create backend {backend}: {status}{}", reasons(.faults))]
    Backend {
        /// The name of the plugin.
        backend: String,
        /// What C returned.
        status: Status,
        /// What keeps the plugin from loading; empty when its file is fine and the backend itself
        /// refused (NIXL's log tells why, with `NIXL_LOG_LEVEL=DEBUG`).
        faults: Vec<PluginFault>,
    },
    /// Two handles of different agents were given to one operation.
    #[error("failed to {operation}: a handle belongs to another agent")]
    ForeignHandle {
        /// What was being done.
        operation: &'static str,
    },
    /// A block lies outside its registration or region.
    #[error("block at {offset} of {len} bytes lies outside a region of {region_bytes} bytes")]
    OutOfBounds {
        /// First byte of the block.
        offset: usize,
        /// Bytes of the block.
        len: usize,
        /// Bytes of the region.
        region_bytes: usize,
    },
    /// An index does not exist in its prepared list.
    #[error("index {index} is outside a prepared list of {blocks} blocks")]
    NoSuchBlock {
        /// The index.
        index: u32,
        /// Blocks of the list.
        blocks: usize,
    },
    /// The two sides of a transfer do not match.
    #[error(
        "{local} local blocks of {local_bytes} bytes against {remote} remote blocks of {remote_bytes}"
    )]
    Mismatch {
        /// Number of local blocks.
        local: usize,
        /// Their bytes, in all.
        local_bytes: usize,
        /// Number of remote blocks.
        remote: usize,
        /// Their bytes, in all.
        remote_bytes: usize,
    },
    /// The transfer is active: poll it to its end before posting it again.
    #[error("failed to post: the transfer is still active")]
    Active,
    /// A transfer with this peer failed, so nothing more is posted to it; load its metadata again.
    #[error("agent {remote} is lost: an earlier transfer with it failed")]
    RemoteLost {
        /// The peer's name.
        remote: String,
    },
    /// Prepared lists or transfers of this peer still exist.
    #[error("failed to invalidate agent {remote}: lists or transfers of it still exist")]
    RemoteInUse {
        /// The peer's name.
        remote: String,
    },
    /// The loaded NIXL is older than the function.
    #[error("failed to {operation}: the loaded NIXL has no {function}")]
    Unsupported {
        /// What was being done.
        operation: &'static str,
        /// The C function that is missing.
        function: &'static str,
    },
    /// A name, key or value cannot be handed to C, or bytes are not what they should be.
    #[error("{what} {text:?} is not valid: {reason}")]
    Invalid {
        /// What it is.
        what: &'static str,
        /// The text.
        text: String,
        /// Why not.
        reason: String,
    },
    /// The system refused memory.
    #[error("failed to map {bytes} bytes of host memory: {source}")]
    Map {
        /// Bytes asked for.
        bytes: usize,
        /// The system's reason.
        source: std::io::Error,
    },
}

fn on(backend: &Option<String>) -> String {
    backend.as_ref().map(|backend| format!(" on {backend}")).unwrap_or_default()
}

fn reasons(faults: &[PluginFault]) -> String {
    faults.iter().map(|fault| format!("; {fault}")).collect()
}

/// A registration that failed, and the memory that was to be registered.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct RegisterError {
    /// What went wrong.
    pub error: Error,
    /// The memory, unchanged.
    pub buffer: HostBuffer,
}

impl From<RegisterError> for Error {
    fn from(failed: RegisterError) -> Self {
        failed.error
    }
}

/// Whether a call that is not an error is still going on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Outcome {
    Done,
    InProgress,
}

/// The one way from a C status to a result.
pub(crate) fn check(status: nixl_capi_status_t) -> std::result::Result<Outcome, Status> {
    match status {
        nixl_capi_status_t::NIXL_CAPI_SUCCESS => Ok(Outcome::Done),
        nixl_capi_status_t::NIXL_CAPI_IN_PROG => Ok(Outcome::InProgress),
        nixl_capi_status_t(code) => Err(Status(code)),
    }
}

/// Names the operation of a failed status.
pub(crate) trait During<T> {
    fn during(self, operation: &'static str) -> Result<T>;
    fn during_on(self, operation: &'static str, backend: &str) -> Result<T>;
}

impl<T> During<T> for std::result::Result<T, Status> {
    fn during(self, operation: &'static str) -> Result<T> {
        self.map_err(|status| Error::Status { operation, backend: None, status })
    }

    fn during_on(self, operation: &'static str, backend: &str) -> Result<T> {
        self.map_err(|status| Error::Status {
            operation,
            backend: Some(backend.to_owned()),
            status,
        })
    }
}

/// A C string, or an error that says which text it was.
pub(crate) fn c_string(what: &'static str, text: &str) -> Result<std::ffi::CString> {
    std::ffi::CString::new(text).map_err(|error| Error::Invalid {
        what,
        text: text.to_owned(),
        reason: error.to_string(),
    })
}
