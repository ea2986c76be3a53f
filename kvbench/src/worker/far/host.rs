//! A host with an agent: how it is reached, and what it told of itself.

use std::fmt;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::{FromAgent, Opening};
use crate::error::{Error, Result};
use crate::variant::LaunchFacts;
use crate::wire::{self, Fingerprint, Receiver, Sender, Token, receive, send};

/// How long an agent may take to look at its host.
const LOOK_LIMIT: Duration = Duration::from_secs(10);

/// A host with an agent.
#[derive(Clone, Debug)]
pub struct FarHost {
    address: String,
    token: Token,
    pinned: Option<Fingerprint>,
    /// What it told of itself.
    pub about: About,
}

/// What an agent tells of its host.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// The host's name.
    pub host: String,
    /// The version of its NIXL, where the installation says it.
    pub nixl: Option<String>,
    /// What the launch of workers there depends on.
    pub facts: LaunchFacts,
}

impl FarHost {
    /// Asks the agent at `address` (`HOST:PORT`) what its host is.
    ///
    /// # Errors
    /// There is no agent there, or it refuses.
    pub fn meet(address: &str, token: Token, pinned: Option<Fingerprint>) -> Result<Self> {
        let about = About::default();
        let mut host = Self { address: address.to_owned(), token, pinned, about };
        let look = || -> std::result::Result<About, String> {
            let (sender, mut receiver) = host.open(&Opening::Look)?;
            let until = Instant::now() + LOOK_LIMIT;
            let answer = receiver.wait(Some(until)).and_then(|()| receive(&mut receiver));
            sender.close();
            match answer.map_err(|error| error.to_string())? {
                Some(FromAgent::About(about)) => Ok(*about),
                Some(FromAgent::Refused { reason }) => Err(format!("it refused: {reason}")),
                _ => Err("it answered something else".to_owned()),
            }
        };
        host.about = look().map_err(|why| Error::Environment {
            what: format!("the agent at {address} cannot be used"),
            why,
            remedy: "run `kvbench agent --listen HOST:PORT --token-file FILE` there, and give the \
                     same token here; with --tls there, --peer-fingerprint here"
                .to_owned(),
        })?;
        Ok(host)
    }

    /// A connection on which `opening` was said.
    pub(super) fn open(
        &self,
        opening: &Opening,
    ) -> std::result::Result<(Sender, Receiver), String> {
        let (mut sender, receiver) =
            wire::connect(&self.address, &self.token, self.pinned.as_ref())?;
        send(&mut sender, opening).map_err(|error| error.to_string())?;
        Ok((sender, receiver))
    }

    /// How it is reached: `HOST:PORT`.
    pub fn address(&self) -> &str {
        &self.address
    }
}

impl fmt::Display for FarHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.address, self.about.host)
    }
}
