//! Which requests the near end may make of its worker: those of a target, with harmless settings.

use std::path::PathBuf;

use super::limits::Seat;
use crate::runtime::Nixl;
use crate::worker::Role;
use crate::worker::far::{Order, check_env, check_params, is_word};
use crate::worker::protocol::Request;
use crate::workload::{Side, Traffic, Workload};

/// The most blocks or tokens of a request: planning one must not take the agent's memory.
const MOST_BLOCKS: u64 = 1 << 24;

/// The most requests under way at once.
pub(super) const MOST_LANES: u32 = 1024;

/// Looks at what the near end asks of one worker.
pub(super) struct Guard<'a> {
    pub order: &'a Order,
    pub nixl: &'a Nixl,
    /// The worker's page of the mailbox.
    pub mailbox: PathBuf,
    pub seat: Seat,
}

impl Guard<'_> {
    /// The request as the worker gets it: paths are the agent's own.
    ///
    /// # Errors
    /// It is not for a target, or asks for too much.
    pub(super) fn admit(&mut self, request: Request) -> Result<Request, String> {
        match &request {
            Request::Load { .. } => return Ok(self.load()),
            Request::CreateBackend { agent, params } => {
                if !is_word(agent) {
                    return Err(format!("{agent:?} is no name of an agent"));
                }
                check_params(params)?;
            }
            Request::Register { me, workload, .. } => {
                if *me != self.order.id {
                    return Err(format!("{me} is another worker than {}", self.order.id));
                }
                self.seat.take(memory_bytes(workload)?)?;
            }
            Request::Greet { .. }
            | Request::Reflect
            | Request::Fill { .. }
            | Request::Serve { .. }
            | Request::Halt
            | Request::Usage => {}
            Request::Connect { .. }
            | Request::Calibrate
            | Request::Follow { .. }
            | Request::Lead { .. } => return Err("targets do nothing of the kind".to_owned()),
        }
        Ok(request)
    }

    fn load(&self) -> Request {
        let Nixl { prefix, libraries, cuda_stub, .. } = self.nixl.clone();
        let (backend, mailbox) = (self.order.backend, self.mailbox.clone());
        Request::Load { backend, prefix, libraries, cuda_stub, mailbox }
    }
}

/// Refuses a worker that no agent starts.
///
/// # Errors
/// Why.
pub(super) fn check(order: &Order) -> Result<(), String> {
    if order.id.role != Role::Target {
        return Err(format!("{} is no target, and only targets run here", order.id));
    }
    if !order.backend.is_nixl() {
        return Err(format!("{} is no backend of NIXL", order.backend));
    }
    check_env(&order.env)
}

/// What a target registers.
fn memory_bytes(workload: &Workload) -> Result<u64, String> {
    let most = match &workload.traffic {
        Traffic::Uniform(uniform) => uniform.blocks,
        Traffic::Kv(kv) => kv.shape.isl_tokens,
    };
    if most > MOST_BLOCKS || !(1..=MOST_LANES).contains(&workload.in_flight) {
        return Err(format!(
            "a request of {most} blocks or tokens, {} at once: {MOST_BLOCKS} and {MOST_LANES} are \
             the most",
            workload.in_flight
        ));
    }
    let plan = workload.traffic.plan().map_err(|error| error.to_string())?;
    let side = match workload.op.initiator() {
        Side::Prefill => Side::Decode,
        Side::Decode => Side::Prefill,
    };
    Ok(plan.buffer_bytes(side).saturating_mul(workload.in_flight.into()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use super::*;
    use crate::agent::limits::{Limits, Taken};
    use crate::variant::BackendName;
    use crate::worker::WorkerId;
    use crate::workload::Uniform;

    const ID: WorkerId = WorkerId { role: Role::Target, rank: 0 };

    fn order() -> Order {
        Order { id: ID, backend: BackendName::Ucx, env: BTreeMap::new() }
    }

    fn own() -> Nixl {
        Nixl {
            prefix: "/own".into(),
            libraries: vec!["/own/lib".into()],
            cuda_stub: None,
            libfabric_plugin: PathBuf::new(),
            origin: String::new(),
            version: None,
        }
    }

    /// What becomes of a request that may take a megabyte.
    fn admitted(request: Request) -> Result<Request, String> {
        let limits = Limits { workers: 1, memory_bytes: 1 << 20, time: Duration::MAX };
        let seat = Taken::new(limits).seat().unwrap();
        let (order, nixl) = (order(), own());
        Guard { order: &order, nixl: &nixl, mailbox: "/own/page".into(), seat }.admit(request)
    }

    #[test]
    fn paths_are_the_agents_own_whatever_the_near_end_says() {
        let theirs = Request::Load {
            backend: BackendName::Memcpy,
            prefix: "/evil".into(),
            libraries: vec!["/evil".into()],
            cuda_stub: Some("/evil".into()),
            mailbox: "/evil".into(),
        };
        let Request::Load { backend, prefix, libraries, cuda_stub, mailbox } =
            admitted(theirs).unwrap()
        else {
            panic!("it is another request")
        };
        assert_eq!((backend, prefix), (BackendName::Ucx, "/own".into()));
        assert_eq!((libraries, cuda_stub), (vec!["/own/lib".into()], None));
        assert_eq!(mailbox, PathBuf::from("/own/page"));
    }

    #[test]
    fn a_target_is_not_made_an_initiator() {
        for request in [
            Request::Connect { peers: Vec::new() },
            Request::Calibrate,
            Request::Follow { check: None },
            Request::Lead { budget_ns: 1, max_requests: 1, check: None },
        ] {
            admitted(request).unwrap_err();
        }
        admitted(Request::Serve { check: None, delay_ns: 0 }).unwrap();
    }

    #[test]
    fn parameters_and_names_are_looked_at() {
        let create = |agent: &str, key: &str| {
            let params = BTreeMap::from([(key.to_owned(), "1".to_owned())]);
            admitted(Request::CreateBackend { agent: agent.to_owned(), params })
        };
        create("v0-target-0", "num_threads").unwrap();
        create("v0 target", "num_threads").unwrap_err();
        create("v0-target-0", "engine_config").unwrap_err();
    }

    #[test]
    fn memory_has_a_limit_and_cannot_overflow_it() {
        let register = |me, blocks, block_bytes, in_flight| {
            let traffic = Traffic::Uniform(Uniform { blocks, block_bytes, ..Uniform::default() });
            let workload = Workload { traffic, in_flight, ..Workload::default() };
            admitted(Request::Register { me, workload: Box::new(workload), echo: true })
        };
        register(ID, 256, 4096, 1).unwrap();
        for (blocks, block_bytes, in_flight) in [
            (257, 4096, 1),
            (256, 4096, 2),
            (1 << 24, 1 << 60, 1024),
            (u64::MAX, 1, 1),
            (1, 1, 0),
            (1, 1, u32::MAX),
        ] {
            register(ID, blocks, block_bytes, in_flight).unwrap_err();
        }
        register(WorkerId { rank: 1, ..ID }, 1, 1, 1).unwrap_err();
    }

    #[test]
    fn only_targets_of_nixl_are_started() {
        check(&order()).unwrap();
        let initiator = WorkerId { role: Role::Initiator, ..ID };
        check(&Order { id: initiator, ..order() }).unwrap_err();
        check(&Order { backend: BackendName::Memcpy, ..order() }).unwrap_err();
        let env = BTreeMap::from([("LD_PRELOAD".to_owned(), "x".to_owned())]);
        assert!(check(&Order { env, ..order() }).unwrap_err().contains("LD_PRELOAD"));
    }
}
