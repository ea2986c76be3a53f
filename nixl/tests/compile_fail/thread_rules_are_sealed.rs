//! Nobody can add a thread rule, of which C would know nothing.

use nixl::ThreadSync;

struct Anarchy;

impl ThreadSync for Anarchy {}

fn main() {}
