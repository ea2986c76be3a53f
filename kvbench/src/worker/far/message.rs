//! What is said over a connection to an agent, after the handshake.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::About;
use crate::variant::BackendName;
use crate::worker::WorkerId;
use crate::worker::protocol::{Reply, Request};

/// What the near end wants, once per connection.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) enum Opening {
    /// To know the host; the connection ends with the answer.
    Look,
    /// A worker, which ends with the connection.
    Start(Order),
}

/// A worker to be started.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Order {
    pub id: WorkerId,
    pub backend: BackendName,
    pub env: BTreeMap<String, String>,
}

/// What the near end says of its worker.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) enum ToAgent {
    /// To be passed on.
    Request(Request),
    /// It shall end.
    End,
}

/// What the agent says.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) enum FromAgent {
    About(Box<About>),
    /// The worker's process is there.
    Started,
    /// Of the worker.
    Reply(Reply),
    /// The worker's process has ended: how, and the last that it logged.
    Ended {
        how: String,
        log: String,
    },
    /// The agent does not do what was asked.
    Refused {
        reason: String,
    },
}
