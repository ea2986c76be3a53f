//! `kvbench kvcache` tells what a model's KV cache weighs, without any NIXL.

use serde_json::Value;
use tempfile::tempdir;

use crate::harness::Kvbench;

#[test]
fn it_tells_bytes_per_token_in_words_and_in_json() {
    let home = tempdir().unwrap();
    let kvcache = |arguments: &[&str]| {
        let arguments = [&["kvcache", "--model", "Qwen/Qwen3-0.6B"], arguments].concat();
        Kvbench::without_nixl(home.path(), &arguments).finish().returned(0).stdout
    };
    let report: Value = serde_json::from_str(&kvcache(&["--json"])).unwrap();
    // 28 layers × K and V × 8 heads × 128 × 2 bytes.
    let bytes_per_token = 28 * 2 * 8 * 128 * 2;
    assert_eq!(report["bytes_per_token"], bytes_per_token, "{report:#}");
    assert!(kvcache(&[]).contains("Qwen/Qwen3-0.6B"));
}
