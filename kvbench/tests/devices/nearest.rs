//! The NICs nearest to a GPU or a NUMA node.

use kvbench::devices::{To, nearest};

use crate::inventory::inventory_of_p5;
use crate::p5::{efa_names, gpu_address};

fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort();
    names
}

#[test]
fn a_gpu_has_the_nics_of_its_switch_first_and_then_those_of_its_node() {
    let nics = inventory_of_p5().nics;
    for gpu in 0..8 {
        let to = To::Gpu(gpu_address(gpu).parse().unwrap());
        assert_eq!(nearest(&nics, to, 4), sorted(efa_names(gpu)));
        let same_node = (gpu / 4 * 4..gpu / 4 * 4 + 4).filter(|other| *other != gpu);
        let near = nearest(&nics, to, 16);
        // The eth0 of node 0 is as near as EFA devices of other switches, and its name comes first.
        let mut expected = sorted(same_node.flat_map(efa_names).collect());
        if gpu < 4 {
            expected.insert(0, "eth0".to_owned());
        }
        assert_eq!(near[4..], expected[..12]);
    }
}

#[test]
fn a_node_has_its_own_nics_first_and_those_of_no_place_last() {
    let nics = inventory_of_p5().nics;
    let near = nearest(&nics, To::NumaNode(1), usize::MAX);
    assert_eq!(near[..16], sorted((4..8).flat_map(efa_names).collect())[..]);
    assert_eq!(near.last().map(String::as_str), Some("lo"));
    assert_eq!(near.len(), nics.len());
    assert!(nearest(&nics, To::NumaNode(1), 0).is_empty());
}
