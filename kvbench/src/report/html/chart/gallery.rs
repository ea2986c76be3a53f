//! All charts of a run, or of a sweep.

use super::picture::{Legend, Picture};
use super::{bandwidth, distribution, drift, enumeration, ratio, setup, style, ttft};
use crate::report::group::Group;
use crate::report::html::markup::Markup;
use crate::report::import::Curve;
use crate::report::sweep::Sweep;

/// Draws those of a run; `id` keeps the names of their parts unique on the page.
pub(in crate::report::html) fn all(html: &mut Markup, group: &Group<'_>, id: &str) {
    let charts = [
        ratio::chart(group),
        bandwidth::chart(group),
        setup::chart(group),
        distribution::delivered(group),
        distribution::completed(group),
        drift::chart(group),
    ];
    for (index, picture) in charts.into_iter().flatten().enumerate() {
        figure(html, &picture, &format!("{id}-chart-{}", index + 1), |html| match picture.legend {
            Legend::None => {}
            Legend::Lines => style::legend(html, group.cells.iter().map(|cell| &*cell.name)),
            Legend::Steps => setup::legend(html, group),
        });
    }
}

/// Draws those of a sweep; `id` as above.
pub(in crate::report::html) fn of_sweep(html: &mut Markup, sweep: &Sweep<'_>, id: &str) {
    let curves = sweep.curves();
    for (index, picture) in enumeration::charts(&curves).into_iter().enumerate() {
        figure(html, &picture, &format!("{id}-chart-{}", index + 1), |html| {
            style::legend(html, curves.iter().map(|curve| &*curve.name));
        });
    }
}

/// Draws the one of what clients measured.
pub(in crate::report::html) fn of_clients(html: &mut Markup, curves: &[Curve<'_>]) {
    figure(html, &ttft::chart(curves), "ttft-chart", |html| {
        style::legend(html, curves.iter().map(|curve| curve.name));
    });
}

/// A picture with its caption, and what is below it.
/// A picture with its caption, and what is below it.
pub(super) fn figure(
    html: &mut Markup,
    picture: &Picture,
    id: &str,
    legend: impl FnOnce(&mut Markup),
) {
    html.tag("figure").inside(|html| {
        html.tag("figcaption").inside(|html| {
            html.tag("strong").text(picture.title);
            html.text(" ");
            html.tag("span").text(&picture.caption);
        });
        picture.write(html, id);
        legend(html);
    });
}
