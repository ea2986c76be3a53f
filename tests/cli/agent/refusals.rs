//! What an agent does not do for anybody, and what does not work between hosts.

use tempfile::tempdir;

use super::started::Agent;
use crate::harness::Kvbench;

const SMALL: [&str; 6] = ["--block-size", "64KiB", "--batch", "8", "--restarts", "1"];
const UCX: [&str; 4] = ["--backend", "ucx", "--ucx-tls", "tcp"];

#[track_caller]
fn refuses(mut agent: Agent, arguments: &[&str], words: &[&str]) {
    let run = agent.kvbench(&[&SMALL[..], &UCX, arguments].concat()).finish().returned(3);
    run.complained_of(words);
    agent.says("refused: ");
    agent.is_alone();
    agent.end();
}

#[test]
fn settings_that_name_files_are_not_set() {
    for setting in ["UCX_MODULE_DIR=x", "LD_PRELOAD=x", "UCX_TCP_TX_SEG_SIZE=/x"] {
        let name = setting.split('=').next().unwrap();
        refuses(Agent::start(&[]), &["--env", setting], &["target 0 of UCX", "it refused", name]);
    }
    let param = ["--param", "engine_config=x"];
    refuses(Agent::start(&[]), &param, &["create the backend", "refused", "engine_config"]);
}

#[test]
fn no_more_than_the_limits_is_given() {
    let little = Agent::start(&["--max-memory", "256KiB"]);
    refuses(little, &[], &["target 0 of UCX failed to register memory", "--max-memory"]);
    let few = Agent::start(&["--max-workers", "1"]);
    refuses(few, &["--targets", "2"], &["target 1 of UCX", "--max-workers"]);
    let short = Agent::start(&["--max-time", "1s"]);
    refuses(short, &["--duration", "20s"], &["target 0 of UCX failed to", "--max-time"]);
}

#[test]
fn without_a_token_the_loopback_is_all() {
    let home = tempdir().unwrap();
    let agent = |listen| Kvbench::new(&["agent", "--listen", listen, "--no-token"]);
    let refused = agent("0.0.0.0:0").finish().returned(2);
    refused.complained_of(&["without a token", "the loopback only"]);
    let needs = ["agent", "--listen", "127.0.0.1:0"];
    let refused = Kvbench::without_nixl(home.path(), &needs).finish().returned(2);
    refused.complained_of(&["--token-file"]);
    let short = home.path().join("token");
    std::fs::write(&short, "short").unwrap();
    let token = ["agent", "--listen", "127.0.0.1:0", "--token-file", short.to_str().unwrap()];
    Kvbench::new(&token).finish().returned(2).complained_of(&["5 bytes", "openssl rand"]);
}

#[test]
fn what_needs_one_host_is_refused_at_once() {
    let home = tempdir().unwrap();
    let refused = |arguments: &[&str], words: &[&str]| {
        let arguments = [&["--peer", "127.0.0.1:9"][..], arguments].concat();
        let run = Kvbench::without_nixl(home.path(), &arguments).finish();
        run.returned(2).complained_of(words);
    };
    refused(&["--backend", "raw-ucx"], &["--peer is for backends of NIXL"]);
    refused(&["--ceiling"], &["--ceiling measures on one host"]);
    refused(&["--netns", "a:b"], &["cannot be used with"]);
    refused(&["--emulate-efa", "2"], &["cannot be used with"]);
    let run = Kvbench::without_nixl(home.path(), &["--token-file", "x"]).finish();
    run.returned(2).complained_of(&["--peer"]);
}

#[test]
fn no_agent_is_told_with_a_remedy() {
    let run = Kvbench::new(&["--peer", "127.0.0.1:9"]).finish().returned(3);
    run.complained_of(&["the agent at 127.0.0.1:9 cannot be used", "kvbench agent --listen"]);
}
