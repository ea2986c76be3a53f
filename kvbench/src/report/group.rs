//! Which records belong together: those of one run on one workload.

use super::measured::{Measured, tell_apart};
use super::{bytes, units};
use crate::record::{Body, Build, Failure, Record, WorkloadRecord};
use crate::variant::Variant;

/// The cells of a run on one workload, the base of their comparison first.
pub(super) struct Group<'a> {
    pub started: &'a str,
    pub workload: &'a WorkloadRecord,
    pub cells: Vec<Measured<'a>>,
    pub failures: Vec<&'a Failure>,
}

/// The groups of `records`, in the order in which they began.
pub(super) fn groups(records: &[Record]) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for record in records {
        let (started, Some((_, workload))) = (record.started.as_str(), asked(record)) else {
            continue;
        };
        let same = |group: &Group<'_>| group.started == started && group.workload == workload;
        let index = groups.iter().position(same).unwrap_or_else(|| {
            groups.push(Group { started, workload, cells: Vec::new(), failures: Vec::new() });
            groups.len() - 1
        });
        match &record.body {
            Body::Cell(_) => groups[index].cells.extend(Measured::of(record)),
            Body::Failure(failure) => groups[index].failures.push(failure),
            Body::Enumeration(_) | Body::Load(_) => {}
        }
    }
    for group in &mut groups {
        group.put_base_first();
        tell_apart(&mut group.cells);
    }
    groups
}

/// The transfers that a record was asked for, whatever became of them.
pub(super) fn asked(record: &Record) -> Option<(&Variant, &WorkloadRecord)> {
    match &record.body {
        Body::Cell(cell) => Some((&cell.variant, &cell.workload)),
        Body::Failure(failure) => Some((&failure.variant, &failure.workload)),
        Body::Enumeration(_) | Body::Load(_) => None,
    }
}

impl Group<'_> {
    fn put_base_first(&mut self) {
        let base = self.cells.iter().find_map(|cell| cell.comparison.as_ref());
        let at = base.and_then(|one| self.cells.iter().position(|cell| cell.id == one.base));
        if let Some(at) = at {
            self.cells[..=at].rotate_right(1);
        }
    }

    /// What is asked by running it.
    pub fn question(&self) -> String {
        let what = if self.workload.model.is_some() { "a KV cache" } else { "a request" };
        let failed = self.failures.iter().map(|failure| failure.variant.label());
        let mut names: Vec<_> =
            self.cells.iter().map(|cell| cell.name.clone()).chain(failed).collect();
        match (names.pop(), names.len()) {
            (None, _) => "Nothing was run".to_owned(),
            (Some(only), 0) => format!("How fast does {only} deliver {what}?"),
            (Some(last), 1..=3) => {
                format!("Which delivers {what} sooner: {} or {last}?", names.join(", "))
            }
            (Some(_), others) => {
                format!("Which of {} variants delivers {what} sooner?", others + 1)
            }
        }
    }

    /// What was moved.
    pub fn moved(&self) -> String {
        let work = self.workload;
        let what = match &work.model {
            Some(model) => format!("{} of one prompt's KV cache, {model}", work.op),
            None => work.op.to_string(),
        };
        let ranks = match (work.tp, &work.model) {
            ([1, 1], _) => String::new(),
            ([prefill, decode], Some(_)) => format!(", TP {prefill} → {decode}"),
            ([prefill, decode], None) => format!(", {prefill} → {decode} ranks"),
        };
        let at_once = match work.in_flight {
            None | Some(1) => String::new(),
            Some(requests) => format!(", {requests} requests at once"),
        };
        let (block, request) = (bytes(work.block_bytes), bytes(work.bytes));
        format!("{what}: {} × {block} = {request}{ranks}{at_once}", work.blocks)
    }

    /// By which software, and where; `None` when nothing was measured.
    pub fn software(&self) -> Option<String> {
        let environment = &self.cells.first()?.environment;
        let same = |cell: &Measured<'_>| cell.environment.netns == environment.netns;
        let place = environment.netns.sentence().filter(|_| self.cells.iter().all(same));
        let place = place.map(|place| format!("; {place}")).unwrap_or_default();
        let environments: Vec<_> = self.cells.iter().map(|cell| &cell.environment).collect();
        let far = environment.far.as_ref().map(|far| format!("; {}", far.sentence()));
        Some(units::software(&environments) + &place + &far.unwrap_or_default())
    }

    /// The kvbench that ran it.
    pub fn build(&self) -> Option<&Build> {
        let measured = self.cells.first().map(|cell| &cell.environment);
        let failed = || self.failures.first().map(|failure| &failure.environment);
        measured.or_else(failed).map(|environment| &environment.kvbench)
    }

    /// Whether emulated NICs or GPUs took part in anything.
    pub fn emulated(&self) -> bool {
        let of_failure = |failure: &&Failure| !failure.environment.emulation.is_empty();
        self.cells.iter().any(|cell| cell.emulated) || self.failures.iter().any(of_failure)
    }
}
