//! `deploy/` and the workflows: their command lines are commands, and the batch script does what it says.

mod commands;
mod slurm;
