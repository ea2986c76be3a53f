//! HTML: one file that needs no network and no script, its charts drawn as SVG.

mod chart;
mod experiment;
mod import;
mod load;
mod markup;
mod page;
mod part;
mod section;
mod sweep;
mod tables;

pub use import::import_html;
pub use load::load;
pub use page::html;
