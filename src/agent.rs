//! `kvbench agent`, and the near end of it.

use kvbench::agent::{AgentJob, Limits, Server};
use kvbench::error::{Error, Result};
use kvbench::runtime;
use kvbench::spec::Spec;
use kvbench::variant::BackendName;
use kvbench::wire::{Identity, Token};
use kvbench::worker::FarHost;

use crate::cli::{AgentArgs, PeerArgs, RunArgs, When};
use crate::run::binary;
use crate::ui::Ui;

/// Serves until it is ended.
pub fn agent(arguments: &AgentArgs) -> Result<u8> {
    let token = token(arguments.token_file.as_deref())?;
    let identity = arguments.tls.as_deref().map(Identity::read_or_make).transpose()?;
    let fingerprint = identity.as_ref().map(Identity::fingerprint);
    let nixl = runtime::find(arguments.nixl_prefix.as_deref(), &mut *Ui::Simple.watch())?;
    let version = nixl.version.clone().unwrap_or_else(|| "of unknown version".to_owned());
    let limits = Limits {
        workers: arguments.max_workers,
        memory_bytes: arguments.max_memory.map_or_else(Limits::half_of_memory, |size| size.0),
        time: arguments.max_time.0,
    };
    let listen = arguments.listen.clone();
    let job = AgentJob { listen, token, identity, limits, binary: binary()?, nixl };
    let server = Server::listen(job)?;
    eprintln!("listening on {}; NIXL {version}; Ctrl-C ends it", server.address()?);
    match fingerprint {
        Some(fingerprint) => eprintln!("for the near end: --peer-fingerprint {fingerprint}"),
        None => eprintln!("without --tls, the network sees what is measured, and can change it"),
    }
    server.run(|line| eprintln!("{line}"))
}

impl PeerArgs {
    /// The host of the targets, if it is another one.
    pub fn far_host(&self) -> Result<Option<FarHost>> {
        let Some(address) = &self.peer else { return Ok(None) };
        let token = token(self.token_file.as_deref())?;
        FarHost::meet(address, token, self.peer_fingerprint).map(Some)
    }
}

/// Refuses what does not work between hosts.
pub fn check_peer(arguments: &RunArgs, specs: &[Spec]) -> Result<()> {
    if arguments.peer.peer.is_none() {
        return Ok(());
    }
    let backends = specs.iter().filter_map(|spec| spec.backend.map(|word| word.0));
    if let Some(other) = backends.into_iter().find(|backend: &BackendName| !backend.is_nixl()) {
        let message = format!("--peer is for backends of NIXL, and {other} is none");
        return Err(Error::Usage(message));
    }
    if arguments.ceiling == When::Always {
        let message = "--ceiling measures on one host, and --peer between two: drop one of them";
        return Err(Error::Usage(message.to_owned()));
    }
    Ok(())
}

fn token(file: Option<&std::path::Path>) -> Result<Token> {
    file.map_or_else(|| Ok(Token::none()), Token::read)
}
