//! `kvbench load`: KV transfers as load, at a rate or a number at a time.

use std::time::Duration;

use kvbench::error::{Error, Result};
use kvbench::load::{
    Interrupt, Length, Load, LoadJob, LoadWriter, Loaded, Pattern, Replay, Schedule, Stall, Stop,
    Trace, run,
};
use kvbench::serving::Status;
use kvbench::{report, runtime};

use crate::cli::{ArrivalArgs, LoadArgs, TraceArgs};
use crate::deployment::Served;
use crate::options::Span;
use crate::report::{check, is_stdout, write};
use crate::ui::{ServeWatch, Ui};

/// The compute without `--compute`: transfers alone.
const COMPUTE: &str = "instant";

/// Requests of a point, where nothing says how many.
const REQUESTS: u64 = 100;

/// Where a search begins, in requests per second, and how long it tries a rate.
const FIRST_RATE: f64 = 10.0;
const SEARCH_DURATION: Duration = Duration::from_secs(10);

/// Loads each backend, and shows what came of it.
pub fn load(arguments: &LoadArgs) -> Result<u8> {
    let deployment = &arguments.deployment;
    let backends = deployment.emulate.backends(&arguments.backend);
    deployment.check(&backends)?;
    let model = deployment.model()?;
    let pool = deployment.pool(&model)?;
    let job = arguments.job()?;
    let mut writer = LoadWriter::open(arguments.json.as_deref(), arguments.log.as_deref())?;
    arguments.html.as_deref().map_or(Ok(()), check)?;
    let interrupt = Interrupt::heed()?;
    let ui = arguments.ui.beside(arguments.json.as_deref()).possible();
    let mut watch = if ui == Ui::Dashboard { Ui::None } else { ui }.watch();
    let nixl = runtime::find(deployment.nixl_prefix.as_deref(), &mut *watch)?;
    let mut loaded = Vec::new();
    for backend in backends {
        let name = model.name().to_owned();
        let served = Served { name, tokenizer: "none".to_owned(), compute: COMPUTE };
        let serve = deployment.job(backend, nixl.clone(), pool, served)?;
        let title = format!("load on {} over {}", model.name(), serve.variant.label());
        let mut dashboard = None;
        let mut begun = |deployment| {
            if ui == Ui::Dashboard {
                dashboard = Some(ServeWatch::start(ui, deployment, title.clone()));
            }
        };
        let ended = run(serve, &job, &mut writer, &interrupt, &mut *watch, &mut begun);
        drop(dashboard);
        loaded.push(ended?);
        if interrupt.is_set() {
            break;
        }
    }
    arguments.show(&loaded)?;
    interrupt.follow();
    Ok(arguments.code(&loaded))
}

impl LoadArgs {
    fn job(&self) -> Result<LoadJob> {
        let trace = self.trace.read()?;
        let fixed = trace.is_some() && !self.trace.no_fixed_schedule;
        let points = self.arrivals.points(fixed, self.goals.find_rate)?;
        let most = self.arrivals.concurrency.iter().max().copied().unwrap_or(1);
        let ArrivalArgs { benchmark_grace_period: grace, .. } = self.arrivals;
        let patience = self.deployment.timeout.0 + self.deployment.transfer_timeout.0;
        let stop = |count, duration: Option<Span>| Stop {
            count,
            duration: duration.map(|span| span.0),
            grace: grace.0,
            patience,
        };
        let mut whole = stop(self.arrivals.request_count, self.arrivals.benchmark_duration);
        if whole.count.is_none() && whole.duration.is_none() {
            if self.goals.find_rate {
                whole.duration = Some(SEARCH_DURATION);
            } else if trace.is_none() {
                whole.count = Some(REQUESTS.max(2 * most));
            }
        }
        let ArrivalArgs { warmup_request_count, warmup_duration, random_seed, .. } = self.arrivals;
        let warms_up = warmup_request_count.is_some() || warmup_duration.is_some();
        let requests = &self.requests;
        Ok(LoadJob {
            points,
            attainment: self.goals.find_rate.then_some(self.goals.slo_attainment_fraction),
            trace,
            isl: Length { mean: requests.isl, stddev: requests.isl_stddev },
            osl: Length { mean: requests.osl, stddev: requests.osl_stddev },
            stop: whole,
            warm_up: warms_up.then(|| stop(warmup_request_count, warmup_duration)),
            slos: self.goals.goodput.clone(),
            stall: self.inject_stall,
            seed: random_seed,
            command: std::env::args().collect(),
        })
    }

    /// The table, and the page where one is asked for.
    fn show(&self, loaded: &[Loaded]) -> Result<()> {
        let files = [&self.json, &self.log, &self.html];
        let table = report::load(loaded);
        if files.into_iter().flatten().any(|path| is_stdout(path)) {
            eprint!("{table}");
        } else {
            print!("{table}");
        }
        self.html.as_deref().map_or(Ok(()), |path| write(path, &report::load_html(loaded)))
    }

    /// 1 for wrong data and a path that is not what it must be, 4 for requests that failed, else 0.
    fn code(&self, loaded: &[Loaded]) -> u8 {
        let required = self.require.requirements();
        let mut proved = true;
        for one in loaded {
            for unmet in required.unmet(&one.summary.observed) {
                eprintln!("kvbench: {}: {unmet}", one.serve.variant.label());
                proved = false;
            }
        }
        let points = || loaded.iter().flat_map(|one| &one.points);
        let unwell = [Status::Failed, Status::Rejected, Status::Cancelled];
        let failed: u64 =
            points().flat_map(|one| unwell.map(|status| one.figures.count(status))).sum();
        match failed {
            _ if !proved || loaded.iter().any(|one| one.summary.wrong > 0) => 1,
            0 => 0,
            failed => {
                eprintln!("kvbench: {failed} requests did not get all of their tokens");
                4
            }
        }
    }
}

impl ArrivalArgs {
    /// The points of the sweep: each rate with each concurrency.
    fn points(&self, traced: bool, find_rate: bool) -> Result<Vec<Load>> {
        let refuse = |message: &str| Err(Error::Usage(message.to_owned()));
        let mut rates = self.request_rate.clone();
        if find_rate {
            if rates.len() > 1 || self.concurrency.len() > 1 {
                return refuse(
                    "--find-rate begins with one --request-rate, and takes one --concurrency",
                );
            }
            rates = vec![rates.first().copied().unwrap_or(FIRST_RATE)];
        }
        let bursts = self.arrival_pattern == Some(Pattern::ConcurrencyBurst);
        match (traced, rates.is_empty()) {
            (true, false) => {
                return refuse(
                    "a trace has times of its own; --no-fixed-schedule leaves them to --request-rate",
                );
            }
            (false, false) if bursts => {
                return refuse("concurrency_burst has no rate; give --concurrency alone");
            }
            (_, true) if self.arrival_pattern.is_some() && !bursts => {
                return refuse("--arrival-pattern is for a --request-rate");
            }
            _ => {}
        }
        let gamma = self.arrival_pattern == Some(Pattern::Gamma);
        if self.arrival_smoothness.is_some() && !gamma {
            return refuse("--arrival-smoothness is for --arrival-pattern gamma");
        }
        if self.request_rate_ramp_duration.is_some() && rates.is_empty() {
            return refuse("--request-rate-ramp-duration is for a --request-rate");
        }
        let seconds = |span: Option<Span>| span.map_or(0.0, |span| span.0.as_secs_f64());
        let open = |rate: &f64| Schedule::Open {
            arrival_pattern: self.arrival_pattern.unwrap_or(Pattern::Poisson),
            arrival_smoothness: self.arrival_smoothness.unwrap_or(1.0),
            request_rate: *rate,
            request_rate_ramp_s: seconds(self.request_rate_ramp_duration),
        };
        let schedules: Vec<Schedule> = match (traced, rates.is_empty()) {
            (true, _) => vec![Schedule::Trace],
            (false, true) => vec![Schedule::Closed],
            (false, false) => rates.iter().map(open).collect(),
        };
        let closed = schedules == [Schedule::Closed];
        let limits: Vec<Option<u64>> = match &self.concurrency[..] {
            [] if closed => vec![Some(1)],
            [] => vec![None],
            several => several.iter().copied().map(Some).collect(),
        };
        let concurrency_ramp_s = seconds(self.concurrency_ramp_duration);
        let of = |schedule: Schedule| {
            limits.iter().map(move |&concurrency| Load {
                schedule,
                concurrency,
                concurrency_ramp_s,
            })
        };
        Ok(schedules.into_iter().flat_map(of).collect())
    }
}

impl TraceArgs {
    fn read(&self) -> Result<Option<Trace>> {
        let Some(path) = &self.input_file else { return Ok(None) };
        let replay = Replay {
            auto_offset: self.fixed_schedule_auto_offset,
            start_offset_ms: self.fixed_schedule_start_offset.map(|ms| ms as f64),
            end_offset_ms: self.fixed_schedule_end_offset.map(|ms| ms as f64),
            speedup: self.synthesis_speedup_ratio,
            max_isl: self.synthesis_max_isl,
            max_osl: self.synthesis_max_osl,
            hash_tokens: self.isl_block_size,
        };
        Trace::read(path, &replay).map(Some)
    }
}

/// `200ms@5s`: for how long, and after how long.
pub fn stall(text: &str) -> std::result::Result<Stall, String> {
    let parts = text.split_once('@').ok_or_else(|| format!("{text:?}: give 200ms@5s"))?;
    let [span, after] = [parts.0, parts.1].map(|part| part.parse::<Span>().map(|span| span.0));
    Ok(Stall { span: span?, after: after? })
}

/// A standard deviation, in tokens.
pub fn deviation(text: &str) -> std::result::Result<f64, String> {
    let number = text.parse().ok().filter(|number: &f64| (0.0..=1e12).contains(number));
    number.ok_or_else(|| format!("{text:?} is no number of at least 0"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stalls() {
        let one = stall("200ms@5s").unwrap();
        assert_eq!((one.span.as_millis(), one.after.as_secs()), (200, 5));
        assert!(["200ms", "@5s", "200ms@", "x@5s"].iter().all(|text| stall(text).is_err()));
    }

    #[test]
    fn deviations() {
        assert_eq!((deviation("0"), deviation("12.5")), (Ok(0.0), Ok(12.5)));
        assert!(["-1", "nan", "x", "inf"].iter().all(|text| deviation(text).is_err()));
    }
}
