//! Tiny wheels, pins for them, and stand-ins for Python, so that most tests need no network.
#![allow(dead_code, reason = "each test binary uses its own part")]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nixl_runtime::{Cache, Deadlines, Fetching, Pin, PinList, Pip, Progress, Tags};
use sha2::{Digest, Sha256};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

pub const LIBRARY: &str = "tiny.libs/libnixl_capi.so";

/// Writes a wheel with these files and returns the pin that fits it.
pub fn tiny_wheel(folder: &Path, files: &[(&str, &str)]) -> Pin {
    let file = "tiny-1.0-py3-none-any.whl";
    fs::create_dir_all(folder).unwrap();
    let mut zip = ZipWriter::new(fs::File::create(folder.join(file)).unwrap());
    for (name, content) in files {
        let mode = if name.ends_with(".so") { 0o755 } else { 0o644 };
        zip.start_file(*name, SimpleFileOptions::default().unix_permissions(mode)).unwrap();
        zip.write_all(content.as_bytes()).unwrap();
    }
    zip.finish().unwrap();
    pin_for(&folder.join(file))
}

/// The usual tiny wheel: one library, one file to unpack beside it, one to leave.
pub fn usual_wheel(folder: &Path) -> Pin {
    tiny_wheel(folder, &[(LIBRARY, "library"), ("tiny.libs/more", "more"), ("other/file", "x")])
}

pub fn pin_for(wheel: &Path) -> Pin {
    let bytes = fs::read(wheel).unwrap();
    Pin {
        name: "tiny".into(),
        version: "1.0".into(),
        file: wheel.file_name().unwrap().to_str().unwrap().into(),
        sha256: Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect(),
        size_bytes: bytes.len() as u64,
        licence: "Apache-2.0".into(),
        tags: Tags {
            python: "3.11".into(),
            implementation: "py".into(),
            abi: "none".into(),
            platforms: vec!["any".into()],
        },
        include: vec!["tiny.libs/".into()],
        provides: vec![LIBRARY.into()],
        instead: "make do without".into(),
    }
}

/// A pin list whose default set is this one pin.
pub fn list_of(pin: &Pin) -> PinList {
    PinList::parse(&format!(
        "default = ['{name} {version}']
        [[wheel]]
        name = '{name}'
        version = '{version}'
        file = '{file}'
        sha256 = '{sha256}'
        size_bytes = {size_bytes}
        licence = '{licence}'
        tags = {{ python = '3.11', implementation = 'py', abi = 'none', platforms = ['any'] }}
        include = {include:?}
        provides = {provides:?}
        instead = '{instead}'",
        name = pin.name,
        version = pin.version,
        file = pin.file,
        sha256 = pin.sha256,
        size_bytes = pin.size_bytes,
        licence = pin.licence,
        include = pin.include,
        provides = pin.provides,
        instead = pin.instead,
    ))
    .unwrap()
}

/// A cache that runs one of the scripts in `fake-python/` in place of Python. Deadlines are far
/// off.
pub fn cache_with(dir: &Path, script: &str) -> Cache {
    let deadlines = Deadlines { total: Duration::from_secs(60), idle: Duration::from_secs(60) };
    cache_with_deadlines(dir, script, deadlines)
}

pub fn cache_with_deadlines(dir: &Path, script: &str, deadlines: Deadlines) -> Cache {
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fake-python").join(script);
    Cache::at(dir).with_fetching(Fetching::Allowed).with_pip(Pip { python, deadlines })
}

/// Where the script `serves` takes wheels from.
pub fn served(cache: &Path) -> PathBuf {
    cache.join("served")
}

/// Polls until `what` gives something; fails the test after 30 s.
pub fn eventually<T>(what: &str, mut poll: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = poll() {
            return found;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Remembers what was reported.
#[derive(Default)]
pub struct Recorder {
    pub steps: Vec<Step>,
    open: bool,
}

pub struct Step {
    pub item: String,
    pub total_bytes: u64,
    pub done_bytes: u64,
}

impl Progress for Recorder {
    fn begin(&mut self, item: &str, total_bytes: u64) {
        assert!(!self.open, "{item} begins inside another step");
        self.open = true;
        self.steps.push(Step { item: item.into(), total_bytes, done_bytes: 0 });
    }

    fn advance(&mut self, done_bytes: u64) {
        let step = self.steps.last_mut().unwrap();
        assert!(self.open && done_bytes >= step.done_bytes, "{} goes back", step.item);
        step.done_bytes = done_bytes;
    }

    fn end(&mut self) {
        assert!(std::mem::take(&mut self.open), "an end without a begin");
    }
}
