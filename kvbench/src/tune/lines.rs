//! How a variant is set elsewhere: in a plain shell, for vLLM, and for Dynamo.

use std::collections::BTreeMap;

use serde_json::json;

use crate::variant::{BackendName, LaunchFacts, Variant, launch};

/// The settings of a variant, as lines.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lines {
    /// Environment variables, for whatever loads NIXL.
    pub shell: Vec<String>,
    /// What vLLM takes beside these variables.
    pub vllm: String,
    /// What Dynamo's KVBM takes beside these variables: parameters of the backend, as variables.
    pub dynamo: Vec<String>,
    /// Parameters that no variable sets, `name=value`: whoever creates the backend has to give them.
    pub params: Vec<String>,
    /// Those of them that vLLM cannot be given.
    pub not_vllm: Vec<String>,
}

/// The parameter of UCX that vLLM passes on.
const THREADS: &str = "num_threads";

/// The lines for `variant` on a machine with these `facts`.
///
/// vLLM's NIXL connector creates UCX with `num_threads` of its `kv_connector_extra_config`, 4 by itself,
/// and other backends without parameters. Dynamo's KVBM takes any parameter from a variable
/// `DYN_KVBM_NIXL_BACKEND_<backend>_<parameter>`.
pub fn lines(variant: &Variant, facts: &LaunchFacts) -> Lines {
    let backend = variant.backend;
    let launched = launch(variant, facts);
    let own = launch(&Variant::new(backend), facts).env;
    let is_asked = |(key, value): &(String, String)| {
        own.get(key) != Some(value) || variant.env.contains_key(key)
    };
    let mut env: BTreeMap<_, _> = launched.env.into_iter().filter(is_asked).collect();
    let mut params = BTreeMap::new();
    for (name, value) in launched.params {
        match variable(backend, &name) {
            Some(variable) => {
                env.entry(variable).or_insert(value);
            }
            None => {
                params.insert(name, value);
            }
        }
    }
    let mut extra = json!({ "backends": [backend.label()] });
    if backend == BackendName::Ucx {
        let threads = params.get(THREADS).and_then(|count| count.parse::<u32>().ok());
        extra[THREADS] = threads.unwrap_or(0).into();
    }
    let config = json!({
        "kv_connector": "NixlConnector", "kv_role": "kv_both", "kv_connector_extra_config": extra,
    });
    let prefix = format!("DYN_KVBM_NIXL_BACKEND_{backend}");
    let parameter = |(name, value): (&String, &String)| {
        format!("export {prefix}_{}={}", name.to_ascii_uppercase(), quoted(value))
    };
    let pair = |(name, value): (&String, &String)| format!("{name}={value}");
    let through_vllm = |name: &str| backend == BackendName::Ucx && name == THREADS;
    Lines {
        shell: env.iter().map(|(key, value)| format!("export {key}={}", quoted(value))).collect(),
        vllm: format!("--kv-transfer-config {}", quoted(&config.to_string())),
        dynamo: [format!("export {prefix}=true")]
            .into_iter()
            .chain(params.iter().map(parameter))
            .collect(),
        params: params.iter().map(pair).collect(),
        not_vllm: params.iter().filter(|(name, _)| !through_vllm(name)).map(pair).collect(),
    }
}

/// The variable that sets a parameter, where there is one: LIBFABRIC looks for most of its parameters in the
/// environment first (`libfabric_common.cpp`), but not for this one (`libfabric_backend.cpp`).
fn variable(backend: BackendName, parameter: &str) -> Option<String> {
    let has_one = backend == BackendName::Libfabric && parameter != "striping_threshold";
    has_one.then(|| format!("NIXL_LIBFABRIC_{}", parameter.to_ascii_uppercase()))
}

/// A word as a shell reads it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-.,:/+@%^=".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::variant::{Nic, NicKind, PluginKnobs, Rails};

    fn efa(count: u32) -> LaunchFacts {
        let nic = |index| Nic {
            name: format!("rdmap{index}s0"),
            kind: NicKind::Efa,
            numa_node: None,
            bits_per_s: Some(100_000_000_000),
            gpus: BTreeMap::new(),
        };
        let plugin = PluginKnobs { max_rails: false, max_bw: true };
        LaunchFacts { nics: (0..count).map(nic).collect(), plugin, ..LaunchFacts::default() }
    }

    fn extra(lines: &Lines) -> serde_json::Value {
        let json = lines.vllm.strip_prefix("--kv-transfer-config '").unwrap();
        let config: serde_json::Value = serde_json::from_str(json.trim_end_matches('\'')).unwrap();
        config["kv_connector_extra_config"].clone()
    }

    #[test]
    fn ucx_takes_variables_and_vllm_its_threads() {
        let mut best = Variant { rails: Rails::Count(4), ..Variant::new(BackendName::Ucx) };
        best.env.insert("UCX_TLS".into(), "^sm".into());
        let lines = lines(&best, &LaunchFacts::default());
        assert_eq!(lines.shell, ["export UCX_MAX_RMA_RAILS=4", "export UCX_TLS=^sm"]);
        assert_eq!(extra(&lines), json!({ "backends": ["UCX"], "num_threads": 0 }));
        assert_eq!(lines.dynamo, ["export DYN_KVBM_NIXL_BACKEND_UCX=true"]);
        assert!(lines.params.is_empty());
    }

    #[test]
    fn parameters_of_ucx_have_no_variable_of_nixl() {
        let mut best = Variant::new(BackendName::Ucx);
        best.params.insert("num_threads".into(), "2".into());
        best.params.insert("split_batch_size".into(), "64".into());
        let lines = lines(&best, &LaunchFacts::default());
        assert!(lines.shell.is_empty(), "{lines:?}");
        assert_eq!(lines.params, ["num_threads=2", "split_batch_size=64"]);
        assert_eq!(lines.not_vllm, ["split_batch_size=64"]);
        assert_eq!(extra(&lines)["num_threads"], 2);
        assert_eq!(lines.dynamo[1], "export DYN_KVBM_NIXL_BACKEND_UCX_NUM_THREADS=2");
    }

    #[test]
    fn libfabric_takes_most_parameters_from_the_environment() {
        let mut best = Variant { rails: Rails::Count(4), ..Variant::new(BackendName::Libfabric) };
        best.params.insert("striping_threshold".into(), "16384".into());
        let lines = lines(&best, &efa(8));
        assert_eq!(lines.shell, ["export NIXL_LIBFABRIC_MAX_BW_PER_DRAM_SEG=400"]);
        assert_eq!(lines.params, ["striping_threshold=16384"]);
        assert_eq!(lines.not_vllm, lines.params);
        assert_eq!(extra(&lines), json!({ "backends": ["LIBFABRIC"] }));
    }

    #[test]
    fn a_shell_reads_words_as_they_are() {
        assert_eq!(quoted("8k"), "8k");
        assert_eq!(quoted("it's $HOME"), r"'it'\''s $HOME'");
        assert_eq!(quoted(""), "''");
    }
}
