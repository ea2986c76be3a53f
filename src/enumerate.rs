//! `kvbench enumerate`: what it costs to use so many NICs, by what the backend may see.

use std::path::Path;

use kvbench::emulate::Emulated;
use kvbench::error::{Error, Result};
use kvbench::measure::{Machine, Observer};
use kvbench::price::{self, Point, Sweep};
use kvbench::record::{Environment, Record, SweepContext, Writer};
use kvbench::runtime::Nixl;
use kvbench::spec::{EnumerateSpec, Word};
use kvbench::variant::{BackendName, Enumerate, Rails, Variant};
use kvbench::{report, runtime};

use crate::cli::EnumerateArgs;
use crate::run::{binary, build, open_writer};

/// Takes the prices and shows them; the exit code of the first point that failed, or 0.
pub fn enumerate(arguments: &EnumerateArgs) -> Result<u8> {
    let backends = arguments.emulate.backends(&arguments.backend);
    let emulation = arguments.emulate.spec().emulation(&backends)?;
    let mut writer = arguments.json.as_deref().map(open_writer).transpose()?;
    arguments.export.check()?;
    let mut watch = arguments.ui.beside(arguments.json.as_deref()).watch();
    let nixl = runtime::find(arguments.nixl_prefix.as_deref(), &mut *watch)?;
    let spec = arguments.spec();
    let mut sweep = Sweep {
        points: Vec::new(),
        binary: binary()?,
        deadline: arguments.timeout.0,
        memory_bytes: spec.memory_bytes(),
        repeat: spec.repeat(),
        workers: spec.workers(),
        machine: Machine::look(),
        emulated: emulation.map(price::pinned).map(Emulated::install).transpose()?,
    };
    sweep.points = points(arguments, &backends, &sweep, &nixl);
    let (records, code) = priced(&mut sweep, writer.as_mut(), &mut *watch)?;
    let is_stopped = watch.is_stopped();
    drop(watch);
    let json_to_stdout = arguments.json.as_deref() == Some(Path::new("-"));
    let table = report::table(&records);
    if json_to_stdout || arguments.export.to_stdout() {
        eprint!("{table}");
    } else {
        print!("{table}");
    }
    arguments.export.write(&records)?;
    Ok(if is_stopped && code == 0 { Error::Stopped.exit_code() } else { code })
}

/// Takes the prices and writes a record of each as soon as it is known; all of them in the order of
/// the points, and the exit code of the first that failed, or 0. A sweep that is stopped leaves the points out
/// that did not have all of their processes.
///
/// Points without a cell get one that is unique by time.
pub fn priced(
    sweep: &mut Sweep,
    mut writer: Option<&mut Writer>,
    observer: &mut dyn Observer,
) -> Result<(Vec<Record>, u8)> {
    let started = jiff::Timestamp::now();
    for (index, point) in sweep.points.iter_mut().enumerate() {
        if point.cell.is_empty() {
            point.cell = format!("{}-{index}", started.as_millisecond());
        }
    }
    let context = SweepContext {
        sweep,
        started: started.to_string(),
        environment: Environment::capture(build()),
        command: std::env::args().collect(),
    };
    let mut records = Vec::new();
    let mut code = 0;
    price::run(sweep, observer, |index, priced| {
        let record = context.record(index, &priced);
        if let Some(writer) = &mut writer {
            writer.write(&record)?;
        }
        if let Some(error) = &priced.error
            && code == 0
        {
            code = error.exit_code();
        }
        records.push((index, record));
        Ok(())
    })?;
    records.sort_by_key(|(index, _)| *index);
    Ok((records.into_iter().map(|(_, record)| record).collect(), code))
}

/// Each backend with each setting and number of NICs. Names of NICs are a number of them too.
fn points(
    arguments: &EnumerateArgs,
    backends: &[BackendName],
    sweep: &Sweep,
    nixl: &Nixl,
) -> Vec<Point> {
    let mut points: Vec<Point> = Vec::new();
    for &backend in backends {
        for enumerate in &arguments.enumerate.0 {
            let counts = match (enumerate, &arguments.nics[..]) {
                (Enumerate::These(_), _) => vec![Rails::All],
                (_, []) => price::powers_of_two(sweep.most(backend, nixl)),
                (_, given) => given.iter().map(|count| Rails::Count(*count)).collect(),
            };
            for rails in counts {
                let variant = Variant {
                    backend,
                    rails,
                    enumerate: enumerate.clone(),
                    env: arguments.env.iter().cloned().collect(),
                    params: arguments.param.iter().cloned().collect(),
                };
                if points.iter().all(|point| point.variant != variant) {
                    points.push(Point { cell: String::new(), variant, nixl: nixl.clone() });
                }
            }
        }
    }
    points
}

impl EnumerateArgs {
    /// The terms of every point.
    fn spec(&self) -> EnumerateSpec {
        EnumerateSpec {
            nics: None,
            memory: self.memory.map(Word),
            repeat: self.repeat,
            workers: self.workers,
        }
    }
}
