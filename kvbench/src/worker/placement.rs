//! Which processors each worker runs on.
//!
//! On a small machine it is luck whether the kernel puts both busy processes of a variant on one
//! processor, and it keeps them there: between two variants that are the same, that luck was seen to
//! make a difference of 30 %. So workers get processors of their own, the same for every variant.
//! Where there are plenty, the kernel is left to choose: backends' own threads need room too.

use nix::sched::{CpuSet, sched_getaffinity};
use nix::unistd::Pid;

/// With more processors than this per worker, nothing is pinned.
const PLENTY: usize = 8;

/// The processors of each of `workers` workers, of which the first are `initiators`, or `None` where
/// the kernel shall choose.
///
/// One initiator of many targets keeps a processor to itself: they wait, and it has all the work.
pub(super) fn placement(
    processors: &[usize],
    initiators: usize,
    workers: usize,
) -> Option<Vec<Vec<usize>>> {
    let (have, workers) = (processors.len(), workers.max(1));
    if have < 2 || have > PLENTY * workers {
        return None;
    }
    if initiators == 1 && have < workers {
        let others = |worker: usize| vec![processors[1 + (worker - 1) % (have - 1)]];
        return Some(
            (0..workers).map(|w| if w == 0 { vec![processors[0]] } else { others(w) }).collect(),
        );
    }
    let share = |worker: usize| match have / workers {
        0 => vec![processors[worker % have]],
        each => processors[worker * each..(worker + 1) * each].to_vec(),
    };
    Some((0..workers).map(share).collect())
}

/// The processors that this process may run on.
pub(super) fn allowed() -> Vec<usize> {
    let Ok(set) = sched_getaffinity(Pid::from_raw(0)) else { return Vec::new() };
    (0..CpuSet::count()).filter(|processor| set.is_set(*processor).unwrap_or(false)).collect()
}

/// The set that `sched_setaffinity` takes.
pub(super) fn cpu_set(processors: &[usize]) -> CpuSet {
    let mut set = CpuSet::new();
    for processor in processors {
        // Out of range: a processor that this machine cannot have.
        let _ = set.set(*processor);
    }
    set
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_worker_gets_its_share() {
        assert_eq!(placement(&[0, 1], 1, 2), Some(vec![vec![0], vec![1]]));
        assert_eq!(placement(&[2, 3, 6, 7], 1, 2), Some(vec![vec![2, 3], vec![6, 7]]));
        assert_eq!(placement(&[0, 1, 2], 1, 2), Some(vec![vec![0], vec![1]]));
    }

    #[test]
    fn more_workers_than_processors_share_them_evenly() {
        let shared = placement(&[0, 1], 2, 5).unwrap();
        assert_eq!(shared, [[0], [1], [0], [1], [0]]);
    }

    #[test]
    fn an_initiator_of_many_targets_shares_its_processor_with_nobody() {
        let places = placement(&[4, 5, 6], 1, 6).unwrap();
        assert_eq!(places, [[4], [5], [6], [5], [6], [5]]);
    }

    #[test]
    fn one_or_plenty_is_left_to_the_kernel() {
        assert_eq!(placement(&[0], 1, 2), None);
        assert_eq!(placement(&(0..192).collect::<Vec<_>>(), 1, 2), None);
    }

    #[test]
    fn this_process_may_run_somewhere() {
        assert!(!allowed().is_empty());
    }
}
