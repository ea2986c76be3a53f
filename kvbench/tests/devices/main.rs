//! Devices of made-up machines, whose sysfs and procfs are folders that the tests write.

mod kernel;
mod p5;
mod tree;
