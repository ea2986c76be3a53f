//! Any transfer, carried out byte by byte, puts every byte of the cache where the layout says it belongs.
//!
//! The oracle knows nothing of strides: it lists the coordinates of a rank's buffer in nested loops, in the order that
//! the documentation of `Layout` gives.

use std::collections::HashMap;

use kvbench::workload::{BlockTable, KvGeometry, Layout, Model, Shape, Side, Stream, TransferPlan};
use proptest::prelude::*;

/// What a byte of a buffer is: layer, tensor, block of the prompt, head of the model, token in the block, byte.
type Coordinates = [u64; 6];

#[derive(Clone, Debug)]
struct Case {
    /// KV heads, or `None` for a latent.
    kv_heads: Option<u64>,
    head_elements: u64,
    /// Per layer: does it have a window?
    windowed: Vec<bool>,
    window_tokens: u64,
    dtype: &'static str,
    shape: Shape,
    tables: [BlockTable; 2],
}

impl Case {
    fn heads(&self) -> u64 {
        self.kv_heads.unwrap_or(1)
    }

    fn tensors(&self) -> u64 {
        if self.kv_heads.is_some() { 2 } else { 1 }
    }

    fn head_bytes(&self) -> u64 {
        self.head_elements
            * HashMap::from([("fp8", 1), ("bfloat16", 2), ("float32", 4)])[self.dtype]
    }

    fn plan(&self) -> TransferPlan {
        let types =
            self.windowed.iter().map(|&on| if on { "sliding_attention" } else { "full_attention" });
        let mut config = serde_json::json!({
            "num_hidden_layers": self.windowed.len(),
            "num_attention_heads": self.heads() * self.shape.prefill_tp * self.shape.decode_tp,
            "layer_types": types.collect::<Vec<_>>(),
            "sliding_window": self.window_tokens,
            "torch_dtype": self.dtype,
        });
        match self.kv_heads {
            Some(kv_heads) => {
                config["num_key_value_heads"] = kv_heads.into();
                config["head_dim"] = self.head_elements.into();
            }
            None => {
                config["kv_lora_rank"] = (self.head_elements - 1).into();
                config["qk_rope_head_dim"] = 1.into();
            }
        }
        let model = Model::from_config("case.json", &config.to_string(), None).unwrap();
        let [prefill, decode] = self.tables;
        TransferPlan::new(KvGeometry::new(model, self.shape).unwrap(), prefill, decode)
    }

    fn tp(&self, side: Side) -> u64 {
        match side {
            Side::Prefill => self.shape.prefill_tp,
            Side::Decode => self.shape.decode_tp,
        }
    }

    /// The heads of a rank by vLLM's rule.
    fn heads_of(&self, side: Side, rank: u64) -> Vec<u64> {
        let (heads, tp) = (self.heads(), self.tp(side));
        let first = rank * heads / tp;
        (first..first + (heads / tp).max(1)).collect()
    }

    /// The blocks that hold a token which the layer keeps.
    fn blocks(&self, windowed: bool) -> Vec<u64> {
        let isl = self.shape.isl_tokens;
        let kept = |token: &u64| !windowed || token + self.window_tokens >= isl;
        let mut blocks: Vec<u64> =
            (0..isl).filter(kept).map(|token| token / self.shape.block_tokens).collect();
        blocks.dedup();
        blocks
    }

    /// The coordinates of every byte in a rank's buffer, in order.
    fn buffer(&self, plan: &TransferPlan, side: Side, rank: u64) -> Vec<Coordinates> {
        let first_windowed = self.windowed[0];
        let mut bytes = Vec::new();
        for windowed in [first_windowed, !first_windowed] {
            let layers: Vec<u64> = (0..)
                .zip(&self.windowed)
                .filter(|&(_, &on)| on == windowed)
                .map(|(l, _)| l)
                .collect();
            let Some(&any_layer) = layers.first() else { continue };
            let mut blocks = self.blocks(windowed);
            blocks.sort_by_key(|&block| plan.slot(side, any_layer, block).unwrap());
            let mut order: Vec<(u64, u64, u64)> = Vec::new();
            match self.shape.layout {
                Layout::KvSeparate => each(&layers, |l| {
                    each(&self.range(), |t| each(&blocks, |b| order.push((l, t, b))))
                }),
                Layout::KvTogether => each(&layers, |l| {
                    each(&blocks, |b| each(&self.range(), |t| order.push((l, t, b))))
                }),
                Layout::AllLayers => each(&blocks, |b| {
                    each(&layers, |l| each(&self.range(), |t| order.push((l, t, b))))
                }),
            }
            for (layer, tensor, block) in order {
                for head in self.heads_of(side, rank) {
                    for token in 0..self.shape.block_tokens {
                        bytes.extend(
                            (0..self.head_bytes())
                                .map(|byte| [layer, tensor, block, head, token, byte]),
                        );
                    }
                }
            }
        }
        bytes
    }

    fn range(&self) -> Vec<u64> {
        (0..self.tensors()).collect()
    }
}

fn each(items: &[u64], visit: impl FnMut(u64)) {
    items.iter().copied().for_each(visit);
}

/// Numbers of ranks that divide `heads`, or are up to three times a multiple.
fn ranks(heads: u64) -> impl Strategy<Value = u64> {
    let few = (1..=heads).filter(move |tp| heads.is_multiple_of(*tp));
    let many = (2..=3).map(move |replicas| heads * replicas);
    proptest::sample::select(few.chain(many).collect::<Vec<u64>>())
}

fn table() -> impl Strategy<Value = BlockTable> {
    prop_oneof![
        Just(BlockTable::Contiguous),
        any::<u64>().prop_map(|seed| BlockTable::Scattered { seed })
    ]
}

prop_compose! {
    fn shape(heads: u64)(
        isl_tokens in 1u64..24,
        block_tokens in 1u64..6,
        prefill_tp in ranks(heads),
        decode_tp in ranks(heads),
        layout in proptest::sample::select(vec![Layout::KvSeparate, Layout::KvTogether, Layout::AllLayers]),
    ) -> Shape {
        Shape { isl_tokens, block_tokens, prefill_tp, decode_tp, layout }
    }
}

fn case() -> impl Strategy<Value = Case> {
    let kv_heads = prop_oneof![4 => (1u64..=16).prop_map(Some), 1 => Just(None)];
    kv_heads.prop_flat_map(|kv_heads| {
        (
            2u64..4,
            proptest::collection::vec(any::<bool>(), 1..5),
            1u64..30,
            proptest::sample::select(vec!["fp8", "bfloat16", "float32"]),
            shape(kv_heads.unwrap_or(1)),
            [table(), table()],
        )
            .prop_map(
                move |(head_elements, windowed, window_tokens, dtype, shape, tables)| Case {
                    kv_heads,
                    head_elements,
                    windowed,
                    window_tokens,
                    dtype,
                    shape,
                    tables,
                },
            )
    })
}

/// Copies the bytes of `stream` from `source` into `target`, and returns how many there were.
fn carry_out(
    stream: &Stream<'_>,
    source: &[Coordinates],
    target: &mut [Option<Coordinates>],
) -> u64 {
    let descriptors = stream.descriptors();
    let announced = descriptors.len();
    let (mut count, mut bytes) = (0, 0);
    for descriptor in descriptors {
        assert!(descriptor.len_bytes > 0);
        for byte in 0..descriptor.len_bytes {
            let slot = &mut target[(descriptor.local_offset + byte) as usize];
            assert_eq!(*slot, None, "written twice");
            *slot = Some(source[(descriptor.remote_offset + byte) as usize]);
        }
        count += 1;
        bytes += descriptor.len_bytes;
    }
    assert_eq!(count, announced);
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_decode_rank_ends_up_with_its_cache(case in case()) {
        let plan = case.plan();
        let (prefill, decode) = (plan.geometry().prefill(), plan.geometry().decode());
        let sources: Vec<Vec<Coordinates>> =
            (0..prefill.tp()).map(|rank| case.buffer(&plan, Side::Prefill, rank)).collect();
        for source in &sources {
            prop_assert_eq!(source.len() as u64, prefill.bytes_per_rank());
        }
        let mut moved_bytes = 0;
        for rank in 0..decode.tp() {
            let expected = case.buffer(&plan, Side::Decode, rank);
            prop_assert_eq!(expected.len() as u64, decode.bytes_per_rank());
            let mut target = vec![None; expected.len()];
            for stream in plan.streams_to(rank) {
                let bytes = carry_out(&stream, &sources[stream.prefill_rank() as usize], &mut target);
                prop_assert_eq!(bytes, stream.bytes());
                moved_bytes += bytes;
            }
            let target: Vec<Coordinates> = target.into_iter().map(|byte| byte.expect("never written")).collect();
            prop_assert_eq!(target, expected);
        }
        prop_assert_eq!(moved_bytes, decode.bytes_per_request());
    }

    #[test]
    fn replicas_of_a_head_are_read_evenly(case in case()) {
        let plan = case.plan();
        let mut reads: HashMap<u64, HashMap<u64, u64>> = HashMap::new();
        for rank in 0..case.shape.prefill_tp {
            for head in case.heads_of(Side::Prefill, rank) {
                reads.entry(head).or_default().insert(rank, 0);
            }
        }
        for stream in plan.streams() {
            for head in stream.heads() {
                *reads.get_mut(&head).unwrap().get_mut(&stream.prefill_rank()).unwrap() += 1;
            }
        }
        for (head, by_rank) in reads {
            let (least, most) = (by_rank.values().min().unwrap(), by_rank.values().max().unwrap());
            prop_assert!(most - least <= 1, "head {}: {:?}", head, by_rank);
        }
    }

    #[test]
    fn streams_from_and_to_are_the_same_streams(case in case()) {
        let plan = case.plan();
        let pairs = |streams: Vec<Stream<'_>>| {
            let mut pairs: Vec<_> = streams.iter().map(|s| (s.prefill_rank(), s.decode_rank(), s.heads().start)).collect();
            pairs.sort_unstable();
            pairs
        };
        let from = (0..case.shape.prefill_tp).flat_map(|rank| plan.streams_from(rank)).collect();
        let to = (0..case.shape.decode_tp).flat_map(|rank| plan.streams_to(rank)).collect();
        prop_assert_eq!(pairs(from), pairs(to));
        prop_assert_eq!(plan.streams_to(case.shape.decode_tp).count(), 0);
    }

    #[test]
    fn a_side_places_the_blocks_of_a_layer_in_all_slots(case in case()) {
        let plan = case.plan();
        for (layer, &windowed) in (0..).zip(&case.windowed) {
            let kept = case.blocks(windowed);
            for side in [Side::Prefill, Side::Decode] {
                let mut slots: Vec<u64> =
                    (0..case.shape.isl_tokens).filter_map(|block| plan.slot(side, layer, block)).collect();
                slots.sort_unstable();
                prop_assert_eq!(slots, (0..kept.len() as u64).collect::<Vec<u64>>());
            }
        }
    }
}

#[test]
fn swapping_a_descriptor_exchanges_its_sides() {
    let geometry = KvGeometry::new(Model::preset("Qwen3-0.6B").unwrap(), Shape::default()).unwrap();
    let plan =
        TransferPlan::new(geometry, BlockTable::Contiguous, BlockTable::Scattered { seed: 1 });
    let descriptor = plan.streams_to(0).next().unwrap().descriptors().nth(5).unwrap();
    let swapped = descriptor.swapped();
    assert_eq!(
        (swapped.local_offset, swapped.remote_offset),
        (descriptor.remote_offset, descriptor.local_offset)
    );
    assert_eq!(swapped.swapped(), descriptor);
}

#[test]
fn a_million_descriptors_are_iterated_at_once() {
    let shape = Shape { isl_tokens: 16 * 20_000, prefill_tp: 1, decode_tp: 1, ..Shape::default() };
    let geometry = KvGeometry::new(Model::preset("Qwen3-0.6B").unwrap(), shape).unwrap();
    let plan = TransferPlan::new(
        geometry,
        BlockTable::Scattered { seed: 1 },
        BlockTable::Scattered { seed: 2 },
    );
    let stream = plan.streams_to(0).next().unwrap();
    assert_eq!(stream.descriptors().len(), 28 * 2 * 20_000);
    let moved_bytes: u64 = stream.descriptors().map(|descriptor| descriptor.len_bytes).sum();
    assert_eq!(moved_bytes, stream.bytes());
}
