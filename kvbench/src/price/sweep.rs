//! The points of a sweep, taken in turns, so that what slows a moment of it slows them all.

use std::path::PathBuf;
use std::time::Duration;

use super::point::{Open, Point, Priced};
use crate::emulate::Emulated;
use crate::error::Result;
use crate::measure::{Machine, Observer, fits, in_order};
use crate::runtime::Nixl;
use crate::variant::{BackendName, LaunchFacts};

/// What to take the price of.
#[derive(Debug)]
pub struct Sweep {
    /// The points, in the order of their first processes.
    pub points: Vec<Point>,
    /// The `kvbench` binary, of which the processes are.
    pub binary: PathBuf,
    /// How long a step of a process may take.
    pub deadline: Duration,
    /// What each process registers.
    pub memory_bytes: u64,
    /// Processes per point.
    pub repeat: u32,
    /// Workers of a node.
    pub workers: u64,
    /// The machine's NICs.
    pub machine: Machine,
    /// What LIBFABRIC sees in their place.
    pub emulated: Option<Emulated>,
}

impl Sweep {
    /// The most NICs that a backend can use at a time.
    pub fn most(&self, backend: BackendName, nixl: &Nixl) -> u32 {
        self.facts(backend, nixl).most(backend)
    }

    /// What the launch of a backend depends on.
    pub(super) fn facts(&self, backend: BackendName, nixl: &Nixl) -> LaunchFacts {
        let emulated = self.emulated_for(backend);
        emulated.map_or(&self.machine, Emulated::machine).facts(nixl)
    }

    /// What a backend sees in place of the machine's NICs.
    pub fn emulated_for(&self, backend: BackendName) -> Option<&Emulated> {
        self.emulated.as_ref().filter(|_| backend == BackendName::Libfabric)
    }
}

/// Takes the price of every point, and gives each to `ended` as soon as it is known. A point that
/// fails has its reason with it; the others go on. When the sweep is stopped, points that did not have all of
/// their processes are left out.
///
/// Call it on a thread that lives as long as the sweep: the processes die with that thread.
///
/// # Errors
/// There is not enough memory to register, or `ended` fails.
pub fn run(
    sweep: &Sweep,
    observer: &mut dyn Observer,
    mut ended: impl FnMut(usize, Priced) -> Result<()>,
) -> Result<()> {
    fits(sweep.memory_bytes, "give a smaller --memory")?;
    let mut open: Vec<_> = sweep.points.iter().map(|point| Some(Open::new(sweep, point))).collect();
    let (count, rounds) = (open.len(), sweep.repeat);
    'rounds: for round in 0..rounds {
        // The last round, in which most points end, goes forwards.
        let forwards = (rounds - round) % 2 == 1;
        for (turn, index) in in_order(count, forwards).enumerate() {
            let Some(point) = &mut open[index] else { continue };
            if observer.is_stopped() {
                break 'rounds;
            }
            let done = round as usize * count + turn;
            observer.trial(&point.label, done, count * rounds as usize);
            point.take();
            if (point.priced.error.is_some() || round + 1 == rounds)
                && let Some(point) = open[index].take()
            {
                ended(index, point.priced)?;
            }
        }
    }
    observer.end();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::variant::{Rails, Variant};
    use crate::worker::Step;

    /// What was told of the processes: the point, and how many of how many came before.
    type Told = Vec<(String, usize, usize)>;

    struct Watcher(Told);

    impl Observer for Watcher {
        fn step(&mut self, _: &str, _: Step) {}
        fn measuring(&mut self, _: Duration, _: Duration, _: Option<&str>) {}
        fn trial(&mut self, point: &str, done: usize, of: usize) {
            self.0.push((point.to_owned(), done, of));
        }
        fn end(&mut self) {}
    }

    fn point(nics: u32) -> Point {
        let rails = Rails::Count(nics);
        let nixl = Nixl {
            prefix: PathBuf::new(),
            libraries: Vec::new(),
            cuda_stub: None,
            libfabric_plugin: PathBuf::new(),
            origin: String::new(),
            version: None,
        };
        let variant = Variant { rails, ..Variant::new(BackendName::Libfabric) };
        Point { cell: nics.to_string(), variant, nixl }
    }

    /// A sweep whose processes are those of `binary`.
    fn sweep(binary: &str, repeat: u32) -> Sweep {
        Sweep {
            points: vec![point(1), point(9)],
            binary: binary.into(),
            deadline: Duration::from_secs(10),
            memory_bytes: 4096,
            repeat,
            workers: 1,
            machine: Machine::default(),
            emulated: None,
        }
    }

    fn ends(sweep: &Sweep) -> (Vec<(usize, Priced)>, Told) {
        let (mut ended, mut watcher) = (Vec::new(), Watcher(Vec::new()));
        run(sweep, &mut watcher, |index, priced| {
            ended.push((index, priced));
            Ok(())
        })
        .unwrap();
        (ended, watcher.0)
    }

    #[test]
    fn a_point_that_fails_ends_with_its_reason_and_the_others_go_on() {
        // Its processes end at once.
        let (ended, told) = ends(&sweep("/bin/true", 2));
        assert_eq!(told.len(), 2, "a process each, and none after a failure: {told:?}");
        assert_eq!(told[1], ("LIBFABRIC rails=1".to_owned(), 1, 4), "the last round goes forwards");
        let [(1, many), (0, lone)] = &ended[..] else { panic!("{ended:?}") };
        assert_eq!(lone.failed_step(), Some(Step::Load));
        let why = lone.error.as_ref().unwrap().to_string();
        assert!(why.contains("failed to load NIXL: the process ended"), "{why}");
        assert_eq!((many.nics, many.nics_there, many.failed_step()), (9, 1, None));
        assert_eq!(many.error.as_ref().unwrap().exit_code(), 3);
    }

    #[test]
    fn a_binary_that_is_not_there_fails_its_points() {
        let (ended, _) = ends(&sweep("/nonexistent/kvbench", 1));
        let why = ended[0].1.error.as_ref().unwrap().to_string();
        assert!(why.contains("start a worker"), "{why}");
    }

    #[test]
    fn memory_that_is_not_there_is_refused_before_anything_starts() {
        let sweep = Sweep { memory_bytes: u64::MAX, ..sweep("/bin/true", 1) };
        let error = run(&sweep, &mut Watcher(Vec::new()), |_, _| Ok(())).unwrap_err();
        assert!(error.to_string().contains("--memory"), "{error}");
    }
}
