//! The published schema against real records, and against what this code writes.

use jsonschema::Validator;
use kvbench::measure::NicBytes;
use kvbench::record::{Reader, Record, Writer};
use serde_json::{Value, json};

use crate::ceilings::bounded;
use crate::findings::with_findings;
use crate::samples::{changed, data, records};

const SCHEMA: &str = include_str!("../../schema/record-1.schema.json");

fn schema() -> Value {
    serde_json::from_str(SCHEMA).unwrap()
}

fn validator(schema: &Value) -> Validator {
    jsonschema::draft202012::options().should_validate_formats(true).build(schema).unwrap()
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn golden() -> Vec<Value> {
    lines(&std::fs::read_to_string(data("records.jsonl")).unwrap())
}

/// Points of a sweep, priced and failed ones.
fn enumerations() -> Vec<Value> {
    lines(&std::fs::read_to_string(data("enumerations.jsonl")).unwrap())
}

fn assert_valid(validator: &Validator, records: &[Value]) {
    for record in records {
        let kind = &record["kind"];
        let errors = validator.iter_errors(record).map(|error| error.to_string());
        assert_eq!(errors.collect::<Vec<_>>(), [""; 0], "{kind} {}", record["cell"]);
    }
}

#[test]
fn the_schema_is_one() {
    assert!(jsonschema::meta::is_valid(&schema()));
}

#[test]
fn real_records_are_valid() {
    assert_valid(&validator(&schema()), &golden());
    assert_valid(&validator(&schema()), &enumerations());
}

#[test]
fn what_is_written_is_valid_and_reads_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("records.jsonl");
    let mut writer = Writer::append(&path).unwrap();
    records().iter().for_each(|record| writer.write(record).unwrap());
    let written = std::fs::read_to_string(&path).unwrap();
    assert_valid(&validator(&schema()), &lines(&written));
    let read = Reader::open(&path).unwrap();
    assert_eq!((read.records.len(), read.bad_lines.len()), (records().len(), 0));
}

/// The schema, but without the further keys that it admits.
fn closed() -> Validator {
    fn close(schema: &mut Value) {
        if let Value::Object(object) = schema {
            let is_object = object.get("type").is_some_and(|one| one == "object");
            if is_object && object.contains_key("properties") {
                object.insert("additionalProperties".into(), json!(false));
            }
        }
        match schema {
            Value::Object(object) => object.values_mut().for_each(close),
            Value::Array(array) => array.iter_mut().for_each(close),
            _ => {}
        }
    }
    let mut closed = schema();
    close(&mut closed);
    validator(&closed)
}

fn written(records: &[Record]) -> Vec<Value> {
    records.iter().map(|record| serde_json::to_value(record).unwrap()).collect()
}

#[test]
fn no_key_is_left_undescribed() {
    let closed = closed();
    assert_valid(&closed, &golden());
    assert_valid(&closed, &enumerations());
    assert_valid(&closed, &written(&bounded()));
    assert_valid(&closed, &written(&with_findings()));
}

#[test]
fn a_point_has_a_price_or_a_failure() {
    let validator = validator(&schema());
    for point in enumerations() {
        for key in ["nics", "rails_created", "processes", "price", "failure", "environment"] {
            let mut without = point.clone();
            if without.as_object_mut().unwrap().remove(key).is_some() {
                assert!(!validator.is_valid(&without), "without {key}");
            }
        }
        let mut both = point.clone();
        both["price"] = json!({});
        both["failure"] = json!({"step": null, "error": "why"});
        assert!(!validator.is_valid(&both));
    }
}

#[test]
fn namespaces_and_the_nics_of_the_targets_are_described_too() {
    let apart = changed(|cell| {
        cell.environment.netns = "pf:/proc/7/ns/net".parse().unwrap();
        cell.observed.target_nic_bytes = [("b0".to_owned(), NicBytes { tx: 1, rx: 2 })].into();
    });
    let written = written(&apart);
    assert_valid(&closed(), &written);
    let netns = &written[0]["environment"]["netns"];
    assert_eq!(*netns, json!({"prefill": "pf", "decode": "/proc/7/ns/net"}));
    assert_eq!(written[0]["observed"]["target_nic_bytes"]["b0"]["rx"], 2);
}

#[test]
fn further_keys_are_welcome_and_missing_ones_are_not() {
    let validator = validator(&schema());
    for mut record in golden() {
        record["later"] = json!({"any": "thing"});
        assert!(validator.is_valid(&record));
        for key in ["schema", "kind", "cell", "started", "variant", "workload", "environment"] {
            let mut without = record.clone();
            without.as_object_mut().unwrap().remove(key);
            assert!(!validator.is_valid(&without), "without {key}");
        }
    }
}

#[test]
fn nonsense_is_invalid() {
    let validator = validator(&schema());
    for (pointer, value) in [
        ("/schema", json!(2)),
        ("/kind", json!("else")),
        ("/started", json!("yesterday")),
        ("/variant/rails", json!(0)),
        ("/variant/backend", json!("ucx")),
        ("/workload/tp", json!([1])),
        ("/observed/path", json!("wire")),
        ("/observed/settings/rails/status", json!("perhaps")),
        ("/latency_ns/delivered/p50", json!(-1)),
        ("/latency_ns/delivered/histogram", json!("%")),
        ("/setup_ns/load", json!("fast")),
    ] {
        let mut record = golden().swap_remove(0);
        *record.pointer_mut(pointer).unwrap() = value;
        assert!(!validator.is_valid(&record), "{pointer}");
    }
}
