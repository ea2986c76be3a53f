//! Set-up: a bar per variant, made of its steps.

use super::picture::{Legend, Picture};
use super::scale::Scale;
use super::{axes, rows};
use crate::report::figures::setup_steps;
use crate::report::group::Group;
use crate::report::html::markup::Markup;
use crate::report::latency;

pub(super) fn chart(group: &Group<'_>) -> Option<Picture> {
    let steps: Vec<_> = group.cells.iter().map(|cell| setup_steps(cell)).collect();
    let total = |steps: &[(&str, u64)]| steps.iter().map(|(_, ns)| *ns as f64).sum::<f64>();
    let highest = steps.iter().map(|steps| total(steps)).fold(0.0, f64::max);
    let scale = Scale::linear(highest, rows::LEFT, rows::RIGHT);
    let mut svg = Markup::default();
    let mut description = String::from("Set-up times.");
    rows::axis(&mut svg, &scale, steps.len(), latency);
    for (index, (cell, steps)) in group.cells.iter().zip(&steps).enumerate() {
        stack(&mut svg, &scale, index, steps);
        let sum = latency(total(steps));
        rows::heading(&mut svg, index, &cell.name, &sum);
        let parts: Vec<_> =
            steps.iter().map(|(step, ns)| format!("{step} {}", latency(*ns as f64))).collect();
        description += &format!(" {}: {sum}, of it {}.", cell.name, parts.join(", "));
    }
    Some(Picture {
        title: "Set-up",
        caption:
            "From the start of a worker to the first delivery, each step by its slowest worker."
                .to_owned(),
        description,
        height: rows::height(steps.len()),
        legend: Legend::Steps,
        content: svg,
    })
}

fn stack(svg: &mut Markup, scale: &Scale, index: usize, steps: &[(&str, u64)]) {
    let mut before = 0.0;
    for (number, (step, ns)) in steps.iter().enumerate() {
        let (from, to) = (scale.at(before), scale.at(before + *ns as f64));
        before += *ns as f64;
        let top = rows::bar_top(index);
        svg.tag("g").attr("class", format!("step step{number}")).inside(|svg| {
            svg.tag("rect")
                .at("x", from)
                .at("y", top)
                .at("width", to - from)
                .at("height", rows::BAR)
                .inside(|svg| svg.tag("title").text(format!("{step}: {}", latency(*ns as f64))));
            if to - from > step.len() as f64 * axes::LETTER + 4.0 {
                svg.tag("text")
                    .at("x", (from + to) / 2.0)
                    .at("y", top + 11.7)
                    .attr("text-anchor", "middle")
                    .text(step);
            }
        });
    }
}

/// The steps, in the order of the bars.
pub(super) fn legend(html: &mut Markup, group: &Group<'_>) {
    let steps = group.cells.first().map(|cell| setup_steps(cell)).into_iter().flatten();
    html.tag("ul").attr("class", "legend").inside(|html| {
        for (number, (step, _)) in steps.enumerate() {
            html.tag("li").inside(|html| {
                let swatch = html.tag("svg").attr("class", "swatch").attr("viewBox", "0 0 34 12");
                swatch.attr("aria-hidden", true).inside(|svg| {
                    svg.tag("g").attr("class", format!("step step{number}")).inside(|svg| {
                        svg.tag("rect")
                            .at("x", 9.0)
                            .at("y", 1.0)
                            .at("width", 16.0)
                            .at("height", 10.0)
                            .empty();
                    });
                });
                html.text(step);
            });
        }
    });
}
