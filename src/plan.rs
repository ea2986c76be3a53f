//! `kvbench plan`: the cells of a plan, group by group, resumed where an earlier run ended.

mod load;

use std::path::{Path, PathBuf};

use kvbench::emulate::Emulated;
use kvbench::error::{Error, Result};
use kvbench::measure::{Contender, Machine};
use kvbench::plan::{Asked, Group, Plan, PlanCell, Work, ended};
use kvbench::price::{Point, Sweep};
use kvbench::record::{Reader, Record, Writer};
use kvbench::report;
use kvbench::runtime::{self, Nixl};
use kvbench::spec::Build;
use kvbench::variant::Variant;

use crate::cli::PlanArgs;
use crate::enumerate::priced;
use crate::run::{binary, first_failure, is_proved, job, measured};
use crate::ui::{Watch, tell};
use load::Deployment;

/// Runs the plan; the exit code of the first cell that failed, or 0.
pub fn plan(arguments: &PlanArgs) -> Result<u8> {
    let plan = Plan::read(&arguments.file)?;
    let groups = plan.groups(arguments.scale)?;
    if arguments.dry_run {
        print!("{}", report::dry_run(&plan.name, &groups)?);
        return Ok(0);
    }
    let file = arguments.json.clone().unwrap_or_else(|| default_file(&arguments.file));
    arguments.export.check()?;
    // First, since it keeps others from writing what is read then.
    let mut writer = Writer::append(&file)?;
    let mut records = earlier(&file)?;
    let done = ended(&records);
    let mut watch = arguments.measuring.ui.watch();
    let builds = Builds::find(arguments, watch.as_mut())?;
    let mut code = 0;
    let count: usize = groups.iter().map(|group| group.cells.len()).sum();
    let mut before = 0;
    for group in &groups {
        let first = before + 1;
        before += group.cells.len();
        let open = group.cells.iter().filter(|(cell, _)| !done.contains(&cell.id));
        let open: Vec<_> = open.collect();
        if open.is_empty() {
            continue;
        }
        watch.place(format!("{}, cells {first} to {before} of {count}", plan.name));
        let (new, failed) = finish(arguments, group, &open, &builds, &mut writer, watch.as_mut())?;
        records.extend(new);
        code = if code == 0 { failed } else { code };
        if watch.is_stopped() {
            code = if code == 0 { Error::Stopped.exit_code() } else { code };
            break;
        }
    }
    drop(watch);
    let mut text = report::plan_table(&plan.name, &groups, &records);
    if !done.is_empty() {
        text += &format!("{} cells had ended before and were not run again.\n", done.len());
    }
    text += &format!("The records are in {}.\n", file.display());
    if arguments.export.to_stdout() {
        eprint!("{text}");
    } else {
        print!("{text}");
    }
    arguments.export.write(&latest(&groups, &records))?;
    Ok(code)
}

/// Runs the cells of a group that are still open; those of a run that is stopped stay open.
fn finish(
    arguments: &PlanArgs,
    group: &Group,
    open: &[&(PlanCell, Variant)],
    builds: &Builds,
    writer: &mut Writer,
    watch: &mut dyn Watch,
) -> Result<(Vec<Record>, u8)> {
    let emulated = group.emulation.clone().map(Emulated::install).transpose()?;
    match &group.work {
        Work::Run { workload, restarts } => {
            let contenders = open.iter().map(|(cell, variant)| Contender {
                cell: cell.id.clone(),
                variant: variant.clone(),
                nixl: builds.of(cell).clone(),
                namespaces: cell.spec.namespaces(),
                injected: None,
            });
            let mut job = job(contenders.collect(), workload.clone(), &arguments.measuring)?;
            (job.emulated, job.restarts) = (emulated, restarts.or(job.restarts));
            let (records, codes) = measured(&mut job, None, watch)?;
            if watch.is_stopped() {
                return Ok((Vec::new(), 0));
            }
            records.iter().try_for_each(|record| writer.write(record))?;
            let code = first_failure(&codes);
            let code = if code == 0 && !all_proved(open, &records) { 1 } else { code };
            Ok((records, code))
        }
        Work::Enumerate { memory_bytes, repeat, workers } => {
            let point = |(cell, variant): &&(PlanCell, Variant)| Point {
                cell: cell.id.clone(),
                variant: variant.clone(),
                nixl: builds.of(cell).clone(),
            };
            let mut sweep = Sweep {
                points: open.iter().map(point).collect(),
                binary: binary()?,
                deadline: arguments.measuring.timeout.0,
                memory_bytes: *memory_bytes,
                repeat: *repeat,
                workers: *workers,
                machine: Machine::look(),
                emulated,
            };
            priced(&mut sweep, Some(writer), watch)
        }
        Work::Load(loading) => {
            let Some((first, _)) = open.first() else { return Ok((Vec::new(), 0)) };
            let (nixl, deadline) = (builds.of(first).clone(), arguments.measuring.timeout.0);
            Deployment { group, loading, nixl, emulated, deadline }.load(open, writer, watch)
        }
    }
}

/// Whether the path of each cell is proved as far as its cell requires.
fn all_proved(cells: &[&(PlanCell, Variant)], records: &[Record]) -> bool {
    let unproved = cells.iter().filter(|(cell, _)| {
        let Asked::Run(run) = &cell.asked else { return false };
        let own = records.iter().filter(|record| record.cell == cell.id);
        !is_proved(own, &run.requirements())
    });
    unproved.count() == 0
}

/// The NIXLs that cells may want.
struct Builds {
    stock: Nixl,
    patched: Nixl,
}

impl Builds {
    fn find(arguments: &PlanArgs, watch: &mut dyn Watch) -> Result<Self> {
        let stock = runtime::find(arguments.measuring.nixl_prefix.as_deref(), watch)?;
        let patched = match &arguments.patched_prefix {
            Some(prefix) => {
                let found = runtime::find(Some(prefix), watch)?;
                Nixl { origin: "patched, named by --patched-prefix".to_owned(), ..found }
            }
            None => {
                let origin = format!("stock, {}, since no patched one is given", stock.origin);
                Nixl { origin, ..stock.clone() }
            }
        };
        Ok(Self { stock, patched })
    }

    fn of(&self, cell: &PlanCell) -> &Nixl {
        match cell.spec.nixl.unwrap_or_default() {
            Build::Stock => &self.stock,
            Build::Patched => &self.patched,
        }
    }
}

/// The last record of each cell of the plan that has one: a cell that failed may have been run again.
fn latest(groups: &[Group], records: &[Record]) -> Vec<Record> {
    let cells = groups.iter().flat_map(|group| &group.cells);
    let last = cells.filter_map(|(cell, _)| records.iter().rfind(|record| record.cell == cell.id));
    last.cloned().collect()
}

fn default_file(plan: &Path) -> PathBuf {
    let stem = plan.file_stem().unwrap_or(plan.as_os_str());
    PathBuf::from(stem).with_extension("jsonl")
}

/// The records of an earlier run.
fn earlier(file: &Path) -> Result<Vec<Record>> {
    let read = Reader::open(file)?;
    for bad in &read.bad_lines {
        tell(&format!("{}, {bad}; skipped", file.display()));
    }
    Ok(read.records)
}
