//! From a plan's text to its cells, in groups that are measured together.

use std::path::Path;

use toml::{Table, Value};

use crate::error::{Error, Result};
use crate::spec::Spec;
use crate::variant::Variant;
use crate::workload::{Workload, near::near};

/// Keys of a plan.
const PLAN_KEYS: [&str; 4] = ["name", "description", "defaults", "cell"];

/// Keys of a cell, beside its `id` and `title`.
const SPEC_KEYS: [&str; 22] = [
    "backend",
    "rails",
    "enumerate",
    "op",
    "model",
    "isl",
    "block_tokens",
    "tp",
    "layout",
    "kv_dtype",
    "block_table",
    "block_size",
    "batch",
    "targets",
    "huge_pages",
    "poll",
    "in_flight",
    "merge",
    "ucx_tls",
    "nixl",
    "env",
    "params",
];

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
    /// What it asks for.
    pub spec: Spec,
}

/// Cells that are measured in turns: one workload, several variants.
#[derive(Clone, PartialEq, Debug)]
pub struct Group {
    /// What is moved.
    pub workload: Workload,
    /// The cells, each with its variant.
    pub cells: Vec<(PlanCell, Variant)>,
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
        known(&defaults, &SPEC_KEYS).map_err(|reason| fail(format!("[defaults]: {reason}")))?;
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

    /// The cells in groups of one workload each, with shorter prompts when `scale` is below 1.
    ///
    /// # Errors
    /// A cell's model, shape or settings make no sense; the message names the cell.
    pub fn groups(&self, scale: f64) -> Result<Vec<Group>> {
        let mut groups: Vec<Group> = Vec::new();
        for cell in &self.cells {
            let named = |error: Error| Error::Usage(format!("cell {}: {error}", cell.id));
            let spec =
                if scale == 1.0 { cell.spec.clone() } else { cell.spec.clone().scaled(scale) };
            let workload = spec.workload().map_err(named)?;
            workload.traffic.plan().map_err(|error| named(error.into()))?;
            let variant = spec.variant().map_err(named)?;
            let entry = (PlanCell { spec, ..cell.clone() }, variant);
            match groups.last_mut().filter(|group| group.workload == workload) {
                Some(group) => group.cells.push(entry),
                None => groups.push(Group { workload, cells: vec![entry] }),
            }
        }
        Ok(groups)
    }
}

/// The cells that a written cell stands for: its lists, and those of the defaults, multiply.
fn expand(cell: &Value, defaults: &Table) -> std::result::Result<Vec<PlanCell>, String> {
    let Value::Table(cell) = cell else { return Err("a cell is a table: [[cell]]".to_owned()) };
    let own: Vec<&str> = SPEC_KEYS.iter().copied().chain(["id", "title"]).collect();
    known(cell, &own)?;
    let Some(Value::String(id)) = cell.get("id") else {
        return Err("`id` is missing: add id = \"…\"".to_owned());
    };
    let title = cell.get("title").and_then(Value::as_str).map(str::to_owned);
    let mut merged = defaults.clone();
    merged.extend(cell.iter().map(|(key, value)| (key.clone(), value.clone())));
    merged.remove("id");
    merged.remove("title");

    let mut variants = vec![(id.clone(), Table::new())];
    for key in SPEC_KEYS.iter().filter(|key| merged.contains_key(**key)) {
        let values = match &merged[*key] {
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
                    table.insert((*key).to_owned(), value);
                    (id, table)
                })
                .collect::<Vec<_>>()
        };
        variants = variants.into_iter().flat_map(extend).collect();
        if variants.len() > MAX_CELLS {
            return Err(format!("more than {MAX_CELLS} cells; sweep less"));
        }
    }
    let parse = |(id, table): (String, Table)| {
        let spec = table.try_into().map_err(|error: toml::de::Error| error.message().to_owned())?;
        Ok(PlanCell { id, title: title.clone(), spec })
    };
    variants.into_iter().map(parse).collect()
}

fn word(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), |text| text.replace('/', "_"))
}

/// Fails at the first key that is not among `keys`, with the one that may be meant.
fn known(table: &Table, keys: &[&str]) -> std::result::Result<(), String> {
    let Some(unknown) = table.keys().find(|key| !keys.contains(&key.as_str())) else {
        return Ok(());
    };
    let meant = near(unknown, keys.iter().copied());
    Err(match meant.first() {
        Some(meant) => format!("unknown key `{unknown}`; did you mean `{meant}`?"),
        None => format!("unknown key `{unknown}`; the keys are {}", keys.join(", ")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::variant::{BackendName, Rails};

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
            ("[[cell]]\nid = 'a'\nisl = -5\n", &["cell 1"]),
            ("[[cell]]\nid = 'a'\nisl = 1000000000000\n", &["cell a"]),
            ("[[cell]]\nid = 'a'\ntp = 3\n", &["cell a"]),
            ("[[cell]]\nid = 'a'\n[[cell]]\nid = 'a'\n", &["two cells"]),
            ("[[cell]]\nid = 'a'\nmodel = 'Qwen3-0.7B'\n", &["cell a", "Qwen3-0.6B"]),
            ("[[cell]\n", &["p.toml"]),
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
