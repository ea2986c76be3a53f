//! Charts, drawn as SVG. Each states its figures in its description, and tells variants apart by
//! colour, dashes, marks and names.

mod axes;
mod bandwidth;
mod distribution;
mod drift;
mod enumeration;
mod gallery;
mod growth;
mod load;
mod picture;
mod ratio;
mod rows;
mod scale;
mod setup;
mod style;
mod ttft;

pub(super) use gallery::{all, of_clients, of_sweep};
pub(super) use growth::figure as growth;
pub(super) use load::figure as load;
