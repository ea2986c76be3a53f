//! `kvbench tune`: what it tries, what it keeps, and the lines that it prints.

use kvbench::record::Record;
use kvbench::variant::{BackendName, Rails, Variant};
use tempfile::tempdir;

use crate::harness::{Kvbench, read};

const COMMON: [&str; 7] = ["tune", "--block-size", "256KiB", "--batch", "4", "--precision", "20%"];

#[test]
fn ucx_is_tuned_or_its_defaults_are_best() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("rounds.jsonl");
    let own = ["--backend", "ucx", "--max-time", "6s", "--json", file.to_str().unwrap()];
    let run = Kvbench::new(&[&COMMON[..], &own].concat()).finish().returned(0);
    let told = &run.stdout;
    if told.contains("\nBest: UCX ") {
        assert!(told.contains("\n--kv-transfer-config '{"), "{told}");
        assert!(told.contains("\nexport DYN_KVBM_NIXL_BACKEND_UCX=true\n"), "{told}");
    } else {
        assert!(told.contains("\nThe defaults are best: "), "{told}");
        assert!(!told.contains("export "), "{told}");
    }
    // What was tried is told, and of each round there are records.
    assert!(told.contains("rendezvous: UCX_RNDV_THRESH=auto"), "{told}");
    let records = read(&file);
    let cells: Vec<_> = records.iter().filter_map(Record::measured).collect();
    assert!(cells.iter().any(|cell| cell.variant == Variant::new(BackendName::Ucx)));
    let auto = |one: &Variant| one.env.get("UCX_RNDV_THRESH").is_some_and(|size| size == "auto");
    let tried = cells.iter().find(|cell| auto(&cell.variant)).expect("it was measured");
    assert!(tried.verified && tried.comparison.is_some());
}

#[test]
fn more_rails_are_found_where_they_are_faster() {
    let paced = ["--emulate-efa", "4", "--pace", "0.25Gbps", "--rails", "1", "--max-time", "20s"];
    let run = Kvbench::new(&[&COMMON[..], &paced].concat()).finish().returned(0);
    let told = &run.stdout;
    let best =
        told.lines().find(|line| line.starts_with("Best: ")).unwrap_or_else(|| panic!("{told}"));
    assert!(best.contains(" is faster than LIBFABRIC rails=1 by "), "{best}");
    let rails = best.split("rails=").nth(1).and_then(|rest| rest.split_whitespace().next());
    let rails: Rails = rails.unwrap().parse().unwrap();
    let Rails::Count(count @ 2..=4) = rails else { panic!("{best}") };
    let limit = format!("\nexport NIXL_LIBFABRIC_MAX_BW_PER_DRAM_SEG={}\n", 100 * count);
    assert!(told.contains(&limit), "{told}");
    assert!(told.contains(r#""backends":["LIBFABRIC"]"#), "{told}");
    assert!(told.contains("\nEmulated: "), "{told}");
}

#[test]
fn a_base_that_fails_ends_it() {
    let fails = ["--emulate-efa", "2", "--fail-nic", "rdmap147s0"];
    let run = Kvbench::new(&[&COMMON[..], &fails].concat()).finish().returned(3);
    run.complained_of(&["finding: ", "rdmap147s0"]);
}

#[test]
fn one_backend_of_nixl_is_tuned() {
    for backend in ["memcpy", "raw-ucx", "ucx,libfabric"] {
        let run = Kvbench::new(&["tune", "--backend", backend]).finish().returned(2);
        run.complained_of(&["unknown backend"]);
    }
    let emulated = ["tune", "--backend", "ucx", "--emulate-efa", "2"];
    Kvbench::new(&emulated).finish().returned(2).complained_of(&["--backend libfabric"]);
}
