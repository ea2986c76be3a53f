//! The NICs nearest to a GPU or a NUMA node.

use kvbench::devices::Kernel;
use kvbench::measure::Machine;
use kvbench::variant::{Near, nearest};

use crate::p5::{efa_names, gpu_address, p5};

/// The names of the `count` NICs of a P5 nearest to `near`.
fn names(near: Near, count: usize) -> Vec<String> {
    let machine = Machine::of(&Kernel::look_under(p5().path()));
    assert_eq!(machine.near, Some(Near::NumaNode(0)), "there are two nodes");
    let nics: Vec<_> = machine.nics.iter().collect();
    nearest(&nics, Some(near), count).into_iter().map(|nic| nic.name.clone()).collect()
}

#[test]
fn a_gpu_has_the_nics_of_its_switch_first_and_then_those_of_its_node() {
    for gpu in 0..8 {
        let to = Near::Gpu(gpu_address(gpu).parse().unwrap());
        assert_eq!(names(to, 4), efa_names(gpu));
        let same_node = (gpu / 4 * 4..gpu / 4 * 4 + 4).filter(|other| *other != gpu);
        // The eth0 of node 0 is as near as EFA devices of other switches, and its name comes first.
        let mut expected: Vec<_> = same_node.flat_map(efa_names).collect();
        if gpu < 4 {
            expected.insert(0, "eth0".to_owned());
        }
        assert_eq!(names(to, 16)[4..], expected[..12]);
    }
}

#[test]
fn a_node_has_its_own_nics_first_and_those_of_no_place_last() {
    let near = names(Near::NumaNode(1), usize::MAX);
    assert_eq!(near[..16], (4..8).flat_map(efa_names).collect::<Vec<_>>()[..]);
    assert_eq!(near.last().map(String::as_str), Some("lo"));
    assert_eq!(near.len(), 34);
    assert!(names(Near::NumaNode(1), 0).is_empty());
}
