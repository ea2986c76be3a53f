//! Runs that were asked for the same: a client that sweeps its concurrency makes one run of each.

use std::collections::BTreeSet;

use super::Run;

/// Runs by load, in the order in which loads first occur. Where every run has a name of its own, all of them are
/// to be compared, and count as of one load.
pub fn by_load(runs: &[Run]) -> Vec<Vec<&Run>> {
    if first_repeated(runs, |run| &run.name).is_none() {
        return vec![runs.iter().collect()];
    }
    let mut loads: Vec<Vec<&Run>> = Vec::new();
    for run in runs {
        match loads.iter_mut().find(|alike| alike[0].load == run.load) {
            Some(alike) => alike.push(run),
            None => loads.push(vec![run]),
        }
    }
    loads
}

/// A run that has both name and load of one before it, so that reports could not tell them apart.
pub fn repeated(runs: &[Run]) -> Option<&Run> {
    first_repeated(runs, |run| (&run.name, &run.load))
}

fn first_repeated<'r, K: Ord>(runs: &'r [Run], key: impl Fn(&'r Run) -> K) -> Option<&'r Run> {
    let mut seen = BTreeSet::new();
    runs.iter().find(|run| !seen.insert(key(run)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn run(name: &str, concurrency: u64) -> Run {
        let load = BTreeMap::from([("concurrency".to_owned(), concurrency.to_string())]);
        Run { name: name.to_owned(), load, ..Run::default() }
    }

    fn names<'r>(loads: &[Vec<&'r Run>]) -> Vec<Vec<&'r str>> {
        loads.iter().map(|alike| alike.iter().map(|run| &*run.name).collect()).collect()
    }

    #[test]
    fn a_sweep_is_compared_load_by_load() {
        let runs = [run("UCX", 1), run("UCX", 5), run("LIBFABRIC", 5), run("LIBFABRIC", 1)];
        let expected = [["UCX", "LIBFABRIC"], ["UCX", "LIBFABRIC"]];
        assert_eq!(names(&by_load(&runs)), expected);
        assert_eq!(by_load(&runs)[1][1].load["concurrency"], "5");
        assert!(repeated(&runs).is_none());
    }

    #[test]
    fn runs_of_other_names_are_compared_whatever_their_loads() {
        let runs = [run("UCX", 1), run("LIBFABRIC", 5)];
        assert_eq!(names(&by_load(&runs)), [["UCX", "LIBFABRIC"]]);
    }

    #[test]
    fn a_run_that_nothing_tells_from_another_is_found() {
        let runs = [run("UCX", 1), run("UCX", 5), run("UCX", 1)];
        assert_eq!(repeated(&runs).map(|run| &*run.name), Some("UCX"));
    }
}
