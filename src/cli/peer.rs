//! The arguments of two hosts: those of the agent on the far one, and what the near one needs to reach it.

use std::path::PathBuf;

use clap::{Args, value_parser};
use kvbench::spec::Size;
use kvbench::wire::Fingerprint;

use crate::options::Span;

/// Targets on another host.
#[derive(Args)]
pub struct PeerArgs {
    /// Run the targets on another host, where `kvbench agent` listens at this address; deliveries are
    /// told by an echo, whose cost is measured and told
    #[arg(long, value_name = "HOST:PORT", conflicts_with_all = ["netns", "emulate_efa"])]
    pub peer: Option<String>,
    /// The file with the token that the agent was given
    #[arg(long, value_name = "FILE", requires = "peer")]
    pub token_file: Option<PathBuf>,
    /// Speak TLS, with no one but the agent whose certificate has this SHA-256, which it prints
    #[arg(long, value_name = "SHA256", requires = "peer")]
    pub peer_fingerprint: Option<Fingerprint>,
}

#[derive(Args)]
pub struct AgentArgs {
    /// Listen here; with port 0 at any, which is printed
    #[arg(long, value_name = "HOST:PORT")]
    pub listen: String,
    /// The file with the token that the near end must have; 16 bytes at least
    #[arg(long, value_name = "FILE", required_unless_present = "no_token")]
    pub token_file: Option<PathBuf>,
    /// Let in whoever connects; on the loopback only
    #[arg(long, conflicts_with = "token_file")]
    pub no_token: bool,
    /// Speak TLS with the certificate and key in this file, which are made where there is none; prints
    /// the fingerprint for --peer-fingerprint
    #[arg(long, value_name = "FILE.pem")]
    pub tls: Option<PathBuf>,
    /// Workers at a time
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = value_parser!(u32).range(1..=512))]
    pub max_workers: u32,
    /// Memory that workers may register together [default: half of what is available]
    #[arg(long, value_name = "SIZE")]
    pub max_memory: Option<Size>,
    /// How long a worker may live
    #[arg(long, value_name = "TIME", default_value = "1h")]
    pub max_time: Span,
    /// Use the NIXL installed under this folder
    #[arg(long, value_name = "DIR")]
    pub nixl_prefix: Option<PathBuf>,
}
