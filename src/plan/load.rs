//! The points of a load that a plan asks for, on one deployment.

use std::time::Duration;

use kvbench::emulate::Emulated;
use kvbench::error::Result;
use kvbench::load::{self, Interrupt, LoadJob, LoadWriter, Loaded, Stop};
use kvbench::measure::Machine;
use kvbench::plan::{Group, Loading, PlanCell};
use kvbench::record::{Environment, LoadContext, Record, WorkloadRecord, Writer};
use kvbench::runtime::Nixl;
use kvbench::serving::ServeJob;
use kvbench::spec::DeploymentShape;
use kvbench::variant::Variant;

use crate::run::{binary, build};
use crate::ui::{Watch, tell};

/// As `kvbench load` and `kvbench serve` have them.
const TRANSFER_LIMIT: Duration = Duration::from_secs(120);
const GRACE: Duration = Duration::from_secs(30);
const MAX_BATCH: u32 = 256;
const MAX_WAITING: usize = 4096;

/// A deployment that a plan wants loaded.
pub struct Deployment<'p> {
    /// The group that it serves, with all of its cells.
    pub group: &'p Group,
    /// What its cells have in common.
    pub loading: &'p Loading,
    /// The NIXL.
    pub nixl: Nixl,
    /// Emulated NICs in place of the machine's.
    pub emulated: Option<Emulated>,
    /// How long a step of set-up may take.
    pub deadline: Duration,
}

impl Deployment<'_> {
    /// Loads the points that are `open` and writes a record of each; the exit code of the first that was
    /// not well, or 0. Points of a plan that is stopped stay open.
    pub fn load(
        self,
        open: &[&(PlanCell, Variant)],
        writer: &mut Writer,
        watch: &mut dyn Watch,
    ) -> Result<(Vec<Record>, u8)> {
        let Some((_, variant)) = open.first() else { return Ok((Vec::new(), 0)) };
        let loading = self.loading;
        let workload = WorkloadRecord::new(&loading.workload.traffic.plan()?, &loading.workload);
        let shape = DeploymentShape::new(&loading.spec, &loading.load)?;
        let context = self.context(&shape);
        let loaded = self.run(open, variant, shape, watch);
        if watch.is_stopped() {
            return Ok((Vec::new(), 0));
        }
        let (records, code): (Vec<_>, u8) = match loaded {
            Ok(loaded) => {
                let points = open.iter().zip(&loaded.points);
                let records =
                    points.map(|((cell, _), point)| context.record(&cell.id, &loaded, point));
                let records: Vec<_> = records.collect();
                let code = code(&loaded, &records, open.len());
                (records, code)
            }
            Err(error) => {
                tell(&format!("{error}"));
                let record = |(cell, variant): &&(PlanCell, Variant)| {
                    context.failure(&cell.id, variant, workload.clone(), &error)
                };
                (open.iter().map(record).collect(), error.exit_code())
            }
        };
        records.iter().try_for_each(|record| writer.write(record))?;
        Ok((records, code))
    }

    fn context(&self, shape: &DeploymentShape) -> LoadContext {
        LoadContext {
            started: jiff::Timestamp::now().to_string(),
            isl: shape.isl.mean,
            osl: shape.osl.mean,
            random_seed: self.loading.load.seed(),
            environment: Environment {
                nixl_origin: self.nixl.origin.clone(),
                emulation: self.emulated.as_ref().map(Emulated::settings).unwrap_or_default(),
                netns: self.loading.spec.namespaces(),
                ..Environment::capture(build())
            },
            command: std::env::args().collect(),
        }
    }

    fn run(
        self,
        open: &[&(PlanCell, Variant)],
        variant: &Variant,
        shape: DeploymentShape,
        watch: &mut dyn Watch,
    ) -> Result<Loaded> {
        let Loading { spec, load, .. } = self.loading;
        // Of all cells, so that a plan that is resumed asks for as many.
        let limits = self.group.cells.iter().filter_map(|(cell, _)| cell.point()?.concurrency);
        let stop = |count| Stop {
            count: Some(count),
            duration: None,
            grace: GRACE,
            patience: self.deadline + TRANSFER_LIMIT,
        };
        let job = LoadJob {
            points: open.iter().filter_map(|(cell, _)| cell.point()).collect(),
            attainment: None,
            trace: None,
            isl: shape.isl,
            osl: shape.osl,
            stop: stop(load.requests(limits.max().unwrap_or(1))),
            warm_up: load.warmup_request_count.map(|count| stop(count.get())),
            slos: None,
            stall: None,
            seed: load.seed(),
            command: std::env::args().collect(),
        };
        let [prefill_workers, decode_workers] = load.workers()?;
        let serve = ServeJob {
            binary: binary()?,
            model: shape.model,
            tokenizer: "none".to_owned(),
            nixl: self.nixl,
            variant: variant.clone(),
            machine: Machine::look(),
            emulated: self.emulated,
            namespaces: spec.namespaces(),
            op: spec.op.unwrap_or_default(),
            pool: shape.pool,
            block_tokens: shape.block_tokens,
            huge_pages: spec.huge_pages.unwrap_or_default(),
            compute: load.compute()?,
            prefill_workers,
            decode_workers,
            max_batch: MAX_BATCH,
            max_waiting: MAX_WAITING,
            deadline: self.deadline,
            transfer_limit: TRANSFER_LIMIT,
            notice: tell,
        };
        serve.check_memory()?;
        let (interrupt, mut unlogged) = (Interrupt::unheeded(), LoadWriter::default());
        load::run(serve, &job, &mut unlogged, &interrupt, watch, &mut |_| ())
    }
}

/// 1 for wrong data, 4 for requests that failed and for points that there are none of, else 0.
fn code(loaded: &Loaded, records: &[Record], asked: usize) -> u8 {
    let whole = records.iter().filter_map(Record::load).filter(|load| load.is_whole()).count();
    match (loaded.summary.wrong, whole == asked) {
        (1.., _) => 1,
        (0, true) => 0,
        (0, false) => 4,
    }
}
