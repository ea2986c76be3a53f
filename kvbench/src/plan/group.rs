//! Cells that are measured together.

use std::num::NonZeroU32;

use super::{Asked, Loading, Plan, PlanCell};
use crate::emulate::Emulation;
use crate::error::{Error, Result};
use crate::price;
use crate::spec::EnumerateSpec;
use crate::variant::Variant;
use crate::workload::Workload;

/// Cells that are measured in turns, with what they have in common.
#[derive(Clone, PartialEq, Debug)]
pub struct Group {
    /// What is done.
    pub work: Work,
    /// What LIBFABRIC sees in place of the machine's NICs.
    pub emulation: Option<Emulation>,
    /// The cells, each with its variant.
    pub cells: Vec<(PlanCell, Variant)>,
}

/// What is done in a group.
#[derive(Clone, PartialEq, Debug)]
pub enum Work {
    /// Transfers are measured.
    Run {
        /// What is moved.
        workload: Workload,
        /// Starts of the processes.
        restarts: Option<u32>,
    },
    /// The price of enumeration is taken.
    Enumerate {
        /// What each process registers.
        memory_bytes: u64,
        /// Processes per point.
        repeat: u32,
        /// Workers of a node.
        workers: u64,
    },
    /// A deployment is loaded; each cell is a point.
    Load(Box<Loading>),
}

impl Plan {
    /// The cells in groups of one work each, with shorter prompts when `scale` is below 1.
    ///
    /// # Errors
    /// A cell's model, shape or settings make no sense; the message names the cell.
    pub fn groups(&self, scale: f64) -> Result<Vec<Group>> {
        let mut groups: Vec<Group> = Vec::new();
        for cell in &self.cells {
            let one = group(cell, scale)
                .map_err(|error| Error::Usage(format!("cell {}: {error}", cell.id)))?;
            let alike =
                |group: &&mut Group| group.work == one.work && group.emulation == one.emulation;
            match groups.last_mut().filter(alike) {
                Some(group) => group.cells.extend(one.cells),
                None => groups.push(one),
            }
        }
        Ok(groups)
    }
}

/// A group of one cell.
fn group(cell: &PlanCell, scale: f64) -> Result<Group> {
    let has_prompts = !matches!(cell.asked, Asked::Enumerate(_));
    let own = cell.spec.clone();
    let spec = if has_prompts && scale != 1.0 { own.scaled(scale) } else { own };
    let mut variant = spec.variant()?;
    let mut emulation = cell.emulation.emulation(&[variant.backend])?;
    let work = match &cell.asked {
        Asked::Run(run) => {
            let workload = spec.workload()?;
            workload.traffic.plan()?;
            Work::Run { workload, restarts: run.restarts.map(NonZeroU32::get) }
        }
        Asked::Enumerate(enumerate) => {
            variant.rails = enumerate.nics();
            emulation = emulation.map(price::pinned);
            enumeration(enumerate)
        }
        Asked::Load(load) => Work::Load(Box::new(Loading::new(&spec, load)?)),
    };
    Ok(Group { work, emulation, cells: vec![(PlanCell { spec, ..cell.clone() }, variant)] })
}

fn enumeration(spec: &EnumerateSpec) -> Work {
    let (memory_bytes, repeat) = (spec.memory_bytes(), spec.repeat());
    Work::Enumerate { memory_bytes, repeat, workers: spec.workers() }
}
