//! Emulated EFA NICs: rails, enumeration and path as with real ones, and always said to be emulated.

use kvbench::record::{Cell, Record};
use kvbench::variant::{NicFinding, NicTrouble, Path, SettingStatus};

use crate::harness::{Kvbench, failure, parse, payload_bytes, pinned_version};

fn command(arguments: &[&str]) -> Kvbench {
    let common = ["--block-size", "64KiB", "--batch", "64", "--json", "-", "--max-time", "1s"];
    Kvbench::new(&[&common, arguments].concat())
}

fn cells(records: &[Record]) -> Vec<&Cell> {
    records.iter().filter_map(Record::measured).collect()
}

#[test]
fn few_of_many_rails_are_used_or_opened() {
    let arguments = ["--emulate-efa", "8", "--rails", "2", "--enumerate", "all,rails"];
    for op in ["write", "read"] {
        let run = command(&[&arguments[..], &["--op", op]].concat()).finish().returned(0);
        assert!(run.stderr.contains("Emulated: "), "{}", run.stderr);
        let records = parse(&run.stdout);
        let cells = cells(&records);
        assert!(cells.iter().all(|cell| cell.emulated && cell.verified));
        assert_eq!(cells[0].environment.emulation["EFA_EMU_NICS"], "8");
        let created: Vec<_> = cells.iter().map(|cell| cell.observed.rails_created).collect();
        assert_eq!(created, [Some(8), Some(2)], "all are opened, or only the rails");
        for cell in cells {
            let seen = &cell.observed;
            assert_eq!((seen.path, seen.rails_used), (Path::Nic, 2), "{seen:?}");
            assert_eq!(seen.settings["rails"].status, SettingStatus::Honoured);
            let carried = |bytes: &kvbench::measure::NicBytes| bytes.tx.max(bytes.rx);
            let bytes: Vec<u64> = seen.nic_bytes.values().map(carried).collect();
            assert_eq!(bytes.iter().sum::<u64>(), payload_bytes(cell), "to the byte");
            let (least, most) = (bytes.iter().min().unwrap(), bytes.iter().max().unwrap());
            assert!((most - least) * 100 <= *most, "rails share evenly: {bytes:?}");
        }
    }
}

#[test]
fn the_stock_plugin_ignores_its_supposed_variable() {
    let variable = ["--env", "NIXL_LIBFABRIC_MAX_RAILS=1"];
    let run = command(&[&["--emulate-efa", "4"], &variable[..]].concat()).finish().returned(0);
    let records = parse(&run.stdout);
    let seen = &cells(&records)[0].observed;
    assert_eq!(seen.settings["NIXL_LIBFABRIC_MAX_RAILS"].status, SettingStatus::Ignored);
    assert_eq!(seen.rails_created, Some(4));
    assert!(run.stderr.contains("NIXL_LIBFABRIC_MAX_RAILS was ignored"), "{}", run.stderr);
}

/// The one NIC that a failed run blames, and for what.
fn blamed(arguments: &[&str]) -> (String, NicTrouble) {
    let run = command(arguments).finish().returned(3).complained_of(&["finding: ", "Emulated: "]);
    let records = parse(&run.stdout);
    let failure = failure(&records, "LIBFABRIC");
    assert_eq!(failure.environment.nixl.as_deref(), Some(pinned_version()));
    let [found] = &failure.findings[..] else { panic!("{failure:?}") };
    assert!(failure.error.contains(&found.to_string()), "{failure:?}");
    (found.nic.clone(), found.trouble)
}

#[test]
fn a_nic_that_does_not_open_is_blamed() {
    let fails = ["--emulate-efa", "4", "--fail-nic", "rdmap147s0"];
    assert_eq!(blamed(&fails), ("rdmap147s0".to_owned(), NicTrouble::NotOpened));
}

#[test]
fn the_nic_where_memory_ran_out_is_blamed() {
    let none = ["--emulate-efa", "2", "--memlock", "1MiB"];
    assert_eq!(blamed(&none), ("rdmap79s0".to_owned(), NicTrouble::MemoryLimit));
    // A rail registers 32 MiB for itself: there is room for two.
    let two = ["--emulate-efa", "4", "--memlock", "80MiB"];
    assert_eq!(blamed(&two), ("rdmap147s0".to_owned(), NicTrouble::MemoryLimit));
    // The payload of 4 MiB fits on the first.
    let payload = ["--emulate-efa", "2", "--memlock", "70MiB"];
    let run = command(&payload).finish().returned(4);
    let records = parse(&run.stdout);
    let [found] = &failure(&records, "LIBFABRIC").findings[..] else { panic!("{records:?}") };
    assert_eq!((found.nic.as_str(), found.trouble), ("rdmap147s0", NicTrouble::MemoryLimit));
}

#[test]
fn a_quarter_speed_nic_is_found() {
    let slow = ["--emulate-efa", "4", "--pace", "0.5Gbps", "--slow-nic", "rdmap147s0/4"];
    let run = command(&[&slow[..], &["--check-nics", "always"]].concat()).finish().returned(0);
    let words = "Finding: LIBFABRIC (emulated): rdmap147s0 is slow: ";
    assert!(run.stderr.contains(words), "{}", run.stderr);
    let records = parse(&run.stdout);
    let seen = &cells(&records)[0].observed;
    assert_eq!(seen.nic_alone_bytes_per_s.len(), 4, "{seen:?}");
    let slow = |one: &NicFinding| one.nic == "rdmap147s0" && one.trouble == NicTrouble::Slow;
    assert!(seen.findings.iter().any(slow), "{seen:?}");

    let unchecked = ["--emulate-efa", "2", "--check-nics", "never"];
    let records = parse(&command(&unchecked).finish().returned(0).stdout);
    assert!(cells(&records)[0].observed.nic_alone_bytes_per_s.is_empty());
}

#[test]
fn nobody_takes_ucx_for_emulated() {
    let run = command(&["--emulate-efa", "2", "--backend", "ucx"]).finish().returned(2);
    run.complained_of(&["--backend libfabric"]);
}
