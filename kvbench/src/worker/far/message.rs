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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::wire::{receive, send};
    use crate::worker::Role;

    fn messages() -> Vec<Vec<u8>> {
        let id = WorkerId { role: Role::Target, rank: 0 };
        let env = BTreeMap::from([("UCX_TLS".to_owned(), "tcp".to_owned())]);
        let order = Order { id, backend: BackendName::Ucx, env };
        let serve = Request::Serve { check: Some(7), delay_ns: 0 };
        let mut wires = vec![Vec::new(); 3];
        send(&mut wires[0], &Opening::Start(order)).unwrap();
        send(&mut wires[1], &ToAgent::Request(serve)).unwrap();
        send(&mut wires[2], &ToAgent::End).unwrap();
        wires
    }

    #[test]
    fn messages_are_understood_and_others_are_not() {
        let [start, serve, end] = messages().try_into().unwrap();
        assert!(matches!(receive(&mut &start[..]).unwrap(), Some(Opening::Start(_))));
        assert!(matches!(receive(&mut &serve[..]).unwrap(), Some(ToAgent::Request(_))));
        assert!(matches!(receive(&mut &end[..]).unwrap(), Some(ToAgent::End)));
        receive::<ToAgent>(&mut &start[..]).unwrap_err();
        receive::<Opening>(&mut &end[..]).unwrap_err();
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(3000))]

        #[test]
        fn a_damaged_message_is_another_one_or_an_error(
            which in 0..3_usize,
            damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
            cut in any::<prop::sample::Index>(),
        ) {
            let mut wire = messages().swap_remove(which);
            for (at, byte) in damage {
                let at = at.index(wire.len());
                wire[at] = byte;
            }
            wire.truncate(1 + cut.index(wire.len()));
            let _ = receive::<Opening>(&mut &wire[..]);
            if let Ok(Some(message)) = receive::<ToAgent>(&mut &wire[..]) {
                send(&mut Vec::new(), &message).unwrap();
            }
        }
    }
}
