//! A blob that the crate did not make is taken on trust, and so in `unsafe` only.

use nixl::Metadata;

fn metadata(blob: Vec<u8>) -> Metadata {
    Metadata::from_nixl_blob(blob)
}

fn main() {}
