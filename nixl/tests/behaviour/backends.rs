//! What an agent says of plugins and backends.

use nixl::{Agent, Error, HostBuffer, MemType, Op, Params};

use crate::BACKENDS;
use crate::process::alone;
use crate::side::{blocks, load, pattern, run};
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

#[test]
fn one_registration_serves_several_backends() {
    const LEN: usize = 4096;
    alone("both", || {
        let nixl = load(DEFAULT);
        let side = |name: &str| {
            let agent = Agent::builder(name).progress_thread(true).build(&nixl);
            let agent: Agent = agent.expect("an agent");
            let backends = BACKENDS.map(|name| {
                agent.create_backend(name, &Params::new()).expect("the backend is there")
            });
            let buffer = HostBuffer::new(LEN).expect("there is memory");
            let memory = agent.register(buffer, &backends.each_ref()).expect("it registers");
            (agent, backends, memory)
        };
        let (agent, backends, memory) = side("initiator");
        let (target, _its_backends, its_memory) = side("target");
        let metadata = target.metadata().expect("it has backends");
        let peer = agent.load_remote(&metadata).expect("the backends are common to both");
        for (seed, backend) in backends.iter().enumerate() {
            let data = pattern(seed as u64, LEN);
            its_memory.write(0, &data).expect("it fits");
            let local = memory.prepare(blocks(1, LEN), backend).expect("it is inside");
            let remote = peer.prepare(&its_memory.region(), blocks(1, LEN), backend);
            let remote = remote.expect("it is inside");
            run(&mut local.transfer(Op::Read, &[0], &remote, &[0]).build().expect("they match"));
            let mut found = vec![0; LEN];
            memory.read(0, &mut found).expect("it is inside");
            assert!(found == data, "{} read other bytes", backend.name());
        }
    });
}

#[test]
fn files_are_asked_for_by_name() {
    alone("POSIX", || {
        let nixl = load(DEFAULT);
        let agent: Agent = Agent::builder("a").build(&nixl).expect("an agent");
        let (file, folder) = (tempfile::NamedTempFile::new(), tempfile::tempdir());
        let (file, folder) = (file.expect("a file"), folder.expect("a folder"));
        let there = file.path().as_os_str().as_encoded_bytes();
        let missing = folder.path().join("missing");
        let keys = [there, missing.as_os_str().as_encoded_bytes(), there];

        // The plugin needs an input-output library that a machine may lack.
        let faults = nixl.library().diagnose("POSIX");
        match agent.create_backend("POSIX", &Params::new()) {
            Ok(posix) => {
                let answers = posix.query_memory(MemType::File, &keys).expect("it knows files");
                let found: Vec<bool> = answers.iter().map(Option::is_some).collect();
                assert_eq!(found, [true, false, true]);
                assert_eq!(posix.query_memory(MemType::File, &[]).expect("no question"), []);
            }
            Err(Error::Backend { backend, faults: told, .. }) => {
                assert_eq!((backend.as_str(), told), ("POSIX", faults));
            }
            Err(other) => panic!("{other}"),
        }
        let ucx = agent.create_backend("UCX", &Params::new()).expect("UCX is there");
        let error = ucx.query_memory(MemType::File, &keys).expect_err("it knows no files");
        assert!(error.to_string().starts_with("failed to query memory on UCX: "), "{error}");
    });
}
