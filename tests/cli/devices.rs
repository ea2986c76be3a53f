//! `kvbench devices` tells the truth of this machine, with NIXL and without.

use std::collections::BTreeSet;
use std::time::Duration;

use kvbench::devices::{Inventory, Nic, NicKind};
use tempfile::tempdir;

use crate::harness::Kvbench;

fn inventory(command: Kvbench) -> Inventory {
    let run = command.finish().returned(0);
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {}", run.stdout))
}

/// The network devices of this process's namespace.
fn netdevs() -> BTreeSet<String> {
    let text = std::fs::read_to_string("/proc/self/net/dev").unwrap();
    let names = text.lines().filter_map(|line| line.split_once(':'));
    names.map(|(name, _)| name.trim().to_owned()).collect()
}

/// The NICs by which a network device is known.
fn known(inventory: &Inventory) -> BTreeSet<String> {
    let names = |nic: &Nic| [std::slice::from_ref(&nic.name), &nic.netdevs].concat();
    inventory.nics.iter().flat_map(names).collect()
}

fn has_tcp_of_ucx(nic: &Nic) -> bool {
    nic.ucx.iter().any(|device| device.transport == "tcp" && device.device == nic.name)
}

fn has_tcp_of_libfabric(nic: &Nic) -> bool {
    nic.libfabric.iter().any(|domain| domain.provider == "tcp" && domain.domain == nic.name)
}

#[test]
fn every_network_device_is_there_and_tcp_can_use_one_of_them() {
    let found = inventory(Kvbench::new(&["devices", "--json"]));
    assert!(netdevs().is_subset(&known(&found)), "{found:#?}");
    assert!(found.nics.iter().any(has_tcp_of_ucx), "{found:#?}");
    assert!(found.nics.iter().any(has_tcp_of_libfabric), "{found:#?}");
    assert!(!found.emulated && found.numa_nodes.contains(&0));

    let lo = found.nics.iter().find(|nic| nic.name == "lo").expect("every machine has one");
    assert_eq!((lo.kind, lo.pci), (NicKind::Loopback, None));
    let shared = |transport: &str| found.without_nic.ucx.iter().any(|d| d.transport == transport);
    assert!(shared("posix") && shared("self"), "{found:#?}");
    for library in [&found.libfabric, &found.ucx] {
        assert_eq!(library.failure, None);
        assert!(library.file.as_ref().is_some_and(|file| file.is_file()), "{library:?}");
    }
    assert!(found.ucx.version.is_some_and(|version| version.starts_with("1.")));
}

#[test]
fn a_network_of_its_own_has_only_its_loopback() {
    let (command, apart) = Kvbench::new(&["devices", "--json"]).in_network_of_its_own();
    let found = inventory(command);
    if apart {
        let netdevs = found.nics.iter().filter(|nic| nic.kind != NicKind::Rdma);
        assert_eq!(netdevs.map(|nic| nic.name.as_str()).collect::<Vec<_>>(), ["lo"]);
    }
}

#[test]
fn without_nixl_the_kernels_view_is_left() {
    let home = tempdir().unwrap();
    let installed = ["/opt/nvidia/nvda_nixl", "/usr/local/nixl"];
    if installed.iter().any(|path| std::path::Path::new(path).exists()) {
        return;
    }
    let found = inventory(Kvbench::without_nixl(home.path(), &["devices", "--json"]));
    assert!(netdevs().is_subset(&known(&found)));
    for library in [&found.libfabric, &found.ucx] {
        let why = library.failure.as_deref().unwrap_or_default();
        assert!(why.contains("kvbench fetch"), "{library:?}");
    }
    let table = Kvbench::without_nixl(home.path(), &["devices"]).finish().returned(0).stdout;
    assert!(table.contains(" lo ") && table.contains("kvbench fetch"), "{table}");
}

#[test]
fn settings_of_libfabric_are_respected() {
    let command = Kvbench::new(&["devices", "--json"]).env("FI_PROVIDER", "tcp");
    let found = inventory(command);
    let domains = found.nics.iter().flat_map(|nic| &nic.libfabric);
    let providers: BTreeSet<_> = domains.map(|domain| domain.provider.as_str()).collect();
    assert!(providers.contains("tcp") && !providers.contains("sockets"), "{providers:?}");
}

#[test]
fn a_provider_that_crashes_or_hangs_takes_nothing_along() {
    // 2.5 s for an answer, the rest for a busy machine.
    const LIMIT: Duration = Duration::from_secs(10);
    for (body, words) in [("__builtin_trap();", "signal"), ("for (;;) pause();", "in time")] {
        let folder = tempdir().unwrap();
        let (source, provider) = (folder.path().join("bad.c"), folder.path().join("bad-fi.so"));
        let code = format!("#include <unistd.h>\nvoid *fi_prov_ini(void) {{ {body} return 0; }}\n");
        std::fs::write(&source, code).unwrap();
        let cc = std::process::Command::new("cc")
            .args(["-shared", "-fPIC", "-o"])
            .args([&provider, &source])
            .status();
        assert!(cc.expect("there is a C compiler").success());

        let command = Kvbench::new(&["devices", "--json"]).env("FI_PROVIDER_PATH", folder.path());
        let run = command.finish().returned(0);
        assert!(run.took < LIMIT, "it took {:?}", run.took);
        let found: Inventory = serde_json::from_str(&run.stdout).unwrap();
        let why = found.libfabric.failure.expect("libfabric cannot have answered");
        assert!(why.contains(words), "{why}");
        assert_eq!(found.ucx.failure, None);
    }
}
