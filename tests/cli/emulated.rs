//! Emulated EFA NICs: rails, enumeration and path as with real ones, and always said to be emulated.

use kvbench::record::{Cell, Record};
use kvbench::variant::{Path, SettingStatus};

use crate::harness::{Kvbench, parse, payload_bytes};

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

#[test]
fn faults_name_the_nic() {
    let fails = ["--emulate-efa", "2", "--fail-nic", "rdmap147s0"];
    let run = command(&fails).finish();
    assert!(run.stderr.contains("rdmap147s0"), "{}", run.stderr);
    run.returned(3);
    let limit = ["--emulate-efa", "2", "--memlock", "1MiB"];
    let run = command(&limit).finish();
    assert!(run.stderr.contains("rdmap79s0"), "{}", run.stderr);
}

#[test]
fn nobody_takes_ucx_for_emulated() {
    let run = command(&["--emulate-efa", "2", "--backend", "ucx"]).finish().returned(2);
    run.complained_of(&["--backend libfabric"]);
}
