//! A sweep over enumerations: its prices, their curves, and the environment.

use super::chart;
use super::markup::Markup;
use super::section::{again, failure, machine};
use super::tables::table;
use crate::report::sweep::Sweep;
use crate::report::{environment, prices};

/// What its section has.
pub(super) fn body(html: &mut Markup, sweep: &Sweep<'_>, id: &str, heading: &'static str) {
    sweep.failures().iter().for_each(|error| failure(html, error));
    table(html, "The price of enumeration, by setting and NICs", &prices::prices(sweep));
    html.tag("ul").attr("class", "notes").inside(|html| {
        prices::notes(sweep).iter().for_each(|note| html.tag("li").text(note));
    });
    html.tag("div").attr("class", "charts").inside(|html| chart::of_sweep(html, sweep, id));
    let environments = sweep.environments();
    let (facts, files) =
        (environment::machine(environments.iter().copied()), environment::files(&environments));
    machine(html, heading, &facts, &files);
    again(html, heading, sweep.command());
}
