//! Settings that nobody reads: misspelt, of another version, or of somebody's imagination.

use std::path::Path;

use super::PREFIXES;
use super::known::{NIXL, OFTEN, VLLM};
use super::names::Names;
use crate::doctor::finding::Finding;
use crate::worker::Trial;
use crate::workload::near::near;

/// Those that may read a setting.
#[derive(Debug, Default)]
pub(in crate::doctor) struct Readers<'a> {
    /// A process in which UCX came up.
    pub ucx: Option<&'a Trial>,
    /// A process in which LIBFABRIC came up.
    pub libfabric: Option<&'a Trial>,
    /// The files of the plugins.
    pub plugins: Vec<&'a Path>,
    /// Whether the LIBFABRIC plugin reads `NIXL_LIBFABRIC_MAX_RAILS`; `None` where there is no plugin.
    pub max_rails: Option<bool>,
}

/// Finds the settings among `names` that nobody reads.
///
/// Files are read only where there is a name to be looked for.
pub(super) fn check<'a>(
    names: impl Iterator<Item = &'a str>,
    readers: &Readers<'_>,
) -> Vec<Finding> {
    let strings = std::cell::OnceCell::new();
    let strings = || strings.get_or_init(|| Names::read(files(readers)));
    names.filter_map(|name| judge(name, readers, strings)).collect()
}

fn judge<'n>(
    name: &str,
    readers: &Readers<'_>,
    strings: impl Fn() -> &'n Names,
) -> Option<Finding> {
    if let Some((evidence, remedy)) = believed_in(name, readers) {
        return Some(Finding::warning(name, "nobody reads it: it has no effect", evidence, remedy));
    }
    let prefix = name.split_inclusive('_').next().unwrap_or_default();
    let (reader, trial, read) = match prefix {
        "UCX_" => ("UCX", readers.ucx, name.strip_prefix("UCX_").map(|rest| strings().ucx(rest))),
        "FI_" => {
            let read = |rest| strings().libfabric(rest) || strings().has(name);
            ("libfabric", readers.libfabric, name.strip_prefix("FI_").map(read))
        }
        "NIXL_" => return (!NIXL.contains(&name) && !strings().has(name)).then(|| unknown(name)),
        _ => return (!VLLM.contains(&name)).then(|| unknown(name)),
    };
    let complaint = trial.and_then(|trial| complaint(&trial.log, name));
    if let Some(meant) = complaint {
        let evidence = format!("{reader} itself logs it as an unused environment variable");
        return Some(misspelt(name, evidence, meant.or_else(|| suggestion(name))));
    }
    // Short names end longer strings in the files, and cannot be told from them.
    let known = trial.is_none() || read == Some(true) || OFTEN.contains(&name);
    (!known).then(|| {
        let evidence = format!(
            "no file of {reader} that a worker loaded, modules and providers too, has such a name"
        );
        misspelt(name, evidence, suggestion(name))
    })
}

/// Settings that people believe in: how it is known that nobody reads them, and what to do instead.
fn believed_in(name: &str, readers: &Readers<'_>) -> Option<(&'static str, &'static str)> {
    match name {
        "NIXL_LIBFABRIC_MAX_RAILS" if readers.max_rails == Some(false) => Some((
            "the stock LIBFABRIC plugin ignores it: the plugin's file does not contain the name",
            "FI_EFA_IFACE=<names> opens fewer devices; NIXL_LIBFABRIC_MAX_BW_PER_DRAM_SEG=<Gbit/s> \
             uses fewer of them per buffer; `kvbench --rails` chooses what works",
        )),
        "NIXL_LIBFABRIC_STRIPING_THRESHOLD" => Some((
            "the LIBFABRIC plugin of NIXL 1.5 reads it as a parameter only",
            "give the backend parameter striping_threshold (kvbench: --param)",
        )),
        "NIXL_BACKEND" | "VLLM_NIXL_KVCACHE_BACKEND" => Some((
            "neither NIXL 1.5 nor vLLM's NIXL connector has such a variable",
            "name the backend in vLLM's --kv-transfer-config: \
             \"kv_connector_extra_config\": {\"backends\": [\"LIBFABRIC\"]}; without it, UCX is used",
        )),
        _ => None,
    }
}

fn unknown(name: &str) -> Finding {
    let known = if name.starts_with("NIXL_") { "NIXL 1.5" } else { "vLLM's NIXL connector" };
    misspelt(name, format!("{known} is not known to have such a variable"), suggestion(name))
}

fn misspelt(name: &str, evidence: String, meant: Option<String>) -> Finding {
    let remedy = match meant {
        Some(meant) => format!("did you mean {meant}?"),
        None => "unset it, or look up its name in the version that is loaded".to_owned(),
    };
    Finding::warning(name, "nobody reads it: it has no effect", evidence, remedy)
}

/// The nearest name that somebody reads, compared by what follows the prefix that all have.
fn suggestion(name: &str) -> Option<String> {
    let prefix = PREFIXES.iter().find(|prefix| name.starts_with(*prefix))?;
    let known = NIXL.iter().chain(&VLLM).chain(&OFTEN);
    let known = known.filter_map(|known| known.strip_prefix(prefix));
    let nearest = near(&name[prefix.len()..], known).into_iter().next()?;
    Some(format!("{prefix}{nearest}"))
}

/// What UCX says of a variable that it did not read, `unused environment variable: UCX_TSL (maybe:
/// UCX_TLS?)`: the name that it takes it for, if any. `None` when it does not complain of `name`.
fn complaint(log: &[u8], name: &str) -> Option<Option<String>> {
    let log = String::from_utf8_lossy(log);
    let lists = log.lines().filter_map(|line| line.split("unused environment variable").nth(1));
    let mut items = lists.flat_map(|list| list.trim_start_matches('s').split([';', ',']));
    items.find_map(|item| {
        let item = item.trim_start_matches(':').trim();
        let (variable, rest) = item.split_once(' ').unwrap_or((item, ""));
        let meant = rest.split("maybe: ").nth(1).and_then(|rest| rest.split('?').next());
        (variable == name).then(|| meant.map(str::to_owned))
    })
}

/// The libraries that processes with a backend had loaded, and the plugins.
fn files<'a>(readers: &Readers<'a>) -> Vec<&'a Path> {
    let trials = [readers.ucx, readers.libfabric].into_iter().flatten();
    let is_reader = |path: &&Path| {
        let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
        ["libfabric", "libnixl", "libuc", "libplugin"].iter().any(|stem| name.starts_with(stem))
            || name.contains("-fi.so")
    };
    let mapped = trials.flat_map(|trial| trial.mapped.iter().map(std::path::PathBuf::as_path));
    let mut files: Vec<_> =
        mapped.filter(is_reader).chain(readers.plugins.iter().copied()).collect();
    files.sort_unstable();
    files.dedup();
    files
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::worker::Created;

    /// A process with a library of these strings, which has logged this.
    fn trial(folder: &Path, library: &str, strings: &[u8], log: &str) -> Trial {
        let file = folder.join(library);
        std::fs::write(&file, strings).unwrap();
        let (versions, paths) = Default::default();
        let outcome = Ok(Created::default());
        Trial { outcome, versions, mapped: vec![file], paths, log: log.into(), pid: 1 }
    }

    fn findings(name: &str, log: &str, max_rails: Option<bool>) -> Vec<Finding> {
        let folder = tempfile::tempdir().unwrap();
        let ucx = trial(folder.path(), "libucp.so.0", b"\0TCP_\0SNDBUF\0", log);
        let fabric = trial(folder.path(), "libfabric.so.1", b"\0iface\0", "");
        let plugins = Vec::new();
        let readers = Readers { ucx: Some(&ucx), libfabric: Some(&fabric), plugins, max_rails };
        check([name].into_iter(), &readers)
    }

    fn remedy(name: &str, log: &str) -> String {
        let found = findings(name, log, Some(false));
        assert_eq!(found.len(), 1, "{name}");
        assert!(found[0].finding.starts_with("nobody reads it"), "{found:?}");
        found.into_iter().next().unwrap().remedy.unwrap()
    }

    #[test]
    fn misspelt_names_are_told_with_what_is_meant() {
        let log = "[1] parser.c:2587 UCX  WARN  unused environment variables: UCX_TSL (maybe: UCX_TLS?); UCX_TCP_SNBUF (maybe: UCX_TCP_SNDBUF?)\n";
        assert_eq!(remedy("UCX_TSL", log), "did you mean UCX_TLS?");
        assert_eq!(remedy("UCX_TCP_SNBUF", log), "did you mean UCX_TCP_SNDBUF?");
        // Without UCX's word for it.
        assert_eq!(remedy("UCX_TSL", ""), "did you mean UCX_TLS?");
        assert_eq!(remedy("FI_EFA_IFCE", ""), "did you mean FI_EFA_IFACE?");
        assert_eq!(remedy("NIXL_LOG_LEVL", ""), "did you mean NIXL_LOG_LEVEL?");
        let port = "did you mean VLLM_NIXL_SIDE_CHANNEL_PORT?";
        assert_eq!(remedy("VLLM_NIXL_SIDECHANNEL_PORT", ""), port);
        assert!(remedy("FI_QQQQQQQQQQQQQ", "").starts_with("unset it"));
    }

    #[test]
    fn names_that_somebody_reads_are_not() {
        for name in [
            "UCX_TCP_SNDBUF",
            "UCX_TLS",
            "FI_TCP_IFACE",
            "FI_PROVIDER",
            "NIXL_LOG_LEVEL",
            "NIXL_LIBFABRIC_NUM_THREADS",
            "VLLM_NIXL_SIDE_CHANNEL_HOST",
        ] {
            assert_eq!(findings(name, "", Some(false)), [], "{name}");
        }
    }

    #[test]
    fn what_people_believe_in_is_told() {
        assert!(remedy("NIXL_LIBFABRIC_MAX_RAILS", "").contains("FI_EFA_IFACE"));
        assert!(remedy("NIXL_LIBFABRIC_STRIPING_THRESHOLD", "").contains("striping_threshold"));
        assert!(remedy("VLLM_NIXL_KVCACHE_BACKEND", "").contains("kv_connector_extra_config"));
        assert_eq!(findings("NIXL_LIBFABRIC_MAX_RAILS", "", Some(true)), []);
    }

    #[test]
    fn without_a_reader_nobody_is_accused() {
        for name in ["UCX_TSL", "FI_EFA_IFCE", "NIXL_LIBFABRIC_MAX_RAILS"] {
            assert_eq!(check([name].into_iter(), &Readers::default()), [], "{name}");
        }
    }
}
