//! `kvbench plan`: the cells of a plan, group by group, resumed where an earlier run ended.

use std::path::{Path, PathBuf};

use kvbench::error::Result;
use kvbench::measure::Contender;
use kvbench::plan::{Plan, ended};
use kvbench::record::{Reader, Record, Writer};
use kvbench::report;
use kvbench::runtime::{self, Nixl};
use kvbench::spec::Build;

use crate::cli::PlanArgs;
use crate::progress::Watch;
use crate::run::{first_failure, job, measured};

/// Runs the plan; the exit code of the first cell that failed, or 0.
pub fn plan(arguments: &PlanArgs) -> Result<u8> {
    let plan = Plan::read(&arguments.file)?;
    let groups = plan.groups(arguments.scale)?;
    if arguments.dry_run {
        print!("{}", report::dry_run(&plan.name, &groups)?);
        return Ok(0);
    }
    let file = arguments.json.clone().unwrap_or_else(|| default_file(&arguments.file));
    let mut records = earlier(&file)?;
    let done = ended(&records);
    let mut writer = Writer::append(&file)?;
    let mut watch = arguments.measuring.progress.watch();
    let builds = Builds::find(arguments, watch.as_mut())?;
    let mut code = 0;
    for group in &groups {
        let open = group.cells.iter().filter(|(cell, _)| !done.contains(&cell.id));
        let contenders: Vec<Contender> = open
            .map(|(cell, variant)| Contender {
                cell: cell.id.clone(),
                variant: variant.clone(),
                nixl: builds.of(cell.spec.nixl.unwrap_or_default()).clone(),
                injected: None,
            })
            .collect();
        if contenders.is_empty() {
            continue;
        }
        let mut job = job(contenders, group.workload.clone(), &arguments.measuring)?;
        let (new, codes) = measured(&mut job, Some(&mut writer), watch.as_mut())?;
        records.extend(new);
        code = if code == 0 { first_failure(&codes) } else { code };
    }
    print!("{}", report::plan_table(&plan.name, &groups, &records));
    if !done.is_empty() {
        println!("{} cells had ended before and were not run again.", done.len());
    }
    println!("The records are in {}.", file.display());
    Ok(code)
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

    fn of(&self, build: Build) -> &Nixl {
        match build {
            Build::Stock => &self.stock,
            Build::Patched => &self.patched,
        }
    }
}

fn default_file(plan: &Path) -> PathBuf {
    let stem = plan.file_stem().unwrap_or(plan.as_os_str());
    PathBuf::from(stem).with_extension("jsonl")
}

/// The records of an earlier run, if there was one.
fn earlier(file: &Path) -> Result<Vec<Record>> {
    if !file.exists() {
        return Ok(Vec::new());
    }
    let read = Reader::open(file)?;
    for bad in &read.bad_lines {
        eprintln!("kvbench: {}, {bad}; skipped", file.display());
    }
    Ok(read.records)
}
