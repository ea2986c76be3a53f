#!/usr/bin/env python3
"""Golden KV-cache geometry, computed apart from the Rust code by listing blocks and heads one by one.

    python3 kvbench/tests/data/geometry_golden.py > kvbench/tests/data/geometry_golden.csv

The numbers per model are those of the config.json at its Hugging Face repository. Columns: sizes in bytes; tp is
prefill:decode; descriptors are of the whole request, for the layouts kv-separate, kv-together and all-layers.
"""

import csv
import sys

# name: layers, query heads, KV heads, elements per head, tensors per layer (K and V: 2, MLA latent: 1), window tokens
MODELS = {
    "Qwen/Qwen3-0.6B": (28, 16, 8, 128, 2, None),
    "Qwen/Qwen3-8B": (36, 32, 8, 128, 2, None),
    "Qwen/Qwen3-235B-A22B": (94, 64, 4, 128, 2, None),
    "Qwen/Qwen2.5-7B": (28, 28, 4, 3584 // 28, 2, None),
    "meta-llama/Llama-3.1-8B": (32, 32, 8, 4096 // 32, 2, None),
    "meta-llama/Llama-3.1-70B": (80, 64, 8, 8192 // 64, 2, None),
    "deepseek-ai/DeepSeek-V3": (61, 128, None, 512 + 64, 1, None),
    "deepseek-ai/DeepSeek-R1": (61, 128, None, 512 + 64, 1, None),
    "openai/gpt-oss-20b": (24, 64, 8, 64, 2, 128),
    "openai/gpt-oss-120b": (36, 64, 8, 64, 2, 128),
}
ELEMENT_BYTES = 2  # all are bfloat16
BLOCK_TOKENS = 16
PROMPTS_TOKENS = (512, 1000)
TPS = [(p, d) for p in (1, 4, 8) for d in (1, 4, 8)] + [(3, 3), (7, 7)]

COLUMNS = [
    "model", "tp", "isl_tokens", "error", "bytes_per_token", "prefill_block_bytes", "block_bytes", "blocks_per_rank",
    "bytes_per_rank", "bytes_per_request", "streams", "kv_separate", "kv_together", "all_layers",
]


def heads_of_rank(kv_heads, ranks, rank):
    """The set of heads on a rank; a latent is head 0 on every rank. None if the heads cannot be shared evenly."""
    if kv_heads is None:
        return {0}
    if ranks <= kv_heads:
        return {h for h in range(kv_heads) if h * ranks // kv_heads == rank} if kv_heads % ranks == 0 else None
    return {rank * kv_heads // ranks} if ranks % kv_heads == 0 else None


def layers_with_window(layers, window):
    """gpt-oss alternates, the first layer with a window."""
    return [window is not None and layer % 2 == 0 for layer in range(layers)]


def kept_blocks(isl_tokens, window):
    """The blocks that hold at least one of the kept tokens."""
    first_token = 0 if window is None else max(0, isl_tokens - window)
    return {token // BLOCK_TOKENS for token in range(first_token, isl_tokens)}


def row(name, tp, isl_tokens):
    layers, query_heads, kv_heads, elements, tensors, window = MODELS[name]
    out = {"model": name, "tp": "%d:%d" % tp, "isl_tokens": isl_tokens}
    for ranks in tp:
        if query_heads % ranks != 0:
            return {**out, "error": "attention"}
        if heads_of_rank(kv_heads, ranks, 0) is None:
            return {**out, "error": "KV"}
    prefill = [heads_of_rank(kv_heads, tp[0], rank) for rank in range(tp[0])]
    decode = [heads_of_rank(kv_heads, tp[1], rank) for rank in range(tp[1])]

    head_token_bytes = elements * ELEMENT_BYTES
    out["bytes_per_token"] = sum(tensors * head_token_bytes for _ in range(layers) for _ in range(kv_heads or 1))
    out["prefill_block_bytes"] = BLOCK_TOKENS * len(prefill[0]) * head_token_bytes
    out["block_bytes"] = BLOCK_TOKENS * len(decode[0]) * head_token_bytes

    kept = [len(kept_blocks(isl_tokens, window if windowed else None))
            for windowed in layers_with_window(layers, window)]
    out["blocks_per_rank"] = sum(tensors * blocks for blocks in kept)
    out["bytes_per_rank"] = out["blocks_per_rank"] * out["block_bytes"]
    out["bytes_per_request"] = sum(out["bytes_per_rank"] for _ in decode)

    streams = separate = together = all_layers = 0
    for wanted in decode:
        sources = {}
        for head in wanted:
            source = next(rank for rank, held in enumerate(prefill) if head in held)
            sources.setdefault(source, set()).add(head)
        for source in sources:
            streams += 1
            same_heads = prefill[source] == wanted
            separate += out["blocks_per_rank"]
            together += sum(kept) if same_heads else out["blocks_per_rank"]
            # One descriptor per block of each group of layers that keep the same blocks.
            windows = set(layers_with_window(layers, window))
            groups = sum(len(kept_blocks(isl_tokens, window if windowed else None)) for windowed in windows)
            all_layers += groups if same_heads else out["blocks_per_rank"]
    return {**out, "streams": streams, "kv_separate": separate, "kv_together": together, "all_layers": all_layers}


def main():
    writer = csv.DictWriter(sys.stdout, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    for name in MODELS:
        for tp in TPS:
            for isl_tokens in PROMPTS_TOKENS:
                writer.writerow(row(name, tp, isl_tokens))


if __name__ == "__main__":
    main()
