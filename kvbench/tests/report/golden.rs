//! Each form of report against its golden file; `BLESS=1` writes them anew.

use kvbench::report;

use crate::samples::{data, records};

/// Fails unless `text` is what the golden file `name` holds.
pub fn compare(name: &str, text: &str) {
    let path = data(name);
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap();
    let first = golden.lines().zip(text.lines()).position(|(golden, now)| golden != now);
    let line = first.unwrap_or_else(|| golden.lines().count().min(text.lines().count()));
    assert!(
        golden == text,
        "{name} differs from line {}:\n  golden: {:?}\n  now:    {:?}\nBLESS=1 takes it as it is now",
        line + 1,
        golden.lines().nth(line),
        text.lines().nth(line),
    );
}

#[test]
fn table() {
    compare("report.txt", &report::table(&records()));
}

#[test]
fn csv() {
    compare("report.csv", &report::csv(&records()));
}

#[test]
fn markdown() {
    compare("report.md", &report::markdown(&records()));
}

#[test]
fn html() {
    compare("report.html", &report::html(&records()));
}
