//! Devices of made-up machines, whose sysfs and procfs are folders that the tests write.

mod inventory;
mod kernel;
mod nearest;
mod p5;
mod probe;
mod seen;
mod tree;
