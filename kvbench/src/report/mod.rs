//! Reports, one file per form: [`table`] for a terminal, [`markdown`], [`csv`] and [`html`]; [`import()`] and
//! [`import_html`] of what clients measured; and [`comparison`], [`devices`], [`doctor`], [`plan_table`] and [`tuning`], for terminals
//! only.
//!
//! The forms of a report show the same figures in the same words; `figures`, `ceilings`, `evidence`,
//! `notes` and `environment` make them, for sweeps over enumerations `sweep` and `prices`. Records are
//! read from files, so each form makes their text inert. What a load came to has a table of its own,
//! [`load`], and a page, [`load_html`].

mod ceilings;
mod comparison;
mod csv;
mod devices;
mod doctor;
mod environment;
mod evidence;
mod experiment;
mod figures;
mod grid;
mod group;
mod growth;
mod html;
mod import;
mod load;
mod markdown;
mod measured;
mod notes;
mod plan;
mod prices;
mod sweep;
mod table;
mod tune;
mod units;

pub use self::csv::csv;
pub use self::html::{html, import_html, load as load_html};
pub use comparison::comparison;
pub use devices::devices;
pub use doctor::{Screen, doctor};
pub use import::import;
pub use load::load;
pub use markdown::markdown;
pub use plan::{dry_run, plan_table};
pub use table::table;
pub use tune::tuning;
pub use units::{bandwidth, bytes, latency};
