//! `kvbench tune`: which settings of a backend are faster than its defaults, and how to set them.

use std::path::Path;
use std::time::{Duration, Instant};

use kvbench::emulate::Emulated;
use kvbench::error::{Error, Result};
use kvbench::measure::{Contender, Job};
use kvbench::record::{Body, Record, Writer};
use kvbench::spec::{Spec, Word};
use kvbench::tune::{Answer, Measurer, lines, search, settings};
use kvbench::variant::Variant;
use kvbench::{report, runtime};

use crate::cli::{MeasuringArgs, TuneArgs, When};
use crate::options::Span;
use crate::run::{job, measured, open_writer};
use crate::ui::Watch;

/// The shortest time that a round measures, however little of the budget is left.
const SHORTEST_ROUND: Duration = Duration::from_millis(500);

/// Searches, and shows what was found; 0, whether or not something is faster.
pub fn tune(arguments: &TuneArgs) -> Result<u8> {
    let start = Instant::now();
    let spec = arguments.spec();
    let (base, workload) = (spec.variant()?, spec.workload()?);
    let emulation = arguments.emulate.spec().emulation(&[base.backend])?;
    let writer = arguments.json.as_deref().map(open_writer).transpose()?;
    let mut watch = arguments.ui.beside(arguments.json.as_deref()).watch();
    let nixl = runtime::find(arguments.nixl_prefix.as_deref(), &mut *watch)?;
    let plugin = nixl.plugin(base.backend);
    let contender = Contender {
        cell: String::new(),
        variant: base.clone(),
        nixl,
        namespaces: spec.namespaces(),
        injected: None,
    };
    let measuring = arguments.measuring(arguments.max_time.0);
    let mut job = job(vec![contender.clone()], workload, &measuring)?;
    job.emulated = emulation.map(Emulated::install).transpose()?;
    let facts = job.facts(&contender)?;
    let descriptors = job.workload.traffic.plan()?.descriptor_count();
    let settings = settings(base.backend, &facts, &plugin, descriptors);
    let emulated = job.emulated.is_some();
    let mut rounds =
        Rounds { arguments, job, contender, writer, watch: &mut *watch, start, base_failed: 0 };
    let tuned = match search(&base, &settings, arguments.max_time.0, &mut rounds) {
        // What failed was told with its record.
        Err(_) if rounds.base_failed != 0 => return Ok(rounds.base_failed),
        found => found?,
    };
    drop(watch);
    let text = report::tuning(&base, &tuned, &lines(&tuned.best, &facts), emulated);
    if arguments.json.as_deref() == Some(Path::new("-")) {
        eprint!("{text}");
    } else {
        print!("{text}");
    }
    Ok(0)
}

impl TuneArgs {
    /// The base of the search.
    fn spec(&self) -> Spec {
        Spec {
            backend: Some(Word(self.emulate.backend(self.backend))),
            rails: Some(self.rails),
            enumerate: Some(self.enumerate.clone()),
            env: self.env.iter().cloned().collect(),
            params: self.param.iter().cloned().collect(),
            ..self.transfer.spec()
        }
    }

    /// How a round measures for `time`.
    fn measuring(&self, time: Duration) -> MeasuringArgs {
        MeasuringArgs {
            duration: None,
            precision: self.precision,
            restarts: None,
            check_nics: When::Never,
            max_time: Span(time),
            slice: None,
            timeout: self.timeout,
            ui: self.ui,
            nixl_prefix: self.nixl_prefix.clone(),
        }
    }
}

/// Measures rounds as jobs of their own.
struct Rounds<'a> {
    arguments: &'a TuneArgs,
    job: Job,
    /// The base; the others differ in their variant alone.
    contender: Contender,
    writer: Option<Writer>,
    watch: &'a mut dyn Watch,
    start: Instant,
    /// The exit code of the base, where it failed.
    base_failed: u8,
}

impl Measurer for Rounds<'_> {
    fn measure(
        &mut self,
        base: &Variant,
        others: &[Variant],
        time: Duration,
    ) -> Result<Vec<Answer>> {
        let contender =
            |variant: &Variant| Contender { variant: variant.clone(), ..self.contender.clone() };
        self.job.contenders = [base].into_iter().chain(others).map(contender).collect();
        let measuring = self.arguments.measuring(time.max(SHORTEST_ROUND));
        self.job.stop = measuring.stopping_rule();
        self.job.slice = measuring.slice(self.job.contenders.len());
        let (records, codes) = measured(&mut self.job, self.writer.as_mut(), self.watch)?;
        if self.watch.is_stopped() {
            return Err(Error::Stopped);
        }
        if let Some(Body::Failure(failure)) = records.first().map(|record| &record.body) {
            self.base_failed = codes[0];
            return Err(Error::Usage(format!("{} failed: {}", base.label(), failure.error)));
        }
        Ok(records[1..].iter().map(answer).collect())
    }

    fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }
}

fn answer(record: &Record) -> Answer {
    match &record.body {
        Body::Cell(cell) => match &cell.comparison {
            Some(comparison) => Answer::Judged(comparison.verdict),
            None => Answer::Failed("it was not compared".to_owned()),
        },
        Body::Failure(failure) => Answer::Failed(failure.error.clone()),
        Body::Enumeration(_) | Body::Load(_) => Answer::Failed("it was not measured".to_owned()),
    }
}
