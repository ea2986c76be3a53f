//! From a plan's text to its cells.

use std::path::Path;

use toml::{Table, Value};

use super::keys::{PLAN_KEYS, check_cell, check_defaults, keys_of, kind, known, part};
use crate::error::{Error, Result};
use crate::spec::{EmulationSpec, EnumerateSpec, Kind, LoadSpec, RunSpec, Spec, Word};
use crate::variant::BackendName;

/// The most cells of a plan: a sweep of more is a slip.
const MAX_CELLS: usize = 10_000;

/// A plan.
#[derive(Clone, PartialEq, Debug)]
pub struct Plan {
    /// What it is called.
    pub name: String,
    /// Its cells, in order.
    pub cells: Vec<PlanCell>,
}

/// A cell of a plan.
#[derive(Clone, PartialEq, Debug)]
pub struct PlanCell {
    /// Unique within the plan.
    pub id: String,
    /// What it is for.
    pub title: Option<String>,
    /// Its variant and workload.
    pub spec: Spec,
    /// The emulated NICs that it wants.
    pub emulation: EmulationSpec,
    /// What else it asks for.
    pub asked: Asked,
}

/// What a cell asks for beside its variant and workload, by its kind.
#[derive(Clone, PartialEq, Debug)]
pub enum Asked {
    /// Of a run.
    Run(RunSpec),
    /// Of a point whose price is taken.
    Enumerate(EnumerateSpec),
    /// Of a point of a load.
    Load(LoadSpec),
}

impl Plan {
    /// Reads the plan at `path`.
    ///
    /// # Errors
    /// The file cannot be read, or is no plan; the message has file, key and remedy.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| Error::Input { path: path.to_owned(), source })?;
        Self::parse(&path.display().to_string(), &text)
    }

    /// Takes the text of a plan; `file` is for messages.
    ///
    /// # Errors
    /// The text is no plan.
    pub fn parse(file: &str, text: &str) -> Result<Self> {
        let fail = |reason: String| Error::Usage(format!("{file}: {reason}"));
        let plan: Table = text.parse().map_err(|error| fail(format!("{error}")))?;
        known(&plan, &PLAN_KEYS).map_err(fail)?;
        let defaults = match plan.get("defaults") {
            None => Table::new(),
            Some(Value::Table(defaults)) => defaults.clone(),
            Some(_) => return Err(fail("`defaults` is a table: [defaults]".to_owned())),
        };
        check_defaults(&defaults).map_err(|reason| fail(format!("[defaults]: {reason}")))?;
        let Some(Value::Array(written)) = plan.get("cell") else {
            return Err(fail("there is no cell: add [[cell]] with an id and a backend".to_owned()));
        };
        let mut cells: Vec<PlanCell> = Vec::new();
        for (number, cell) in written.iter().enumerate() {
            let place = format!("cell {}", number + 1);
            for cell in expand(cell, &defaults).map_err(|why| fail(format!("{place}: {why}")))? {
                if cells.iter().any(|other| other.id == cell.id) {
                    return Err(fail(format!("two cells have the id `{}`; rename one", cell.id)));
                }
                cells.push(cell);
            }
            if cells.len() > MAX_CELLS {
                return Err(fail(format!("{place}: more than {MAX_CELLS} cells; sweep less")));
            }
        }
        let name = plan.get("name").and_then(Value::as_str).unwrap_or(file).to_owned();
        Ok(Self { name, cells })
    }
}

/// The cells that a written cell stands for: its lists, and those of the defaults, multiply.
fn expand(cell: &Value, defaults: &Table) -> std::result::Result<Vec<PlanCell>, String> {
    let Value::Table(cell) = cell else { return Err("a cell is a table: [[cell]]".to_owned()) };
    let kind = kind(cell)?;
    check_cell(cell, kind)?;
    let Some(Value::String(id)) = cell.get("id") else {
        return Err("`id` is missing: add id = \"…\"".to_owned());
    };
    let title = cell.get("title").and_then(Value::as_str).map(str::to_owned);
    // Defaults that cells of this kind do not have are for others.
    let mut merged = defaults.clone();
    merged.extend(cell.iter().map(|(key, value)| (key.clone(), value.clone())));

    let mut variants = vec![(id.clone(), Table::new())];
    for key in keys_of(kind).into_iter().filter(|key| merged.contains_key(*key)) {
        let values = match &merged[key] {
            Value::Array(values) if values.is_empty() => {
                return Err(format!("`{key}` is an empty list: give at least one value"));
            }
            Value::Array(values) => values.clone(),
            value => vec![value.clone()],
        };
        let swept = values.len() > 1;
        let extend = |(id, table): (String, Table)| {
            values
                .clone()
                .into_iter()
                .map(move |value| {
                    let id = if swept { format!("{id}/{}", word(&value)) } else { id.clone() };
                    let mut table = table.clone();
                    table.insert(key.to_owned(), value);
                    (id, table)
                })
                .collect::<Vec<_>>()
        };
        variants = variants.into_iter().flat_map(extend).collect();
        if variants.len() > MAX_CELLS {
            return Err(format!("more than {MAX_CELLS} cells; sweep less"));
        }
    }
    let parse = |(id, table): (String, Table)| read_cell(id, title.clone(), &table, kind);
    variants.into_iter().map(parse).collect()
}

/// The cell that a table without lists stands for.
fn read_cell(
    id: String,
    title: Option<String>,
    table: &Table,
    kind: Kind,
) -> std::result::Result<PlanCell, String> {
    let emulation: EmulationSpec = read(part(table, &EmulationSpec::KEYS))?;
    let mut spec: Spec = read(part(table, &Spec::KEYS))?;
    if emulation.emulate_efa.is_some() {
        // As on the command line: only LIBFABRIC sees the emulated NICs.
        spec.backend.get_or_insert(Word(BackendName::Libfabric));
    }
    if let (Kind::Enumerate, Some(Word(backend))) = (kind, spec.backend)
        && !backend.is_nixl()
    {
        return Err(format!("{backend} is no backend of NIXL: choose ucx or libfabric"));
    }
    let asked = match kind {
        Kind::Run => Asked::Run(read(part(table, &RunSpec::KEYS))?),
        Kind::Enumerate => Asked::Enumerate(read(part(table, &EnumerateSpec::KEYS))?),
        Kind::Load => Asked::Load(read(part(table, &LoadSpec::KEYS))?),
    };
    Ok(PlanCell { id, title, spec, emulation, asked })
}

fn read<T: serde::de::DeserializeOwned>(table: Table) -> std::result::Result<T, String> {
    table.try_into().map_err(|error: toml::de::Error| error.to_string().trim().replace('\n', ", "))
}

fn word(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), |text| text.replace('/', "_"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Group, Work};
    use crate::variant::Rails;

    fn plan(text: &str) -> Result<Plan> {
        Plan::parse("p.toml", text)
    }

    fn refusal(text: &str) -> String {
        match plan(text).and_then(|plan| plan.groups(1.0)) {
            Ok(groups) => panic!("{groups:?}"),
            Err(error) => {
                assert_eq!(error.exit_code(), 2);
                error.to_string()
            }
        }
    }

    #[test]
    fn lists_multiply_and_group_by_workload() {
        let plan = plan(
            "name = 'x'\n[defaults]\nisl = 64\nbackend = ['ucx', 'libfabric']\n\
             [[cell]]\nid = 'A'\nrails = [1, 2]\n[[cell]]\nid = 'B'\nop = ['write', 'read']\n",
        );
        let plan = plan.unwrap();
        let ids: Vec<_> = plan.cells.iter().map(|cell| cell.id.as_str()).collect();
        let expected = [
            "A/ucx/1",
            "A/ucx/2",
            "A/libfabric/1",
            "A/libfabric/2",
            "B/ucx/write",
            "B/ucx/read",
            "B/libfabric/write",
            "B/libfabric/read",
        ];
        assert_eq!(ids, expected);
        let groups = plan.groups(1.0).unwrap();
        let sizes: Vec<_> = groups.iter().map(|group| group.cells.len()).collect();
        assert_eq!(sizes, [5, 1, 1, 1]);
        let (_, variant) = &groups[0].cells[3];
        assert_eq!((variant.backend, variant.rails), (BackendName::Libfabric, Rails::Count(2)));
    }

    #[test]
    fn cells_of_enumeration_are_points_of_one_sweep() {
        let plan = plan(
            "[defaults]\nisl = 64\nemulate_efa = 4\nrails = [1, 2]\n\
             [[cell]]\nid = 'E'\nkind = 'enumerate'\nnics = [1, 4]\nenumerate = ['all', 'rails']\n\
             repeat = 2\nmemory = '1MiB'\n[[cell]]\nid = 'T'\npace = '1Gbps'\nrestarts = 3\n",
        );
        let groups = plan.unwrap().groups(0.5).unwrap();
        let ids =
            |group: &Group| group.cells.iter().map(|one| one.0.id.clone()).collect::<Vec<_>>();
        assert_eq!(ids(&groups[0]), ["E/all/1", "E/all/4", "E/rails/1", "E/rails/4"]);
        let work = Work::Enumerate { memory_bytes: 1 << 20, repeat: 2, workers: 8 };
        assert_eq!(groups[0].work, work);
        let emulation = groups[0].emulation.as_ref().unwrap();
        assert!(emulation.nics == 4 && emulation.pin, "registered pages are resident");
        let (_, variant) = &groups[0].cells[3];
        assert_eq!((variant.backend, variant.rails), (BackendName::Libfabric, Rails::Count(4)));
        assert_eq!(ids(&groups[1]), ["T/1", "T/2"]);
        let emulation = groups[1].emulation.as_ref().unwrap();
        assert_eq!((emulation.pin, emulation.pace_bits_per_s), (false, Some(1e9)));
        assert!(matches!(groups[1].work, Work::Run { restarts: Some(3), .. }));
    }

    #[test]
    fn one_deployment_serves_the_points_of_its_sweep() {
        let plan = plan(
            "[defaults]\nisl = 64\n[[cell]]\nid = 'S'\nkind = 'load'\nrails = [1, 2]\n\
             backend = ['ucx', 'libfabric']\nconcurrency = [1, 5]\n\
             [[cell]]\nid = 'R'\nkind = 'load'\nbackend = 'libfabric'\nrails = 2\n\
             request_rate = 20\n[[cell]]\nid = 'T'\nbackend = 'libfabric'\nrails = 2\n",
        );
        let groups = plan.unwrap().groups(0.5).unwrap();
        let ids =
            |group: &Group| group.cells.iter().map(|one| one.0.id.clone()).collect::<Vec<_>>();
        assert_eq!(groups.len(), 5);
        assert_eq!(ids(&groups[0]), ["S/ucx/1/1", "S/ucx/1/5"]);
        assert_eq!(ids(&groups[3]), ["S/libfabric/2/1", "S/libfabric/2/5", "R"]);
        assert_eq!(ids(&groups[4]), ["T"]);
        let points: Vec<_> =
            groups[3].cells.iter().map(|one| one.0.point().unwrap().to_string()).collect();
        assert_eq!(points, ["concurrency 1", "concurrency 5", "20/s poisson"]);
        let Work::Load(loading) = &groups[3].work else { panic!("{:?}", groups[3].work) };
        assert_eq!(loading.spec.isl, Some(32), "prompts are shortened");
    }

    #[test]
    fn slips_are_named_with_file_and_remedy() {
        for (text, words) in [
            ("[[cell]]\nid = 'a'\nbakend = 'ucx'\n", &["p.toml", "bakend", "`backend`"][..]),
            ("[defaults]\nisl2 = 1\n[[cell]]\nid = 'a'\n", &["defaults", "`isl`"]),
            ("cells = []\n", &["`cells`", "`cell`"]),
            ("name = 'x'\n", &["[[cell]]"]),
            ("[[cell]]\nbackend = 'ucx'\n", &["cell 1", "id"]),
            ("[[cell]]\nid = 'a'\nbackend = 'tcp'\n", &["ucx or libfabric"]),
            ("[[cell]]\nid = 'a'\nrails = 0\n", &["at least 1"]),
            ("[[cell]]\nid = 'a'\nrails = []\n", &["empty list"]),
            ("[[cell]]\nid = 'a'\nnetns = 'a:b:c'\n", &["PREFILL:DECODE"]),
            ("[[cell]]\nid = 'a'\nisl = -5\n", &["cell 1"]),
            ("[[cell]]\nid = 'a'\nisl = 1000000000000\n", &["cell a"]),
            ("[[cell]]\nid = 'a'\ntp = 3\n", &["cell a"]),
            ("[[cell]]\nid = 'a'\n[[cell]]\nid = 'a'\n", &["two cells"]),
            ("[[cell]]\nid = 'a'\nmodel = 'Qwen3-0.7B'\n", &["cell a", "Qwen3-0.6B"]),
            ("[[cell]\n", &["p.toml"]),
            ("[[cell]]\nid = 'a'\nkind = 'price'\n", &["cell 1", "\"enumerate\" or \"load\""]),
            ("[[cell]]\nid = 'a'\nnics = 1\n", &["`nics`", "kind \"enumerate\""]),
            ("[[cell]]\nid = 'a'\nkind = 'enumerate'\nisl = 1\n", &["`isl`", "kind \"run\""]),
            ("[[cell]]\nid = 'a'\nemulate_efs = 2\n", &["`emulate_efs`", "`emulate_efa`"]),
            ("[[cell]]\nid = 'a'\nconcurrency = 1\n", &["`concurrency`", "kind \"load\""]),
            ("[[cell]]\nid = 'a'\nkind = 'load'\ntp = 2\n", &["`tp`", "kind \"run\""]),
            ("[[cell]]\nid = 'a'\nkind = 'load'\nconcurrency = 0\n", &["cell 1", "nonzero"]),
            ("[[cell]]\nid = 'a'\nkind = 'load'\nrequest_rate = -1.0\n", &["cell a", "above 0"]),
            ("[[cell]]\nid = 'a'\nkind = 'load'\ncompute = 'x'\n", &["cell a", "instant"]),
            ("[[cell]]\nid = 'a'\nkind = 'load'\nprefill_workers = 65\n", &["cell a", "1 to 64"]),
            ("[[cell]]\nid = 'a'\nkind = 'load'\nblocks = 8\n", &["cell a", "513", "128"]),
            ("[[cell]]\nid = 'a'\nkind = 'load'\nbackend = 'memcpy'\n", &["cell a", "ucx or"]),
            (
                "[[cell]]\nid = 'a'\nkind = 'enumerate'\nrepeat = 0\n",
                &["cell 1", "nonzero", "`repeat`"],
            ),
            ("[[cell]]\nid = 'a'\nemulate_efa = 2\nfail_nic = 'x'\n", &["cell a", "rdmap79s0"]),
            ("[[cell]]\nid = 'a'\nemulate_efa = 2\nbackend = 'ucx'\n", &["cell a", "libfabric"]),
            ("[[cell]]\nid = 'a'\npace = '1Gbps'\n", &["cell a", "emulate_efa"]),
            ("[[cell]]\nid = 'a'\nrestarts = -1\n", &["cell 1"]),
        ] {
            let message = refusal(text);
            for word in words {
                assert!(message.contains(word), "{text:?}: {message}");
            }
        }
    }

    #[test]
    fn scaling_shortens_prompts() {
        let plan = plan("[[cell]]\nid = 'a'\nisl = 1000\n").unwrap();
        let groups = plan.groups(0.1).unwrap();
        assert_eq!(groups[0].cells[0].0.spec.isl, Some(100));
    }
}
