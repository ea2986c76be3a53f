//! A plan runs its cells, resumes where it was killed, and says what is wrong with it.

use std::path::Path;

use nix::sys::signal::Signal;
use tempfile::tempdir;

use crate::harness::{Kvbench, assert_sound, read};
use kvbench::record::{Body, Record};

/// Two groups: both backends on one workload, then one on another.
const PLAN: &str = r#"
name = "Small"
[defaults]
block_size = "16KiB"
batch = 8
[[cell]]
id = "both"
backend = ["ucx", "libfabric"]
[[cell]]
id = "read"
op = "read"
nixl = "patched"
"#;

/// Transfers over emulated NICs, and the price of these.
const EMULATED: &str = r#"
name = "Emulated"
[defaults]
emulate_efa = 2
block_size = "64KiB"
batch = 64
[[cell]]
id = "transfers"
rails = 2
pace = "1Gbps"
restarts = 1
require_rails = 2
huge_pages = "no"
[[cell]]
id = "price"
kind = "enumerate"
enumerate = ["all", "rails"]
nics = [1, 2]
memory = "1MiB"
repeat = 1
"#;

fn write_plan(folder: &Path) -> (String, String) {
    write(folder, PLAN)
}

fn write(folder: &Path, text: &str) -> (String, String) {
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let (plan, records) = (path("small.toml"), path("small.jsonl"));
    std::fs::write(&plan, text).unwrap();
    (plan, records)
}

fn cells(records: &[Record]) -> Vec<&str> {
    records.iter().map(|record| record.cell.as_str()).collect()
}

#[test]
fn a_plan_runs_every_cell_and_says_which_nixl_it_used() {
    let folder = tempdir().unwrap();
    let (plan, file) = write_plan(folder.path());
    let arguments = ["plan", &plan, "--json", &file, "--duration", "500ms"];
    let run = Kvbench::new(&arguments).finish().returned(0);
    for words in ["Small", "both/ucx", "both/libfabric", "since no patched one is given"] {
        assert!(run.stdout.contains(words), "{words:?} is not in:\n{}", run.stdout);
    }
    let records = read(Path::new(&file));
    assert_eq!(cells(&records), ["both/ucx", "both/libfabric", "read"]);
    for record in &records {
        let Body::Cell(cell) = &record.body else { panic!("{record:?}") };
        assert_sound(cell);
    }
    let Body::Cell(second) = &records[1].body else { unreachable!() };
    assert_eq!(second.comparison.as_ref().map(|found| found.base.as_str()), Some("both/ucx"));
}

#[test]
fn a_killed_plan_resumes_without_repeating_ended_cells() {
    let folder = tempdir().unwrap();
    let (plan, file) = write_plan(folder.path());
    let arguments = ["plan", &plan, "--json", &file, "--duration", "2s", "--ui", "simple"];
    let mut first = Kvbench::new(&arguments).start();
    // The second group begins once the records of the first are on disk.
    first.wait_for("LIBFABRIC: report its resources");
    first.wait_for("UCX: start");
    first.coordinator().signal(Signal::SIGKILL);
    drop(first);
    let ended = read(Path::new(&file));
    assert_eq!(cells(&ended), ["both/ucx", "both/libfabric"]);

    let second = Kvbench::new(&arguments).finish().returned(0);
    assert!(second.stdout.contains("2 cells had ended before"), "{}", second.stdout);
    let records = read(Path::new(&file));
    assert_eq!(cells(&records), ["both/ucx", "both/libfabric", "read"]);
    assert_eq!(records[0].started, ended[0].started, "it was not run again");
}

#[test]
fn emulated_nics_and_their_price_are_cells_that_resume() {
    let folder = tempdir().unwrap();
    let (plan, file) = write(folder.path(), EMULATED);
    let dry = Kvbench::new(&["plan", &plan, "--dry-run"]).finish().returned(0);
    for words in ["5 cells", "rails=2 (emulated)", "price/rails/2", "enumerate", "1 MiB"] {
        assert!(dry.stdout.contains(words), "{words:?} is not in:\n{}", dry.stdout);
    }
    let arguments = ["plan", &plan, "--json", &file, "--duration", "500ms"];
    let first = Kvbench::new(&arguments).finish().returned(0);
    for words in ["rails=2 (emulated)", "Emulated: NICs", "Price: to use 1 of 2 NICs"] {
        assert!(first.stdout.contains(words), "{words:?} is not in:\n{}", first.stdout);
    }
    let records = read(Path::new(&file));
    let expected = ["transfers", "price/all/1", "price/all/2", "price/rails/1", "price/rails/2"];
    assert_eq!(cells(&records), expected);
    let cell = records[0].measured().unwrap();
    assert!(cell.emulated && cell.verified && cell.observed.rails_used == 2);
    assert_eq!(cell.environment.emulation["EFA_EMU_PACE_BITS_PER_S"], "1000000000");
    assert_eq!((cell.restarts, cell.resources.initiator.huge_bytes), (1, 0));
    let rails: Vec<_> =
        records.iter().filter_map(|one| Some(one.enumeration()?.rails_created)).collect();
    assert_eq!(rails, [2, 2, 1, 2].map(Some));

    let kept = std::fs::read_to_string(&file).unwrap();
    let without_last: String = kept.lines().take(4).map(|line| format!("{line}\n")).collect();
    std::fs::write(&file, without_last).unwrap();
    let second = Kvbench::new(&arguments).finish().returned(0);
    assert!(second.stdout.contains("4 cells had ended before"), "{}", second.stdout);
    let records = read(Path::new(&file));
    assert_eq!(cells(&records), expected);
    assert_ne!(records[4].started, records[3].started, "only the last was run again");
}

#[test]
fn a_cell_whose_path_is_not_as_required_fails_the_plan() {
    let folder = tempdir().unwrap();
    let text = EMULATED.replace("require_rails = 2", "require_rails = 1");
    let text = text.split("[[cell]]\nid = \"price\"").next().unwrap();
    let (plan, file) = write(folder.path(), text);
    let arguments = ["plan", &plan, "--json", &file, "--duration", "300ms"];
    let run = Kvbench::new(&arguments).finish().returned(1);
    assert!(run.stderr.contains("1 rails are required, and 2"), "{}", run.stderr);
}

#[test]
fn a_dry_run_shows_cells_and_bytes_without_a_nixl() {
    let home = tempdir().unwrap();
    let (plan, file) = write_plan(home.path());
    let arguments = ["plan", &plan, "--json", &file, "--dry-run", "--scale", "0.5"];
    let run = Kvbench::without_nixl(home.path(), &arguments).finish().returned(0);
    assert!(run.stdout.contains("3 cells") && run.stdout.contains("64 KiB"), "{}", run.stdout);
    assert!(!Path::new(&file).exists());
}

#[test]
fn a_slip_in_a_plan_is_named() {
    let home = tempdir().unwrap();
    let plan = home.path().join("p.toml");
    std::fs::write(&plan, "[[cell]]\nid = \"a\"\nrials = 1\n").unwrap();
    let arguments = ["plan", plan.to_str().unwrap()];
    let run = Kvbench::without_nixl(home.path(), &arguments).finish().returned(2);
    for words in ["p.toml", "rials", "did you mean `rails`"] {
        assert!(run.stderr.contains(words), "{}", run.stderr);
    }
}

#[test]
fn the_seed_plan_of_phase_1_is_whole() {
    let home = tempdir().unwrap();
    let plan = concat!(env!("CARGO_MANIFEST_DIR"), "/plans/phase1.toml");
    let arguments = ["plan", plan, "--dry-run"];
    let run = Kvbench::without_nixl(home.path(), &arguments).finish().returned(0);
    for cell in ["B-01", "B-04", "B-05", "B-08", "B-14", "B-16"] {
        assert!(run.stdout.contains(cell), "{}", run.stdout);
    }
}

/// Both backends at two loads each.
fn loads(folder: &Path) -> (String, String) {
    let config = r#"{"model_type": "llama", "num_hidden_layers": 2, "num_attention_heads": 4,
        "num_key_value_heads": 4, "hidden_size": 256, "torch_dtype": "bfloat16"}"#;
    let model = folder.join("config.json");
    std::fs::write(&model, config).unwrap();
    let text = format!(
        "name = 'Loads'\n[defaults]\nmodel = {model:?}\nisl = 64\nrequest_count = 20\nblocks = 64\n\
         [[cell]]\nid = 'S'\nkind = 'load'\nbackend = ['ucx', 'libfabric']\nconcurrency = [1, 5]\n"
    );
    write(folder, &text)
}

const LOAD_CELLS: [&str; 4] = ["S/ucx/1", "S/ucx/5", "S/libfabric/1", "S/libfabric/5"];

#[test]
fn points_of_a_load_are_cells_that_resume_after_a_kill() {
    let folder = tempdir().unwrap();
    let (plan, file) = loads(folder.path());
    let dry = Kvbench::new(&["plan", &plan, "--dry-run"]).finish().returned(0);
    assert!(
        dry.stdout.contains("4 cells") && dry.stdout.contains("S/libfabric/5"),
        "{}",
        dry.stdout
    );
    let page = folder.path().join("page.html");
    let arguments = ["plan", &plan, "--json", &file, "--html", page.to_str().unwrap()];
    let mut first = Kvbench::new(&arguments).start();
    // The second deployment begins once the records of the first are on disk.
    first.wait_for("LIBFABRIC: start");
    first.coordinator().signal(Signal::SIGKILL);
    drop(first);
    let ended = read(Path::new(&file));
    assert_eq!(cells(&ended), LOAD_CELLS[..2]);

    let second = Kvbench::new(&arguments).finish().returned(0);
    assert!(second.stdout.contains("2 cells had ended before"), "{}", second.stdout);
    let records = read(Path::new(&file));
    assert_eq!(cells(&records), LOAD_CELLS);
    assert_eq!(records[0].started, ended[0].started, "it was not run again");
    let page = std::fs::read_to_string(page).unwrap();
    for cell in LOAD_CELLS {
        let rows = page.matches(&format!("<th scope=\"row\">{cell}</th>")).count();
        assert_eq!(rows, 1, "{cell}");
        assert_eq!(second.stdout.matches(&format!("{cell} ")).count(), 1, "{}", second.stdout);
    }
    for (record, limit) in records.iter().zip([1, 5, 1, 5]) {
        let load = record.load().unwrap();
        assert!(load.is_whole() && !load.emulated, "{load:?}");
        assert_eq!((load.point.load.concurrency, load.point.figures.ok()), (Some(limit), 20));
    }
    assert_described(&file);
}

/// Every key of every record is in the schema.
fn assert_described(file: &str) {
    let schema = include_str!("../../kvbench/schema/record-1.schema.json");
    let mut schema: serde_json::Value = serde_json::from_str(schema).unwrap();
    crate::serve::close(&mut schema["$defs"]);
    let options = jsonschema::draft202012::options().should_validate_formats(true);
    let validator = options.build(&schema).unwrap();
    for line in std::fs::read_to_string(file).unwrap().lines() {
        let record: serde_json::Value = serde_json::from_str(line).unwrap();
        let errors = validator.iter_errors(&record).map(|error| error.to_string());
        assert_eq!(errors.collect::<Vec<_>>(), [""; 0]);
    }
}

#[test]
fn the_serving_plan_is_whole() {
    let home = tempdir().unwrap();
    let plan = concat!(env!("CARGO_MANIFEST_DIR"), "/plans/serving.toml");
    let arguments = ["plan", plan, "--dry-run"];
    let run = Kvbench::without_nixl(home.path(), &arguments).finish().returned(0);
    for cell in ["25 cells", "tcp/ucx/1 ", "tcp/libfabric/50", "nics/4/50", "(emulated)"] {
        assert!(run.stdout.contains(cell), "{}", run.stdout);
    }
}
