//! What an agent says of plugins and backends.

use nixl::{Agent, MemType};

use crate::BACKENDS;
use crate::process::alone;
use crate::side::load;
use crate::wheels::{self, DEFAULT};

#[test]
fn plugins_are_listed() {
    for version in wheels::VERSIONS {
        alone(version, || {
            let agent: Agent = Agent::builder("lister").build(&load(version)).expect("an agent");
            let plugins = agent.plugins().expect("plugins are listed");
            for name in ["UCX", "LIBFABRIC", "POSIX"] {
                assert!(plugins.iter().any(|plugin| plugin == name), "{name}: {plugins:?}");
            }
        });
    }
}

#[test]
fn a_backend_is_what_its_plugin_declares_and_has_the_parameters_it_was_given() {
    for version in ["1.0.1", "1.3.2", "1.5.0"] {
        for name in BACKENDS {
            alone(&format!("{version} {name}"), || {
                let agent: Agent = Agent::builder("a").build(&load(version)).expect("an agent");
                // Reading them loads a plugin and unloads it: it must come up all the same.
                let (declared, defaults) = agent.plugin_params(name).expect("it is a plugin");
                let backend = agent.create_backend(name, &defaults).expect("defaults will do");
                assert_eq!(backend.name(), name);
                let (mems, params) = backend.params().expect("a backend has parameters");
                assert!(mems.contains(&MemType::Dram), "{mems:?}");
                // Without a GPU a backend may have less than its plugin could.
                assert!(mems.iter().all(|mem| declared.contains(mem)), "{mems:?} {declared:?}");
                assert_eq!(params, defaults);
            });
        }
    }
}
