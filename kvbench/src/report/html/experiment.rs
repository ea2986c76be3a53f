//! An experiment of loads: latency against rate by variant, the figures of each point, and the environment.

use super::chart;
use super::markup::Markup;
use super::section::{again, machine};
use super::tables::table;
use crate::report::environment;
use crate::report::experiment::Experiment;
use crate::report::load::curves;

/// What its section has.
pub(super) fn body(
    html: &mut Markup,
    experiment: &Experiment<'_>,
    id: &str,
    heading: &'static str,
) {
    let curves = curves(&experiment.loaded);
    if !curves.is_empty() {
        html.tag("div").attr("class", "charts").inside(|html| {
            chart::load(html, &curves, &format!("{id}-load"));
        });
    }
    table(html, "Points of the load, by variant", &experiment.points());
    html.tag("ul").attr("class", "notes").inside(|html| {
        experiment.notes().iter().for_each(|note| html.tag("li").text(note));
    });
    let environments = experiment.environments();
    let (facts, files) =
        (environment::machine(environments.iter().copied()), environment::files(&environments));
    machine(html, heading, &facts, &files);
    again(html, heading, experiment.command());
}
